// Of the jobs with a key one is added within a window.
#include "store_world/store_world.hpp"

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace carillon::testing {

struct unique_world : store_world {
  explicit unique_world(backend kind) : store_world(kind) { put_task("mail"); }

  job make(std::uint64_t number, std::optional<duration> window = {}, const std::string& key = "import") const {
    auto what = make_job("mail", number, now.wall);
    what.unique = unique_key{key, window};
    return what;
  }
  result<job> add(const job& what) {
    return batch([&](data_store& s) { return job_of(s.add_job(what)); });
  }
  std::size_t count() const { return need(store->list_jobs({}, {100, {}})).items.size(); }
};

} // namespace carillon::testing

BOOST_AUTO_TEST_SUITE(store_unique_keys)

BOOST_DATA_TEST_CASE(until_the_first_job_is_finished_it_is_the_answer_to_all_others, all_backends) {
  unique_world w{sample};
  auto first = w.make(1);
  first.retry = {.max_attempts = 2, .delay = 0s};
  need(w.add(first));
  BOOST_TEST((need(w.add(w.make(2))).id == first.id));
  BOOST_TEST(w.last.events.empty());
  const auto running = w.hand_out().at(0);
  BOOST_TEST((need(w.add(w.make(2))).state == job_state::running));
  need(w.finish_job(running, job_outcome::error)); // it is tried again
  w.pass(24h);
  BOOST_TEST((need(w.add(w.make(2))).id == first.id));
  BOOST_TEST((need(w.add(w.make(3, {}, "export"))).id == w.make(3).id)); // another key
  need(w.finish_job(w.hand_out().at(0)));
  BOOST_TEST((need(w.add(w.make(2))).id == w.make(2).id));
  BOOST_TEST((need(w.add(first)).id == first.id)); // the same request as the first
  BOOST_TEST((need(w.add(w.make(4))).id == w.make(2).id));
  BOOST_TEST(w.count() == 3U);
  BOOST_TEST(need(w.store->check()).faults.empty());
}

BOOST_DATA_TEST_CASE(within_a_window_the_first_job_is_the_answer_finished_or_not, all_backends) {
  unique_world w{sample};
  const auto first = w.make(1, 1h);
  need(w.add(first));
  need(w.finish_job(w.hand_out().at(0), job_outcome::success, "done"));
  w.pass(1h - 1us);
  const auto answer = need(w.add(w.make(2, 1h)));
  BOOST_TEST((answer.id == first.id));
  BOOST_TEST((answer.result == value{"done"}));
  w.pass(1us);
  BOOST_TEST((need(w.add(w.make(2, 1h))).id == w.make(2).id));
  w.pass(1h); // while it still waits
  BOOST_TEST((need(w.add(w.make(3, 1h))).id == w.make(3).id));
  BOOST_TEST(need(w.store->check()).faults.empty());
}

BOOST_DATA_TEST_CASE(a_cancelled_job_frees_its_key, all_backends) {
  unique_world w{sample};
  need(w.add(w.make(1)));
  need(w.batch([&](data_store& s) { return s.cancel_job(w.make(1).id); }));
  BOOST_TEST((need(w.add(w.make(2))).id == w.make(2).id));
}

BOOST_DATA_TEST_CASE(within_a_batch_the_first_one_counts, all_backends) {
  unique_world w{sample};
  w.batch([&](data_store& s) {
    BOOST_TEST((need(s.add_job(w.make(1)))->id == w.make(1).id));
    BOOST_TEST((need(s.add_job(w.make(2)))->id == w.make(1).id));
    need(s.cancel_job(w.make(1).id));
    BOOST_TEST((need(s.add_job(w.make(3)))->id == w.make(3).id));
    BOOST_TEST((need(s.add_job(w.make(4)))->id == w.make(3).id));
  });
  w.reopen();
  BOOST_TEST((need(w.add(w.make(5))).id == w.make(3).id));
  BOOST_TEST(w.count() == 2U);
}

BOOST_DATA_TEST_CASE(a_rerun_has_no_key, all_backends) {
  unique_world w{sample};
  need(w.add(w.make(1)));
  need(w.finish_job(w.hand_out().at(0)));
  need(w.add(w.make(2)));
  const auto again = need(w.batch([&](data_store& s) { return s.rerun_job(w.make(1).id, w.make(3).id); }));
  BOOST_TEST((again.id == w.make(3).id));
  BOOST_TEST(!again.unique);
  BOOST_TEST((need(w.add(w.make(4))).id == w.make(2).id));
}

BOOST_DATA_TEST_CASE(a_clock_that_was_ahead_holds_no_key_for_ever, all_backends) {
  unique_world w{sample};
  w.now.wall += 24h * 365;
  need(w.add(w.make(1, 1h)));
  need(w.finish_job(w.hand_out().at(0)));
  w.now.wall -= 24h * 365;
  const auto later = w.make(2, 1h);
  BOOST_TEST((need(w.add(later)).id == later.id));
}

BOOST_DATA_TEST_CASE(bad_keys_and_windows_are_refused_by_name, all_backends) {
  unique_world w{sample};
  const auto refusal = [&](const job& what) {
    const auto given = w.add(what);
    return given ? std::string{"none"} : given.err().text();
  };
  BOOST_TEST(refusal(w.make(1, 0s)) == "unique: its window must be longer than 0");
  BOOST_TEST(refusal(w.make(1, 8 * 24h)) == "unique: its window of 8d is longer than history is kept, which is 1w");
  BOOST_TEST(refusal(w.make(1, 1h, "a b")).starts_with("unique: its key"));
  BOOST_TEST(refusal(w.make(1, 1h, "")).starts_with("unique: its key"));
}

BOOST_AUTO_TEST_SUITE_END()
