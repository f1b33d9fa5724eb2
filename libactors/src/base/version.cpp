#include "carillon/base/version.hpp"

namespace carillon {

std::string_view version() noexcept { return CARILLON_VERSION; }

} // namespace carillon
