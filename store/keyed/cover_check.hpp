#pragma once

#include "carillon/store/verify.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::keyed {

/// What is recorded of one incarnation of a schedule.
struct decisions {
  std::vector<timestamp> jobs; ///< their scheduled fire times, without extra runs
  std::vector<skip> skips;
};

/// A time in the life of a schedule in which it had one trigger.
struct era {
  trigger_definition trigger;
  std::optional<timestamp> since;      ///< fire times after it are this trigger's; none: from the first on
  std::optional<timestamp> covered_to; ///< and up to here; none: it has decided nothing
  std::string not_comparable;          ///< why its fire times can't be found out any more; empty: they can
};

/// One incarnation of a schedule.
struct life {
  std::string id;
  revision incarnation = 0;
  bool is_removed = false;
  bool is_incomplete = false; ///< one of its definitions can't be read: what lies between the eras may have been right
  std::vector<era> eras; ///< the oldest first; those with the same `since` are one, with the trigger of any of them
};

struct cover_report {
  schedule_history what;
  std::vector<std::string> faults;
};

/// Whether every fire time from `whole_from` on that the eras' triggers gave has exactly one job or one skip, and no other time
/// has any (I1). Of times before, and of eras that aren't comparable, whether none was decided twice.
/// Pure. Cost: a step for each fire time; long ranges of skips are leapt over.
[[nodiscard]] cover_report check_cover(life what, decisions found, timestamp whole_from);

} // namespace carillon::keyed
