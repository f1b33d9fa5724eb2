// Jobs whose attempts are spent: they are kept until somebody runs them again or drops them.
#include "keyed/keyed_store.hpp"

#include "keyed/record_format.hpp"

#include <fmt/format.h>

namespace carillon::keyed {
namespace {

// By what finish_attempt goes by. One that was dropped or run again looks like this too, so that it can be dropped twice.
bool has_been_dead_letter(const job& what) {
  return what.state == job_state::finished && what.retry.max_attempts > 1 &&
         what.failed_attempts >= what.retry.max_attempts;
}

} // namespace

void keyed_store::add_dead_letter(job& what) {
  auto& live = *live_;
  what.dead_letter = true;
  live.dead_letters.insert(what.id);
  live.writes.put(family::dead_letters, job_key(what.id), {});
  add_job_event(event_type::dead_letter_added, what).text = what.error_text;
  const auto bound = config_.bounds.dead_letters;
  constexpr int most_at_once = 100; // after the bound was lowered, so that no batch is endless
  for (int left = most_at_once; left > 0 && live.dead_letters.size() > bound; --left) {
    // A job that was added long ago may be the oldest of all: the newcomer stays all the same, if any may.
    auto place = live.dead_letters.begin();
    if (*place == what.id && live.dead_letters.size() > 1)
      ++place;
    const auto oldest = *place;
    if (const auto found = load_job(oldest); found && (*found)->dead_letter) {
      remove_dead_letter(**found, fmt::format("there are more than {}: the oldest becomes history", bound));
    } else { // its record can't be read, or isn't there
      live.dead_letters.erase(oldest);
      live.writes.erase(family::dead_letters, job_key(oldest));
    }
  }
}

void keyed_store::remove_dead_letter(job& what, std::string why) {
  auto& live = *live_;
  live.jobs.changed(what);
  what.dead_letter = false;
  what.changed = live.next_revision - 1;
  live.dead_letters.erase(what.id);
  live.writes.erase(family::dead_letters, job_key(what.id));
  add_job_event(event_type::dead_letter_removed, what).text = std::move(why);
}

result<job> keyed_store::rerun_job(const job_id& id, const job_id& new_id) {
  const auto there = load_or_free([&] { return find_unexpired(new_id); });
  if (!there)
    return there.err();
  if (*there != nullptr) { // asked for twice, perhaps after the history of `id` has ended
    if ((*there)->rerun_of == id)
      return as_seen(**there, now_.wall);
    return {ec::conflict,
            fmt::format("job {} is there already, and isn't a rerun of {}", new_id.to_string(), id.to_string())};
  }
  const auto found = load_job(id);
  if (!found)
    return found.err();
  auto& before = **found;
  if (before.state != job_state::finished)
    return {ec::wrong_state,
            fmt::format("job {} is {}: only a finished one is run again", id.to_string(), to_string(before.state))};
  auto again = before;
  again.id = new_id;
  again.rerun_of = id;
  again.created_at = again.not_before = now_.wall;
  again.first_not_before.reset();
  again.start_deadline.reset();
  again.unique.reset(); // whoever asks for it means it
  if (auto checked = check_job(again); !checked)
    return checked.err();
  const auto number = next_revision();
  add_new_job(std::move(again), number);
  if (before.dead_letter)
    remove_dead_letter(before, fmt::format("run again as {}", new_id.to_string()));
  return *live_->jobs.find(new_id);
}

result<job> keyed_store::drop_dead_letter(const job_id& id) {
  const auto found = load_job(id);
  if (!found)
    return found.err();
  auto& what = **found;
  if (what.dead_letter) {
    next_revision();
    remove_dead_letter(what, "dropped");
  } else if (!has_been_dead_letter(what)) {
    return {ec::wrong_state, fmt::format("job {} is no dead letter", id.to_string())};
  }
  return as_seen(what, now_.wall);
}

} // namespace carillon::keyed
