#pragma once

#include "carillon/store/key_value.hpp"
#include "keyed/keys.hpp"
#include "memory/memory_key_value.hpp"
#include "rocksdb/rocksdb_key_value.hpp"
#include "store_world/store_world.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::testing {

/// A store world that lives through a history, and looks back at it.
struct history_world : store_world {
  explicit history_world(backend kind, store_config wanted = {}) : store_world(kind, wanted) { put_task("mail"); }

  schedule replace(const schedule_definition& what) {
    return need(batch([&](data_store& s) { return s.add_schedule(what, conflict_policy::replace); }));
  }
  void remove(const std::string& id) {
    need(batch([&](data_store& s) { return s.remove_schedule(id); }));
  }
  /// Fires, runs and ends all that is due, and lets time pass.
  void live_through(int times, duration each) {
    for (int i = 0; i < times; ++i) {
      fire_due();
      for (const auto& x : hand_out())
        need(finish_job(x));
      pass(each);
    }
  }
  std::vector<past_definition> definitions(const std::string& id) const {
    return need(store->list_past_definitions(id, {})).items;
  }
  std::vector<std::string> faults() const { return need(store->check()).faults; }
  bool has_fault(std::string_view text) const {
    return std::ranges::any_of(faults(), [&](const std::string& x) { return x.find(text) != std::string::npos; });
  }
  /// Changes the records behind the store's back.
  template <class Change>
  void tamper(Change change) {
    store.reset();
    {
      const auto source = disk    ? keyed::make_memory_source(disk, true)
                          : files ? keyed::make_rocksdb_source(files)
                                  : keyed::make_rocksdb_source(folder->path() / "db");
      const auto db = need(source->open());
      keyed::write_batch changes;
      change(*db, changes);
      need(db->write(changes, durability::sync));
    }
    reopen();
  }
  void lose_job(const job_id& id) {
    tamper([&](keyed::key_value&, keyed::write_batch& to) { to.erase(keyed::family::jobs, keyed::job_key(id)); });
  }
};

} // namespace carillon::testing
