#pragma once

#include "carillon/base/time.hpp"
#include "carillon/model/policies.hpp"

#include "keyed/write_batch.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::keyed {

/// Keys from `from` (included) up to `to` (excluded; empty: up to the last).
struct key_range {
  std::string_view from;
  std::string_view to;
};

enum class direction : bool { ascending, descending };

/// Sees one record; false ends the scan. The views are valid during the call only. Must not throw, nor call the key_value.
using record_visitor = std::function<bool(std::string_view key, std::string_view value)>;

/// The seam between the store's logic and what keeps the bytes: families of keys in ascending byte order.
///
/// `get` and `scan` see committed state only and may be called from any thread while one thread writes. A scan sees the state
/// at its start.
/// Errors of every member: ec::store_io; ec::disk_full; ec::store_corrupt, where the text names the file if it is known.
class key_value {
public:
  virtual ~key_value() = default;

  [[nodiscard]] virtual result<std::optional<std::string>> get(family where, std::string_view key) const = 0;
  [[nodiscard]] virtual result<void> scan(family where, key_range range, direction towards,
                                          const record_visitor& visit) const = 0;

  /// Writes all of the batch or nothing. `sync`: on disk when it returns, with all that was written before; `async`: on disk
  /// at most 50 ms later; `none`: may be lost until `close`. After an error nothing of the batch is visible or survives, and
  /// the object accepts no further write: open another one.
  virtual result<void> write(const write_batch& batch, durability level) = 0;

  /// From now on records of the families jobs and skips that expired at or before `now` (codec/envelope.hpp) may fall out
  /// whenever it is convenient. Any thread.
  virtual void expire_until(timestamp now) = 0;

  /// Puts everything that was written on disk. Nothing else may be called afterwards. The destructor alone keeps what `sync`
  /// and `async` promise.
  virtual result<void> close() = 0;
};

/// Opens the same key_value again and again: after a failed write the store starts anew from what is on disk.
class key_value_source {
public:
  virtual ~key_value_source() = default;

  /// At most one that it opened is alive at a time. Errors: those of `open_rocksdb_store`.
  [[nodiscard]] virtual result<std::unique_ptr<key_value>> open() = 0;

  /// `memory` or `rocksdb`, and the folder if there is one: for people.
  [[nodiscard]] virtual std::string backend() const = 0;
  [[nodiscard]] virtual std::string path() const = 0;
};

} // namespace carillon::keyed
