#pragma once

#include "carillon/model/task.hpp"

#include "carillon/store/write_batch.hpp"
#include "keyed/ready_queue.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace carillon::keyed {

/// All tasks, in memory (there are few), with what the open batch changed. A slot is a task's number for as long as the
/// store is open; its jobs that name a runner of their own, or have a priority, have a slot beside it for each such pair, as
/// other executors may take them, or in another order. The task `command` is always there. One thread.
class task_table {
public:
  task_table();

  /// The slot of a task, recorded or not: an unfinished job may name one whose record can't be read.
  [[nodiscard]] task_slot slot_of(const std::string& id);

  /// That of its jobs that name this runner (empty: none) and have this priority; the task's own without both.
  [[nodiscard]] task_slot slot_of(const std::string& id, const std::string& runner, std::int32_t priority);
  /// The own slot of a slot's task: what counts are kept for.
  [[nodiscard]] task_slot own_slot(task_slot slot) const noexcept { return entries_[slot].own; }

  /// Its settings; null: not recorded, and not built in.
  [[nodiscard]] const task* find(const std::string& id) const noexcept;
  [[nodiscard]] const task* at(task_slot slot) const noexcept;
  /// What runs the jobs of a slot whose task has settings.
  [[nodiscard]] const std::string& runner_of(task_slot slot) const noexcept;
  [[nodiscard]] std::int32_t priority_of(task_slot slot) const noexcept { return entries_[slot].priority; }
  [[nodiscard]] task_slot slots() const noexcept { return static_cast<task_slot>(entries_.size()); }
  /// Whether there is a record of it: a built-in task needs none.
  [[nodiscard]] bool is_recorded(const std::string& id) const noexcept;

  /// Read at a start.
  void load(task what);
  void put(task what);
  void remove(const std::string& id);

  // Unfinished jobs of each task, by its own slot.
  void count_job(task_slot slot) { ++entries_[slot].jobs; }
  void uncount_job(task_slot slot) { --entries_[slot].jobs; }
  [[nodiscard]] std::uint64_t jobs_of(const std::string& id) const noexcept;

  /// Writes what the batch changed.
  void flush(write_batch& to);

private:
  struct entry {
    std::string id;
    std::optional<task> settings;
    std::uint64_t jobs = 0;
    bool is_recorded = false;
    task_slot own = 0;
    std::string runner{}; // what a slot beside `own` is for
    std::int32_t priority = 0;
    std::vector<task_slot> beside{}; // the slots beside this one
  };

  std::vector<entry> entries_;
  std::unordered_map<std::string, task_slot> slots_;
  std::vector<task_slot> changed_;
};

} // namespace carillon::keyed
