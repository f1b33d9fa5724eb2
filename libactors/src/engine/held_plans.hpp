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
  /// What is held beside these is dropped: a store lets nobody claim so much ahead.
  static constexpr std::size_t most = 100'000;

  /// Holds a plan until `fire_plan::covered_to`; one that covers nothing isn't kept.
  void add(fire_plan plan);

  /// Those whose time has come by `now`, taken out, earliest first: as many as fit in a batch.
  [[nodiscard]] std::vector<fire_plan> take_due(timestamp now, const limits& bounds);

  /// Forgets all; the incarnations of their schedules, which are claimed still.
  [[nodiscard]] std::vector<revision> drop_all();

  /// When the next one's time comes; none: there is none.
  [[nodiscard]] std::optional<timestamp> next() const;

private:
  std::multimap<timestamp, fire_plan> held_;
};

} // namespace carillon::engine
