#include "crontab/read_crontabs.hpp"

#include "carillon/base/utf8.hpp"
#include "crontab/ids.hpp"
#include "crontab/parser.hpp"
#include "crontab/schedules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

namespace fs = std::filesystem;

namespace carillon::crontab {
namespace {

std::string read_boot_id() {
  std::string id;
  std::ifstream{"/proc/sys/kernel/random/boot_id"} >> id;
  return id;
}

constexpr std::size_t max_faults_per_file = 100; // a file of another kind, given by mistake, has one in each line

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

void read_file(const crontab_file& file, const entry_settings& settings, timestamp now, id_maker& ids,
               wanted_schedules& want) {
  const auto keep = [&](const std::string& why) {
    want.faults.push_back(fmt::format("{}: {}; what was read from it before goes on", file.path, why));
    want.kept_files.insert(file.path);
  };
  if (!file.unreadable.empty())
    return keep(file.unreadable);
  if (!file.text) {
    want.faults.push_back(fmt::format("{}: it isn't there any more: its entries end", file.path));
    want.kept_folders.insert(file.path); // should it have been a folder: nobody knows what was in it
    return;
  }
  auto parsed = parse_crontab(*file.text, file.kind);
  const bool is_garbage = parsed.entries.empty() && !parsed.faults.empty();
  auto made = make_schedules(file.path, parsed.entries, settings, system_users(), now, ids);
  if (!made)
    return keep(made.err().text());
  parsed.faults.insert(parsed.faults.end(), made->faults.begin(), made->faults.end());
  report_faults(file.path, std::move(parsed.faults), want.faults);
  if (is_garbage)
    return keep("no line of it is an entry");
  want.schedules.insert(want.schedules.end(), std::make_move_iterator(made->schedules.begin()),
                        std::make_move_iterator(made->schedules.end()));
}

} // namespace

result<void> check_sources(const crontab_config& config) {
  for (const auto& source : config.sources)
    if (std::error_code failed; !fs::exists(source.path, failed) && !failed)
      return {ec::not_found, fmt::format("crontab {}: there is no such file or folder", quote(source.path))};
  return {};
}

wanted_schedules read_crontabs(const crontab_config& config, timestamp now) {
  const entry_settings settings{config.timezone, config.misfire_grace_time, current_identity(), read_boot_id()};
  wanted_schedules want;
  id_maker ids;
  std::set<std::string> seen;
  for (const auto& source : config.sources) {
    const auto listed = read_source(source, settings.identity.is_root);
    if (!listed.unreadable.empty()) {
      want.faults.push_back(
          fmt::format("{}: {}; what was read from it before goes on", listed.path, listed.unreadable));
      want.kept_files.insert(listed.path);
      want.kept_folders.insert(listed.path);
    }
    for (const auto& file : listed.files)
      if (seen.insert(file.path).second)
        read_file(file, settings, now, ids, want);
  }
  return want;
}

} // namespace carillon::crontab
