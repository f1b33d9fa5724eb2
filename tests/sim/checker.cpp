// What the simulator's checker finds, shown what doesn't hold.
#include "testing/sim/checker.hpp"

#include "actor/simple_work.hpp"
#include "carillon/store/data_store.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

job attempt_of(int number, revision token, std::uint32_t attempt = 1) {
  auto made = direct(number);
  made.state = job_state::running;
  made.attempt = attempt;
  made.held_by = lease{"n1", 1, token};
  return made;
}

event told(event_type type, revision number, int of) {
  event made;
  made.type = type;
  made.number = number;
  made.job = direct(of).id;
  return made;
}

struct checked {
  std::unique_ptr<data_store> store = open_memory_store({}).or_throw();
  sim::checker checker;

  checked() {
    batch([](data_store& s) {
      task work;
      work.id = "work";
      s.put_task(work).or_throw();
    });
  }
  template <class F>
  void batch(F body) {
    store->begin({timestamp{}, {}}).or_throw();
    body(*store);
    (void)store->commit().or_throw();
  }
  template <class F>
  void add(int number, F change) {
    auto what = direct(number);
    change(what);
    batch([&](data_store& s) { (void)s.add_job(what).or_throw(); });
  }
  void cancel(int number) {
    batch([&](data_store& s) { (void)s.cancel_job(direct(number).id).or_throw(); });
  }
  [[nodiscard]] bool found(std::string_view text) const {
    return std::ranges::any_of(checker.violations(),
                               [&](const std::string& one) { return one.find(text) != std::string::npos; });
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(checker)

BOOST_FIXTURE_TEST_CASE(two_attempts_at_once, checked) {
  checker.on_started("n1", attempt_of(1, 5));
  checker.on_started("n2", attempt_of(1, 6, 2));
  BOOST_TEST(found("wasn't told to stop"));
}

BOOST_FIXTURE_TEST_CASE(an_attempt_that_was_told_to_stop_may_go_on_beside, checked) {
  checker.on_started("n1", attempt_of(1, 5));
  checker.on_told_to_stop("n1", direct(1).id);
  checker.on_started("n2", attempt_of(1, 6, 2));
  BOOST_TEST(checker.violations().empty());
}

BOOST_FIXTURE_TEST_CASE(a_token_that_does_not_rise, checked) {
  checker.on_started("n1", attempt_of(1, 6));
  checker.on_ended("n1", attempt_of(1, 6), job_outcome::error);
  checker.on_started("n2", attempt_of(1, 5, 2));
  BOOST_TEST(found("is started at n2 after token 6"));
}

BOOST_FIXTURE_TEST_CASE(an_end_that_is_not_recorded, checked) {
  checker.on_events({told(event_type::job_finished, 9, 1)}, *store);
  BOOST_TEST(found("is said to have ended, and isn't there"));
}

BOOST_FIXTURE_TEST_CASE(two_ends, checked) {
  checker.on_events({told(event_type::job_finished, 9, 1), told(event_type::job_finished, 10, 1)}, *store);
  BOOST_TEST(found("has ended twice"));
}

BOOST_FIXTURE_TEST_CASE(events_out_of_order, checked) {
  checker.on_events({told(event_type::job_released, 9, 1), told(event_type::job_released, 8, 1)}, *store);
  BOOST_TEST(found("event 8.0 comes after 9.0"));
}

BOOST_FIXTURE_TEST_CASE(a_job_that_was_acknowledged_and_is_lost, checked) {
  checker.on_acknowledged(direct(1).id);
  checker.on_opened(*store);
  BOOST_TEST(found("was acknowledged, and is lost"));
}

BOOST_FIXTURE_TEST_CASE(two_jobs_with_one_unique_key, checked) {
  add(1, [](job& x) { x.unique = unique_key{"k", std::nullopt}; });
  checker.on_events({told(event_type::job_added, 9, 1)}, *store);
  cancel(1);
  add(2, [](job& x) { x.unique = unique_key{"k", std::nullopt}; });
  checker.on_events({told(event_type::job_added, 11, 2)}, *store); // nobody said that the first one has ended
  BOOST_TEST(found("which has its unique key k"));
}

BOOST_FIXTURE_TEST_CASE(attempts_beyond_a_rate, checked) {
  for (int n = 1; n <= 4; ++n)
    add(n, [](job& x) { x.rate = rate_limit{"k", {2, 10s}}; });
  const auto begins = [&](int n, duration at) {
    auto what = told(event_type::job_acquired, 20 + static_cast<revision>(n), n);
    what.at = timestamp{at};
    checker.on_events({what}, *store);
  };
  begins(1, 100s);
  begins(2, 101s);
  begins(3, 110s); // just in time
  BOOST_TEST(checker.violations().empty());
  begins(4, 110s);
  BOOST_TEST(found("more than 2 attempts of the key k begin within 10s"));
}

BOOST_FIXTURE_TEST_CASE(a_follow_up_that_is_missing, checked) {
  add(1, [](job& x) { x.follow_ups = {{follow_up_trigger::failure, "work", {}, 0, {}}}; });
  cancel(1); // which is no failure
  checker.check_quiet(*store, timestamp{});
  BOOST_TEST(checker.violations().empty());
  add(2, [](job& x) { x.follows = predecessor{direct(1).id, job_outcome::cancelled, {}, {}}; });
  checker.check_quiet(*store, timestamp{});
  BOOST_TEST(found("has 1 follow-ups more than are due"));
}

BOOST_AUTO_TEST_SUITE_END()
