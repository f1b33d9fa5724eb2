#pragma once

#include "carillon/base/time.hpp"

#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon::testing {

/// One message of a conversation, as a chart shows it.
struct chart_message {
  duration at{};    ///< since the beginning
  std::string from, ///< actors are told apart by their names
      to;           ///< may be the same as `from`
  std::string text; ///< what it says, on one line
  std::string note; ///< what became of it, such as `dropped`; empty: it was delivered
};

/// A conversation as a sequence chart in text: a column for each actor, in the order in which they first speak, and a line
/// for each message. Long texts are cut at 60 characters.
[[nodiscard]] std::string sequence_chart(const std::vector<chart_message>& messages);

} // namespace carillon::testing
#pragma GCC visibility pop
