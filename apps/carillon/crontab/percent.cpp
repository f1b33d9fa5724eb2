#include "crontab/percent.hpp"

namespace carillon::crontab {

command_text split_at_percent(std::string_view written) {
  command_text split;
  bool in_input = false;
  for (std::size_t i = 0; i < written.size(); ++i) {
    auto& part = in_input ? split.standard_input : split.command;
    const char c = written[i];
    if (c == '\\' && i + 1 < written.size()) {
      if (written[++i] != '%')
        part += c;
      part += written[i];
    } else if (c != '%') {
      part += c;
    } else if (in_input) {
      part += '\n';
    } else {
      in_input = true;
    }
  }
  if (!split.standard_input.empty() && split.standard_input.back() != '\n')
    split.standard_input += '\n';
  return split;
}

} // namespace carillon::crontab
