#include "cli/serve_file.hpp"

#include "carillon/base/utf8.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <span>
#include <tuple>

namespace carillon::app {
namespace {

struct setting {
  const char* key;
  const char* option;
  const char* excluded_by = nullptr; // an option of the command line that it doesn't go with
};

constexpr setting of_node[] = {
    {"data", "--data", "--memory"},
    {"memory", "--memory", "--data"},
    {"crontab", "--crontab"},
    {"system", "--system"},
    {"durability", "--durability", "--join"},
    {"slots", "--slots"},
    {"threads", "--threads"},
    {"stop-grace", "--stop-grace"},
    {"history", "--history"},
    {"http-ca", "--http-ca"},
    {"quiet", "--quiet"},
    {"log-level", "--log-level"},
};
constexpr setting of_cluster[] = {
    {"name", "--cluster"},
    {"listen", "--listen", "--join"},
    {"join", "--join", "--listen"},
    {"identity", "--name"},
    {"roles", "--role"},
    {"labels", "--label"},
    {"authority", "--authority"},
    {"certificate", "--certificate"},
    {"key", "--key"},
};

bool is_said(const std::vector<std::string>& said, const char* option) {
  return option != nullptr &&
         std::any_of(said.begin(), said.end(), [name = std::string{option}](const std::string& word) {
           return word == name || word.starts_with(name + "=");
         });
}

std::optional<std::string> node_text_of(const toml::node& from) {
  if (const auto* text = from.as_string())
    return text->get();
  if (const auto* number = from.as_integer())
    return std::to_string(number->get());
  return std::nullopt;
}

class reader {
public:
  void read(const toml::table& table, std::span<const setting> settings, std::string_view where) {
    for (const auto& [name, content] : table) {
      if (where.empty() && name.str() == "cluster" && content.is_table()) {
        read(*content.as_table(), of_cluster, " in [cluster]");
        continue;
      }
      std::string key{name.str()};
      std::replace(key.begin(), key.end(), '_', '-');
      const auto found = std::ranges::find_if(settings, [&](const setting& each) { return key == each.key; });
      if (found != settings.end()) {
        add(*found, name.source(), content);
        continue;
      }
      std::string known;
      for (const auto& each : settings)
        known += fmt::format("{}{}", known.empty() ? "" : ", ", each.key);
      report(name.source(), fmt::format("there is no setting {}{}; there are {}", quote(name.str()), where, known));
    }
  }
  serve_file read_so_far;

private:
  void add(const setting& what, const toml::source_region& at, const toml::node& content) {
    if (const auto* flag = content.as_boolean()) {
      if (flag->get())
        put(what, at, what.option);
      return;
    }
    const auto* list = content.as_array();
    if (list == nullptr)
      return add_text(what, at, content);
    if (list->empty())
      return report(content.source(), fmt::format("{} is an empty list", what.key));
    for (const auto& each : *list)
      add_text(what, each.source(), each);
  }
  void add_text(const setting& what, const toml::source_region& at, const toml::node& content) {
    if (const auto text = node_text_of(content))
      put(what, at, fmt::format("{}={}", what.option, *text));
    else
      report(content.source(), fmt::format("{} must be a text, a number, true or false, or a list of texts", what.key));
  }
  void put(const setting& what, const toml::source_region& at, std::string word) {
    read_so_far.settings.push_back(
        {what.key, what.option, what.excluded_by, std::move(word), at.begin.line, at.begin.column});
  }
  void report(const toml::source_region& at, std::string why) {
    read_so_far.faults.push_back({at.begin.line, at.begin.column, std::move(why)});
  }
};

} // namespace

serve_file parse_serve_file(std::string_view text) {
  try {
    reader settings;
    settings.read(toml::parse(text), of_node, "");
    auto& all = settings.read_so_far;
    const auto stands_before = [](const auto& a, const auto& b) {
      return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    };
    std::ranges::stable_sort(all.settings, stands_before); // a table is in the order of its keys
    std::ranges::stable_sort(all.faults, stands_before);
    return std::move(all);
  } catch (const toml::parse_error& fault) {
    const auto at = fault.source().begin;
    return {{}, {{at.line, at.column, std::string{fault.description()}}}};
  }
}

result<std::vector<std::string>> read_serve_file(std::istream& text, const std::string& path,
                                                 const std::vector<std::string>& said) {
  std::string all(max_serve_file_size_bytes + 1, '\0');
  text.read(all.data(), static_cast<std::streamsize>(all.size()));
  if (text.bad())
    return error{ec::invalid_argument, path + ": it can't be read"};
  all.resize(static_cast<std::size_t>(text.gcount()));
  if (all.size() > max_serve_file_size_bytes)
    return error{ec::limit_exceeded, fmt::format("{}: it has more than {} bytes", path, max_serve_file_size_bytes)};
  const auto file = parse_serve_file(all);
  if (!file.faults.empty())
    return error{ec::invalid_argument,
                 fmt::format("{}, line {}: {}", path, file.faults.front().line, file.faults.front().text)};
  std::vector<std::string> words;
  for (const auto& each : file.settings)
    if (!is_said(said, each.option) && !is_said(said, each.excluded_by))
      words.push_back(each.word);
  return words;
}

} // namespace carillon::app
