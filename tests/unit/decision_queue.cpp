#include "engine/decision_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

constexpr timestamp start{1'800'000'000s};

job_id number(int n) { return job_id::make(start, 1, static_cast<std::uint64_t>(n)); }

simulated_decision planned(int n) {
  simulated_decision what;
  what.schedule_id = std::to_string(n);
  what.job = number(n);
  return what;
}

struct queue_fixture {
  std::vector<simulated_decision> told;
  simulation_callback tell = [this](const simulated_decision& what) {
    told.push_back(what);
    return true;
  };
  engine::decision_queue queue{tell, 3};

  [[nodiscard]] std::string order() const {
    std::string ids;
    for (const auto& what : told)
      ids += what.schedule_id;
    return ids;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(decision_queue)

BOOST_FIXTURE_TEST_CASE(a_job_is_told_when_it_has_ended_and_holds_back_what_comes_after_it, queue_fixture) {
  queue.add(planned(1));
  queue.add(planned(2));
  queue.add({.what = simulated_decision::kind::skip, .schedule_id = "3"});
  queue.start(number(2), start + 1s);
  queue.end(number(2), start + 2s, job_outcome::success, {});
  BOOST_TEST(queue.flush(false));
  BOOST_TEST(order() == "");
  queue.start(number(1), start + 3s);
  queue.start(number(1), start + 5s);
  queue.end(number(1), start + 6s, job_outcome::timed_out, "too long");
  BOOST_TEST(queue.flush(false));
  BOOST_TEST(order() == "123");
  BOOST_TEST((told[0].started_at == start + 3s));
  BOOST_TEST((told[0].ended_at == start + 6s));
  BOOST_TEST(told[0].attempts == 2U);
  BOOST_TEST((told[0].outcome == job_outcome::timed_out));
  BOOST_TEST(told[0].text == "too long");
  BOOST_TEST((told[1].started_at == start + 1s));
  BOOST_TEST(queue.told() == 3U);
}

BOOST_FIXTURE_TEST_CASE(what_is_held_is_bounded, queue_fixture) {
  for (int n = 1; n <= 4; ++n)
    queue.add(planned(n));
  BOOST_TEST(queue.flush(false));
  BOOST_TEST(order() == "1");
  BOOST_TEST(!told[0].ended_at);
  queue.end(number(1), start, job_outcome::success, {}); // it has gone out
  queue.end(number(3), start + 1s, job_outcome::success, {});
  BOOST_TEST(queue.flush(true));
  BOOST_TEST(order() == "1234");
  BOOST_TEST((told[2].ended_at == start + 1s));
  BOOST_TEST(!told[3].ended_at);
}

BOOST_AUTO_TEST_CASE(nothing_is_told_after_a_no) {
  int told = 0;
  const simulation_callback tell = [&](const simulated_decision&) { return ++told < 2; };
  engine::decision_queue queue{tell, 10};
  for (int n = 1; n <= 3; ++n)
    queue.add({.what = simulated_decision::kind::skip});
  BOOST_TEST(!queue.flush(false));
  BOOST_TEST(told == 2);
}

BOOST_AUTO_TEST_SUITE_END()
