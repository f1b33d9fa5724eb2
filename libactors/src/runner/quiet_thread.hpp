#pragma once

#include "carillon/base/result.hpp"

#include <functional>
#include <string_view>
#include <thread>

namespace carillon {

/// A thread that no signal of the process is delivered to: those are for the program's own threads.
/// Errors: ec::unavailable, naming what it was `wanted_for`.
[[nodiscard]] result<std::thread> start_quiet_thread(std::function<void()> work, std::string_view wanted_for);

} // namespace carillon
