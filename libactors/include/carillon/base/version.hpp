#pragma once

#include <string_view>

#pragma GCC visibility push(default)
namespace carillon {

/// Of the library that the program is linked with: `major.minor.patch`.
[[nodiscard]] std::string_view version() noexcept;

} // namespace carillon
#pragma GCC visibility pop
