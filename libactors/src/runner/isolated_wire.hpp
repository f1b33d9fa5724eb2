#pragma once

#include "carillon/runner/task_function.hpp"
#include "runner/launcher_wire.hpp"

#include <optional>
#include <variant>

// What a node and a process of its isolated tasks say to each other, over a stream socket: frames as a launcher's, each a
// `value` (codec/records.hpp). Both are the same program, so this isn't a format that must be kept.

namespace carillon {

inline constexpr const char* isolated_launcher_option =
    "--carillon-isolated-launcher"; ///< then the descriptor's number
inline constexpr const char* isolated_process_option =
    "--carillon-isolated-process"; ///< then the socket's name, a number

/// The process's first words: which one it is.
struct isolated_hello {
  std::uint64_t number = 0;
};
/// From the process: what the code of its attempt says of itself, before how it ended.
struct isolated_words {
  std::optional<double> progress; ///< none: `text` is for the log
  std::string text;
  std::uint64_t left_out = 0; ///< so many lines before this one were too many
};
/// To the process: an attempt. It gets the next one only after it has told how this one ended.
struct isolated_job {
  job what;
};

[[nodiscard]] std::string to_frame(const isolated_hello& message);
[[nodiscard]] std::string to_frame(const isolated_job& message);
[[nodiscard]] std::string to_frame(const isolated_words& message);
/// How the attempt ended.
[[nodiscard]] std::string to_frame(const attempt_result& message);

/// Read a frame's content. Errors: ec::internal.
[[nodiscard]] result<isolated_hello> parse_isolated_hello(std::string_view content);
[[nodiscard]] result<isolated_job> parse_isolated_job(std::string_view content);
/// What a process says of its attempt.
using isolated_news = std::variant<isolated_words, attempt_result>;
[[nodiscard]] result<isolated_news> parse_isolated_news(std::string_view content);

} // namespace carillon
