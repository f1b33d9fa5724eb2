#pragma once

#include "carillon/store/family.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon::keyed {

/// Writes that happen together, in their order: a later one of the same key wins. Keys and values lie in one buffer that is
/// kept by `clear`, so that a store that goes on writing doesn't allocate.
class write_batch {
public:
  /// Copies both. A key that is there gets the new value.
  void put(family where, std::string_view key, std::string_view value) {
    start_put(where, key) += value;
    end_put();
  }

  /// For values that are encoded in place: append the value to the result, then call `end_put`. Nothing else in between.
  [[nodiscard]] std::string& start_put(family where, std::string_view key) {
    start(where, key, true);
    return buffer_;
  }
  /// Ends what `start_put` began: all that was appended since is the value.
  void end_put() { operations_.back().value_size = buffer_.size() - value_start(operations_.back()); }

  /// A key that isn't there may be erased too.
  void erase(family where, std::string_view key) { start(where, key, false); }

  [[nodiscard]] bool empty() const noexcept { return operations_.empty(); }      ///< whether there is nothing to write
  [[nodiscard]] std::size_t size() const noexcept { return operations_.size(); } ///< writes, several of a key too
  [[nodiscard]] std::size_t size_bytes() const noexcept { return buffer_.size(); } ///< of all keys and values

  /// Empties it. The buffer is kept unless it has grown beyond 4 MiB.
  void clear() {
    constexpr std::size_t kept_size_bytes = 4 << 20;
    operations_.clear();
    buffer_.clear();
    if (buffer_.capacity() > kept_size_bytes)
      buffer_.shrink_to_fit();
  }

  /// Calls `visit(family, key, value)` for each in order; `value` is a std::optional<std::string_view>, none: erased.
  template <class Visitor>
  void for_each(Visitor&& visit) const {
    const std::string_view all = buffer_;
    for (const auto& x : operations_)
      visit(x.where, all.substr(x.key_start, x.key_size),
            x.is_put ? std::optional{all.substr(value_start(x), x.value_size)} : std::nullopt);
  }

private:
  struct operation {
    std::size_t key_start;
    std::size_t key_size;
    std::size_t value_size;
    family where;
    bool is_put;
  };

  static std::size_t value_start(const operation& x) noexcept { return x.key_start + x.key_size; }

  void start(family where, std::string_view key, bool is_put) {
    operations_.push_back({buffer_.size(), key.size(), 0, where, is_put});
    buffer_ += key;
  }

  std::string buffer_;
  std::vector<operation> operations_;
};

} // namespace carillon::keyed
#pragma GCC visibility pop
