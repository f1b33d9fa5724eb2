#pragma once

#include "carillon/store/key_value.hpp"

#include <utility>

namespace carillon::keyed {

/// Copies records from one store to another that is new, many in each write. What it writes lasts when `to` is closed.
class record_copy {
public:
  record_copy(const record_reader& from, key_value& to) : from_(from), to_(to) {}

  /// Calls `put(batch, key, record)` for each record of the range: what that adds to the batch is written.
  template <class Put>
  result<void> copy(family which, key_range range, Put put) {
    constexpr std::size_t records_at_once = 10'000;
    constexpr std::size_t bytes_at_once = 4 << 20;
    result<void> written;
    const auto scanned = from_.scan(which, range, direction::ascending, [&](auto key, auto record) {
      put(batch_, key, record);
      if (batch_.size() >= records_at_once || batch_.size_bytes() >= bytes_at_once)
        written = flush();
      return written.has_value();
    });
    return written ? scanned : written;
  }
  /// All of them as they are.
  result<void> copy(family which) {
    return copy(which, {}, [which](write_batch& to, auto key, auto record) { to.put(which, key, record); });
  }

  /// The rest. To be called in the end.
  result<void> flush() {
    auto written = to_.write(batch_, durability::none);
    batch_.clear();
    return written;
  }

private:
  const record_reader& from_;
  key_value& to_;
  write_batch batch_;
};

} // namespace carillon::keyed
