#pragma once

#include <string>
#include <string_view>

namespace carillon::crontab {

struct command_text {
  std::string command;
  std::string standard_input;
};

/// Splits a command at its first bare `%`: what follows is standard input, in which each further bare `%` is a newline,
/// and which ends in a newline unless it is empty. `\%` is a literal `%` on both sides; a backslash before anything else
/// stays, with the character that it protects.
[[nodiscard]] command_text split_at_percent(std::string_view written);

} // namespace carillon::crontab
