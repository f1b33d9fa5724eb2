#pragma once

namespace carillon::app {

/// This program's version.
inline constexpr const char* version = CARILLON_VERSION;

} // namespace carillon::app
