#pragma once

#include "carillon/model/job.hpp"
#include "carillon/store/write_batch.hpp"

#include "base/map_of_jobs.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace carillon::keyed {

/// The jobs that the open batch changed, written once each when it is committed however often they changed, and a bounded
/// number of small unfinished ones, so that a job that is run soon after it was added is never read back. One thread.
class job_table {
public:
  /// Null: not here; look at the records. Valid until the next `flush` or look-up of this job: what is shared is copied by then, so
  /// that the caller may change it.
  [[nodiscard]] job* find(const job_id& id);
  [[nodiscard]] bool contains(const job_id& id) const noexcept { return kept_.contains(id); }

  /// A job as its record says. Valid as one that was found.
  job& keep(job&& what);

  /// A new job, or one with new content: it will be written.
  job& put(job&& what);

  /// `what`, which `find`, `keep` or `put` gave, has been changed.
  void changed(job& what);

  /// The same as it is now, for any thread and as long as it likes: nobody may change it any more but by another look-up.
  [[nodiscard]] std::shared_ptr<const job> share(const job& what) const;

  /// Writes what the batch changed and keeps no more than the limits allow. What nobody would ever see isn't written: with no
  /// `retention`, a job that was added and ended in one batch.
  void flush(write_batch& to, duration retention);

private:
  struct entry;
  using place = std::shared_ptr<entry>;
  struct entry : job {
    explicit entry(job&& what) : job(std::move(what)) {}

    place* at = nullptr;  ///< in `kept_`
    bool is_used = false; ///< by the open batch
    bool is_changed = false;
    bool is_unwritten = false;
  };

  void use(entry& which);

  // The nodes are small, as each look-up goes through some of them; they stay where they are.
  map_of_jobs<place> kept_;
  std::vector<place*> used_;        // by the open batch
  std::deque<job_id> oldest_first_; // may name some that are gone
};

} // namespace carillon::keyed
