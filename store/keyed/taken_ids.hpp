#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/base/time.hpp"

#include <algorithm>
#include <optional>

namespace carillon::keyed {

/// Which ids of jobs surely aren't taken, so that nobody needs to look for them: ids begin with their time, and nearly every new one
/// is later than all that there are. One that is far ahead, as a random one is, must not spoil that for all others. Pure.
class taken_ids {
public:
  /// Ids with a later time are ahead.
  [[nodiscard]] static timestamp horizon(timestamp now) { return now + std::chrono::minutes{1}; }

  /// What is recorded: the latest id that isn't ahead, and the first that is; none: there is none. Until then no id is surely free.
  void load(std::optional<job_id> latest, std::optional<job_id> first_ahead) {
    latest_ = latest.value_or(job_id{});
    first_ahead_ = first_ahead;
    is_loaded_ = true;
  }

  void add(const job_id& id, timestamp now) {
    if (id.time() <= horizon(now))
      latest_ = std::max(latest_, id);
    else
      first_ahead_ = first_ahead_ ? std::min(*first_ahead_, id) : id;
  }

  [[nodiscard]] bool is_surely_free(const job_id& id) const {
    return is_loaded_ && id > latest_ && (!first_ahead_ || id < *first_ahead_);
  }

private:
  job_id latest_;
  std::optional<job_id> first_ahead_;
  bool is_loaded_ = false;
};

} // namespace carillon::keyed
