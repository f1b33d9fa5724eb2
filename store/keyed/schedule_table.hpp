#pragma once

#include "carillon/model/schedule.hpp"
#include "carillon/store/write_batch.hpp"

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace carillon::keyed {

/// The schedules that the open batch changed, written when it is committed, and a bounded number of others that were used
/// lately, so that one that fires often is never read back. One thread.
class schedule_table {
public:
  struct entry {
    schedule what;
    bool is_definition_changed = false;
    bool is_state_changed = false;
    bool is_removed = false; ///< by the open batch
    bool is_large = false;   ///< not worth keeping
  };

  /// Null: not here; look at the records. A removed one shows that there is none.
  [[nodiscard]] entry* find(const std::string& id) noexcept;
  [[nodiscard]] entry* find(revision incarnation) noexcept;

  /// A schedule as its records say. Valid until `flush`.
  entry& keep(schedule what);
  /// A new schedule: it will be written.
  void add(schedule what);
  void definition_changed(entry& what);
  void state_changed(entry& what);
  void remove(entry& what);

  /// Calls `visit(const entry&)` for each that the open batch changed, once.
  template <class Visitor>
  void for_each_changed(Visitor&& visit) const {
    for (const auto* each : changed_)
      visit(*each);
  }

  /// Writes what the batch changed and keeps no more than the limits allow.
  void flush(write_batch& to);

private:
  void changed(entry& what);
  void forget(revision incarnation);

  std::unordered_map<revision, entry> entries_;
  std::unordered_map<std::string, revision> incarnations_; // of the newest of an id
  std::vector<entry*> changed_;
  std::deque<revision> oldest_first_; // may name some that are gone
};

} // namespace carillon::keyed
