#include "crontab/crontab_service.hpp"

#include "crontab/reconcile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace fs = std::filesystem;

namespace carillon::crontab {
namespace {

// The schedules that earlier loads made.
result<std::vector<schedule>> list_own_schedules(const node& from) {
  std::vector<schedule> own;
  page_request request{.limit = limits{}.page_items, .after = {}};
  do {
    auto page = from.list_schedules(request).get();
    if (!page)
      return page.err();
    for (auto& item : page->items)
      if (!file_of(item.definition).empty())
        own.push_back(std::move(item));
    request.after = std::move(page->next);
  } while (!request.after.empty());
  return own;
}

// Sends all requests of a part of `items` before it waits for the first answer, so that the store can commit them together.
template <class Item, class Send, class Take>
result<void> in_parts(std::vector<Item>& items, Send send, Take take) {
  constexpr std::size_t part_size = 500;
  for (std::size_t begin = 0; begin < items.size(); begin += part_size) {
    const auto end = std::min(begin + part_size, items.size());
    std::vector<decltype(send(items.front()))> answers;
    answers.reserve(end - begin);
    for (auto i = begin; i < end; ++i)
      answers.push_back(send(items[i]));
    for (auto i = begin; i < end; ++i)
      if (auto taken = take(items[i], std::move(answers[i - begin]).get()); !taken)
        return taken;
  }
  return {};
}

// Whether the store refused this one item, rather than failed.
bool is_refusal(const error& what) {
  return what.code() == ec::invalid_argument || what.code() == ec::limit_exceeded || what.code() == ec::unknown_task ||
         what.code() == ec::conflict;
}

result<void> put(node& target, std::vector<schedule_definition>& definitions, std::size_t& done,
                 std::vector<std::string>& faults) {
  return in_parts(
      definitions, [&](const schedule_definition& what) { return target.add_schedule(what, conflict_policy::replace); },
      [&](const schedule_definition& what, const result<schedule>& answer) -> result<void> {
        if (answer)
          ++done;
        else if (is_refusal(answer.err()))
          faults.push_back(fmt::format("{}: {}: {}", file_of(what), what.id, answer.err().text()));
        else
          return answer.err().within("crontab");
        return {};
      });
}

result<void> remove(node& target, std::vector<std::string>& ids, std::size_t& done) {
  return in_parts(
      ids, [&](const std::string& id) { return target.remove_schedule(id); },
      [&](const std::string&, const result<void>& answer) -> result<void> {
        if (!answer && answer.err().code() != ec::not_found)
          return answer.err().within("crontab");
        ++done;
        return {};
      });
}

} // namespace

crontab_service::crontab_service(node& target, crontab_config config) : node_(target), config_(std::move(config)) {}

result<load_report> crontab_service::load() {
  if (auto there = check_sources(config_); !there)
    return there.err();
  return apply(occasion::start);
}

result<load_report> crontab_service::reload() { return apply(occasion::reload); }

result<load_report> crontab_service::apply(occasion when) {
  load_report report;
  auto want = read_crontabs(config_, system_clock().now().wall);
  report.faults = std::move(want.faults);
  auto own = list_own_schedules(node_);
  if (!own)
    return own.err().within("crontab");
  for (const auto& item : *own)
    if (const auto file = file_of(item.definition); want.kept_folders.contains(fs::path{file}.parent_path().string()))
      want.kept_files.insert(file);
  auto changes =
      reconcile(std::move(want.schedules), *own, want.kept_files,
                when == occasion::start ? new_reboot_entries::run_now : new_reboot_entries::run_at_next_boot);
  report.unchanged = changes.unchanged;
  if (auto done = put(node_, changes.add, report.added, report.faults); !done)
    return done.err();
  if (auto done = put(node_, changes.replace, report.replaced, report.faults); !done)
    return done.err();
  if (auto done = remove(node_, changes.remove, report.removed); !done)
    return done.err();
  return report;
}

} // namespace carillon::crontab
