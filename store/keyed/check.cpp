#include "keyed/keyed_store.hpp"

#include "codec/envelope.hpp"
#include "keyed/cover_check.hpp"
#include "keyed/record_format.hpp"

#include <fmt/format.h>

#include <map>
#include <unordered_map>
#include <unordered_set>

namespace carillon::keyed {
namespace {

// While the check reads, the writer goes on. So what is referred to is read after what refers to it, and fire times that were
// decided after a schedule's state was read aren't looked at.
class store_check {
public:
  store_check(const key_value& db, timestamp now, duration retention) : db_(db), now_(now), retention_(retention) {}

  result<check_report> run() {
    for (const auto step :
         {&store_check::read_states, &store_check::read_definitions, &store_check::read_tasks, &store_check::read_jobs,
          &store_check::read_buckets, &store_check::read_skips, &store_check::read_quarantine})
      if (auto done = (this->*step)(); !done)
        return done.err();
    compare();
    return std::move(report_);
  }

private:
  void fault(std::string text) {
    constexpr std::size_t max_faults = 1'000;
    if (report_.faults.size() < max_faults)
      report_.faults.push_back(std::move(text));
  }

  result<void> read_states() {
    return db_.scan(family::states, {}, direction::ascending, [&](std::string_view key, std::string_view record) {
      auto read = read_state(record);
      if (!read)
        fault(fmt::format("a schedule's state can't be read: {}", read.err().text()));
      else if (state_key(read->state.incarnation) != key)
        fault(fmt::format("schedule {:?}: its state lies under another incarnation", read->schedule_id));
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
        fault(fmt::format("schedule {:?} can't be read: {}", key, read ? "it has another id" : read.err().text()));
        return true;
      }
      const auto state = states_.find(read->incarnation);
      if (state == states_.end())
        return true; // perhaps added meanwhile; if its state were damaged, reading the states said so
      tasks_used_.emplace(read->definition.task, read->definition.id);
      schedules_.push_back({std::move(read->definition), std::move(state->second.state)});
      states_.erase(state);
      return true;
    });
  }

  result<void> read_tasks() {
    return db_.scan(family::tasks, {}, direction::ascending, [&](std::string_view key, std::string_view record) {
      ++report_.tasks;
      if (const auto read = read_task(record); !read || read->id != key)
        fault(fmt::format("task {:?} can't be read", key));
      tasks_.emplace(key);
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
    if (!is_finished)
      unfinished_.emplace(bucket_of(x.id), x.id);
    // Extra runs have other ids, and are outside I1.
    if (x.scheduled_fire_time && x.id == job_id::of_fire_time(x.schedule_id, x.incarnation, *x.scheduled_fire_time))
      decided(x).jobs.push_back(*x.scheduled_fire_time);
  }

  // Of the schedule that a job or a skip belongs to.
  decisions& decided(const auto& x) {
    auto& found = decided_[x.incarnation];
    found.schedule_id = x.schedule_id;
    return found;
  }

  result<void> read_buckets() {
    for (const auto& [x, id] : unfinished_) {
      const auto recorded = db_.get(family::unfinished, bucket_key(x));
      if (!recorded)
        return recorded.err();
      if (*recorded)
        continue;
      // It may have been finished, and its bucket struck off, since it was read.
      const auto again = db_.get(family::jobs, job_key(id));
      if (!again)
        return again.err();
      if (*again && !codec::expiry_of(**again))
        fault(fmt::format("job {} isn't finished, but no start would find it", id.to_string()));
    }
    return {};
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
    return db_.scan(family::quarantine, {}, direction::ascending, [&](std::string_view, std::string_view) {
      ++report_.quarantined;
      return true;
    });
  }

  void compare() {
    for (const auto& [incarnation, x] : states_) {
      const auto still_there = db_.get(family::states, state_key(incarnation));
      if (still_there && *still_there)
        fault(fmt::format("schedule {:?} (incarnation {}): its definition is missing", x.schedule_id, incarnation));
    }
    for (const auto& [id, schedule_id] : tasks_used_)
      if (!tasks_.contains(id) && id != command_task)
        fault(fmt::format("schedule {:?}: its task {:?} isn't recorded", schedule_id, id));
    // What was decided earlier may have expired. The rest of a minute is for the time that the check takes.
    const auto whole_from = now_ - retention_ + std::chrono::minutes{1};
    std::vector<std::string> faults;
    const auto tell = [&] {
      for (auto& text : std::exchange(faults, {}))
        fault(std::move(text));
    };
    for (const auto& x : schedules_) {
      check_cover(x, std::move(decided_[x.state.incarnation]), whole_from, faults);
      decided_.erase(x.state.incarnation);
      tell();
    }
    for (auto& [incarnation, found] : decided_) { // schedules that were removed
      check_decided_once(incarnation, found, faults);
      tell();
    }
  }

  const key_value& db_;
  timestamp now_;
  duration retention_;
  check_report report_;
  std::unordered_map<revision, stored_state> states_;
  std::vector<schedule> schedules_;
  std::unordered_map<revision, decisions> decided_;
  std::map<bucket, job_id> unfinished_;           // one of each bucket
  std::map<std::string, std::string> tasks_used_; // and a schedule that uses it
  std::unordered_set<std::string> tasks_;
};

} // namespace

result<check_report> keyed_store::check() const {
  const std::shared_lock lock{gate_};
  if (!db_)
    return closed_why_ ? *closed_why_ : error{ec::unavailable, "the store isn't open"};
  return store_check{*db_, read_now(), config_.history_retention}.run();
}

} // namespace carillon::keyed
