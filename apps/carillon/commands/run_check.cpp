// `carillon check FILE...`: configuration, crontabs and exports, before anybody uses them.
#include "cli/serve_file.hpp"
#include "commands/run.hpp"
#include "crontab/crontab_files.hpp"
#include "import/export_file.hpp"
#include "io/read_file.hpp"
#include "serve/serve_config.hpp"

#include <fmt/format.h>

namespace carillon::app {
namespace {

struct checked_file {
  std::string path;
  std::string kind; // as `--kind` takes it
  std::size_t entries = 0;
  std::vector<file_fault> faults; // line 0: of the file as a whole
};

checked_file unreadable(std::string path, std::string kind, std::string why) {
  return {std::move(path), std::move(kind), 0, {{0, 0, std::move(why)}}};
}

checked_file check_crontab(const crontab::crontab_file& file, const std::string& shown) {
  const bool is_system = file.kind == crontab::crontab_kind::system;
  const char* kind = is_system ? "system-crontab" : "crontab";
  if (!file.text)
    return unreadable(shown, kind, file.unreadable.empty() ? "there is no such file" : file.unreadable);
  checked_file checked{shown, kind, 0, {}};
  const auto parsed = crontab::parse_crontab(*file.text, file.kind);
  checked.entries = parsed.entries.size();
  for (const auto& fault : parsed.faults)
    checked.faults.push_back({fault.line, fault.column, fault.text});
  return checked;
}

void check_crontabs(const std::string& path, crontab::crontab_kind kind, std::vector<checked_file>& all) {
  const auto listed = crontab::read_source({path, kind}, false);
  if (!listed.unreadable.empty())
    all.push_back(unreadable(path, "crontab", listed.unreadable));
  for (const auto& file : listed.files)
    all.push_back(check_crontab(file, listed.files.size() == 1 && file.path == listed.path ? path : file.path));
}

checked_file check_text(const std::string& path, const std::string& kind) {
  const auto text = read_whole_file(path);
  if (!text)
    return unreadable(path, kind, text.err().text());
  if (kind == "export") {
    const auto read = parse_export(*text, path);
    return {path, kind, read.tasks.size() + read.schedules.size(), check_export(*text)};
  }
  if (text->size() > max_serve_file_size_bytes)
    return unreadable(path, kind, fmt::format("it has more than {} bytes", max_serve_file_size_bytes));
  return {path, kind, parse_serve_file(*text).settings.size(), check_serve_file(*text, check_serve)};
}

std::string kind_of(const std::string& path, const std::string& said) {
  if (!said.empty())
    return said;
  return path.ends_with(".toml") ? "config" : path.ends_with(".jsonl") ? "export" : "crontab";
}

std::vector<checked_file> check_all(const check_command& what) {
  std::vector<checked_file> all;
  for (const auto& path : what.files) {
    const auto kind = kind_of(path, what.kind);
    if (kind == "config" || kind == "export")
      all.push_back(check_text(path, kind));
    else
      check_crontabs(path, kind == "system-crontab" ? crontab::crontab_kind::system : crontab::crontab_kind::user, all);
  }
  return all;
}

std::string line_of(const checked_file& file, const file_fault& fault) {
  return fault.line == 0 ? fmt::format("{}: {}\n", file.path, fault.text)
                         : fmt::format("{}:{}:{}: {}\n", file.path, fault.line, fault.column, fault.text);
}

value check_document(const std::vector<checked_file>& all, bool is_good) {
  value::list files, faults;
  for (const auto& file : all) {
    files.push_back(
        value::map{{"file", file.path}, {"kind", file.kind}, {"entries", static_cast<std::int64_t>(file.entries)}});
    for (const auto& fault : file.faults)
      faults.push_back(
          value::map{{"file", file.path},
                     {"line", fault.line == 0 ? value{} : value{static_cast<std::int64_t>(fault.line)}},
                     {"column", fault.line == 0 ? value{} : value{static_cast<std::int64_t>(fault.column)}},
                     {"text", fault.text}});
  }
  return value::map{{"ok", is_good}, {"files", std::move(files)}, {"faults", std::move(faults)}};
}

} // namespace

exit_code run_check_files(const check_command& what, bool json) {
  const auto all = check_all(what);
  bool is_good = true;
  std::string text;
  for (const auto& file : all) {
    for (const auto& fault : file.faults)
      text += line_of(file, fault);
    if (file.faults.empty())
      text += fmt::format("{}: good, {} {}\n", file.path, file.entries, file.kind == "config" ? "settings" : "entries");
    is_good = is_good && file.faults.empty();
  }
  print(json ? to_json_text(check_document(all, is_good)) + "\n" : text);
  return is_good ? exit_code::success : exit_code::refused;
}

} // namespace carillon::app
