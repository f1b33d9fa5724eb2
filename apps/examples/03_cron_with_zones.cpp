// Cron expressions in a time zone, over a change of the clocks.
#include <carillon/carillon.hpp>

#include <iostream>

int main() {
  // On 29 March 2026 Berlin's clocks go from 02:00 to 03:00: there is no 02:30.
  carillon::classic_cron_definition nightly;
  nightly.expression = "30 2 * * *";
  nightly.timezone = "Europe/Berlin";
  nightly.start_time = carillon::parse_iso8601("2026-03-28T00:00:00Z").or_throw();
  nightly.dst = {carillon::gap_policy::shift, carillon::overlap_pass::first}; // as much later; once when it comes twice
  std::cout << "fires " << carillon::describe({nightly}).or_throw() << "\n";

  // A trigger is a value that gives one fire time after the other; it needs no node and looks at no clock.
  auto when = carillon::trigger::make({nightly}).or_throw();
  std::string times;
  for (int i = 0; i < 3; ++i)
    times += carillon::to_iso8601(when.next().or_throw().value()) + "\n";
  std::cout << times;

  // The same in a schedule; as JSON it could stand in a file.
  auto node = carillon::node::open({}).or_throw();
  node.register_task("backup", [] {}).or_throw();
  carillon::schedule_definition backup;
  backup.id = "backup";
  backup.task = "backup";
  backup.trigger = carillon::parse_trigger_json_text(
                       R"({"type": "classic_cron", "expression": "30 2 * * mon-fri", "timezone": "America/New_York"})",
                       {carillon::system_clock().now().wall, "UTC"})
                       .or_throw();
  const auto added = node.add_schedule(backup).get().or_throw();
  std::cout << "next in New York: " << carillon::to_iso8601(added.state.next_fire_time.value()) << "\n";
  return times == "2026-03-28T01:30:00.000000Z\n2026-03-29T01:30:00.000000Z\n2026-03-30T00:30:00.000000Z\n" ? 0 : 1;
}
