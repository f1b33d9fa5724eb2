#include "crontab/variables.hpp"

#include "crontab/blanks.hpp"

namespace carillon::crontab {
namespace {

bool is_quote(char c) { return c == '\'' || c == '"'; }
bool begins_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The text between the quotes with which `text` begins; nothing when the second one is missing.
std::optional<std::string_view> quoted(std::string_view text) {
  const auto end = text.find(text.front(), 1);
  if (end == std::string_view::npos)
    return std::nullopt;
  return text.substr(1, end - 1);
}

// Takes a name off the front of `text`.
std::optional<std::string_view> take_name(std::string_view& text) {
  std::string_view name;
  if (!text.empty() && is_quote(text.front())) {
    const auto inner = quoted(text);
    if (!inner)
      return std::nullopt;
    name = *inner;
    text.remove_prefix(name.size() + 2);
  } else {
    name = text.substr(0, text.find_first_of("= \t"));
    text.remove_prefix(name.size());
  }
  if (name.empty() || !begins_a_name(name.front()) || name.find_first_of("= \t'\"") != std::string_view::npos)
    return std::nullopt;
  return name;
}

} // namespace

std::optional<variable> parse_variable(std::string_view line) {
  auto rest = line;
  skip_blanks(rest);
  const auto name = take_name(rest);
  if (!name)
    return std::nullopt;
  skip_blanks(rest);
  if (rest.empty() || rest.front() != '=')
    return std::nullopt;
  rest.remove_prefix(1);
  skip_blanks(rest);
  const auto column = line.size() - rest.size() + 1;
  auto value = without_trailing_blanks(rest);
  if (!value.empty() && is_quote(value.front())) {
    const auto inner = quoted(value);
    if (!inner || inner->size() + 2 != value.size())
      return std::nullopt;
    value = *inner;
  }
  return variable{std::string{*name}, std::string{value}, column};
}

} // namespace carillon::crontab
