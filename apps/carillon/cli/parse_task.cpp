#include "cli/option_sets.hpp"

#include <algorithm>

namespace carillon::app {
namespace {

std::string check_count(const std::string& text) {
  constexpr std::size_t most_digits = 9;
  const bool is_number = !text.empty() && text.size() <= most_digits && text.front() != '0' &&
                         std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
  return text == "none" || is_number ? std::string{} : text + " is neither none nor a number from 1 to 999999999";
}

void add_task_set(CLI::App& group, parse_state& state) {
  add_command<set_task_command>(
      group, state,
      {"set", "Change what is recorded of a task, or record a new one; what isn't given stays, and none is none",
       "carillon task set mail --max-running 4 --misfire-grace 1h --on-loss abandon"},
      [&](CLI::App& sub, set_task_command& what) {
        sub.add_option("id", what.id, "Which one")->required()->type_name("ID");
        sub.add_option("--max-running", what.max_running, "At most so many of its jobs run at once, on all nodes")
            ->type_name("N")
            ->check(CLI::Validator{check_count, "", "count or none"});
        add_rate_option(sub, what.rate, "How many attempts may begin within any span of which length, on all nodes",
                        true);
        add_duration_or_none_option(sub, "--misfire-grace", what.misfire_grace,
                                    "How late a run may be and still begin");
        add_duration_or_none_option(sub, "--time-limit", what.time_limit, "How long one attempt may take");
        add_duration_or_none_option(sub, "--result-expiration", what.result_expiration, "How long a result is kept");
        sub.add_option(
               "--on-loss", what.on_loss,
               "What becomes of a job whose node is lost, or hands it back; abandon: no attempt follows another")
            ->type_name("POLICY")
            ->check(CLI::IsMember({"run_again", "abandon"}));
        sub.add_option("--runner", what.runner,
                       "What runs it: thread_pool, inline, or another one that its nodes have; command and http for "
                       "those tasks")
            ->type_name("RUNNER");
        sub.add_option("--label", what.labels, "A node must offer it to run this task; may be repeated; none: no label")
            ->type_name("LABEL")
            ->allow_extra_args(false);
        sub.add_option("--metadata", what.metadata, "A JSON object that goes along with each job, or none")
            ->type_name("JSON");
        add_retry_options(sub, what.retry);
        add_json_option(sub, state);
      });
}

} // namespace

void add_task_commands(CLI::App& app, parse_state& state) {
  auto& group = add_group(app, "task", "Look at and change tasks", "carillon task list");
  add_command<list_command>(group, state, {"list", "List tasks", "carillon task list --json"},
                            [&](CLI::App& sub, list_command& list) {
                              list.kind = "tasks";
                              list.what.segments = {"tasks"};
                              add_list_options(sub, state, list);
                            });
  add_show_command(group, state, "task", "carillon task show command");
  add_task_set(group, state);
  add_change_command(group, state, change_command::verb::remove_task,
                     {"remove", "Remove tasks that nothing uses any more, or with --force what uses them too",
                      "carillon task remove mail --force"});
}

} // namespace carillon::app
