// The commands that look into a data folder or a backup, record by record.
#include "api/views.hpp"
#include "cli/progress_bar.hpp"
#include "cli/table.hpp"
#include "commands/run.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>

namespace carillon::app {
namespace {

using findings = std::vector<record_finding>;

bool can_be_mended(const record_finding& x) { return x.step != repair_step::none; }

const char* describe_step(repair_step step, bool is_done) {
  switch (step) {
    case repair_step::none: return "stays as it is";
    case repair_step::quarantine: return is_done ? "is in the quarantine" : "goes to the quarantine";
    case repair_step::put_back: return is_done ? "is back in its place" : "goes back to its place";
    case repair_step::begin_anew: return is_done ? "has begun anew, paused" : "begins anew, paused";
    case repair_step::mend_index: return "is mended";
  }
  return "";
}

std::string render_findings(const findings& found, bool is_done, bool colours) {
  table lines{{"FAMILY", "KEY", is_done ? "NOW" : "A REPAIR", "WHAT WAS FOUND"}, colours};
  std::vector<std::vector<cell>> rows;
  for (const auto& x : found)
    rows.push_back({{x.family},
                    {printable(x.shown_key), colour::bold},
                    {describe_step(x.step, is_done), can_be_mended(x) ? colour::yellow : colour::none},
                    {printable(x.why)}});
  return rows.empty() ? std::string{} : lines.render(rows);
}

value::list views(const findings& found) {
  value::list all;
  for (const auto& x : found)
    all.push_back(view_of(x));
  return all;
}

// Whatever keeps it from reading the store must not be taken for faults found.
exit_code fail(const error& why) {
  print_error(why);
  const auto code = exit_code_of(why.code());
  return code == exit_code::refused && why.code() != ec::store_in_use && why.code() != ec::invalid_argument
             ? exit_code::internal
             : code;
}

} // namespace

result<exit_code> run_dump(const dump_command& what) {
  std::size_t left = what.limit.value_or(std::numeric_limits<std::size_t>::max());
  std::uint64_t seen = 0;
  progress_bar bar{"read", "records"};
  const bool is_shown = ::isatty(STDOUT_FILENO) != 0; // the lines themselves tell
  std::string lines;
  const auto flush = [&] {
    print(lines);
    lines.clear();
  };
  constexpr std::size_t size_at_once = 1 << 16;
  const auto done = dump_rocksdb_store(what.data, what.family, [&](const stored_record& record) {
    if (left == 0)
      return false;
    ++seen;
    if (!is_shown)
      bar.show(seen, 0);
    if (!what.key.empty() && record.shown_key != what.key)
      return true;
    --left;
    lines += to_json_text(view_of(record, what.raw)) + "\n";
    if (lines.size() >= size_at_once)
      flush();
    return true;
  });
  flush();
  if (!done)
    return done.err();
  return exit_code::success;
}

exit_code run_inspect(const inspect_command& what, bool json) {
  const auto now = system_clock().now().wall;
  progress_bar looked_at{"looked at", "records"}, checked{"checked", "records"};
  const auto found = inspect_rocksdb_store(what.data, now, looked_at.listener());
  looked_at.clear();
  if (!found)
    return fail(found.err());
  const auto history = verify_rocksdb_store(what.data, now, checked.listener());
  checked.clear();
  if (!history)
    return fail(history.err());
  const bool is_good = history->found.faults.empty() && std::ranges::none_of(*found, can_be_mended);
  if (json) {
    const auto whole = view_of(history->found);
    auto fields = *whole.get_if<value::map>();
    fields["ok"] = is_good;
    fields["findings"] = views(*found);
    print(to_json_text(fields) + "\n");
    return is_good ? exit_code::success : exit_code::refused;
  }
  const bool colours = has_colours(STDOUT_FILENO);
  auto text = render_findings(*found, false, colours);
  for (const auto& fault : history->found.faults)
    text += printable(fault) + "\n";
  const auto mendable = std::ranges::count_if(*found, can_be_mended);
  text += is_good ? paint("Nothing is wrong", colour::green, colours) : paint("There are faults", colour::red, colours);
  text += fmt::format(": {} schedules, {} jobs, {} skips, {} tasks, {} in quarantine\n", history->found.schedules,
                      history->found.jobs, history->found.skips, history->found.tasks, history->found.quarantined);
  if (mendable > 0)
    text +=
        fmt::format("`carillon store repair --data {}` does what stands under A REPAIR ({})\n", what.data, mendable);
  print(text);
  return is_good ? exit_code::success : exit_code::refused;
}

exit_code run_repair(const repair_command& what, bool json) {
  progress_bar bar{"looked at", "records"};
  const auto found = repair_rocksdb_store(what.data, system_clock().now().wall, bar.listener());
  bar.clear();
  if (!found)
    return fail(found.err());
  const auto mended = std::ranges::count_if(*found, can_be_mended);
  if (json)
    print(to_json_text(value::map{{"mended", std::int64_t{mended}}, {"findings", views(*found)}}) + "\n");
  else
    print(render_findings(*found, true, has_colours(STDOUT_FILENO)) +
          (mended == 0 ? "There was nothing to mend\n" : fmt::format("{} mended\n", mended)));
  return exit_code::success;
}

} // namespace carillon::app
