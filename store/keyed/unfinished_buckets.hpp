#pragma once

#include "carillon/store/write_batch.hpp"
#include "keyed/keys.hpp"

#include <set>
#include <unordered_map>
#include <vector>

namespace carillon::keyed {

/// Which buckets of job ids hold unfinished jobs, recorded so that a start finds these without reading the history
/// (keys.hpp). A bucket is recorded in the batch of its first unfinished job. It is struck off some time after its last one has
/// ended and its time is over: the bucket of the present would otherwise be written for each job. In memory it takes a count
/// for each bucket that is recorded. One thread.
class unfinished_buckets {
public:
  /// Read at a start, before the jobs are counted.
  void load(bucket recorded) { counts_.try_emplace(recorded, 0); }

  void add(const job_id& id);
  void remove(const job_id& id);

  /// Writes which buckets are new and strikes off those that are empty and older than `now`. `may_strike`: false when
  /// nothing else is written, as that alone isn't worth a write.
  void flush(write_batch& to, timestamp now, bool may_strike);

  /// After a start: buckets that turned out to hold nothing will be struck off.
  void find_empty();

private:
  std::unordered_map<bucket, std::uint32_t> counts_;
  std::vector<bucket> new_;
  std::set<bucket> emptied_; // perhaps filled again since
};

} // namespace carillon::keyed
