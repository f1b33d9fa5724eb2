#pragma once

#include <string_view>

namespace carillon {

/// Of the library that the program is linked with: `major.minor.patch`.
[[nodiscard]] std::string_view version() noexcept;

} // namespace carillon
