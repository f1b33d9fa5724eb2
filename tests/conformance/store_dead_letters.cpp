// What is left of jobs whose attempts are spent.
#include "store_world/retry_world.hpp"

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {
using ids = std::vector<job_id>;
using types = std::vector<event_type>;
job_id new_id(std::uint64_t number) { return job_id::make(epoch + 1h, number, number); }
} // namespace

BOOST_AUTO_TEST_SUITE(store_dead_letters)

BOOST_DATA_TEST_CASE(a_dead_letter_is_run_again_once_however_often_that_is_asked, all_backends) {
  retry_world w{sample};
  const auto dead = w.add_dead_letter(1);
  w.pass(24h * 30); // longer than history is kept
  const auto again = need(w.rerun(dead.id, new_id(1)));
  BOOST_TEST((w.event_types() == types{event_type::job_added, event_type::dead_letter_removed}));
  BOOST_TEST((w.last.events[1].job == dead.id));
  BOOST_TEST(w.last.events[1].text == "run again as " + new_id(1).to_string());
  BOOST_TEST((again.state == job_state::pending));
  BOOST_TEST((again.rerun_of == dead.id));
  BOOST_TEST((again.arguments == dead.arguments));
  BOOST_TEST((again.retry == dead.retry));
  BOOST_TEST((again.not_before == w.now.wall));
  BOOST_TEST(again.attempt == 0U);
  BOOST_TEST(again.failed_attempts == 0U);
  BOOST_TEST(!again.dead_letter);
  BOOST_TEST(w.dead_letters().empty());
  BOOST_TEST((code_of(w.store->find_job(dead.id)) == ec::not_found)); // it is history, which has ended
  BOOST_TEST((need(w.rerun(dead.id, new_id(1))).id == again.id));
  BOOST_TEST(w.last.events.empty());
  BOOST_TEST((code_of(w.rerun(dead.id, new_id(2))) == ec::not_found));
  w.report(w.hand_out().at(0), job_outcome::success);
  BOOST_TEST((need(w.rerun(dead.id, new_id(1))).outcome == job_outcome::success));
  w.check();
}

BOOST_DATA_TEST_CASE(only_finished_jobs_are_run_again_and_under_a_free_id, all_backends) {
  retry_world w{sample};
  const auto pending = w.add(1, {});
  BOOST_TEST((code_of(w.rerun(pending.id, new_id(1))) == ec::wrong_state));
  BOOST_TEST((code_of(w.rerun(new_id(3), new_id(1))) == ec::not_found));
  w.report(w.hand_out().at(0), job_outcome::success);
  BOOST_TEST((code_of(w.rerun(pending.id, pending.id)) == ec::conflict));
  BOOST_TEST((need(w.rerun(pending.id, new_id(1))).rerun_of == pending.id)); // it need not be a dead letter
  BOOST_TEST((w.event_types() == types{event_type::job_added}));
  const auto other = w.add(2, {});
  BOOST_TEST((code_of(w.rerun(pending.id, other.id)) == ec::conflict));
  BOOST_TEST((code_of(w.rerun(pending.id, {})) == ec::invalid_argument));
}

BOOST_DATA_TEST_CASE(a_rerun_of_a_schedules_job_is_an_extra_run_that_obeys_its_limits, all_backends) {
  retry_world w{sample};
  auto definition = make_schedule("s", "mail", 1h);
  definition.overlap = overlap_policy::queue_all;
  w.add_schedule(definition);
  w.fire_due();
  const auto first = w.hand_out().at(0);
  w.report(first, job_outcome::error);
  w.pass(1h);
  w.fire_due();
  BOOST_REQUIRE_EQUAL(w.hand_out().size(), 1U);
  const auto again = need(w.rerun(first.id, new_id(1)));
  BOOST_TEST(again.schedule_id == "s");
  BOOST_TEST((again.scheduled_fire_time == first.scheduled_fire_time));
  BOOST_TEST(w.hand_out().empty()); // one at a time
  w.check();                        // I1 holds beside it
}

BOOST_DATA_TEST_CASE(a_dropped_dead_letter_is_history_like_any_other_job, all_backends) {
  retry_world w{sample};
  const auto dead = w.add_dead_letter(1);
  const auto dropped = need(w.drop(dead.id));
  BOOST_TEST(!dropped.dead_letter);
  BOOST_TEST((w.event_types() == types{event_type::dead_letter_removed}));
  BOOST_TEST(w.last.events[0].text == "dropped");
  BOOST_TEST((need(w.drop(dead.id)).id == dead.id)); // twice is success
  BOOST_TEST(w.last.events.empty());
  BOOST_TEST(w.dead_letters().empty());
  BOOST_TEST((w.find(dead.id).outcome == job_outcome::error));
  w.check();
  w.pass(24h * 7);
  w.batch([](data_store&) {});
  BOOST_TEST((code_of(w.store->find_job(dead.id)) == ec::not_found));
  BOOST_TEST((code_of(w.drop(dead.id)) == ec::not_found));
}

BOOST_DATA_TEST_CASE(only_what_was_a_dead_letter_is_dropped, all_backends) {
  retry_world w{sample};
  const auto alive = w.add(1, attempts(2, duration{0}));
  BOOST_TEST((code_of(w.drop(alive.id)) == ec::wrong_state));
  w.fail();
  BOOST_TEST((code_of(w.drop(alive.id)) == ec::wrong_state)); // it is tried again
  w.report(w.hand_out().at(0), job_outcome::success);
  const auto refused = w.drop(alive.id);
  BOOST_TEST((code_of(refused) == ec::wrong_state));
  BOOST_TEST(refused.err().text().ends_with("is no dead letter"), refused.err().text());
  BOOST_TEST(w.last.events.empty());
  const auto once = w.add(2, {}); // failed, but was never to be tried again
  w.fail();
  BOOST_TEST((code_of(w.drop(once.id)) == ec::wrong_state));

  const auto dead = w.add_dead_letter(3);
  need(w.rerun(dead.id, new_id(1)));
  BOOST_TEST((need(w.drop(dead.id)).id == dead.id)); // it is none any more
  BOOST_TEST((code_of(w.drop(new_id(1))) == ec::wrong_state));
  w.check();
}

BOOST_DATA_TEST_CASE(dead_letters_are_listed_page_by_page_the_newest_first, all_backends) {
  retry_world w{sample};
  ids expected;
  for (std::uint64_t i = 0; i < 5; ++i) {
    expected.insert(expected.begin(), w.add_dead_letter(i).id);
    w.pass(1s);
  }
  page_request request{2, {}};
  ids found;
  do {
    const auto page = need(w.store->list_dead_letters(request));
    BOOST_TEST(page.items.size() <= 2U);
    for (const auto& x : page.items)
      found.push_back(x.id);
    request.after = page.next;
  } while (!request.after.empty());
  BOOST_TEST((found == expected));
  BOOST_TEST((code_of(w.store->list_dead_letters({0, {}})) == ec::limit_exceeded));
}

BOOST_DATA_TEST_CASE(above_the_limit_the_oldest_dead_letter_becomes_history, all_backends) {
  store_config config;
  config.bounds.dead_letters = 2;
  retry_world w{sample, config};
  ids added;
  for (std::uint64_t i = 0; i < 3; ++i) {
    added.push_back(w.add_dead_letter(i).id);
    if (i < 2)
      w.pass(1s);
  }
  BOOST_TEST((w.dead_letters() == ids{added[2], added[1]}));
  const auto told = w.events_of(event_type::dead_letter_removed);
  BOOST_REQUIRE_EQUAL(told.size(), 1U);
  BOOST_TEST((told[0].job == added[0]));
  BOOST_TEST(told[0].text == "there are more than 2: the oldest becomes history");
  BOOST_TEST(!w.find(added[0]).dead_letter);
  w.check();
  // One that was added before all others isn't pushed out by itself.
  const auto late = w.add_job("mail", 9, [](job& x) {
    x.id = job_id::make(epoch - 1h, 9, 9);
    x.retry = attempts(2, 0s);
  });
  w.fail();
  w.fail();
  BOOST_TEST((w.dead_letters() == ids{added[2], late.id}));
}

BOOST_DATA_TEST_CASE(the_check_finds_dead_letters_that_arent_listed_and_the_other_way_round, all_backends) {
  retry_world w{sample};
  const auto dead = w.add_dead_letter(1);
  const auto other = w.add(2, {});
  w.write([&](keyed::write_batch& batch) {
    batch.erase(keyed::family::dead_letters, keyed::job_key(dead.id));
    batch.put(keyed::family::dead_letters, keyed::job_key(other.id), {});
  });
  const auto faults = need(w.store->check()).faults;
  BOOST_REQUIRE_EQUAL(faults.size(), 2U);
  BOOST_TEST(faults[0] == "job " + other.id.to_string() + " is listed as a dead letter, but isn't one");
  BOOST_TEST(faults[1] == "job " + dead.id.to_string() + " is a dead letter, but isn't listed as one");
  BOOST_TEST(w.dead_letters().empty());
}

BOOST_DATA_TEST_CASE(a_damaged_dead_letter_leaves_the_list, all_backends) {
  retry_world w{sample};
  const auto bad = w.add_dead_letter(1);
  const auto good = w.add_dead_letter(2);
  w.write([&](keyed::write_batch& batch) { batch.put(keyed::family::jobs, keyed::job_key(bad.id), "nonsense"); });
  BOOST_TEST((w.dead_letters() == ids{good.id}));
  w.batch([](data_store&) {});
  BOOST_TEST(need(w.store->list_quarantined({})).items.size() == 1U);
  BOOST_TEST((w.dead_letters() == ids{good.id}));
  w.check();
}

BOOST_AUTO_TEST_SUITE_END()
