#include "store_world/store_world.hpp"

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace carillon::testing {

struct job_world : store_world {
  explicit job_world(backend kind, store_config wanted = {}) : store_world(kind, wanted) { put_task("mail"); }
  auto cancel(const job_id& id) {
    return batch([&](data_store& s) { return s.cancel_job(id); });
  }
  job find(const job_id& id) { return need(store->find_job(id)); }
};

} // namespace carillon::testing

BOOST_AUTO_TEST_SUITE(store_jobs)

BOOST_DATA_TEST_CASE(a_job_is_found_as_it_was_added, all_backends) {
  job_world w{sample};
  const auto added = w.add_job("mail", 1, [](job& x) {
    x.metadata = {{"a", 1}};
    x.time_limit = 5s;
  });
  BOOST_TEST(w.event_types() == std::vector{event_type::job_added}, boost::test_tools::per_element());
  BOOST_TEST((added.created_at == epoch));
  BOOST_TEST((added.state == job_state::pending));
  BOOST_TEST((w.find(added.id) == added));
  BOOST_TEST(need(w.store->status()).pending_jobs == 1);
}

BOOST_DATA_TEST_CASE(what_only_happens_to_a_job_cannot_be_said_when_it_is_added, all_backends) {
  job_world w{sample};
  const auto plain = w.add_job("mail", 1);
  const auto same = need(w.batch([&](data_store& s) {
    auto what = make_job("mail", 1, epoch);
    what.created_at = epoch - 1h;
    what.first_not_before = std::exchange(what.not_before, epoch + 1h);
    what.state = job_state::finished;
    what.attempt = what.lost_attempts = what.failed_attempts = 3;
    what.failed_token = 4;
    what.cancel_requested = what.dead_letter = true;
    what.held_by = lease{"a", 1, 5};
    what.started_at = what.finished_at = epoch;
    what.outcome = job_outcome::error;
    what.result = "it";
    what.error_text = "why";
    what.changed = 7;
    what.unknown_fields = "x";
    return job_of(s.add_job(what));
  }));
  BOOST_TEST((same == plain));
}

BOOST_DATA_TEST_CASE(the_events_of_a_large_batch_are_all_there_in_their_order, all_backends) {
  job_world w{sample};
  constexpr std::size_t jobs = 10'000;
  need(w.batch([&](data_store& s) {
    for (std::uint64_t number = 1; number < jobs; ++number)
      need(s.add_job(make_job("mail", number, epoch)));
    return s.add_job(make_job("mail", jobs, epoch));
  }));
  BOOST_REQUIRE(w.last.events.size() == jobs);
  for (std::size_t i = 0; i < jobs; ++i)
    BOOST_REQUIRE((w.last.events[i].job == make_job("mail", i + 1, epoch).id));
}

BOOST_DATA_TEST_CASE(adding_the_same_again_gives_the_recorded_job, all_backends) {
  job_world w{sample};
  const auto what = make_job("mail", 1, epoch);
  const auto add = [&](const job& x) { return w.batch([&](data_store& s) { return job_of(s.add_job(x)); }); };
  const auto added = need(add(what));
  w.pass(1s);
  BOOST_TEST((need(add(what)) == added));
  BOOST_TEST(w.last.events.empty());
  const auto running = w.hand_out().front();
  BOOST_TEST((need(add(what)) == w.find(running.id)));
  auto other = what;
  other.arguments = "other";
  BOOST_TEST((code_of(add(other)) == ec::conflict));
  need(w.finish_job(running));
  BOOST_TEST((need(add(what)).state == job_state::finished));
  BOOST_TEST((code_of(add(other)) == ec::conflict));
}

BOOST_DATA_TEST_CASE(bad_jobs_are_refused, all_backends) {
  job_world w{sample};
  const auto refused = [&](const std::function<void(job&)>& change) {
    auto x = make_job("mail", 1, epoch);
    change(x);
    return code_of(w.batch([&](data_store& s) { return s.add_job(x); }));
  };
  BOOST_TEST((refused([](job& x) { x.id = {}; }) == ec::invalid_argument));
  BOOST_TEST((refused([](job& x) { x.task = "fax"; }) == ec::unknown_task));
  BOOST_TEST((refused([](job& x) { x.arguments = bytes{std::string(2 << 20, 'x')}; }) == ec::limit_exceeded));
  BOOST_TEST((refused([](job& x) { x.task = "command"; }) == ec::invalid_argument));
  BOOST_TEST((refused([](job& x) { x.time_limit = -1s; }) == ec::invalid_argument));
  // One that the job of a fire time will have.
  BOOST_TEST((refused([](job& x) { x.id = job_id::of_fire_time("s", 1, epoch); }) == ec::invalid_argument));
  BOOST_TEST((refused([](job& x) { x.incarnation = ~revision{0}; }) == ec::invalid_argument));
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.empty());
  BOOST_TEST(need(w.store->status()).pending_jobs == 0);
}

BOOST_DATA_TEST_CASE(cancelling_a_pending_job_ends_it, all_backends) {
  job_world w{sample};
  const auto added = w.add_job("mail", 1);
  const auto cancelled = need(w.cancel(added.id));
  BOOST_TEST((cancelled.outcome == job_outcome::cancelled));
  BOOST_TEST(w.event_types() == std::vector{event_type::job_finished}, boost::test_tools::per_element());
  BOOST_TEST((w.find(added.id) == cancelled));
  BOOST_TEST((need(w.cancel(added.id)) == cancelled)); // twice is success
  BOOST_TEST(w.last.events.empty());
  BOOST_TEST(w.hand_out().empty());
  BOOST_TEST(need(w.store->status()).pending_jobs == 0);
  BOOST_TEST((code_of(w.cancel(job_id::make(epoch, 8, 9))) == ec::not_found));
}

BOOST_DATA_TEST_CASE(a_running_job_is_asked_to_stop, all_backends) {
  job_world w{sample};
  w.add_job("mail", 1);
  const auto running = w.hand_out().front();
  BOOST_TEST(need(w.cancel(running.id)).cancel_requested);
  BOOST_TEST(w.event_types() == std::vector{event_type::job_cancel_requested}, boost::test_tools::per_element());
  BOOST_REQUIRE_EQUAL(w.last.cancellations.size(), 1);
  BOOST_TEST((w.last.cancellations[0].holder == lease_holder{"executor-1", 1}));
  BOOST_TEST((w.last.cancellations[0].attempt == attempt_id{running.id, running.held_by->token}));
  need(w.cancel(running.id));
  BOOST_TEST(w.last.events.empty());
  BOOST_TEST(w.last.cancellations.size() == 1); // the first may have been lost
  need(w.finish_job(running, job_outcome::cancelled));
  BOOST_TEST((w.find(running.id).outcome == job_outcome::cancelled));
}

BOOST_DATA_TEST_CASE(a_finished_job_is_not_cancelled, all_backends) {
  job_world w{sample};
  w.add_job("mail", 1);
  const auto running = w.hand_out().front();
  need(w.finish_job(running));
  BOOST_TEST((code_of(w.cancel(running.id)) == ec::wrong_state));
}

BOOST_DATA_TEST_CASE(jobs_are_listed_newest_first_and_filtered, all_backends) {
  job_world w{sample};
  w.put_task("fax");
  for (std::uint64_t i = 0; i < 6; ++i) {
    w.add_job(i % 2 == 0 ? "mail" : "fax", i);
    w.pass(1s);
  }
  need(w.finish_job(w.hand_out(1).front())); // the first
  BOOST_REQUIRE_EQUAL(w.hand_out(1).size(), 1);
  const auto numbers = [&](const job_filter& filter) {
    std::vector<std::int64_t> found;
    for (const auto& x : need(w.store->list_jobs(filter, {})).items)
      found.push_back(*x.arguments.get_if<std::int64_t>());
    return found;
  };
  using list = std::vector<std::int64_t>;
  BOOST_TEST((numbers({}) == list{5, 4, 3, 2, 1, 0}));
  BOOST_TEST((numbers({"", "fax", {}}) == list{5, 3, 1}));
  BOOST_TEST((numbers({"", "", job_state::finished}) == list{0}));
  BOOST_TEST((numbers({"", "", job_state::running}) == list{1}));
  BOOST_TEST((numbers({"", "mail", job_state::pending}) == list{4, 2}));
  BOOST_TEST((numbers({"daily", "", {}}).empty()));
  const auto first = need(w.store->list_jobs({}, {4, ""}));
  BOOST_TEST(first.items.size() == 4);
  BOOST_TEST(need(w.store->list_jobs({}, {4, first.next})).items.size() == 2);
}

BOOST_DATA_TEST_CASE(what_has_expired_is_invisible_at_once, all_backends) {
  store_config config;
  config.history_retention = 1h;
  job_world w{sample, config};
  const auto what = w.add_job("mail", 1, [](job& x) { x.result_expiration = 10min; });
  need(w.finish_job(w.hand_out().front(), job_outcome::success, "done"));
  w.pass(9min);
  w.batch([](data_store&) {});
  BOOST_TEST((w.find(what.id).result == value{"done"}));
  w.pass(1min);
  w.batch([](data_store&) {});
  BOOST_TEST(w.find(what.id).result.is_null());
  BOOST_TEST((w.find(what.id).outcome == job_outcome::success));
  w.pass(50min);
  w.batch([](data_store&) {});
  BOOST_TEST((code_of(w.store->find_job(what.id)) == ec::not_found));
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.empty());
  BOOST_TEST((code_of(w.cancel(what.id)) == ec::not_found));
  // Its id is free again.
  w.add_job("mail", 1, [&](job& x) {
    x.id = what.id;
    x.arguments = "new";
  });
  BOOST_TEST(w.hand_out().size() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
