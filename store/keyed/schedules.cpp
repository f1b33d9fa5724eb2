#include "keyed/keyed_store.hpp"

#include "carillon/base/utf8.hpp"
#include "keyed/first_fire.hpp"
#include "keyed/limit_checks.hpp"
#include "keyed/record_format.hpp"

#include <fmt/format.h>

namespace carillon::keyed {
namespace {

error no_fire_time(std::string_view id) {
  return {ec::invalid_argument, fmt::format("schedule {}: its trigger has no fire time from now on", quote(id))};
}

// What a user says, without what the store keeps along.
bool has_equal_content(const schedule_definition& a, const schedule_definition& b) {
  auto compared = a;
  compared.unknown_fields = b.unknown_fields;
  return compared == b;
}

} // namespace

result<void> keyed_store::check_definition(const schedule_definition& what) const {
  for (const auto& checked :
       {check_id("schedule", what.id), check_trigger(what.trigger, config_.bounds),
        check_duration("misfire_grace_time", what.misfire_grace_time), check_duration("max_jitter", what.max_jitter),
        check_jitter(what.max_jitter, what.trigger), check_name("coalesce", what.coalesce),
        check_name("overlap", what.overlap)})
    if (!checked)
      return checked;
  if (what.retry)
    if (auto checked = check_retry(*what.retry); !checked)
      return checked.err().within("retry");
  if (auto checked = check_follow_ups_of(what.follow_ups); !checked)
    return checked;
  if (const auto most = config_.bounds.waiting_jobs_per_schedule; what.max_catch_up > most)
    return {ec::limit_exceeded, fmt::format("max_catch_up: {}, of which {} are allowed", what.max_catch_up, most)};
  return check_work(what, live_->tasks.find(what.task), config_.bounds);
}

result<schedule> keyed_store::add_schedule(const schedule_definition& what, conflict_policy on_conflict) {
  // Equal content is success even if the task has gone since: it is looked for first.
  auto found = load_or_free([&] { return load_schedule(what.id); });
  if (!found && found.err().code() != ec::not_found)
    return found.err();
  if (found && has_equal_content(what, (*found)->what.definition))
    return (*found)->what;
  if (auto checked = check_definition(what); !checked)
    return checked.err();
  if (found) {
    switch (on_conflict) {
      case conflict_policy::do_nothing: return (*found)->what;
      case conflict_policy::replace: return replace_schedule(**found, what);
      case conflict_policy::fail: break;
    }
    return {ec::conflict, fmt::format("schedule {} is there already, with other content", quote(what.id))};
  }
  auto first = find_first_fire(what, std::nullopt);
  if (!first)
    return first.err();
  if (!first->at)
    return no_fire_time(what.id);

  schedule added;
  added.definition = what;
  auto& state = added.state;
  state.incarnation = state.definition_changed = state.changed = next_revision();
  state.cursor = std::move(first->cursor);
  state.next_fire_time = state.first_fire_time = first->at;
  state.paused = what.paused;
  ++live_->schedule_count;
  live_->schedules.add(added);
  schedule_moved(*live_->schedules.find(state.incarnation));
  auto& told = add_event(event_type::schedule_added);
  told.schedule_id = what.id;
  told.task = what.task;
  told.scheduled_fire_time = state.next_fire_time;
  return added;
}

result<schedule> keyed_store::replace_schedule(schedule_entry& entry, const schedule_definition& what) {
  auto state = entry.what.state;
  if (what.trigger != entry.what.definition.trigger) {
    auto first = find_first_fire(what, state.covered_to);
    if (!first)
      return first.err();
    if (!first->at)
      return no_fire_time(what.id);
    state.cursor = std::move(first->cursor);
    state.next_fire_time = first->at;
    state.trigger_since = state.covered_to;
    state.pause_reason.clear(); // it was the old trigger's
  }
  keep_definition(entry);
  state.definition_changed = state.changed = next_revision();
  auto unknown_fields = what.unknown_fields.empty() ? entry.what.definition.unknown_fields : what.unknown_fields;
  live_->schedules.definition_changed(entry);
  live_->schedules.state_changed(entry);
  entry.what.definition = what;
  entry.what.definition.unknown_fields = std::move(unknown_fields);
  entry.what.state = std::move(state);
  schedule_moved(entry);
  auto& told = add_event(event_type::schedule_updated);
  told.schedule_id = what.id;
  told.task = what.task;
  told.scheduled_fire_time = entry.what.state.next_fire_time;
  return entry.what;
}

bool keyed_store::retime(schedule_entry& entry) {
  auto first = find_first_fire(entry.what.definition, entry.what.state.covered_to);
  if (!first)
    return false; // refused now: its plan will say so and pause it
  keep_definition(entry);
  live_->schedules.state_changed(entry);
  auto& state = entry.what.state;
  // As if the trigger had been replaced by itself: plans made by the old data are stale, and what lies behind was decided
  // by other rules.
  state.definition_changed = state.changed = next_revision();
  state.trigger_since = state.covered_to;
  state.cursor = std::move(first->cursor);
  const bool is_moved = std::exchange(state.next_fire_time, first->at) != first->at;
  if (!first->at) {
    remove_schedule(entry, event_type::schedule_finished);
    return true;
  }
  schedule_moved(entry);
  if (is_moved) {
    auto& told = add_event(event_type::schedule_updated);
    told.schedule_id = entry.what.definition.id;
    told.task = entry.what.definition.task;
    told.scheduled_fire_time = first->at;
  }
  return is_moved;
}

// After any change: an earlier claim is void, and its entry in the index with it.
void keyed_store::schedule_moved(schedule_entry& entry) {
  const auto& state = entry.what.state;
  live_->claimed.drop(state.incarnation);
  if (!state.paused && state.next_fire_time)
    live_->due.add(*state.next_fire_time, state.incarnation);
}

result<schedule> keyed_store::pause_schedule(const std::string& id) {
  auto found = load_schedule(id);
  if (!found)
    return found.err();
  auto& entry = **found;
  if (entry.what.state.paused)
    return entry.what;
  live_->schedules.state_changed(entry);
  entry.what.state.paused = true;
  entry.what.state.pause_reason.clear();
  entry.what.state.changed = next_revision();
  schedule_moved(entry);
  auto& told = add_event(event_type::schedule_paused);
  told.schedule_id = id;
  told.task = entry.what.definition.task;
  return entry.what;
}

result<schedule> keyed_store::resume_schedule(const std::string& id, std::optional<timestamp> from) {
  auto found = load_schedule(id);
  if (!found)
    return found.err();
  auto& entry = **found;
  if (!entry.what.state.paused)
    return entry.what;
  live_->schedules.state_changed(entry);
  entry.what.state.paused = false;
  entry.what.state.pause_reason.clear();
  entry.what.state.resume_from = from.value_or(now_.wall);
  entry.what.state.changed = next_revision();
  schedule_moved(entry);
  auto& told = add_event(event_type::schedule_resumed);
  told.schedule_id = id;
  told.task = entry.what.definition.task;
  told.scheduled_fire_time = entry.what.state.next_fire_time;
  return entry.what;
}

result<job> keyed_store::run_schedule(const std::string& id, const job_id& new_id) {
  const auto there = load_or_free([&] { return find_unexpired(new_id); });
  if (!there)
    return there.err();
  if (const auto* known = *there) { // asked for twice
    if (known->schedule_id == id && !known->scheduled_fire_time)
      return as_seen(*known, now_.wall);
    return {ec::conflict, fmt::format("job {} is there already, and isn't a run of schedule {} that was asked for",
                                      new_id.to_string(), quote(id))};
  }
  if (auto checked = check_new_id(new_id); !checked)
    return checked.err();
  const auto found = load_schedule(id);
  if (!found)
    return found.err();
  auto made = make_job(make_due((*found)->what));
  if (live_->tasks.find(made.task) == nullptr)
    return {ec::unknown_task, fmt::format("schedule {}: its task {} was removed", quote(id), quote(made.task))};
  if (const auto most = config_.bounds.waiting_jobs_per_schedule; live_->ready.waiting(made.incarnation) >= most)
    return {ec::limit_exceeded, fmt::format("schedule {}: {} of its jobs wait already", quote(id), most)};
  made.id = new_id;
  made.created_at = made.not_before = now_.wall;
  add_new_job(std::move(made), next_revision());
  return *live_->jobs.find(new_id);
}

result<void> keyed_store::remove_schedule(const std::string& id) {
  auto found = load_schedule(id);
  if (!found)
    return found.err();
  next_revision();
  remove_schedule(**found, event_type::schedule_removed);
  return {};
}

result<bool> keyed_store::walk_schedules(std::string& done_to, const std::function<void(schedule_entry&)>& visit) {
  std::vector<std::string> ids;
  bool is_last_piece = true;
  std::size_t size = 0;
  const auto after = done_to.empty() ? std::string{} : done_to + '\0';
  const auto scanned = db_->scan(
      family::definitions, {after, {}}, direction::ascending, [&](std::string_view id, std::string_view record) {
        ids.emplace_back(id);
        size += record.size();
        is_last_piece = ids.size() < config_.bounds.batch_items && size < config_.bounds.batch_size_bytes;
        return is_last_piece;
      });
  if (!scanned)
    return scanned.err();
  for (const auto& id : ids) {
    const auto found = load_schedule(id);
    if (live_->failure)
      return *live_->failure;
    if (found)
      visit(**found);
  }
  if (!is_last_piece)
    done_to = ids.back();
  return is_last_piece;
}

void keyed_store::remove_schedule(schedule_entry& entry, event_type why) {
  keep_definition(entry);
  live_->claimed.drop(entry.what.state.incarnation);
  live_->schedules.remove(entry);
  --live_->schedule_count;
  auto& told = add_event(why);
  told.schedule_id = entry.what.definition.id;
  told.task = entry.what.definition.task;
}

} // namespace carillon::keyed
