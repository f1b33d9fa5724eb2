#pragma once

#include "carillon/model/schedule.hpp"

#include <string>
#include <vector>

namespace carillon::keyed {

/// What is recorded of one incarnation of a schedule.
struct decisions {
  std::vector<timestamp> jobs; ///< their scheduled fire times, without extra runs
  std::vector<skip> skips;
  std::string schedule_id{};
};

/// Sorts what was found, and adds a text to `faults` for each fire time that was decided twice: all that can be said of a
/// schedule that was removed. Pure.
void check_decided_once(revision incarnation, decisions& found, std::vector<std::string>& faults);

/// Whether every fire time that the schedule's trigger gives from `whole_from` (or since it has this trigger) up to
/// `covered_to` has exactly one job or one skip, and no other time has a job (I1). Adds a text to `faults` for each that hasn't.
/// Pure. Cost: a step for each fire time; long ranges of skips are leapt over.
void check_cover(const schedule& what, decisions found, timestamp whole_from, std::vector<std::string>& faults);

} // namespace carillon::keyed
