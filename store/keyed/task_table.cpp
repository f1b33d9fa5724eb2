#include "keyed/task_table.hpp"

#include "carillon/model/built_in.hpp"
#include "keyed/record_format.hpp"

namespace carillon::keyed {
namespace {

task built_in(const std::string& id) {
  task made;
  made.id = id;
  made.runner = id;
  return made;
}

} // namespace

task_table::task_table() {
  for (const auto* id : {command_task, http_task})
    entries_[slot_of(id)].settings = built_in(id);
}

task_slot task_table::slot_of(const std::string& id) {
  const auto [place, is_new] = slots_.try_emplace(id, static_cast<task_slot>(entries_.size()));
  if (is_new)
    entries_.push_back({id, std::nullopt, 0, false, place->second});
  return place->second;
}

task_slot task_table::slot_of(const std::string& id, const std::string& runner, std::int32_t priority) {
  const auto own = slot_of(id);
  if (runner.empty() && priority == 0)
    return own;
  for (const auto slot : entries_[own].beside)
    if (entries_[slot].runner == runner && entries_[slot].priority == priority)
      return slot;
  const auto added = slots();
  entries_.push_back({id, std::nullopt, 0, false, own, runner, priority});
  entries_[own].beside.push_back(added);
  return added;
}

const task* task_table::find(const std::string& id) const noexcept {
  const auto found = slots_.find(id);
  return found == slots_.end() ? nullptr : at(found->second);
}

const task* task_table::at(task_slot slot) const noexcept {
  const auto& own = entries_[entries_[slot].own];
  return own.settings ? &*own.settings : nullptr;
}

const std::string& task_table::runner_of(task_slot slot) const noexcept {
  const auto& runner = entries_[slot].runner;
  return runner.empty() ? at(slot)->runner : runner;
}

bool task_table::is_recorded(const std::string& id) const noexcept {
  const auto found = slots_.find(id);
  return found != slots_.end() && entries_[found->second].is_recorded;
}

void task_table::load(task what) {
  auto& place = entries_[slot_of(what.id)];
  place.settings = std::move(what);
  place.is_recorded = true;
}

void task_table::put(task what) {
  changed_.push_back(slot_of(what.id));
  load(std::move(what));
}

void task_table::remove(const std::string& id) {
  const auto slot = slot_of(id);
  entries_[slot].settings = is_built_in(id) ? std::optional{built_in(id)} : std::nullopt;
  entries_[slot].is_recorded = false;
  changed_.push_back(slot);
}

std::uint64_t task_table::jobs_of(const std::string& id) const noexcept {
  const auto found = slots_.find(id);
  return found == slots_.end() ? 0 : entries_[found->second].jobs;
}

void task_table::flush(write_batch& to) {
  for (const auto slot : changed_)
    if (const auto& x = entries_[slot]; x.is_recorded)
      put_task(to, *x.settings);
    else
      to.erase(family::tasks, x.id);
  changed_.clear();
}

} // namespace carillon::keyed
