#pragma once

#include "carillon/store/data_store.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon::engine {

/// What is recorded of a fire time, or of a range of them: a job, or a skip, or nothing.
struct recorded_decision {
  timestamp first{};
  timestamp last{}; ///< == first for a single one
  std::optional<job> what;
  std::optional<skip> skipped;
  std::shared_ptr<const schedule_definition> by; ///< the settings that it was decided by
};

/// Walks through what was decided of a schedule, the newest first, in all its incarnations. The trigger says which fire times
/// there were, and so the ids of their jobs: no index of a schedule's jobs is needed, and a step costs the same however long the
/// history is. One use.
class decision_walk {
public:
  /// `now_so`: the schedule, unless it was removed. Fire times before `whole_since` are not looked for.
  decision_walk(const data_store& store, std::string id, const std::optional<schedule>& now_so, timestamp whole_since);

  /// The next one; nothing at the end. Errors: store errors.
  [[nodiscard]] result<std::optional<recorded_decision>> next();

private:
  // A time in which one definition was in force: fire times after `since` and before `before`.
  struct stretch {
    std::shared_ptr<const schedule_definition> what;
    revision incarnation = 0;
    std::optional<timestamp> since;
    timestamp before;
    bool is_present = false;
  };

  [[nodiscard]] result<void> begin();
  [[nodiscard]] result<bool> next_stretch();
  [[nodiscard]] result<const past_definition*> peek_definition();
  [[nodiscard]] result<const skip*> peek_skip();
  [[nodiscard]] std::optional<timestamp> latest_fire_time();
  [[nodiscard]] bool belongs_here(const skip& x) const;

  const data_store& store_;
  std::string id_;
  timestamp whole_since_;
  std::optional<stretch> at_;
  bool has_begun_ = false;
  std::vector<timestamp> fire_times_; // of the stretch, ascending: the last ones before `before`
  bool has_fire_times_ = true;        // there may be more of them
  std::size_t looks_left_ = 20'000;   // for jobs: a walk through what isn't there must end
  std::deque<past_definition> definitions_;
  std::optional<std::string> definitions_after_ = ""; // none: those were all
  std::deque<skip> skips_;
  std::optional<std::string> skips_after_ = "";
};

} // namespace carillon::engine
