#pragma once

#include "carillon/base/time.hpp"
#include "carillon/model/policies.hpp"
#include "carillon/store/data_store.hpp"
#include "carillon/store/write_batch.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#pragma GCC visibility push(default)
/// @file
/// A store of your own: implement `key_value` over whatever keeps ordered keys, and `open_keyed_store` makes a `data_store` of it, with
/// all the logic of Carillon's own stores. Keys and values are bytes; store/README.md says what they mean.
namespace carillon::keyed {

/// Keys from `from` (included) up to `to` (excluded; empty: up to the last).
struct key_range {
  std::string_view from; ///< empty: from the first on
  std::string_view to;   ///< at or before `from`, and not empty: there is nothing in the range
};

/// In which order a scan visits the keys of its range.
enum class direction : bool { ascending, descending };

/// Sees one record; false ends the scan. The views are valid during the call only. Must not throw, nor call the key_value.
using record_visitor = std::function<bool(std::string_view key, std::string_view value)>;

/// Families of keys in ascending byte order, to be read. Any thread. A scan sees the state at its start.
/// Errors of every member: ec::store_io; ec::store_corrupt, where the text names the file if it is known.
class record_reader {
public:
  virtual ~record_reader() = default;

  /// The value of a key; none: there is no such key.
  [[nodiscard]] virtual result<std::optional<std::string>> get(family where, std::string_view key) const = 0;
  /// Shows `visit` each record of the range, in order, until it gives false: that is success as well.
  [[nodiscard]] virtual result<void> scan(family where, key_range range, direction towards,
                                          const record_visitor& visit) const = 0;
  /// How many there are, about: to say how far something is. 0: it isn't known.
  [[nodiscard]] virtual std::uint64_t estimated_records() const { return 0; }
};

/// The seam between the store's logic and what keeps the bytes.
///
/// `get` and `scan` see committed state only and may be called from any thread, also while another one writes.
/// Errors of every member: ec::store_io; ec::disk_full; ec::store_corrupt, where the text names the file if it is known.
class key_value : public record_reader {
public:
  /// The committed state of this moment, however much is written later; only records that expire may go missing from it.
  /// The key_value must outlive it. Any thread.
  [[nodiscard]] virtual result<std::unique_ptr<const record_reader>> snapshot() const = 0;

  /// Writes all of the batch or nothing. `sync`: on disk when it returns, with all that was written before; `async`: on disk
  /// at most 50 ms later; `none`: may be lost until `close`. After an error nothing of the batch is visible or survives, and
  /// the object accepts no further write: open another one. Any thread.
  virtual result<void> write(const write_batch& batch, durability level) = 0;

  /// From now on records of the expiring families that expired at or before `now` (codec/envelope.hpp) may fall out
  /// whenever it is convenient. Any thread.
  virtual void expire_until(timestamp now) = 0;

  /// They fall out now, and the space is given back. Any thread; may take long, and holds no reader or writer up.
  /// Errors: also ec::unavailable, if it was interrupted.
  virtual result<void> drop_expired() const = 0;

  /// Makes the folder `folder` with a copy of the committed state of one moment, whole batches, once all of it is on disk. Any thread.
  /// Errors: also ec::conflict, ec::permission_denied; ec::unsupported where nothing lies on the machine's disk.
  virtual result<void> back_up(const std::string& folder) const {
    return {ec::unsupported, "a store that isn't on disk can't be backed up into " + folder};
  }

  /// From now on `drop_expired` ends early, also one that is under way: the object is about to be closed. Any thread.
  virtual void interrupt() noexcept {}

  /// Puts everything that was written on disk. Nothing else may be called afterwards. The destructor alone keeps what `sync`
  /// and `async` promise.
  virtual result<void> close() = 0;
};

/// What `drop_expired` gives then.
[[nodiscard]] inline error drop_interrupted() {
  return {ec::unavailable, "what has expired was removed in part only, as the store is being closed: try again later"};
}

/// Whether a record of an expiring family has expired at `now`: then it may go at any time, and readers don't see it.
[[nodiscard]] bool is_expired(std::string_view record, timestamp now) noexcept;

} // namespace carillon::keyed

namespace carillon {

/// A store over what `open` opens: called at once, and again when a write has failed; at most one that it gave is alive at a time, and
/// what an earlier one wrote is there, as far as its durability promised. `backend` names its kind for people. For
/// `node_config::open_store`. Errors: those of `open`; ec::store_version; ec::store_corrupt.
[[nodiscard]] result<std::unique_ptr<data_store>>
open_keyed_store(std::function<result<std::unique_ptr<keyed::key_value>>()> open, std::string backend,
                 const store_config& config);

} // namespace carillon
#pragma GCC visibility pop
