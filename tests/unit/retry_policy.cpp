#include "carillon/model/retry.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <limits>
#include <random>
#include <set>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

const job_id some_id = job_id::make(timestamp{1'790'000'000s}, 1, 2);

std::string refusal(const retry_policy& policy) {
  const auto checked = check_retry(policy);
  return checked ? "accepted" : checked.err().text();
}

std::vector<duration> first_delays(const retry_policy& policy) {
  std::vector<duration> delays;
  for (std::uint32_t failed = 1; failed <= 5; ++failed)
    delays.push_back(retry_delay(policy, some_id, failed));
  return delays;
}
using delays = std::vector<duration>;

// Mostly the ends of the range, where arithmetic goes wrong.
template <class T>
T any_of(std::mt19937_64& random) {
  switch (random() % 6) {
    case 0: return std::numeric_limits<T>::max();
    case 1: return std::numeric_limits<T>::min();
    case 2: return static_cast<T>(random() % 100);
    case 3: return static_cast<T>(std::numeric_limits<T>::max() - static_cast<T>(random() % 3));
    default: return static_cast<T>(random() >> (random() % 64));
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(retry_policy)

BOOST_AUTO_TEST_CASE(a_job_isnt_tried_again_unless_somebody_says_so) {
  for (const auto outcome : {job_outcome::error, job_outcome::timed_out, job_outcome::crashed})
    BOOST_TEST(!is_retried({}, outcome, std::nullopt, 1));
  BOOST_TEST(refusal({}) == "accepted");
}

BOOST_AUTO_TEST_CASE(failures_are_tried_again_until_the_attempts_are_spent) {
  carillon::retry_policy policy;
  policy.max_attempts = 3;
  for (const auto outcome : {job_outcome::error, job_outcome::timed_out, job_outcome::crashed}) {
    BOOST_TEST(is_retried(policy, outcome, std::nullopt, 1));
    BOOST_TEST(is_retried(policy, outcome, 3, 2));
    BOOST_TEST(!is_retried(policy, outcome, std::nullopt, 3));
    BOOST_TEST(is_retryable(policy, outcome, std::nullopt));
  }
  for (const auto outcome : {job_outcome::none, job_outcome::success, job_outcome::cancelled, job_outcome::abandoned,
                             job_outcome::missed_start_deadline, job_outcome::deserialization_failed})
    BOOST_TEST(!is_retried(policy, outcome, std::nullopt, 1));
}

BOOST_AUTO_TEST_CASE(only_the_chosen_outcomes_are_tried_again) {
  carillon::retry_policy policy;
  policy.max_attempts = 3;
  policy.outcomes = {job_outcome::timed_out, job_outcome::deserialization_failed};
  BOOST_TEST(is_retried(policy, job_outcome::timed_out, std::nullopt, 1));
  BOOST_TEST(is_retried(policy, job_outcome::deserialization_failed, std::nullopt, 1));
  BOOST_TEST(!is_retried(policy, job_outcome::error, 3, 1));
  BOOST_TEST(!is_retried(policy, job_outcome::crashed, std::nullopt, 1));
}

BOOST_AUTO_TEST_CASE(exit_codes_choose_among_commands_that_ended_by_themselves) {
  carillon::retry_policy policy;
  policy.max_attempts = 3;
  policy.exit_codes = {75, 3};
  BOOST_TEST(is_retried(policy, job_outcome::error, 3, 1));
  BOOST_TEST(!is_retried(policy, job_outcome::error, 4, 1));
  BOOST_TEST(is_retried(policy, job_outcome::error, std::nullopt, 1)); // no command, or one that didn't start
  BOOST_TEST(is_retried(policy, job_outcome::timed_out, 143, 1));      // not why it ended
  BOOST_TEST(is_retried(policy, job_outcome::crashed, std::nullopt, 1));
}

BOOST_AUTO_TEST_CASE(delays_grow_as_the_policy_says_up_to_the_longest) {
  carillon::retry_policy policy;
  policy.delay = 2s;
  policy.max_delay = 9s;
  policy.backoff = backoff_kind::fixed;
  BOOST_TEST((first_delays(policy) == delays{2s, 2s, 2s, 2s, 2s}));
  policy.backoff = backoff_kind::linear;
  BOOST_TEST((first_delays(policy) == delays{2s, 4s, 6s, 8s, 9s}));
  policy.backoff = backoff_kind::exponential;
  BOOST_TEST((first_delays(policy) == delays{2s, 4s, 8s, 9s, 9s}));
  policy.delay = 0s;
  BOOST_TEST((first_delays(policy) == delays{0s, 0s, 0s, 0s, 0s}));
}

BOOST_AUTO_TEST_CASE(jitter_spreads_jobs_evenly_and_is_the_same_each_time) {
  carillon::retry_policy policy;
  policy.delay = 100s;
  policy.max_delay = 110s;
  policy.jitter_percent = 20;
  std::set<duration> seen;
  int in_upper_half = 0;
  constexpr int jobs = 1'000;
  for (std::uint64_t number = 0; number < jobs; ++number) {
    const auto id = job_id::make(timestamp{}, number, number);
    const auto delay = retry_delay(policy, id, 1);
    BOOST_TEST((delay == retry_delay(policy, id, 1)));
    BOOST_TEST((delay >= 80s && delay <= 110s));
    in_upper_half += delay > 95s;
    seen.insert(delay);
  }
  BOOST_TEST(seen.size() > jobs - 10U); // nor do many meet at the longest
  BOOST_TEST(in_upper_half > jobs / 2 - 100);
  BOOST_TEST(in_upper_half < jobs / 2 + 100);
  policy.backoff = backoff_kind::fixed;
  BOOST_TEST((retry_delay(policy, some_id, 1) != retry_delay(policy, some_id, 2)));
}

BOOST_AUTO_TEST_CASE(a_bad_policy_is_refused_by_the_name_of_its_field) {
  const std::pair<std::function<void(carillon::retry_policy&)>, const char*> cases[] = {
      {[](auto& x) { x.max_attempts = 0; }, "max_attempts: must be at least 1"},
      {[](auto& x) { x.backoff = static_cast<backoff_kind>(9); }, "backoff: unknown"},
      {[](auto& x) { x.delay = -1us; }, "delay: "},
      {[](auto& x) { x.delay = x.max_delay = duration::max(); }, "delay: more than 10,000 years"},
      {[](auto& x) { x.max_delay = -1us; }, "max_delay: "},
      {[](auto& x) { x.delay = 2h; }, "max_delay: 1h is shorter than the delay of 2h"},
      {[](auto& x) { x.jitter_percent = 101; }, "jitter_percent: must be 0 to 100"},
      {[](auto& x) { x.outcomes = {job_outcome::success}; }, "outcomes: success can't be tried again"},
      {[](auto& x) { x.outcomes = {job_outcome::abandoned}; }, "outcomes: abandoned can't be tried again"},
      {[](auto& x) { x.outcomes.assign(256, job_outcome::error); }, "outcomes: more than 255"},
      {[](auto& x) { x.exit_codes = {0}; }, "exit_codes: 0: "},
      {[](auto& x) {
         x.exit_codes = {1, 256};
       },
       "exit_codes: 256: "},
      {[](auto& x) { x.exit_codes.assign(256, 1); }, "exit_codes: more than 255"},
  };
  for (const auto& [change, expected] : cases) {
    carillon::retry_policy policy;
    change(policy);
    const auto said = refusal(policy);
    BOOST_TEST(said.starts_with(expected), expected << " in: " << said);
  }
}

// Whatever is in a policy, also one that would be refused.
BOOST_AUTO_TEST_CASE(no_policy_gives_a_delay_that_is_negative_or_too_long) {
  std::mt19937_64 random{7};
  for (int round = 0; round < 200'000; ++round) {
    carillon::retry_policy policy;
    policy.backoff = static_cast<backoff_kind>(random() % 4);
    policy.delay = duration{any_of<std::int64_t>(random)};
    policy.max_delay = duration{any_of<std::int64_t>(random)};
    policy.jitter_percent = any_of<std::uint32_t>(random);
    const auto failed = any_of<std::uint32_t>(random);
    const auto id = job_id::make(timestamp{}, random(), random());
    const auto delay = retry_delay(policy, id, failed);
    BOOST_TEST_REQUIRE((delay >= 0us && delay <= std::max(policy.max_delay, duration{0})));
    policy.jitter_percent = 0;
    const auto next = failed == std::numeric_limits<std::uint32_t>::max() ? failed : failed + 1;
    BOOST_TEST_REQUIRE((retry_delay(policy, id, next) >= retry_delay(policy, id, failed)));
    if (policy.delay >= 0us && policy.max_delay >= policy.delay)
      BOOST_TEST_REQUIRE((retry_delay(policy, id, failed) >= policy.delay));
  }
}

BOOST_AUTO_TEST_SUITE_END()
