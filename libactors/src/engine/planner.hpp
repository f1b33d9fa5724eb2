#pragma once

#include "carillon/store/data_store.hpp"
#include "engine/fire_sequence.hpp"

#include <unordered_map>

namespace carillon::engine {

/// Decides what becomes of the fire times of a due schedule: each one gets its job or its skip, by the schedule's policies
/// alone. Pure but for a cache of compiled triggers. One thread.
///
/// In this order: times before `resume_from` are skipped as paused; those older than the misfire grace time as misfire;
/// the rest is coalesced, or (coalesce `all`) cut to the newest `max_catch_up`; then the overlap policy says which of the
/// jobs left still find room beside those that run or wait.
class planner {
public:
  explicit planner(const limits& bounds) : bounds_(bounds) {}

  /// Everything due at `now`. A fault of the trigger makes a plan that pauses the schedule, with the reason (I10).
  [[nodiscard]] fire_plan plan(const due_schedule& due, timestamp now);

private:
  [[nodiscard]] result<trigger> compile(const schedule& what);

  struct cached {
    revision definition_changed;
    trigger rule;
  };
  limits bounds_;
  std::unordered_map<revision, cached> compiled_; // by incarnation
};

} // namespace carillon::engine
