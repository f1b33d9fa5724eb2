#include "cli/serve_file.hpp"

#include "carillon/base/utf8.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <span>
#include <tuple>

namespace carillon::app {
namespace {

enum class setting_kind { text, texts, number, flag };

struct setting {
  const char* key;
  const char* option;
  setting_kind takes = setting_kind::text;
  const char* excluded_by = nullptr; // an option of the command line that it doesn't go with
};

constexpr setting of_node[] = {
    {"data", "--data", setting_kind::text, "--memory"},
    {"memory", "--memory", setting_kind::flag, "--data"},
    {"crontab", "--crontab", setting_kind::texts},
    {"system", "--system", setting_kind::flag},
    {"durability", "--durability", setting_kind::text, "--join"},
    {"slots", "--slots", setting_kind::number},
    {"threads", "--threads", setting_kind::number},
    {"stop-grace", "--stop-grace"},
    {"history", "--history"},
    {"http-ca", "--http-ca"},
    {"quiet", "--quiet", setting_kind::flag},
    {"log-level", "--log-level"},
};
constexpr setting of_cluster[] = {
    {"name", "--cluster"},
    {"listen", "--listen", setting_kind::text, "--join"},
    {"join", "--join", setting_kind::text, "--listen"},
    {"identity", "--name"},
    {"roles", "--role", setting_kind::texts},
    {"labels", "--label", setting_kind::texts},
    {"authority", "--authority"},
    {"certificate", "--certificate"},
    {"key", "--key"},
};

const char* describe_kind(setting_kind what) {
  switch (what) {
    case setting_kind::text: return "a text";
    case setting_kind::texts: return "a text or a list of texts";
    case setting_kind::number: return "a whole number of at least 0";
    case setting_kind::flag: return "true or false";
  }
  return "";
}

bool is_meant(const setting& each, std::string_view key) {
  return key == each.key || key == std::string_view{each.option}.substr(2);
}

// The settings of one section that somebody may mean by a key which isn't there: `name (--cluster) or identity (--name)`.
std::string list_meant(std::span<const setting> settings, std::string_view key) {
  std::string meant;
  for (const auto& each : settings)
    if (is_meant(each, key))
      meant += fmt::format("{}{} ({})", meant.empty() ? "" : " or ", each.key, each.option);
  return meant;
}

bool is_said(const std::vector<std::string>& said, const char* option) {
  return option != nullptr &&
         std::any_of(said.begin(), said.end(), [name = std::string{option}](const std::string& word) {
           return word == name || word.starts_with(name + "=");
         });
}

class reader {
public:
  void read(const toml::table& table) { read(table, of_node, false); }
  serve_file read_so_far;

private:
  void read(const toml::table& table, std::span<const setting> settings, bool is_cluster) {
    for (const auto& [name, content] : table) {
      if (!is_cluster && name.str() == "cluster" && content.is_table()) {
        read(*content.as_table(), of_cluster, true);
        continue;
      }
      std::string key{name.str()};
      std::replace(key.begin(), key.end(), '_', '-');
      const auto found = std::ranges::find_if(settings, [&](const setting& each) { return key == each.key; });
      if (found != settings.end())
        add(*found, name.source(), content);
      else
        report(name.source(), fmt::format("there is no setting {}{}; {}", quote(name.str()),
                                          is_cluster ? " in [cluster]" : "", where_it_is(key, settings, is_cluster)));
    }
  }
  // It may stand in the other section, or be called as its option is.
  static std::string where_it_is(std::string_view key, std::span<const setting> settings, bool is_cluster) {
    if (const auto here = list_meant(settings, key); !here.empty())
      return "here it is " + here;
    if (const auto there = list_meant(is_cluster ? std::span<const setting>{of_node} : of_cluster, key); !there.empty())
      return is_cluster ? fmt::format("it belongs above [cluster], as {}", there)
                        : fmt::format("it belongs into [cluster], as {}", there);
    std::string known;
    for (const auto& each : settings)
      known += fmt::format("{}{}", known.empty() ? "" : ", ", each.key);
    return "there are " + known;
  }
  void add(const setting& what, const toml::source_region& at, const toml::node& content) {
    const auto* flag = content.as_boolean();
    const auto* number = content.as_integer();
    const auto* list = content.as_array();
    if (what.takes == setting_kind::flag && flag != nullptr) {
      if (flag->get())
        put(what, at, what.option);
    } else if (what.takes == setting_kind::number && number != nullptr && number->get() >= 0) {
      put(what, at, fmt::format("{}={}", what.option, number->get()));
    } else if (what.takes == setting_kind::texts && list != nullptr) {
      if (list->empty())
        report(content.source(), fmt::format("{} is an empty list", what.key));
      for (const auto& each : *list)
        add_text(what, each.source(), each);
    } else {
      add_text(what, at, content);
    }
  }
  void add_text(const setting& what, const toml::source_region& at, const toml::node& content) {
    const auto* text = content.as_string();
    if (text != nullptr && text->get().empty())
      report(content.source(), fmt::format("{} is empty", what.key));
    else if (text != nullptr && (what.takes == setting_kind::text || what.takes == setting_kind::texts))
      put(what, at, fmt::format("{}={}", what.option, text->get()));
    else
      report(content.source(), fmt::format("{} must be {}", what.key, describe_kind(what.takes)));
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
    settings.read(toml::parse(text));
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
