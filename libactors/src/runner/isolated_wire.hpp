#pragma once

#include "carillon/runner/task_function.hpp"
#include "runner/launcher_wire.hpp"

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
/// To the process: an attempt. It gets the next one only after it has told how this one ended.
struct isolated_job {
  job what;
};

[[nodiscard]] std::string to_frame(const isolated_hello& message);
[[nodiscard]] std::string to_frame(const isolated_job& message);
/// How the attempt ended.
[[nodiscard]] std::string to_frame(const attempt_result& message);

/// Read a frame's content. Errors: ec::internal.
[[nodiscard]] result<isolated_hello> parse_isolated_hello(std::string_view content);
[[nodiscard]] result<isolated_job> parse_isolated_job(std::string_view content);
[[nodiscard]] result<attempt_result> parse_isolated_result(std::string_view content);

} // namespace carillon
