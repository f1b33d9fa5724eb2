#include "commands/run.hpp"
#include "import/export_file.hpp"

#include "cli/progress_bar.hpp"

namespace carillon::app {
namespace {

result<void> export_list(const client_context& context, const std::string& kind, progress_bar& bar, std::uint64_t& done,
                         std::string (*line_of)(const value& shown)) {
  constexpr const char* page_size = "500";
  std::string after;
  do {
    target page{{kind}, {{"limit", page_size}}};
    if (!after.empty())
      page.query.emplace_back("after", after);
    const auto answer = context.node.ask("GET", std::move(page));
    if (!answer)
      return answer.err();
    const auto* items = answer->find(kind);
    const auto* next = answer->find("next");
    if (items == nullptr || items->get_if<value::list>() == nullptr || next == nullptr)
      return {ec::internal, "the node's answer has no list of " + kind};
    std::string lines;
    for (const auto& item : *items->get_if<value::list>())
      lines += line_of(item);
    print(lines);
    bar.show(done += items->get_if<value::list>()->size(), 0);
    after = next->get_if<std::string>() != nullptr ? *next->get_if<std::string>() : std::string{};
  } while (!after.empty());
  return {};
}

} // namespace

result<exit_code> run_export(const client_context& context) {
  const auto status = context.node.ask("GET", {{"status"}, {}});
  if (!status)
    return status.err();
  print(export_head(*status, system_clock().now().wall));
  progress_bar bar{"exported", "tasks and schedules"};
  std::uint64_t done = 0;
  if (auto tasks = export_list(context, "tasks", bar, done, export_task_line); !tasks)
    return tasks.err();
  if (auto schedules = export_list(context, "schedules", bar, done, export_schedule_line); !schedules)
    return schedules.err();
  return exit_code::success;
}

} // namespace carillon::app
