#include "cli/terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace carillon::app {
namespace {

bool is_set(const char* name) {
  const char* content = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nothing sets variables
  return content != nullptr && *content != '\0';
}

const char* code_of(colour what) {
  switch (what) {
    case colour::none: return "";
    case colour::red: return "\x1b[31m";
    case colour::green: return "\x1b[32m";
    case colour::yellow: return "\x1b[33m";
    case colour::dim: return "\x1b[2m";
    case colour::bold: return "\x1b[1m";
  }
  return "";
}

// Whether it is a terminal that can do more than print.
bool takes_escapes(int descriptor) {
  if (::isatty(descriptor) == 0)
    return false;
  const char* terminal = std::getenv("TERM"); // NOLINT(concurrency-mt-unsafe)
  return terminal != nullptr && std::string_view{terminal} != "dumb";
}

} // namespace

bool has_colours(int descriptor) { return takes_escapes(descriptor) && !is_set("NO_COLOR"); }

std::string paint(std::string_view text, colour with, bool colours) {
  if (!colours || with == colour::none || text.empty())
    return std::string{text};
  return code_of(with) + std::string{text} + "\x1b[0m";
}

std::string printable(std::string_view text) {
  constexpr unsigned char first_printable = 0x20;
  constexpr unsigned char delete_character = 0x7f;
  std::string out{text};
  for (auto& letter : out)
    if (const auto code = static_cast<unsigned char>(letter); code < first_printable || code == delete_character)
      letter = code == '\n' || code == '\t' ? ' ' : '?';
  return out;
}

progress_line::progress_line() : is_terminal_(takes_escapes(STDERR_FILENO)) {}

void progress_line::show(const std::string& text) {
  if (!is_terminal_)
    return;
  is_shown_ = true;
  std::fputs(("\r\x1b[K" + text).c_str(), stderr);
  std::fflush(stderr);
}

void progress_line::clear() {
  if (std::exchange(is_shown_, false))
    std::fputs("\r\x1b[K", stderr);
}

std::size_t width_of(std::string_view text) noexcept {
  constexpr unsigned char continuation_mask = 0xc0;
  constexpr unsigned char continuation = 0x80;
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char letter) {
    return (static_cast<unsigned char>(letter) & continuation_mask) != continuation;
  }));
}

} // namespace carillon::app
