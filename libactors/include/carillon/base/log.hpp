#pragma once

#include <functional>
#include <string_view>

#pragma GCC visibility push(default)
namespace carillon {

/// How much a log line matters to the person who runs the program.
enum class log_level : unsigned char { info, warning, error };

/// Where log lines go; called from any thread.
using log_sink = std::function<void(log_level, std::string_view)>;

/// Replaces the sink (at first: standard error). Before nodes are opened.
void set_log_sink(log_sink sink);

/// Writes one line, for the person who runs the program. An error is logged once, by whoever stops passing it on.
void log(log_level level, std::string_view text) noexcept;

} // namespace carillon
#pragma GCC visibility pop
