#include "cli/serve_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <span>

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

std::optional<std::string> text_of(const toml::node& from) {
  if (const auto* text = from.as_string())
    return text->get();
  if (const auto* number = from.as_integer())
    return std::to_string(number->get());
  return std::nullopt;
}

class reader {
public:
  reader(const std::string& path, const std::vector<std::string>& said) : path_(path), said_(said) {}

  result<void> read(const toml::table& table, std::span<const setting> settings, std::string_view where) {
    for (const auto& [name, content] : table) {
      if (where.empty() && name.str() == "cluster" && content.is_table()) {
        if (auto read_it = read(*content.as_table(), of_cluster, " in [cluster]"); !read_it)
          return read_it;
        continue;
      }
      std::string key{name.str()};
      std::replace(key.begin(), key.end(), '_', '-');
      const auto found = std::ranges::find_if(settings, [&](const setting& each) { return key == each.key; });
      if (found == settings.end()) {
        std::string known;
        for (const auto& each : settings)
          known += fmt::format("{}{}", known.empty() ? "" : ", ", each.key);
        return fault(name.source(), fmt::format("there is no setting {:?}{}; there are {}", name.str(), where, known));
      }
      if (is_said(said_, found->option) || is_said(said_, found->excluded_by))
        continue;
      if (auto added = add(*found, content); !added)
        return added;
    }
    return {};
  }
  std::vector<std::string> words;

private:
  result<void> add(const setting& what, const toml::node& content) {
    if (const auto* flag = content.as_boolean()) {
      if (flag->get())
        words.emplace_back(what.option);
      return {};
    }
    if (const auto* list = content.as_array()) {
      if (list->empty())
        return fault(content.source(), fmt::format("{} is an empty list", what.key));
      for (const auto& each : *list)
        if (auto added = add_text(what, each); !added)
          return added;
      return {};
    }
    return add_text(what, content);
  }
  result<void> add_text(const setting& what, const toml::node& content) {
    const auto text = text_of(content);
    if (!text)
      return fault(content.source(),
                   fmt::format("{} must be a text, a number, true or false, or a list of texts", what.key));
    words.push_back(fmt::format("{}={}", what.option, *text));
    return {};
  }
  [[nodiscard]] error fault(const toml::source_region& where, const std::string& why) const {
    return {ec::invalid_argument, fmt::format("{}, line {}: {}", path_, where.begin.line, why)};
  }

  const std::string& path_;
  const std::vector<std::string>& said_;
};

} // namespace

result<std::vector<std::string>> read_serve_file(std::istream& text, const std::string& path,
                                                 const std::vector<std::string>& said) {
  std::string all(max_serve_file_size_bytes + 1, '\0');
  text.read(all.data(), static_cast<std::streamsize>(all.size()));
  if (text.bad())
    return error{ec::invalid_argument, path + ": it can't be read"};
  all.resize(static_cast<std::size_t>(text.gcount()));
  if (all.size() > max_serve_file_size_bytes)
    return error{ec::limit_exceeded, fmt::format("{}: it has more than {} bytes", path, max_serve_file_size_bytes)};
  try {
    reader settings{path, said};
    if (auto read = settings.read(toml::parse(all), of_node, ""); !read)
      return read.err();
    return std::move(settings.words);
  } catch (const toml::parse_error& fault) {
    return error{ec::invalid_argument,
                 fmt::format("{}, line {}: {}", path, fault.source().begin.line, fault.description())};
  }
}

} // namespace carillon::app
