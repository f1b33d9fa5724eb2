#include "engine/decision_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::engine;
using namespace std::chrono_literals;

namespace {

const timestamp due{1'800'000'000s}; // 2027-01-15T08:00:00Z

job pending() {
  job x;
  x.task = "mail";
  x.schedule_id = "s";
  x.scheduled_fire_time = x.created_at = x.not_before = due;
  x.overlap = overlap_policy::queue_one;
  return x;
}

job started(duration late) {
  auto x = pending();
  x.state = job_state::running;
  x.attempt = 1;
  x.started_at = due + late;
  x.held_by = lease{"worker-1", 1, 1};
  return x;
}

job finished(duration late, job_outcome outcome, std::string why = {}) {
  auto x = started(late);
  x.state = job_state::finished;
  x.outcome = outcome;
  x.finished_at = *x.started_at + 1s;
  x.error_text = std::move(why);
  return x;
}

std::string told(const job& x, const job* earlier = nullptr) {
  task mail;
  mail.id = "mail";
  return describe_job(x, earlier, &mail, due + 1h);
}

std::string told(skip_reason why) {
  schedule_definition by;
  by.max_catch_up = 7;
  by.coalesce = coalesce_policy::earliest;
  by.overlap = overlap_policy::skip;
  return describe_skip({"s", 1, due, due, 1, why, due + 90s}, by, 30s);
}

} // namespace

BOOST_AUTO_TEST_SUITE(decision_text)

BOOST_AUTO_TEST_CASE(every_outcome_has_its_words) {
  BOOST_TEST(told(finished(0s, job_outcome::success)) == "ran on time; succeeded");
  BOOST_TEST(told(finished(0s, job_outcome::error, "exit code 3\nmore")) == "ran on time; failed: exit code 3");
  auto limited = finished(0s, job_outcome::timed_out);
  limited.time_limit = 5s;
  BOOST_TEST(told(limited) == "ran on time; was stopped at its time limit of 5s");
  BOOST_TEST(told(finished(0s, job_outcome::crashed, "signal 11")) == "ran on time; crashed: signal 11");
  BOOST_TEST(told(finished(0s, job_outcome::cancelled)) == "ran on time; was cancelled");
  auto lost = finished(0s, job_outcome::abandoned);
  lost.lost_attempts = 3;
  BOOST_TEST(told(lost) == "ran on time; was given up after 3 lost attempts");
  BOOST_TEST(told(finished(0s, job_outcome::deserialization_failed)) ==
             "ran on time; failed: its arguments don't fit the code");
}

BOOST_AUTO_TEST_CASE(a_job_that_never_began_says_so) {
  auto cancelled = finished(0s, job_outcome::cancelled);
  cancelled.started_at.reset();
  BOOST_TEST(told(cancelled) == "was cancelled before it began");
  auto late = finished(0s, job_outcome::missed_start_deadline);
  late.start_deadline = due + 30s;
  BOOST_TEST(told(late) == "didn't begin: no worker was free before its start deadline, 2027-01-15T08:00:30.000000Z");
}

BOOST_AUTO_TEST_CASE(lateness_has_its_reasons) {
  BOOST_TEST(told(finished(12s, job_outcome::success)) ==
             "ran late: began 12s after its fire time, as no worker had a free slot; succeeded");
  auto limited = finished(12s, job_outcome::success);
  limited.limit = concurrency_limit{"db", 2};
  BOOST_TEST(told(limited).find("or the limit \"db\" (at most 2) was reached") != std::string::npos);
  auto decided_late = finished(100s, job_outcome::success);
  decided_late.created_at = due + 100s;
  BOOST_TEST(told(decided_late) ==
             "ran late: began 1m40s after its fire time, as it was decided 1m40s late: it was paused or not "
             "there yet, no scheduler was at work, or it had much to do; succeeded");
  auto jittered = finished(5s, job_outcome::success);
  jittered.not_before = due + 5s;
  BOOST_TEST(told(jittered) == "ran late: began 5s after its fire time, as 5s of it is jitter; succeeded");
  auto again = finished(12s, job_outcome::success);
  again.attempt = 3;
  BOOST_TEST(told(again).find("as it was tried 3 times") != std::string::npos);
  const auto earlier = finished(0s, job_outcome::success);
  auto blocked = finished(12s, job_outcome::success);
  auto long_one = earlier;
  long_one.finished_at = due + 12s;
  BOOST_TEST(told(blocked, &long_one).find("was still running (overlap queue_one)") != std::string::npos);
  BOOST_TEST(told(blocked, &earlier).find("was still running") != std::string::npos);
  blocked.overlap = overlap_policy::allow;
  BOOST_TEST(told(blocked, &long_one).find("no worker had a free slot") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_waits_says_what_for) {
  auto x = pending();
  BOOST_TEST(told(x) == "waits for a worker that offers \"mail\" and has a free slot");
  BOOST_TEST(describe_job(x, nullptr, nullptr, due) == "waits for its task \"mail\", which isn't recorded");
  task few;
  few.max_running_jobs = 4;
  BOOST_TEST(describe_job(x, nullptr, &few, due).find("within the task's limit of 4 at once") != std::string::npos);
  x.limit = concurrency_limit{"db", 2};
  BOOST_TEST(told(x).find("within the limit \"db\" (at most 2)") != std::string::npos);
  const auto earlier = started(0s);
  BOOST_TEST(told(x, &earlier) == "waits for the job of 2027-01-15T08:00:00.000000Z to end (overlap queue_one)");
  x.not_before = due + 2h;
  BOOST_TEST(told(x) == "waits until 2027-01-15T10:00:00.000000Z");
  x.failed_attempts = 2;
  x.error_text = "no route";
  BOOST_TEST(told(x) == "waits until 2027-01-15T10:00:00.000000Z for its next attempt, as 2 of them failed: no route");
  BOOST_TEST(told(started(0s)) == "ran on time; it is running now on worker-1");
}

BOOST_AUTO_TEST_CASE(every_skip_names_its_policy) {
  BOOST_TEST(told(skip_reason::coalesced) ==
             "skipped: several were due at once, and one of them ran for all (coalesce earliest)");
  BOOST_TEST(told(skip_reason::misfire) ==
             "skipped: decided 1m30s after it, which is more than the misfire grace time (30s)");
  BOOST_TEST(told(skip_reason::overlap) == "skipped: an earlier job was still running or waiting (overlap skip)");
  BOOST_TEST(told(skip_reason::catch_up_limit) == "skipped: no more than the newest 7 are caught up (max_catch_up)");
  BOOST_TEST(told(skip_reason::clock_step) == "skipped: the clock was set");
  BOOST_TEST(told(skip_reason::paused) == "skipped: the schedule was paused");
  BOOST_TEST(told(skip_reason::queue_full) == "skipped: too many of its jobs were waiting already");
}

BOOST_AUTO_TEST_CASE(a_schedule_says_how_it_stands) {
  schedule s;
  s.state.next_fire_time = due;
  BOOST_TEST(describe_standing(s, due - 1s) == "it fires next at 2027-01-15T08:00:00.000000Z");
  BOOST_TEST(describe_standing(s, due) ==
             "it has been due since 2027-01-15T08:00:00.000000Z, and a scheduler is to decide it");
  s.definition.trigger = {custom_definition{"tides", ""}};
  BOOST_TEST(describe_standing(s, due) ==
             "it has been due since 2027-01-15T08:00:00.000000Z, and a scheduler that knows "
             "the trigger kind tides is to decide it");
  s.state.paused = true;
  BOOST_TEST(describe_standing(s, due) == "it is paused: resume it to go on");
  s.state.pause_reason = "its trigger is broken";
  BOOST_TEST(describe_standing(s, due) == "it paused itself: its trigger is broken");
}

BOOST_AUTO_TEST_SUITE_END()
