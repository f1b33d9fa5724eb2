#pragma once

#include "carillon/store/data_store.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

namespace carillon::engine {

/// Fire plans that were made ahead, until the fire time that each covers has come. In memory only: whoever loses them loses a
/// claim, and the schedule is planned again. One thread.
class held_plans {
public:
  /// A plan whose time is over for longer was made for other circumstances: fire times may be missed by now, or coalesce.
  static constexpr duration longest_delay = std::chrono::seconds{1};
  /// What is held beside these is dropped: more than a store lets anybody claim ahead.
  static constexpr std::size_t most = 100'000;

  /// Holds a plan until `fire_plan::covered_to`.
  void add(fire_plan plan);

  /// Those whose time has come by `now`, taken out, earliest first: at most so many to commit, and what is too late for that.
  struct due_plans {
    std::vector<fire_plan> to_commit;
    std::vector<revision> too_late; ///< incarnations: to be claimed and planned again
  };
  [[nodiscard]] due_plans take_due(timestamp now, std::size_t most_to_commit);

  /// When the next one's time comes; none: there is none.
  [[nodiscard]] std::optional<timestamp> next() const;

private:
  std::multimap<timestamp, fire_plan> held_;
};

} // namespace carillon::engine
