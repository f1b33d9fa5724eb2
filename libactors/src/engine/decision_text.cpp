#include "engine/decision_text.hpp"

#include "carillon/base/utf8.hpp"
#include "carillon/model/built_in.hpp"
#include "trigger/custom.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::engine {
namespace {

constexpr duration worth_telling = std::chrono::seconds{1};

std::string length(duration x) {
  const auto exact = x < std::chrono::seconds{1} ? std::chrono::floor<std::chrono::milliseconds>(x)
                                                 : std::chrono::floor<std::chrono::seconds>(x);
  return to_text(exact);
}

std::string first_line(const std::string& text) {
  constexpr std::size_t longest = 120;
  const auto line = std::string_view{text}.substr(0, text.find('\n'));
  return fmt::format("{}{}", line.substr(0, longest), line.size() <= longest ? "" : "...");
}

bool waits_for(const job& what, const job* earlier) {
  return what.overlap != overlap_policy::allow && earlier != nullptr && earlier->incarnation == what.incarnation;
}

std::string time_of(const job& what) { return to_iso8601(what.scheduled_fire_time.value_or(what.created_at)); }

// Why a job began later than it might have.
std::string why_it_waited(const job& what, const job* earlier, timestamp ready) {
  if (what.attempt > 1)
    return fmt::format("it was tried {} times", what.attempt);
  if (waits_for(what, earlier) && earlier->finished_at && *earlier->finished_at > ready)
    return fmt::format("the job of {} was still running (overlap {})", time_of(*earlier), to_string(what.overlap));
  if (what.limit)
    return fmt::format("no worker had a free slot, or the limit {} (at most {}) was reached", quote(what.limit->key),
                       what.limit->maximum);
  return "no worker had a free slot";
}

std::string describe_start(const job& what, const job* earlier) {
  const auto due = what.scheduled_fire_time.value_or(what.not_before);
  const auto late = *what.started_at - due;
  if (late < worth_telling)
    return "ran on time";
  std::vector<std::string> why;
  if (what.created_at - due >= worth_telling)
    why.push_back(fmt::format(
        "it was decided {} late: it was paused or not there yet, no scheduler was at work, or it had much to do",
        length(what.created_at - due)));
  if (what.attempt <= 1 && what.not_before - due >= worth_telling)
    why.push_back(fmt::format("{} of it is jitter", length(what.not_before - due)));
  if (const auto ready = std::max(what.created_at, what.not_before);
      *what.started_at - ready >= worth_telling || what.attempt > 1)
    why.push_back(why_it_waited(what, earlier, ready));
  return fmt::format("ran late: began {} after its fire time{}{}", length(late), why.empty() ? "" : ", as ",
                     fmt::join(why, "; "));
}

std::string describe_outcome(const job& what) {
  const auto why = what.error_text.empty() ? std::string{} : ": " + first_line(what.error_text);
  switch (what.outcome) {
    case job_outcome::success: return "succeeded";
    case job_outcome::error: return "failed" + why;
    case job_outcome::timed_out:
      return what.time_limit ? fmt::format("was stopped at its time limit of {}", length(*what.time_limit))
                             : "was stopped at its time limit";
    case job_outcome::crashed: return "crashed" + why;
    case job_outcome::cancelled: return "was cancelled" + why;
    case job_outcome::missed_start_deadline:
      return fmt::format("didn't begin: no worker was free before its start deadline{}",
                         what.start_deadline ? ", " + to_iso8601(*what.start_deadline) : std::string{});
    case job_outcome::abandoned: return fmt::format("was given up after {} lost attempts", what.lost_attempts);
    case job_outcome::deserialization_failed: return "failed: its arguments don't fit the code" + why;
    case job_outcome::none: break;
  }
  return fmt::format("ended with outcome {}", static_cast<int>(what.outcome));
}

std::string describe_pending(const job& what, const job* earlier, const task* works_for, timestamp now) {
  if (what.not_before > now) {
    if (what.failed_attempts > 0)
      return fmt::format("waits until {} for its next attempt, as {} of them failed{}", to_iso8601(what.not_before),
                         what.failed_attempts,
                         what.error_text.empty() ? std::string{} : ": " + first_line(what.error_text));
    return fmt::format("waits until {}", to_iso8601(what.not_before));
  }
  if (waits_for(what, earlier) && earlier->state != job_state::finished)
    return fmt::format("waits for the job of {} to end (overlap {})", time_of(*earlier), to_string(what.overlap));
  if (works_for == nullptr && !is_built_in(what.task))
    return fmt::format("waits for its task {}, which isn't recorded", quote(what.task));
  std::string limits;
  if (works_for != nullptr && works_for->max_running_jobs)
    limits = fmt::format(", within the task's limit of {} at once", *works_for->max_running_jobs);
  if (what.limit)
    limits += fmt::format(", within the limit {} (at most {})", quote(what.limit->key), what.limit->maximum);
  return fmt::format("waits for a worker that offers {} and has a free slot{}", quote(what.task), limits);
}

std::string length_or_none(std::optional<duration> x) { return x ? length(*x) : "unlimited"; }

} // namespace

std::string describe_job(const job& what, const job* earlier, const task* works_for, timestamp now) {
  switch (what.state) {
    case job_state::pending: return describe_pending(what, earlier, works_for, now);
    case job_state::running:
      return fmt::format("{}; it is running now{}", what.started_at ? describe_start(what, earlier) : "ran",
                         what.held_by ? " on " + what.held_by->executor : std::string{});
    case job_state::finished: break;
  }
  if (!what.started_at || what.outcome == job_outcome::missed_start_deadline)
    return describe_outcome(what) + (what.outcome == job_outcome::cancelled ? " before it began" : "");
  return fmt::format("{}; {}", describe_start(what, earlier), describe_outcome(what));
}

std::string describe_skip(const skip& what, const schedule_definition& by, std::optional<duration> grace) {
  switch (what.reason) {
    case skip_reason::coalesced:
      return fmt::format("skipped: several were due at once, and one of them ran for all (coalesce {})",
                         to_string(by.coalesce));
    case skip_reason::misfire:
      return fmt::format("skipped: decided {} after it, which is more than the misfire grace time ({})",
                         length(what.decided_at - what.last), length_or_none(grace));
    case skip_reason::overlap:
      return fmt::format("skipped: an earlier job was still running or waiting (overlap {})", to_string(by.overlap));
    case skip_reason::catch_up_limit:
      return fmt::format("skipped: no more than the newest {} are caught up (max_catch_up)", by.max_catch_up);
    case skip_reason::clock_step: return "skipped: the clock was set";
    case skip_reason::paused: return "skipped: the schedule was paused";
    case skip_reason::queue_full: return "skipped: too many of its jobs were waiting already";
  }
  return fmt::format("skipped: reason {}", static_cast<int>(what.reason));
}

std::string describe_standing(const schedule& what, timestamp now) {
  const auto& state = what.state;
  if (state.paused && !state.pause_reason.empty())
    return fmt::format("it paused itself: {}", state.pause_reason);
  if (state.paused)
    return "it is paused: resume it to go on";
  if (!state.next_fire_time)
    return "its trigger has no further fire time";
  if (*state.next_fire_time <= now) {
    const auto kinds = custom_kinds_of(what.definition.trigger);
    return fmt::format("it has been due since {}, and a scheduler{} is to decide it", to_iso8601(*state.next_fire_time),
                       kinds.empty() ? "" : fmt::format(" that knows the trigger kind {}", fmt::join(kinds, " and ")));
  }
  return fmt::format("it fires next at {}", to_iso8601(*state.next_fire_time));
}

} // namespace carillon::engine
