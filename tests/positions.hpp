#pragma once

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

namespace carillon::testing {

/// How far apart the operations are that a test named `..._anywhere` disturbs, and how many times fewer faults and schedules a cluster of
/// processes has: 1, or CARILLON_STRIDE. With sanitizers, whose preset sets it, each run takes twenty times as long; there these tests
/// look for what a sanitizer reports on the way.
inline std::uint64_t stride_anywhere() {
  const char* text = std::getenv("CARILLON_STRIDE");
  if (text == nullptr)
    return 1;
  std::uint64_t stride = 0;
  const auto end = text + std::strlen(text);
  const auto read = std::from_chars(text, end, stride);
  if (read.ec != std::errc{} || read.ptr != end || stride == 0)
    throw std::runtime_error{"CARILLON_STRIDE=" + std::string{text} + ": wants a number from 1"};
  return stride;
}

} // namespace carillon::testing
