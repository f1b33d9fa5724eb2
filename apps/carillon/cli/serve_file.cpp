#include "cli/serve_file.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <sstream>

namespace carillon::app {
namespace {

struct setting {
  const char* key;
  const char* option;
  bool is_flag = false;
};

constexpr setting of_node[] = {
    {"data", "--data"},           {"memory", "--memory", true},   {"crontab", "--crontab"},
    {"system", "--system", true}, {"durability", "--durability"}, {"slots", "--slots"},
    {"threads", "--threads"},     {"stop-grace", "--stop-grace"}, {"history", "--history"},
    {"http-ca", "--http-ca"},     {"quiet", "--quiet", true},     {"log-level", "--log-level"},
};
constexpr setting of_cluster[] = {
    {"name", "--cluster"},
    {"listen", "--listen"},
    {"join", "--join"},
    {"identity", "--name"},
    {"roles", "--role"},
    {"authority", "--authority"},
    {"certificate", "--certificate"},
    {"key", "--key"},
};

result<const setting*> find_setting(const CLI::ConfigItem& item, const std::string& path) {
  const bool is_top = item.parents.empty();
  const bool is_of_cluster = item.parents == std::vector<std::string>{"cluster"};
  auto key = item.name;
  std::replace(key.begin(), key.end(), '_', '-');
  std::string known;
  if (is_top || is_of_cluster)
    for (const auto& each : is_top ? std::span<const setting>{of_node} : std::span<const setting>{of_cluster}) {
      if (key == each.key)
        return &each;
      known += fmt::format("{}{}", known.empty() ? "" : ", ", each.key);
    }
  if (known.empty())
    return error{ec::invalid_argument,
                 fmt::format("{}: there is no section [{}]; there is [cluster]", path, fmt::join(item.parents, "."))};
  return error{ec::invalid_argument, fmt::format("{}: there is no setting {:?}{}; there are {}", path, item.name,
                                                 is_top ? "" : " in [cluster]", known)};
}

} // namespace

result<std::vector<std::string>> read_serve_file(std::istream& text, const std::string& path,
                                                 const std::vector<std::string>& said) {
  std::string all(max_serve_file_size_bytes + 1, '\0');
  text.read(all.data(), static_cast<std::streamsize>(all.size()));
  all.resize(static_cast<std::size_t>(text.gcount()));
  if (all.size() > max_serve_file_size_bytes)
    return error{ec::limit_exceeded, fmt::format("{}: it has more than {} bytes", path, max_serve_file_size_bytes)};
  std::vector<CLI::ConfigItem> items;
  try {
    std::istringstream lines{all};
    items = CLI::ConfigTOML{}.from_config(lines);
  } catch (const std::exception& fault) {
    return error{ec::invalid_argument, fmt::format("{}: {}", path, fault.what())};
  }
  std::vector<std::string> words;
  for (const auto& item : items) {
    if (item.name == "++" || item.name == "--") // where a section begins and ends
      continue;
    const auto found = find_setting(item, path);
    if (!found)
      return found.err();
    const auto& [key, option, is_flag] = **found;
    const auto is_said = [name = std::string{option}](const std::string& word) {
      return word == name || word.starts_with(name + "=");
    };
    if (std::any_of(said.begin(), said.end(), is_said))
      continue;
    if (!is_flag)
      for (const auto& value : item.inputs)
        words.push_back(fmt::format("{}={}", option, value));
    else if (item.inputs == std::vector<std::string>{"true"})
      words.emplace_back(option);
    else if (item.inputs != std::vector<std::string>{"false"})
      return error{ec::invalid_argument, fmt::format("{}: {} must be true or false", path, key)};
  }
  return words;
}

} // namespace carillon::app
