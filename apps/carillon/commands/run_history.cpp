#include "api/views.hpp"
#include "cli/progress_bar.hpp"
#include "cli/render.hpp"
#include "commands/answer_fields.hpp"
#include "commands/run.hpp"

#include <fmt/format.h>

#include <unistd.h>

namespace carillon::app {
namespace {

const value::list& list_of(const value& document, const char* key) {
  static const value::list none;
  const auto* found = document.find(key);
  const auto* list = found != nullptr ? found->get_if<value::list>() : nullptr;
  return list != nullptr ? *list : none;
}

std::string render_list(std::string_view kind, const value::list& items, bool colours) {
  std::vector<std::vector<cell>> rows;
  for (const auto& item : items)
    rows.push_back(row_of(kind, item));
  return table{headings_of(kind), colours}.render(rows);
}

std::string render_coming(const value& document) {
  std::string lines;
  for (const auto& each : list_of(document, "next"))
    if (const auto* instant = each.get_if<std::string>())
      lines += "  " + local_time(*instant) + "\n";
  return lines.empty() ? lines : "Next:\n" + lines;
}

std::string render_explanation(const value& document, bool colours) {
  const auto& schedule = *document.find("schedule");
  auto text = fmt::format("{} ({}): {}\n", text_of(schedule, "id"), summarise_trigger(*schedule.find("trigger")),
                          printable(with_local_times(text_of(document, "standing"))));
  const auto& decided = list_of(document, "decided");
  const auto since = local_time(text_of(document, "whole_since"));
  text += decided.empty() ? fmt::format("No decision to show of its fire times since {}\n", since)
                          : fmt::format("Decided, the newest first (history is kept since {})\n", since);
  if (!decided.empty())
    text += render_list("decided", decided, colours);
  return text + render_coming(document);
}

std::string render_preview(const value& document, bool colours) {
  if (const auto why = text_of(document, "pause_reason"); !why.empty())
    return fmt::format("It would pause itself: {}\n", printable(why));
  std::string text;
  const auto& jobs = list_of(document, "jobs");
  const auto& skips = list_of(document, "skips");
  if (jobs.empty() && skips.empty())
    text = "Nothing is due: it would do nothing now.\n";
  if (!jobs.empty())
    text +=
        fmt::format("It would make {} at once:\n{}", jobs.size() == 1 ? "1 job" : fmt::format("{} jobs", jobs.size()),
                    render_list("planned", jobs, colours));
  if (!skips.empty())
    text += "It would skip:\n" + render_list("dropped", skips, colours);
  return text + render_coming(document);
}

std::string render_verdict(const history_report& what, const value& document, bool colours) {
  const auto& found = what.found;
  std::string text;
  if (!what.schedules.empty())
    text += render_list("history", list_of(document, "history"), colours);
  for (const auto& fault : found.faults)
    text += printable(fault) + "\n";
  text += fmt::format("State of {}; history is whole since {}\n", local_time(to_iso8601(what.as_of)),
                      local_time(to_iso8601(what.whole_since)));
  const auto records = fmt::format("{} schedules, {} jobs, {} skips, {} tasks, {} in quarantine", found.schedules,
                                   found.jobs, found.skips, found.tasks, found.quarantined);
  return text +
         (found.faults.empty() ? paint("No fault", colour::green, colours)
                               : paint(fmt::format("{} faults", found.faults.size()), colour::red, colours)) +
         ": " + records + "\n";
}

void print_rendered(const client_context& context, const value& document,
                    std::string (*render)(const value& document, bool colours)) {
  print(context.json ? to_json_text(document) + "\n" : render(document, context.colours));
}

} // namespace

result<exit_code> run_explain(const client_context& context, const explain_command& what) {
  const auto document = context.node.ask("GET", {{"schedules", what.id, "explanation"}, what.what.query});
  if (!document)
    return document.err();
  print_rendered(context, *document, render_explanation);
  return exit_code::success;
}

result<exit_code> run_preview(const client_context& context, const preview_command& what) {
  const auto document = context.node.ask("GET", {{"schedules", what.id, "preview"}, what.what.query});
  if (!document)
    return document.err();
  print_rendered(context, *document, render_preview);
  return exit_code::success;
}

result<exit_code> run_clean(const client_context& context) {
  if (const auto cleaned = ask_for_long_work(context, "cleaning", {{"clean"}, {}}); !cleaned)
    return cleaned.err();
  print(context.json ? to_json_text(value::map{{"cleaned", true}}) + "\n" : "what had expired is gone\n");
  return exit_code::success;
}

exit_code run_verify(const verify_command& what, bool json) {
  progress_bar bar{"checked", "records"};
  const auto report = verify_rocksdb_store(what.data, system_clock().now().wall, bar.listener());
  bar.clear();
  if (!report) {
    print_error(report.err());
    return exit_code::internal;
  }
  const auto document = view_of(*report);
  print(json ? to_json_text(document) + "\n" : render_verdict(*report, document, has_colours(STDOUT_FILENO)));
  return report->found.faults.empty() ? exit_code::success : exit_code::refused;
}

} // namespace carillon::app
