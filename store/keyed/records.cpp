// Finding records for the writer: what the open batch changed, else what is committed; and the quarantine.
#include "keyed/keyed_store.hpp"

#include "carillon/base/utf8.hpp"
#include "codec/envelope.hpp"
#include "keyed/inspect.hpp"
#include "keyed/record_format.hpp"

#include <fmt/format.h>

namespace carillon::keyed {
namespace {

std::string describe(const unreadable_record& what) {
  return fmt::format("{}: {}: {}", to_string(what.where), quote(show_key(what.where, what.key)), what.reason);
}

} // namespace

result<std::optional<std::string>> keyed_store::get(family where, std::string_view key) {
  if (!live_->quarantined.empty() && live_->quarantined.contains({where, std::string{key}}))
    return std::optional<std::string>{};
  auto got = db_->get(where, key);
  // A block that can't be read harms those who need it; any other failure is one of the whole database.
  if (!got && got.err().code() != ec::store_corrupt)
    return lose_batch(got.err());
  return got;
}

void keyed_store::quarantine(const unreadable_record& what) {
  auto& live = *live_;
  if (!live.quarantined.insert({what.where, what.key}).second)
    return;
  const auto number = next_revision();
  put_quarantined(live.writes, what.where, what.key, what.value, what.reason, now_.wall, number);
  live.writes.erase(what.where, what.key);
  ++live.quarantined_count;
  auto& told = add_event(event_type::record_quarantined);
  told.text = describe(what);
  if (what.where != family::jobs)
    return;
  const auto id = parse_job_key(what.key);
  if (!id)
    return;
  told.job = *id;
  if (live.dead_letters.erase(*id) > 0)
    live.writes.erase(family::dead_letters, what.key);
  // One that waits is noticed as missing when it comes up.
  if (const auto* attempt = live.leases.find(*id)) {
    uncount_unfinished(attempt->task, attempt->key, attempt->rate);
    live.buckets.remove(*id);
    end_attempt(*id);
  }
}

result<keyed_store::schedule_entry*> keyed_store::load_schedule(const std::string& id) {
  if (auto* kept = live_->schedules.find(id)) {
    if (kept->is_removed)
      return {ec::not_found, fmt::format("no schedule {}", quote(id))};
    return kept;
  }
  return load_schedule_records(id, 0);
}

result<keyed_store::schedule_entry*> keyed_store::load_schedule(revision incarnation) {
  const auto none = [&] { return error{ec::not_found, fmt::format("no schedule of incarnation {}", incarnation)}; };
  if (auto* kept = live_->schedules.find(incarnation)) {
    if (kept->is_removed)
      return none();
    return kept;
  }
  const auto key = state_key(incarnation);
  const auto raw = get(family::states, key);
  if (!raw)
    return raw.err();
  if (!*raw)
    return none();
  const auto outline = read_state_outline(**raw);
  if (!outline) {
    quarantine({family::states, key, **raw, outline.err().text()});
    --live_->schedule_count;
    return outline.err();
  }
  return load_schedule_records(outline->schedule_id, incarnation);
}

// `incarnation_wanted` 0: any. If one of the two records can't be read both go to quarantine, as each is of no use without
// the other, and the id is free again.
result<keyed_store::schedule_entry*> keyed_store::load_schedule_records(std::string_view id_wanted,
                                                                        revision incarnation_wanted) {
  const auto missing = [&] { return error{ec::not_found, fmt::format("no schedule {}", quote(id_wanted))}; };
  const auto raw_definition = get(family::definitions, id_wanted);
  if (!raw_definition)
    return raw_definition.err();
  if (!*raw_definition)
    return missing();
  auto definition = read_definition(**raw_definition);
  if (definition && definition->definition.id != id_wanted)
    definition = error{ec::store_corrupt, "schedule definition: its id isn't its key"};
  if (definition && incarnation_wanted != 0 && definition->incarnation != incarnation_wanted)
    return missing(); // of an older incarnation
  const auto incarnation = definition ? definition->incarnation : incarnation_wanted;
  const auto raw_state = incarnation != 0 ? get(family::states, state_key(incarnation)) : std::optional<std::string>{};
  if (!raw_state)
    return raw_state.err();
  auto state = *raw_state ? read_state(**raw_state) : error{ec::store_corrupt, "schedule: its state is missing"};
  if (state && state->state.incarnation != incarnation)
    state = error{ec::store_corrupt, "schedule state: its incarnation isn't its key"};
  if (definition && state) {
    auto& kept = live_->schedules.keep({std::move(definition->definition), std::move(state->state)});
    return &kept;
  }
  const auto why = !definition ? definition.err() : state.err();
  quarantine({family::definitions, std::string{id_wanted}, **raw_definition, why.text()});
  if (*raw_state) {
    quarantine({family::states, state_key(incarnation), **raw_state, why.text()});
    --live_->schedule_count;
  }
  return why;
}

// Null: there is none. Most ids that are asked for are new ones: that must not cost an error's text.
result<job*> keyed_store::find_unexpired(const job_id& id) {
  if (auto* kept = live_->jobs.find(id))
    return kept;
  if (live_->taken_ids.is_surely_free(id))
    return nullptr;
  const auto raw = get(family::jobs, job_key(id));
  if (!raw)
    return raw.err();
  if (!*raw || is_expired(**raw, now_.wall))
    return nullptr;
  auto read = read_job(**raw, id);
  if (!read) {
    quarantine({family::jobs, std::string{job_key(id)}, **raw, read.err().text()});
    return read.err();
  }
  return &live_->jobs.keep(std::move(*read));
}

void keyed_store::load_line(const job_id& first) {
  constexpr int most = 256;
  constexpr std::size_t most_size_bytes = 2'048; // of one: the others aren't kept long
  auto& live = *live_;
  if (live.jobs.contains(first) || !live.quarantined.empty())
    return;
  int seen = 0;
  // Whatever is amiss is found by whoever looks for that job itself.
  (void)db_->scan(
      family::jobs, {job_key(first), {}}, direction::ascending, [&](std::string_view key, std::string_view record) {
        const auto id = parse_job_key(key);
        if (!id || codec::expiry_of(record) || record.size() > most_size_bytes) // it has one: it is finished
          return false;
        if (!live.jobs.contains(*id)) {
          auto read = read_job(record, *id);
          if (!read || read->state != job_state::pending)
            return false;
          live.jobs.keep(std::move(*read));
        }
        return ++seen < most;
      });
}

result<job*> keyed_store::load_job(const job_id& id) {
  auto found = find_unexpired(id);
  if (found && *found == nullptr)
    return {ec::not_found, fmt::format("no job {}", id.to_string())};
  return found;
}

} // namespace carillon::keyed
