#include "keyed/check.hpp"

#include "carillon/base/utf8.hpp"
#include "carillon/model/built_in.hpp"
#include "carillon/trigger/zone_data.hpp"
#include "codec/envelope.hpp"
#include "keyed/cover_check.hpp"
#include "keyed/keyed_store.hpp"
#include "keyed/record_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

namespace carillon::keyed {
namespace {

class store_check {
public:
  store_check(const record_reader& db, timestamp now, duration usual_retention) : db_(db), now_(now) {
    kept_.retention = usual_retention;
  }

  result<history_report> run() {
    for (const auto step : {&store_check::read_meta, &store_check::read_states, &store_check::read_definitions,
                            &store_check::read_past_definitions, &store_check::read_tasks, &store_check::read_nodes,
                            &store_check::read_jobs, &store_check::read_buckets, &store_check::read_dead_letters,
                            &store_check::read_skips, &store_check::read_unique_keys, &store_check::read_quarantine})
      if (auto done = (this->*step)(); !done)
        return done.err();
    compare();
    history_.found = std::move(report_);
    return std::move(history_);
  }

private:
  void fault(std::string text) {
    constexpr std::size_t max_faults = 1'000;
    if (report_.faults.size() < max_faults)
      report_.faults.push_back(std::move(text));
  }

  result<void> read_meta() {
    const auto history = db_.get(family::meta, history_key);
    if (!history)
      return history.err();
    if (*history) {
      if (const auto recorded = read_kept_history(**history))
        kept_ = *recorded;
      else
        fault(fmt::format("how long history is kept can't be read: {}", recorded.err().text()));
    }
    const auto zone_data = db_.get(family::meta, zone_data_key);
    if (!zone_data)
      return zone_data.err();
    if (*zone_data)
      if (const auto recorded = codec::payload_of(**zone_data))
        zone_data_ = *recorded;
    // What was decided earlier may have expired. The rest of a minute is for the time that the check takes.
    history_.as_of = now_;
    history_.whole_since = std::max(now_ - kept_.retention + std::chrono::minutes{1}, kept_.since);
    return {};
  }

  result<void> read_states() {
    return db_.scan(family::states, {}, direction::ascending, [&](std::string_view key, std::string_view record) {
      auto read = read_state(record);
      if (!read)
        fault(fmt::format("a schedule's state can't be read: {}", read.err().text()));
      else if (state_key(read->state.incarnation) != key)
        fault(fmt::format("schedule {}: its state lies under another incarnation", quote(read->schedule_id)));
      else
        states_.emplace(read->state.incarnation, std::move(*read));
      return true;
    });
  }

  result<void> read_definitions() {
    return db_.scan(family::definitions, {}, direction::ascending, [&](std::string_view key, std::string_view record) {
      ++report_.schedules;
      auto read = read_definition(record);
      if (!read || read->definition.id != key) {
        fault(fmt::format("schedule {} can't be read: {}", quote(key), read ? "it has another id" : read.err().text()));
        return true;
      }
      const auto state = states_.find(read->incarnation);
      if (state == states_.end()) {
        fault(fmt::format("schedule {} (incarnation {}): its state is missing", quote(key), read->incarnation));
        lost_.insert(read->incarnation);
        return true;
      }
      tasks_used_.emplace(read->definition.task, read->definition.id);
      auto& lived = life_of(read->incarnation, read->definition.id);
      lived.is_removed = false;
      const auto& now_so = state->second.state;
      lived.eras.push_back(
          make_era(std::move(read->definition.trigger), now_so.trigger_since, now_so.covered_to, zone_data_));
      states_.erase(state);
      return true;
    });
  }

  result<void> read_past_definitions() {
    return db_.scan(family::past_definitions, {}, direction::ascending,
                    [&](std::string_view key, std::string_view record) {
                      if (is_expired(record, now_))
                        return true;
                      auto read = read_past_definition(record);
                      if (!read) {
                        fault(fmt::format("a past definition can't be read: {}", read.err().text()));
                        note_lost(family::past_definitions, key);
                        return true;
                      }
                      auto& past = read->what;
                      life_of(past.incarnation, past.what.id)
                          .eras.push_back(make_era(std::move(past.what.trigger), past.trigger_since, past.covered_to,
                                                   read->zone_data_version));
                      return true;
                    });
  }

  life& life_of(revision incarnation, const std::string& id) {
    auto& found = lives_[incarnation];
    if (found.id.empty())
      found = {id, incarnation, true, false, {}};
    return found;
  }

  // The record of a schedule that can't be read: what it decided isn't known wholly.
  void note_lost(family where, std::string_view key) {
    constexpr std::size_t tail_size_bytes = 16; // incarnation and revision
    if (where == family::states && key.size() == 8)
      lost_.insert(read_number(key, 8));
    if (where == family::past_definitions && key.size() >= tail_size_bytes)
      lost_.insert(read_number(key.substr(key.size() - tail_size_bytes), 8));
  }

  static era make_era(trigger_definition what, std::optional<timestamp> since, std::optional<timestamp> covered_to,
                      const std::string& by_zone_data) {
    era made{std::move(what), since, covered_to, {}};
    if (const auto here = zone_data_version(); by_zone_data != here && uses_local_time(made.trigger))
      made.not_comparable = fmt::format("fire times by time-zone data {} aren't compared: here are {}",
                                        by_zone_data.empty() ? "of an unknown release" : by_zone_data, here);
    return made;
  }

  result<void> read_tasks() {
    return db_.scan(family::tasks, {}, direction::ascending, [&](std::string_view key, std::string_view record) {
      ++report_.tasks;
      if (const auto read = read_task(record); !read || read->id != key)
        fault(fmt::format("task {} can't be read", quote(key)));
      tasks_.emplace(key);
      return true;
    });
  }

  result<void> read_nodes() {
    return db_.scan(family::nodes, {}, direction::ascending, [&](std::string_view key, std::string_view record) {
      if (const auto read = read_node(record); !read || read->what.name != key)
        fault(fmt::format("node {} can't be read", quote(key)));
      return true;
    });
  }

  result<void> read_jobs() {
    return db_.scan(family::jobs, {}, direction::ascending, [&](std::string_view key, std::string_view record) {
      if (is_expired(record, now_))
        return true;
      ++report_.jobs;
      const auto id = parse_job_key(key);
      const auto read = id ? read_job(record, *id) : error{ec::store_corrupt, "its key has the wrong size"};
      if (!read) {
        fault(fmt::format("job {}: {}", id ? id->to_string() : "?", read.err().text()));
        return true;
      }
      look_at(*read, codec::expiry_of(record).has_value());
      return true;
    });
  }

  void look_at(const job& x, bool has_expiry) {
    const bool is_finished = x.state == job_state::finished;
    if (is_finished != has_expiry || is_finished != x.finished_at.has_value() ||
        is_finished == (x.outcome == job_outcome::none))
      fault(fmt::format("job {}: state {}, outcome {} and its end don't fit", x.id.to_string(), to_string(x.state),
                        to_string(x.outcome)));
    if (x.state == job_state::running && !x.held_by)
      fault(fmt::format("job {} runs, but nobody holds it", x.id.to_string()));
    if (x.dead_letter)
      dead_letters_.insert(x.id);
    if (x.dead_letter && !is_finished)
      fault(fmt::format("job {} is a dead letter, but isn't finished", x.id.to_string()));
    if (!is_finished)
      unfinished_.emplace(bucket_of(x.id), x.id);
    // Extra runs have other ids, and are outside I1.
    if (x.scheduled_fire_time && x.id == job_id::of_fire_time(x.schedule_id, x.incarnation, *x.scheduled_fire_time))
      decided(x).jobs.push_back(*x.scheduled_fire_time);
  }

  // Of the schedule that a job or a skip belongs to.
  decisions& decided(const auto& x) {
    (void)life_of(x.incarnation, x.schedule_id);
    return decided_[x.incarnation];
  }

  result<void> read_buckets() {
    for (const auto& [x, id] : unfinished_) {
      const auto recorded = db_.get(family::unfinished, bucket_key(x));
      if (!recorded)
        return recorded.err();
      if (!*recorded)
        fault(fmt::format("job {} isn't finished, but no start would find it", id.to_string()));
    }
    return {};
  }

  // A job is a dead letter once at most: what doesn't fit now and didn't fit before isn't a change in between.
  result<void> read_dead_letters() {
    std::vector<job_id> others;
    auto scanned =
        db_.scan(family::dead_letters, {}, direction::ascending, [&](std::string_view key, std::string_view) {
          const auto id = parse_job_key(key);
          if (!id)
            fault("a dead letter is listed by a key of the wrong size");
          else if (dead_letters_.erase(*id) == 0)
            others.push_back(*id);
          return true;
        });
    if (!scanned)
      return scanned;
    for (const auto& id : others) {
      const auto job = read_again(id);
      const auto listed = job ? db_.get(family::dead_letters, job_key(id)) : job.err();
      if (!listed)
        return listed.err();
      if (*listed && !(*job && (*job)->dead_letter))
        fault(fmt::format("job {} is listed as a dead letter, but isn't one", id.to_string()));
    }
    for (const auto& id : dead_letters_) {
      const auto job = read_again(id);
      if (!job)
        return job.err();
      if (*job && (*job)->dead_letter)
        fault(fmt::format("job {} is a dead letter, but isn't listed as one", id.to_string()));
    }
    return {};
  }

  // One with a window outlives its use.
  result<void> read_unique_keys() {
    std::vector<std::pair<std::string, job_id>> lasting;
    auto scanned =
        db_.scan(family::unique_keys, {}, direction::ascending, [&](std::string_view key, std::string_view record) {
          const auto holder = read_unique_holder(record);
          if (!holder)
            fault(fmt::format("the holder of the unique key {} can't be read: {}", quote(key), holder.err().text()));
          else if (!codec::expiry_of(record))
            lasting.emplace_back(key, *holder);
          return true;
        });
    if (!scanned)
      return scanned;
    for (const auto& [key, id] : lasting) {
      const auto job = read_again(id);
      if (!job)
        return job.err();
      if (!*job || !(*job)->unique || (*job)->unique->key != key)
        continue;                                            // it couldn't be read for a time: the key is free
      const auto record = db_.get(family::unique_keys, key); // it may have finished in between
      if (!record)
        return record.err();
      if (*record && (*job)->state == job_state::finished && read_unique_holder(**record) &&
          *read_unique_holder(**record) == id)
        fault(fmt::format("job {} is finished, but still holds the unique key {}", id.to_string(), quote(key)));
    }
    return {};
  }

  // Nothing: it isn't there, or can't be read, which was said already.
  result<std::optional<job>> read_again(const job_id& id) const {
    const auto raw = db_.get(family::jobs, job_key(id));
    if (!raw)
      return raw.err();
    const auto read = *raw ? read_job(**raw, id) : error{ec::not_found, {}};
    return read ? std::optional{*read} : std::nullopt;
  }

  result<void> read_skips() {
    return db_.scan(family::skips, {"s", "t"}, direction::ascending, [&](std::string_view, std::string_view record) {
      if (is_expired(record, now_))
        return true;
      ++report_.skips;
      if (auto read = read_skip(record))
        decided(*read).skips.push_back(std::move(*read));
      else
        fault(fmt::format("a skip can't be read: {}", read.err().text()));
      return true;
    });
  }

  result<void> read_quarantine() {
    return db_.scan(family::quarantine, {}, direction::ascending, [&](std::string_view key, std::string_view) {
      ++report_.quarantined;
      constexpr std::size_t prefix_size_bytes = 9;
      if (key.size() > prefix_size_bytes)
        note_lost(static_cast<family>(key[0]), key.substr(prefix_size_bytes));
      return true;
    });
  }

  void compare() {
    for (const auto& [incarnation, x] : states_) {
      fault(fmt::format("schedule {} (incarnation {}): its definition is missing", quote(x.schedule_id), incarnation));
      lost_.insert(incarnation);
    }
    for (const auto& [id, schedule_id] : tasks_used_)
      if (!tasks_.contains(id) && !is_built_in(id))
        fault(fmt::format("schedule {}: its task {} isn't recorded", quote(schedule_id), quote(id)));
    for (auto& [incarnation, x] : lives_) {
      x.is_incomplete = lost_.contains(incarnation);
      auto covered = check_cover(std::move(x), std::move(decided_[incarnation]), history_.whole_since);
      decided_.erase(incarnation);
      for (auto& text : covered.faults)
        fault(std::move(text));
      history_.schedules.push_back(std::move(covered.what));
    }
    std::ranges::sort(history_.schedules, [](const schedule_history& a, const schedule_history& b) {
      return std::tie(a.id, a.incarnation) < std::tie(b.id, b.incarnation);
    });
  }

  const record_reader& db_;
  timestamp now_;
  kept_history kept_;
  std::string zone_data_;
  history_report history_;
  check_report report_;
  std::unordered_map<revision, stored_state> states_;
  std::map<revision, life> lives_;
  std::set<revision> lost_; // incarnations of which a record can't be read
  std::unordered_map<revision, decisions> decided_;
  std::map<bucket, job_id> unfinished_; // one of each bucket
  std::set<job_id> dead_letters_;
  std::map<std::string, std::string> tasks_used_; // and a schedule that uses it
  std::unordered_set<std::string> tasks_;
};

} // namespace

result<history_report> check_records(const record_reader& db, timestamp now, duration usual_retention) {
  return store_check{db, now, usual_retention}.run();
}

result<check_report> keyed_store::check() const {
  auto checked = read_with([&](const key_value& db) -> result<history_report> {
    const auto state = db.snapshot();
    if (!state)
      return state.err();
    return check_records(**state, read_now(), config_.history_retention);
  });
  if (!checked)
    return checked.err();
  return std::move(checked->found);
}

} // namespace carillon::keyed
