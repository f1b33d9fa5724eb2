#include "keyed/paging.hpp"

#include <fmt/format.h>

namespace carillon::keyed {

error bad_cursor() { return {ec::invalid_argument, "page: `after` isn't the `next` of a page before"}; }

std::string to_cursor(std::string_view key) {
  std::string digits;
  for (const char byte : key)
    digits += fmt::format("{:02x}", static_cast<std::uint8_t>(byte));
  return digits;
}

std::optional<std::string> parse_cursor(std::string_view cursor) {
  if (cursor.size() % 2 != 0 || cursor.find_first_not_of("0123456789abcdef") != std::string_view::npos)
    return std::nullopt;
  const auto digit = [](char x) { return x <= '9' ? x - '0' : x - 'a' + 10; };
  std::string key;
  for (std::size_t i = 0; i < cursor.size(); i += 2)
    key += static_cast<char>(digit(cursor[i]) * 16 + digit(cursor[i + 1]));
  return key;
}

key_range rest_of(const owned_range& range, direction towards, const std::string& after, std::string& kept) {
  if (after.empty())
    return {range.from, range.to};
  kept = after;
  if (towards == direction::descending)
    return {range.from, kept};
  kept += '\0';
  return {kept, range.to};
}

} // namespace carillon::keyed
