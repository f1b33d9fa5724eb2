// A RocksDB store record by record: shown, checked, repaired.
#include "base/data_folder.hpp"
#include "carillon/base/utf8.hpp"
#include "keyed/inspect.hpp"
#include "keyed/repair.hpp"
#include "keyed/told_reader.hpp"
#include "rocksdb/rocksdb_key_value.hpp"
#include "rocksdb/rocksdb_read_only.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon {

using keyed::family;

std::vector<std::string> record_families() { return {keyed::family_names.begin(), keyed::family_names.end()}; }

result<void> dump_rocksdb_store(const std::string& folder, const std::string& only,
                                const std::function<bool(const stored_record&)>& tell) {
  if (!only.empty() && std::ranges::find(keyed::family_names, only) == keyed::family_names.end())
    return {ec::invalid_argument,
            fmt::format("there is no family {}; there are {}", quote(only), fmt::join(keyed::family_names, ", "))};
  const auto db = keyed::open_read_only(folder);
  if (!db)
    return db.err();
  bool goes_on = true;
  for (std::size_t i = 0; i < keyed::family_count && goes_on; ++i) {
    const auto where = static_cast<family>(i);
    if (!only.empty() && to_string(where) != only)
      continue;
    auto scanned =
        (*db)->scan(where, {}, keyed::direction::ascending, [&](std::string_view key, std::string_view record) {
          return goes_on = tell(keyed::inspect_record(where, key, record));
        });
    if (!scanned)
      return scanned;
  }
  return {};
}

std::string_view to_string(repair_step x) noexcept {
  switch (x) {
    case repair_step::none: return "none";
    case repair_step::quarantine: return "quarantine";
    case repair_step::put_back: return "put_back";
    case repair_step::begin_anew: return "begin_anew";
    case repair_step::mend_index: return "mend_index";
  }
  return "unknown";
}

result<std::vector<record_finding>> inspect_rocksdb_store(const std::string& folder, timestamp now,
                                                          const progress_listener& tell) {
  const auto db = keyed::open_read_only(folder);
  if (!db)
    return db.err();
  auto plan = keyed::plan_repair(keyed::told_reader{**db, tell}, now);
  return plan ? result<std::vector<record_finding>>{std::move(plan->findings)} : plan.err();
}

result<std::vector<record_finding>> repair_rocksdb_store(const std::string& folder, timestamp now,
                                                         const progress_listener& tell) {
  if (auto there = keyed::open_read_only(folder); !there) // the opening below would make a store
    return there.err();
  const auto lock = lock_data_folder(folder);
  if (!lock)
    return lock.err();
  const auto opened = keyed::make_rocksdb_source(folder)->open();
  if (!opened)
    return opened.err();
  auto& db = **opened;
  auto plan = keyed::plan_repair(keyed::told_reader{db, tell}, now);
  if (!plan)
    return plan.err();
  if (!plan->writes.empty())
    if (auto written = db.write(plan->writes, durability::sync); !written)
      return written.err();
  if (auto closed = db.close(); !closed)
    return closed.err();
  return std::move(plan->findings);
}

} // namespace carillon
