#include "api/target.hpp"

#include "carillon/base/utf8.hpp"

#include <fmt/format.h>

namespace carillon::app {
namespace {

std::optional<unsigned> hex_digit(char letter) {
  if (letter >= '0' && letter <= '9')
    return static_cast<unsigned>(letter - '0');
  if (letter >= 'a' && letter <= 'f')
    return static_cast<unsigned>(letter - 'a') + 10;
  if (letter >= 'A' && letter <= 'F')
    return static_cast<unsigned>(letter - 'A') + 10;
  return std::nullopt;
}

result<std::string> decode(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
    const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
    if (!low)
      return {ec::invalid_argument,
              fmt::format("{} in the request's target: two hexadecimal digits follow a %", quote(text))};
    plain += static_cast<char>(*high << 4U | *low);
    i += 2;
  }
  return plain;
}

void encode(std::string& out, std::string_view plain) {
  constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  for (const char letter : plain) {
    if (unreserved.find(letter) != std::string_view::npos)
      out += letter;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(letter));
  }
}

// Calls `use` with each part of `text` between separators.
template <class F>
result<void> for_each_part(std::string_view text, char separator, F use) {
  while (true) {
    const auto end = text.find(separator);
    if (auto used = use(text.substr(0, end)); !used)
      return used;
    if (end == std::string_view::npos)
      return {};
    text.remove_prefix(end + 1);
  }
}

} // namespace

std::optional<std::string> target::parameter(std::string_view name) const {
  for (const auto& [key, content] : query)
    if (key == name)
      return content;
  return std::nullopt;
}

result<target> parse_target(std::string_view text) {
  if (!text.starts_with('/'))
    return {ec::invalid_argument, "the request's target doesn't begin with /"};
  target parsed;
  const auto mark = text.find('?');
  const auto segments = for_each_part(text.substr(1, mark == std::string_view::npos ? mark : mark - 1), '/',
                                      [&](std::string_view part) -> result<void> {
                                        auto plain = decode(part);
                                        if (!plain)
                                          return plain.err();
                                        parsed.segments.push_back(std::move(*plain));
                                        return {};
                                      });
  if (!segments)
    return segments.err();
  if (mark == std::string_view::npos)
    return parsed;
  const auto query = for_each_part(text.substr(mark + 1), '&', [&](std::string_view part) -> result<void> {
    const auto equals = part.find('=');
    auto name = decode(part.substr(0, equals));
    auto content = decode(equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1));
    if (!name || !content)
      return !name ? name.err() : content.err();
    if (!name->empty())
      parsed.query.emplace_back(std::move(*name), std::move(*content));
    return {};
  });
  return query ? result<target>{std::move(parsed)} : query.err();
}

std::string write_target(const target& what) {
  std::string out;
  for (const auto& segment : what.segments) {
    out += '/';
    encode(out, segment);
  }
  char separator = '?';
  for (const auto& [name, content] : what.query) {
    out += separator;
    encode(out, name);
    out += '=';
    encode(out, content);
    separator = '&';
  }
  return out.empty() ? "/" : out;
}

} // namespace carillon::app
