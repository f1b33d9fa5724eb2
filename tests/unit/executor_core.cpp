#include "engine/executor_core.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

job_id id_of(int n) { return job_id::make(timestamp{1'800'000'000s}, 0, static_cast<std::uint64_t>(n)); }

std::shared_ptr<const job> leased(int n, revision token, std::optional<duration> limit = std::nullopt) {
  auto made = std::make_shared<job>();
  made->id = id_of(n);
  made->task = "t";
  made->time_limit = limit;
  made->held_by = lease{"e", 1, token};
  return made;
}

engine::executor_core two_slots() { return {{"e", 1}, 2}; }

} // namespace

BOOST_AUTO_TEST_SUITE(executor_core)

BOOST_AUTO_TEST_CASE(a_slot_is_taken_while_an_attempt_runs) {
  auto core = two_slots();
  BOOST_TEST(core.free_slots() == 2u);
  BOOST_TEST(core.accept({leased(1, 10), "r"}, 0s));
  BOOST_TEST(core.free_slots() == 1u);
  (void)core.on_ended(id_of(1), attempt_result::success({}), 1s);
  BOOST_TEST(core.free_slots() == 2u);
  BOOST_TEST(core.newest_token() == 10u);
}

BOOST_AUTO_TEST_CASE(a_repeated_hand_out_starts_nothing) {
  auto core = two_slots();
  BOOST_TEST(core.accept({leased(1, 10), "r"}, 0s));
  BOOST_TEST(!core.accept({leased(1, 10), "r"}, 0s));
}

BOOST_AUTO_TEST_CASE(a_newer_attempt_waits_until_the_older_one_has_ended) {
  auto core = two_slots();
  BOOST_TEST(core.accept({leased(1, 10), "r"}, 0s));
  BOOST_TEST(!core.accept({leased(1, 11), "r"}, 0s));
  BOOST_REQUIRE(core.held().size() == 1u);
  BOOST_TEST(core.held()[0].token == 11u);
  const auto next = core.on_ended(id_of(1), attempt_result::success({}), 1s);
  BOOST_REQUIRE(next.has_value());
  BOOST_TEST(next->what->held_by->token == 11u);
  BOOST_TEST(!core.has_reports());
  BOOST_TEST(!core.on_ended(id_of(1), attempt_result::success({}), 2s).has_value());
  BOOST_TEST(core.take_reports(9, 99).finished.at(0).attempt.token == 11u);
}

BOOST_AUTO_TEST_CASE(a_newer_attempt_that_has_waited_is_stopped_at_its_own_runner) {
  auto core = two_slots();
  BOOST_TEST(core.accept({leased(1, 10), "old"}, 0s));
  BOOST_TEST(!core.accept({leased(1, 11), "new"}, 0s));
  BOOST_REQUIRE(core.on_ended(id_of(1), attempt_result::success({}), 1s).has_value());
  const auto order = core.stop({id_of(1), 11}, stop_reason::cancelled);
  BOOST_REQUIRE(order.has_value());
  BOOST_TEST(order->runner == "new");
}

BOOST_AUTO_TEST_CASE(an_end_that_is_no_attempts_own_is_an_error) {
  for (const auto odd : {job_outcome::none, job_outcome::abandoned, static_cast<job_outcome>(99)}) {
    auto core = two_slots();
    BOOST_TEST(core.accept({leased(1, 10), "r"}, 0s));
    (void)core.on_ended(id_of(1), {odd, {}, {}}, 1s);
    const auto reports = core.take_reports(9, 99);
    BOOST_REQUIRE(reports.finished.size() == 1u);
    BOOST_TEST((reports.finished[0].outcome == job_outcome::error));
    BOOST_TEST(!reports.finished[0].error_text.empty());
  }
}

BOOST_AUTO_TEST_CASE(a_report_is_held_until_it_is_answered) {
  auto core = two_slots();
  BOOST_TEST(core.accept({leased(1, 10), "r"}, 5s));
  (void)core.on_ended(id_of(1), attempt_result::success(value{7}), 8s);
  const auto reports = core.take_reports(100, 1 << 20);
  BOOST_REQUIRE(reports.finished.size() == 1u);
  BOOST_TEST((reports.finished[0].ran_for == 3s));
  BOOST_TEST((reports.finished[0].result == value{7}));
  BOOST_TEST(core.take_reports(100, 1 << 20).is_empty());
  BOOST_TEST(core.held().size() == 1u);
  core.on_reports_lost();
  BOOST_TEST(core.take_reports(100, 1 << 20).finished.size() == 1u);
  core.on_reports_answered();
  BOOST_TEST(core.is_idle());
}

BOOST_AUTO_TEST_CASE(the_time_limit_stops_an_attempt_once) {
  auto core = two_slots();
  BOOST_TEST(core.accept({leased(1, 10, 2s), "r"}, 0s));
  BOOST_TEST((core.next_deadline(500ms) == duration{1500ms}));
  BOOST_TEST(core.stop_overdue(1999ms).empty());
  const auto orders = core.stop_overdue(2s);
  BOOST_REQUIRE(orders.size() == 1u);
  BOOST_TEST((orders[0].why == stop_reason::timed_out));
  BOOST_TEST(orders[0].runner == "r");
  BOOST_TEST(core.stop_overdue(3s).empty());
  BOOST_TEST(!core.next_deadline(3s));
  (void)core.on_ended(id_of(1), attempt_result::failed(job_outcome::timed_out, "SIGTERM"), 3s);
  BOOST_TEST((core.take_reports(1, 1).finished.at(0).outcome == job_outcome::timed_out));
}

BOOST_AUTO_TEST_CASE(success_counts_even_if_a_stop_was_asked_for) {
  auto core = two_slots();
  BOOST_TEST(core.accept({leased(1, 10), "r"}, 0s));
  BOOST_TEST(core.stop({id_of(1), 10}, stop_reason::cancelled).has_value());
  (void)core.on_ended(id_of(1), attempt_result::success({}), 1s);
  BOOST_TEST((core.take_reports(1, 1).finished.at(0).outcome == job_outcome::success));
}

BOOST_AUTO_TEST_CASE(the_runner_says_what_came_first) {
  auto core = two_slots();
  BOOST_TEST(core.accept({leased(1, 10), "r"}, 0s));
  BOOST_TEST(core.stop({id_of(1), 10}, stop_reason::cancelled).has_value());
  (void)core.on_ended(id_of(1), attempt_result::failed(job_outcome::error, "exited with code 3"), 1s);
  BOOST_TEST((core.take_reports(1, 1).finished.at(0).outcome == job_outcome::error));
}

BOOST_AUTO_TEST_CASE(a_lost_lease_is_told_to_what_was_stopped_before) {
  auto core = two_slots();
  BOOST_TEST(core.accept({leased(1, 10), "r"}, 0s));
  BOOST_TEST(core.stop({id_of(1), 10}, stop_reason::cancelled).has_value());
  BOOST_TEST(core.stop_all(stop_reason::cancelled).empty());
  BOOST_TEST(core.stop_all(stop_reason::lease_lost).size() == 1u);
  BOOST_TEST(core.stop_all(stop_reason::lease_lost).empty());
}

BOOST_AUTO_TEST_CASE(a_stop_for_another_attempt_is_ignored) {
  auto core = two_slots();
  BOOST_TEST(core.accept({leased(1, 10), "r"}, 0s));
  BOOST_TEST(!core.stop({id_of(1), 9}, stop_reason::cancelled));
  BOOST_TEST(!core.stop({id_of(2), 10}, stop_reason::cancelled));
}

BOOST_AUTO_TEST_CASE(what_ends_because_the_node_stops_is_handed_back) {
  auto core = two_slots();
  BOOST_TEST(core.accept({leased(1, 10), "r"}, 0s));
  core.drain();
  BOOST_TEST(core.free_slots() == 0u);
  BOOST_TEST(core.stop_all(stop_reason::node_stops).size() == 1u);
  (void)core.on_ended(id_of(1), attempt_result::failed(job_outcome::cancelled, ""), 1s);
  const auto reports = core.take_reports(10, 1 << 20);
  BOOST_TEST(reports.finished.empty());
  BOOST_TEST((reports.released == std::vector<attempt_id>{{id_of(1), 10}}));
}

BOOST_AUTO_TEST_CASE(reports_come_in_bounded_batches) {
  auto core = engine::executor_core{{"e", 1}, 10};
  for (int n = 0; n < 5; ++n) {
    BOOST_TEST(core.accept({leased(n, 10 + static_cast<revision>(n)), "r"}, 0s));
    (void)core.on_ended(id_of(n), attempt_result::success({}), 1s);
  }
  BOOST_TEST(core.take_reports(3, 1 << 20).finished.size() == 3u);
  BOOST_TEST(core.has_reports());
  BOOST_TEST(core.take_reports(3, 1 << 20).finished.size() == 2u);
  BOOST_TEST(!core.has_reports());
}

BOOST_AUTO_TEST_SUITE_END()
