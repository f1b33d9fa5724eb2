#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon {

/// Keeps the first and the last half of what a program writes, and counts the rest. Its memory grows with what was
/// written, up to `limit` bytes.
class output_capture {
public:
  explicit output_capture(std::size_t limit) : head_limit_(limit / 2), tail_limit_(limit - limit / 2) {}

  void add(std::string_view written);

  [[nodiscard]] std::uint64_t total_bytes() const noexcept { return total_; }

  /// What was kept, as UTF-8: at most `limit` bytes before `to_utf8` replaces what isn't. Between the halves a line
  /// says how many bytes were left out, if the limit leaves room for it.
  [[nodiscard]] std::string text() const;

private:
  [[nodiscard]] std::string tail() const;

  std::size_t head_limit_;
  std::size_t tail_limit_;
  std::string head_;
  std::string tail_; // a ring once it has `tail_limit_` bytes
  std::size_t tail_begin_ = 0;
  std::uint64_t total_ = 0;
};

} // namespace carillon
