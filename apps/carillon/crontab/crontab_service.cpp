#include "crontab/crontab_service.hpp"

#include "crontab/parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

namespace fs = std::filesystem;

namespace carillon::crontab {
namespace {

constexpr std::size_t max_faults_per_file = 100; // a file of another kind, given by mistake, has one in each line

std::string read_boot_id() {
  std::string id;
  std::ifstream{"/proc/sys/kernel/random/boot_id"} >> id;
  return id;
}

std::string line_of(const std::string& path, const fault& what) {
  return fmt::format("{}:{}:{}: {}", path, what.line, what.column, what.text);
}

void report_faults(const std::string& path, std::vector<fault> faults, std::vector<std::string>& into) {
  std::stable_sort(faults.begin(), faults.end(), [](const fault& a, const fault& b) { return a.line < b.line; });
  for (std::size_t i = 0; i < std::min(faults.size(), max_faults_per_file); ++i)
    into.push_back(line_of(path, faults[i]));
  if (faults.size() > max_faults_per_file)
    into.push_back(fmt::format("{}: and {} more lines are wrong", path, faults.size() - max_faults_per_file));
}

// What all files together ask for.
struct wanted {
  std::vector<schedule_definition> schedules;
  std::set<std::string> kept_files;
  std::set<std::string> kept_folders; // they couldn't be listed: what is in them now can't be known
};

void read_file(const crontab_file& file, const entry_settings& settings, timestamp now, id_maker& ids, wanted& want,
               std::vector<std::string>& faults) {
  const auto keep = [&](const std::string& why) {
    faults.push_back(fmt::format("{}: {}; what was read from it before goes on", file.path, why));
    want.kept_files.insert(file.path);
  };
  if (!file.unreadable.empty())
    return keep(file.unreadable);
  if (!file.text) {
    faults.push_back(fmt::format("{}: it isn't there any more: its entries end", file.path));
    want.kept_folders.insert(file.path); // should it have been a folder: nobody knows what was in it
    return;
  }
  auto parsed = parse_crontab(*file.text, file.kind);
  const bool is_garbage = parsed.entries.empty() && !parsed.faults.empty();
  auto made = make_schedules(file.path, parsed.entries, settings, system_users(), now, ids);
  if (!made)
    return keep(made.err().text());
  parsed.faults.insert(parsed.faults.end(), made->faults.begin(), made->faults.end());
  report_faults(file.path, std::move(parsed.faults), faults);
  if (is_garbage)
    return keep("no line of it is an entry");
  want.schedules.insert(want.schedules.end(), std::make_move_iterator(made->schedules.begin()),
                        std::make_move_iterator(made->schedules.end()));
}

wanted read_sources(const std::vector<crontab_source>& sources, const entry_settings& settings, timestamp now,
                    std::vector<std::string>& faults) {
  wanted want;
  id_maker ids;
  std::set<std::string> seen;
  for (const auto& source : sources) {
    const auto listed = read_source(source, settings.identity.is_root);
    if (!listed.unreadable.empty()) {
      faults.push_back(fmt::format("{}: {}; what was read from it before goes on", listed.path, listed.unreadable));
      want.kept_files.insert(listed.path);
      want.kept_folders.insert(listed.path);
    }
    for (const auto& file : listed.files)
      if (seen.insert(file.path).second)
        read_file(file, settings, now, ids, want, faults);
  }
  return want;
}

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

entry_settings crontab_service::settings() const {
  return {config_.timezone, config_.misfire_grace_time, current_identity(), read_boot_id()};
}

result<load_report> crontab_service::load() {
  for (const auto& source : config_.sources)
    if (std::error_code failed; !fs::exists(source.path, failed) && !failed)
      return {ec::not_found, fmt::format("crontab {:?}: there is no such file or folder", source.path)};
  return apply(occasion::start);
}

result<load_report> crontab_service::reload() { return apply(occasion::reload); }

result<load_report> crontab_service::apply(occasion when) {
  load_report report;
  auto want = read_sources(config_.sources, settings(), system_clock().now().wall, report.faults);
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
