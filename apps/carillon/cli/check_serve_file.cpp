#include "cli/parse.hpp"
#include "cli/serve_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

namespace carillon::app {
namespace {

using settings = std::vector<serve_setting>;

// What `carillon serve` says of these options; nothing: it takes them.
std::optional<std::string> refusal_of(const settings& all) {
  std::vector<std::string> words{"serve"};
  for (const auto& each : all)
    words.push_back(each.word);
  const auto parsed = parse_command_line(std::move(words));
  const auto* end = std::get_if<parse_end>(&parsed);
  if (end == nullptr)
    return std::nullopt;
  constexpr std::string_view program = "carillon serve: ";
  auto text = end->text.substr(0, end->text.find('\n'));
  if (text.starts_with(program))
    text.erase(0, program.size());
  return text;
}

settings without(const settings& all, std::size_t index) {
  auto rest = all;
  rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(index));
  return rest;
}

// In the words of the file.
std::string with_keys(std::string text, const settings& all) {
  for (const auto& each : all)
    for (auto at = text.find(each.option); at != std::string::npos; at = text.find(each.option, at + each.key.size()))
      text.replace(at, std::string_view{each.option}.size(), each.key);
  return text;
}

// Those of the cluster's files go together.
void check_tls(const settings& all, std::vector<file_fault>& faults) {
  constexpr const char* together[] = {"authority", "certificate", "key"};
  const auto find = [&](const char* key) { return std::ranges::find(all, key, &serve_setting::key); };
  const auto first = std::ranges::find_first_of(all, together, {}, &serve_setting::key);
  if (first == all.end())
    return;
  for (const auto* key : together)
    if (find(key) == all.end())
      faults.push_back({first->line, first->column,
                        fmt::format("{} goes with authority, certificate and key: {} is missing", first->key, key)});
}

} // namespace

std::vector<file_fault> check_serve_file(std::string_view text) {
  auto file = parse_serve_file(text);
  auto& all = file.settings;
  check_tls(all, file.faults);
  // The one without which the command line would say something else is the one that it speaks of.
  for (auto refusal = refusal_of(all); refusal; refusal = refusal_of(all)) {
    if (all.empty())
      break; // nothing of the file is wrong
    std::size_t wrong = 0;
    while (wrong + 1 < all.size() && refusal_of(without(all, wrong)) == refusal)
      ++wrong;
    file.faults.push_back({all[wrong].line, all[wrong].column, with_keys(*refusal, all)});
    all = without(all, wrong);
  }
  std::ranges::stable_sort(file.faults, [](const file_fault& a, const file_fault& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  return file.faults;
}

} // namespace carillon::app
