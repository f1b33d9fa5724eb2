#pragma once

#include "carillon/store/data_store.hpp"

#include "carillon/store/write_batch.hpp"
#include "keyed/due_index.hpp"
#include "keyed/job_table.hpp"
#include "keyed/lease_table.hpp"
#include "keyed/limit_keys.hpp"
#include "keyed/node_table.hpp"
#include "keyed/rate_table.hpp"
#include "keyed/ready_queue.hpp"
#include "keyed/record_format.hpp"
#include "keyed/schedule_table.hpp"
#include "keyed/taken_ids.hpp"
#include "keyed/task_table.hpp"
#include "keyed/unfinished_buckets.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

namespace carillon::keyed {

/// A record that can't be read, on its way to the quarantine.
struct unreadable_record {
  family where;
  std::string key;
  std::string value;
  std::string reason;
};

/// By which time-zone data the schedules have their next fire times.
struct zone_data_state {
  std::string in_use;  ///< recorded: every schedule has its times by it
  std::string adopted; ///< what the schedules up to `done_to` have by now
  std::string done_to; ///< the id of a schedule
  std::uint64_t moved_count = 0;
  std::optional<duration> looked_at; ///< when the files were last looked at, by the boot clock
};

/// Which schedules are still to be looked at because the wall clock was set back (ADR 2).
struct clock_state {
  timestamp latest_covered_to = timestamp::min(); ///< of all schedules, as recorded at the start
  bool is_settled = true;                         ///< all have been looked at
  std::string done_to;                            ///< the id of a schedule
  std::unordered_set<revision> held_up;           ///< begin anew when their last job has ended
  std::vector<revision> look_again;               ///< of those: one of their jobs has ended
};

/// Everything that the writer knows besides what is on disk: built from the records at a start, and dropped as a whole when a
/// commit fails (decision 5), so that no transition needs to be taken back.
struct working_set {
  explicit working_set(const store_config& config) : leases(config.lease), claimed(config.claim) {}

  // The hot indexes.
  task_table tasks;
  schedule_table schedules;
  job_table jobs;
  keyed::taken_ids taken_ids;
  ready_queue ready;
  lease_table leases;
  limit_keys keys;
  rate_table rates;
  due_index due;
  claims claimed;
  /// Due, and put aside by a scheduler that doesn't know their custom kinds: by these, which are ascending.
  std::map<std::vector<std::string>, std::map<revision, timestamp>> unplannable;
  node_table nodes;
  unfinished_buckets buckets;
  std::set<job_id> dead_letters;
  zone_data_state zone_data;
  std::optional<kept_history> history; ///< as recorded; none: by a version that didn't record it
  clock_state clock;
  std::uint64_t hand_outs = 0; ///< since the start
  std::uint64_t schedule_count = 0;
  std::uint64_t quarantined_count = 0;
  bool has_started = false; ///< the first batch has given its `now`, from which the recorded leases last

  // Decision 1: revisions from `next_revision` up to `reserved_revision` (excluded) may be issued.
  revision next_revision = 1;
  revision reserved_revision = 1;

  // The open batch.
  bool is_open = false;
  write_batch writes;                          ///< what isn't written by one of the tables
  std::vector<event> events;                   ///< the newest: a few thousand of them, so that none is moved often
  std::vector<std::vector<event>> full_events; ///< those before
  std::vector<cancellation> cancellations;
  std::map<std::string, std::optional<job_id>> unique_holders; ///< of the keys that it gave or took
  std::vector<job_id> ended_with_follow_ups;                   ///< which are still to be added
  std::uint32_t event_index = 0;
  bool asks_again = false;      ///< jobs became ready after some executor was asked: all are to be asked once more
  std::optional<error> failure; ///< the database failed in the middle: the commit will say so
  std::set<std::pair<family, std::string>> quarantined; ///< keys that the batch moves to the quarantine
  std::vector<unreadable_record> unreadable;            ///< found at the start; for the next batch
};

} // namespace carillon::keyed
