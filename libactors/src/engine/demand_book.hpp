#pragma once

#include "carillon/store/data_store.hpp"

#include <map>
#include <string>
#include <vector>

namespace carillon::engine {

/// The standing demand of each executor (decision 6): a level that its holder replaces at will, less what was handed out
/// since the hand-out that the level reflects. So an executor never gets more jobs than it has slots. Pure.
class demand_book {
public:
  /// Replaces the executor's demand; one of an older process is replaced too.
  void update(demand level);
  void forget(const std::string& executor);

  /// Every executor with room, the one served longest ago first, `free_slots` being what is left.
  [[nodiscard]] std::vector<demand> open() const;

  void on_handed_out(const std::string& executor, const std::vector<job>& jobs);
  /// What was handed out since the last `settle` was never committed.
  void revoke_unsettled();
  void settle();

private:
  struct entry {
    demand level;
    std::vector<revision> since;   // tokens handed out after level.last_hand_out, ascending
    std::size_t unsettled = 0;     // how many of them are of the batch that isn't committed yet
    std::uint64_t served = 0;
  };
  std::map<std::string, entry> executors_;
  std::uint64_t turns_ = 0;
};

} // namespace carillon::engine
