#include "carillon/base/error.hpp"
#include "carillon/base/assert.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <ostream>

namespace carillon {

std::string_view to_string(ec code) noexcept {
  switch (code) {
    case ec::none: return "none";
    case ec::invalid_argument: return "invalid_argument";
    case ec::not_found: return "not_found";
    case ec::conflict: return "conflict";
    case ec::stale_revision: return "stale_revision";
    case ec::stale_token: return "stale_token";
    case ec::wrong_state: return "wrong_state";
    case ec::limit_exceeded: return "limit_exceeded";
    case ec::unknown_task: return "unknown_task";
    case ec::store_io: return "store_io";
    case ec::store_corrupt: return "store_corrupt";
    case ec::store_in_use: return "store_in_use";
    case ec::store_version: return "store_version";
    case ec::disk_full: return "disk_full";
    case ec::timed_out: return "timed_out";
    case ec::unavailable: return "unavailable";
    case ec::iteration_limit: return "iteration_limit";
    case ec::permission_denied: return "permission_denied";
    case ec::unsupported: return "unsupported";
    case ec::internal: return "internal";
  }
  return "unknown"; // a code of a newer version
}

error error::within(std::string_view context) const { return {code_, fmt::format("{}: {}", context, text_)}; }

std::string to_string(const error& what) { return fmt::format("{}: {}", to_string(what.code()), what.text()); }

std::ostream& operator<<(std::ostream& out, const error& what) { return out << to_string(what); }

namespace detail {
void assertion_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "carillon: broken invariant: %s (%s:%d)\n", condition, file, line);
  std::abort();
}
} // namespace detail

} // namespace carillon
