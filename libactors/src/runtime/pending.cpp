#include "carillon/runtime/pending.hpp"

#include "carillon/base/log.hpp"

#include <fmt/format.h>

#include <exception>

namespace carillon::detail {

void log_thrown_by_callback() noexcept {
  try {
    throw;
  } catch (const std::exception& what) {
    log(log_level::error, fmt::format("a callback threw: {}", what.what()));
  } catch (...) {
    log(log_level::error, "a callback threw");
  }
}

} // namespace carillon::detail
