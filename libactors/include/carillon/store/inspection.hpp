#pragma once

#include "carillon/store/data_store.hpp"

#include <functional>
#include <string>
#include <variant>
#include <vector>

#pragma GCC visibility push(default)
/// @file
/// A RocksDB store, or a backup, record by record, without a node. Errors of all functions here: ec::not_found (no store there),
/// ec::store_version, ec::store_corrupt (a file is damaged, not a record), ec::store_io, ec::permission_denied.
namespace carillon {

/// Of the two records of a schedule the one that lies under its id.
struct definition_record {
  revision incarnation = 0; ///< under which the other one lies
  schedule_definition what; ///< as it was said
};
/// The other one, which lies under its incarnation.
struct state_record {
  std::string schedule_id; ///< under which the first one lies
  schedule_state what;     ///< where it stands
};

/// One record as it lies there.
struct stored_record {
  std::string family;               ///< as store/keyed/keys.hpp has them: `jobs`
  std::string raw_key;              ///< its bytes
  std::string shown_key;            ///< for people: an id, a UUID, a number; else hexadecimal digits
  std::optional<timestamp> expires; ///< timestamp::max(): never, as a dead letter
  std::string raw_value;            ///< its bytes
  std::string fault;                ///< why it can't be read; empty: it can be
  std::variant<std::monostate, value, task, definition_record, state_record, job, skip, past_definition,
               quarantined_record>
      content{}; ///< monostate: it can't be read
};

/// The names of the families, in the order in which `dump_rocksdb_store` gives them.
[[nodiscard]] std::vector<std::string> record_families();

/// Tells each record of the store in `folder`, those that can't be read too, until `tell` gives false. `family` not empty: of this one
/// only. Writes nothing, takes no lock, and works beside a node that holds the folder. Errors: also ec::invalid_argument for an
/// unknown family.
[[nodiscard]] result<void> dump_rocksdb_store(const std::string& folder, const std::string& family,
                                              const std::function<bool(const stored_record&)>& tell);

/// What a repair does about something that it finds.
enum class repair_step : std::uint8_t {
  none = 0,       ///< nothing: it stays in the quarantine, or there is nothing that could be done
  quarantine = 1, ///< the record goes to the quarantine, as a whole
  put_back = 2,   ///< it can be read: from the quarantine back to its place
  begin_anew =
      3, ///< the schedule's settings can be read, where it stood can't: it begins anew, paused, as a new incarnation
  mend_index = 4, ///< an entry that follows from a record is added or removed
};
/// The enumerator's name; `unknown` for any other number.
[[nodiscard]] std::string_view to_string(repair_step x) noexcept;

/// A record, or an entry that follows from one, that isn't as it should be or is in the quarantine.
struct record_finding {
  std::string family;    ///< as in stored_record; in the quarantine: where it was before, if that can be read
  std::string shown_key; ///< in that family, as in stored_record
  std::string why;       ///< what is wrong with it, or was when it went to the quarantine
  repair_step step = repair_step::none; ///< what `repair_rocksdb_store` does, or has done
};

/// What is wrong with single records, and what is in the quarantine. `now`: what expired by then isn't looked at. Reads as
/// `dump_rocksdb_store` does; `tell` may be empty. What of a history is missing is `verify_rocksdb_store`'s to find: no repair could invent it.
[[nodiscard]] result<std::vector<record_finding>> inspect_rocksdb_store(const std::string& folder, timestamp now,
                                                                        const progress_listener& tell = {});

/// Does what `inspect_rocksdb_store` says can be done: all of it in one write, on disk when it returns. Nothing is ever deleted because it
/// can't be read. Gives what was found. Errors: also ec::store_in_use (naming the holder), ec::invalid_argument for a backup,
/// ec::disk_full.
[[nodiscard]] result<std::vector<record_finding>> repair_rocksdb_store(const std::string& folder, timestamp now,
                                                                       const progress_listener& tell = {});

} // namespace carillon
#pragma GCC visibility pop
