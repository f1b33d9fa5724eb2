#pragma once

#include "carillon/model/job.hpp"
#include "carillon/store/write_batch.hpp"

#include "base/map_of_jobs.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

namespace carillon::keyed {

/// The jobs that the open batch changed, written once each when it is committed however often they changed, and a bounded
/// number of small unfinished ones, so that a job that is run soon after it was added is never read back. One thread.
class job_table {
public:
  /// Null: not here; look at the records.
  [[nodiscard]] job* find(const job_id& id) noexcept;

  /// A job as its record says. Valid until `flush`.
  job& keep(job&& what);

  /// A new job, or one with new content: it will be written.
  job& put(job&& what);

  /// `what`, which `find`, `keep` or `put` gave, has been changed.
  void changed(job& what);

  /// Writes what the batch changed and keeps no more than the limits allow. What nobody would ever see isn't written: with no
  /// `retention`, a job that was added and ended in one batch.
  void flush(write_batch& to, duration retention);

private:
  struct entry : job {
    bool is_used = false; ///< by the open batch
    bool is_changed = false;
    bool is_unwritten = false;
  };

  entry& used(entry& which);

  // The nodes are small, as each look-up goes through some of them; entries stay where they are.
  map_of_jobs<std::unique_ptr<entry>> kept_;
  std::vector<entry*> used_;        // by the open batch
  std::deque<job_id> oldest_first_; // may name some that are gone
};

} // namespace carillon::keyed
