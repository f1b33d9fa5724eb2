#pragma once

#pragma GCC visibility push(default)
namespace carillon::detail {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;
} // namespace carillon::detail
#pragma GCC visibility pop

/// A broken invariant: says where on standard error and aborts, in release builds too.
#define CARILLON_ASSERT(condition)                                                                                     \
  ((condition) ? static_cast<void>(0) : ::carillon::detail::assertion_failed(#condition, __FILE__, __LINE__))
