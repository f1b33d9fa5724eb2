#include "cli/parse.hpp"
#include "cli/serve_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

namespace carillon::app {
namespace {

using settings = std::vector<serve_setting>;

std::variant<invocation, parse_end> parse_settings(const settings& all) {
  std::vector<std::string> words{"serve"};
  for (const auto& each : all)
    words.push_back(each.word);
  return parse_command_line(std::move(words));
}

// What the command line of `carillon serve` says of these options; nothing: it takes them.
std::optional<std::string> refusal_of(const settings& all) {
  const auto parsed = parse_settings(all);
  const auto* end = std::get_if<parse_end>(&parsed);
  if (end == nullptr)
    return std::nullopt;
  constexpr std::string_view program = "carillon serve: ";
  auto text = end->text.substr(0, end->text.find('\n'));
  if (text.starts_with(program))
    text.erase(0, program.size());
  return text;
}

// What a node says of options that the command line takes.
std::optional<std::string> node_refusal_of(const settings& all, const serve_check& check) {
  const auto parsed = parse_settings(all);
  const auto* said = std::get_if<invocation>(&parsed);
  const auto checked = said != nullptr ? check(std::get<serve_command>(said->what)) : result<void>{};
  return checked ? std::nullopt : std::optional{checked.err().text()};
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

constexpr const char* tls_keys[] = {"authority", "certificate", "key"};

std::string node_field_of(const char* tls_key) { return fmt::format("{}_file", tls_key); }

// Which of the cluster's files a node speaks of; null: of none.
const char* tls_key_of(const std::string& refusal) {
  const auto* found = std::ranges::find_if(tls_keys, [&](const char* key) {
    return refusal.find("cluster: " + node_field_of(key) + ": ") != std::string::npos;
  });
  return found != std::end(tls_keys) ? *found : nullptr;
}

// What a node says of a setting, in the words of the file: `identity: name "a b": position 2`.
std::string with_key(std::string text, const std::string& key) {
  for (const std::string_view around : {"node_config: ", "cluster: ", "http: ca_file: "})
    if (text.starts_with(around))
      text.erase(0, around.size());
  for (const auto* each : tls_keys) {
    const auto field = node_field_of(each);
    for (auto at = text.find(field); at != std::string::npos; at = text.find(field))
      text.replace(at, field.size(), each);
  }
  return text.starts_with(key) ? text : fmt::format("{}: {}", key, text);
}

// The one without which something else would be said is the one that is spoken of.
template <class Refusal>
std::size_t find_wrong(const settings& all, const Refusal& refusal_without) {
  const auto said = refusal_without(all);
  std::size_t wrong = 0;
  while (wrong + 1 < all.size() && refusal_without(without(all, wrong)) == said)
    ++wrong;
  return wrong;
}

// Takes out what the command line refuses. With `faults` that is told.
settings take_out_refused(settings all, std::vector<file_fault>* faults) {
  for (auto said = refusal_of(all); said && !all.empty(); said = refusal_of(all)) { // of none: it isn't the file's
    const auto wrong = find_wrong(all, refusal_of);
    if (faults != nullptr)
      faults->push_back({all[wrong].line, all[wrong].column, with_keys(*said, all)});
    all = without(all, wrong);
  }
  return all;
}

// What the node says of settings that the command line takes.
void check_by_node(settings all, const serve_check& check, std::vector<file_fault>& faults) {
  // What goes only with one that is left out is left out with it.
  const auto ask = [&](const settings& some) { return node_refusal_of(take_out_refused(some, nullptr), check); };
  const auto not_of_the_file = ask({});
  for (auto said = ask(all); said && said != not_of_the_file; said = ask(all)) {
    if (const auto* key = tls_key_of(*said)) { // which the node looks at last; one that isn't named is told already
      if (const auto at = std::ranges::find(all, key, &serve_setting::key); at != all.end())
        faults.push_back({at->line, at->column, with_key(*said, key)});
      return;
    }
    const auto wrong = find_wrong(all, ask);
    faults.push_back({all[wrong].line, all[wrong].column, with_key(*said, all[wrong].key)});
    all = take_out_refused(without(all, wrong), nullptr);
  }
}

// Those of the cluster's files go together.
void check_tls(const settings& all, std::vector<file_fault>& faults) {
  const auto find = [&](const char* key) { return std::ranges::find(all, key, &serve_setting::key); };
  const auto first = std::ranges::find_first_of(all, tls_keys, {}, &serve_setting::key);
  if (first == all.end())
    return;
  for (const auto* key : tls_keys)
    if (find(key) == all.end())
      faults.push_back({first->line, first->column,
                        fmt::format("{} goes with authority, certificate and key: {} is missing", first->key, key)});
}

} // namespace

std::vector<file_fault> check_serve_file(std::string_view text, const serve_check& check) {
  auto file = parse_serve_file(text);
  check_tls(file.settings, file.faults);
  auto taken = take_out_refused(std::move(file.settings), &file.faults);
  // What stands there twice is wrong twice, and then without either of them the same would be said.
  for (std::size_t i = 0; i < taken.size(); ++i)
    std::erase_if(taken, [&, first = taken[i]](const serve_setting& each) {
      return each.word == first.word && std::tie(each.line, each.column) > std::tie(first.line, first.column);
    });
  if (check)
    check_by_node(std::move(taken), check, file.faults);
  std::ranges::stable_sort(file.faults, [](const file_fault& a, const file_fault& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  return file.faults;
}

} // namespace carillon::app
