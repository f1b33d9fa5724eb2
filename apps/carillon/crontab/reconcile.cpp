#include "crontab/reconcile.hpp"

#include "crontab/ids.hpp"
#include "crontab/schedules.hpp"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace carillon::crontab {
namespace {

const std::string* metadata_text(const schedule_definition& definition, const std::string& key) {
  const auto found = definition.metadata.find("crontab");
  const auto* entry = found == definition.metadata.end() ? nullptr : found->second.find(key);
  return entry == nullptr ? nullptr : entry->get_if<std::string>();
}

bool is_of_same_boot(const schedule_definition& a, const schedule_definition& b) {
  const auto* left = metadata_text(a, "boot");
  const auto* right = metadata_text(b, "boot");
  return left != nullptr && right != nullptr && *left == *right;
}

// The triggers that make_schedules makes.
timestamp* start_of(trigger_definition& definition) {
  if (auto* cron = std::get_if<classic_cron_definition>(&definition.kind))
    return &cron->start_time;
  if (auto* interval = std::get_if<interval_definition>(&definition.kind))
    return &interval->start_time;
  return nullptr;
}

// The trigger that the schedule is to have: the one in the store, with its start, unless the times (or the boot) changed.
trigger_definition settle_trigger(const schedule_definition& desired, const schedule& known) {
  auto settled = desired.trigger;
  auto* start = start_of(settled);
  if (std::holds_alternative<interval_definition>(settled.kind) && !is_of_same_boot(desired, known.definition)) {
    // A clock that was set back while the machine was down must not hide this boot's run behind the last one's.
    if (known.state.covered_to)
      *start = std::max(*start, *known.state.covered_to + duration{1});
    return settled;
  }
  auto stored = known.definition.trigger;
  if (const auto* stored_start = start_of(stored))
    *start = *stored_start;
  return settled == stored ? settled : desired.trigger;
}

} // namespace

std::string file_of(const schedule_definition& definition) {
  const auto* file = metadata_text(definition, "file");
  return file == nullptr || !definition.id.starts_with(id_prefix) ? "" : *file;
}

reconciliation reconcile(std::vector<schedule_definition> desired, const std::vector<schedule>& in_store,
                         const std::set<std::string>& kept_files, new_reboot_entries on_new_reboot_entry) {
  std::unordered_map<std::string, const schedule*> known;
  for (const auto& item : in_store)
    known.emplace(item.definition.id, &item);

  reconciliation outcome;
  for (auto& want : desired) {
    const auto found = known.find(want.id);
    if (found == known.end()) {
      if (auto* every = std::get_if<interval_definition>(&want.trigger.kind);
          every != nullptr && on_new_reboot_entry == new_reboot_entries::run_at_next_boot)
        every->start_time += every->interval;
      outcome.add.push_back(std::move(want));
      continue;
    }
    const auto& have = *found->second;
    known.erase(found);
    want.trigger = settle_trigger(want, have);
    want.paused = have.definition.paused; // what counts now is its state
    want.unknown_fields = have.definition.unknown_fields;
    if (want == have.definition)
      ++outcome.unchanged;
    else
      outcome.replace.push_back(std::move(want));
  }
  for (const auto& item : in_store)
    if (const auto file = file_of(item.definition);
        known.contains(item.definition.id) && !file.empty() && !kept_files.contains(file))
      outcome.remove.push_back(item.definition.id);
  return outcome;
}

} // namespace carillon::crontab
