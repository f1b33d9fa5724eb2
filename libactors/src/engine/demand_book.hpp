#pragma once

#include "carillon/store/data_store.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace carillon::engine {

/// The standing demand of each executor (decision 6): a level that its holder replaces at will. What was handed out since
/// the level was taken the store subtracts itself, by its leases. Pure.
class demand_book {
public:
  /// Replaces the executor's demand; one of an older process is replaced too.
  void update(demand level);

  /// The executor has gone.
  void remove(const std::string& executor) { executors_.erase(executor); }

  /// Whether somebody would take jobs of the task with that runner and these labels.
  enum class offer : std::uint8_t { none, draining, busy, free };
  /// `labels` are ascending; `draining` names nodes that get no jobs.
  [[nodiscard]] offer find_offer(const std::string& task, const std::string& runner,
                                 const std::vector<std::string>& labels = {},
                                 const std::set<std::string>& draining = {}) const;

  /// The free slots that an executor has told last; 0: none is known of that name.
  [[nodiscard]] std::uint32_t free_slots(const std::string& executor) const;

  /// How many more jobs all executors together have room for, as far as is known, without those that `draining` names; none:
  /// there is no executor.
  [[nodiscard]] std::optional<std::size_t> room(const std::set<std::string>& draining = {}) const;

  /// Every executor that wants jobs, the one served longest ago first.
  [[nodiscard]] std::vector<const demand*> open() const;

  /// The executor has got so many jobs with this token: the others come first next time.
  void on_served(const std::string& executor, revision token, std::size_t count);

private:
  struct entry {
    demand level;
    std::uint64_t served = 0;
    std::map<revision, std::size_t> unseen; // hand-outs that the level doesn't reflect yet

    [[nodiscard]] std::size_t room() const;
  };
  std::map<std::string, entry> executors_;
  std::uint64_t turns_ = 0;
};

} // namespace carillon::engine
