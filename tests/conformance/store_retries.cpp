// Failed attempts that are tried again.
#include "store_world/retry_world.hpp"

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {
using ids = std::vector<job_id>;
using types = std::vector<event_type>;
} // namespace

BOOST_AUTO_TEST_SUITE(store_retries)

BOOST_DATA_TEST_CASE(a_failed_attempt_is_followed_by_another_one_after_its_delay, all_backends) {
  retry_world w{sample};
  const auto added = w.add(1, attempts(3));
  const auto first = w.fail();
  BOOST_TEST((w.event_types() == types{event_type::job_retry_scheduled}));
  const auto told = w.last.events.at(0);
  BOOST_TEST((told.job == added.id));
  BOOST_TEST((told.outcome == job_outcome::error));
  BOOST_TEST(told.attempt == 1U);
  BOOST_TEST(told.executor == "executor-1");
  BOOST_TEST(told.text == "broken; failed 1 of 3 times, again in 10s");
  const auto waiting = w.find(added.id);
  BOOST_TEST((waiting.state == job_state::pending));
  BOOST_TEST((waiting.outcome == job_outcome::none));
  BOOST_TEST((waiting.not_before == epoch + 10s));
  BOOST_TEST(waiting.failed_attempts == 1U);
  BOOST_TEST(waiting.error_text == "broken");
  BOOST_TEST(!waiting.held_by.has_value());
  BOOST_TEST(need(w.store->status()).running_jobs == 0U); // I5: its lease is free
  BOOST_TEST(need(w.store->status()).pending_jobs == 1U);

  BOOST_TEST((w.store->next_deadline() == 10s));
  w.pass(10s - 1us);
  BOOST_TEST(w.hand_out().empty());
  w.pass(1us);
  const auto second = w.fail(job_outcome::crashed);
  BOOST_TEST(second.attempt == 2U);
  BOOST_TEST(second.held_by->token > first.held_by->token);
  BOOST_TEST((w.find(added.id).not_before == w.now.wall + 20s)); // exponential

  w.pass(20s);
  const auto third = w.hand_out().at(0);
  w.report(third, job_outcome::success);
  const auto finished = w.find(added.id);
  BOOST_TEST((finished.outcome == job_outcome::success));
  BOOST_TEST(finished.error_text == "");
  BOOST_TEST(!finished.dead_letter);
  BOOST_TEST(w.dead_letters().empty());
  w.check();
}

BOOST_DATA_TEST_CASE(the_last_failure_is_the_outcome_and_leaves_a_dead_letter, all_backends) {
  retry_world w{sample};
  const auto added = w.add(1, attempts(2, 0s));
  w.fail();
  w.fail(job_outcome::timed_out, "too slow", "partial");
  BOOST_TEST((w.event_types() == types{event_type::job_finished, event_type::dead_letter_added}));
  BOOST_TEST(w.last.events[0].number == w.last.events[1].number); // one transition
  BOOST_TEST(w.last.events[1].text == "too slow");
  const auto dead = w.find(added.id);
  BOOST_TEST((dead.outcome == job_outcome::timed_out));
  BOOST_TEST(dead.failed_attempts == 2U);
  BOOST_TEST(dead.dead_letter);
  BOOST_TEST((w.dead_letters() == ids{added.id}));
  BOOST_TEST((need(w.store->list_dead_letters({})).items[0] == dead));
  w.check();
  w.pass(24h * 365); // neither the history nor the result of a dead letter ends
  w.add_job("mail", 2);
  BOOST_TEST((w.dead_letters() == ids{added.id}));
  BOOST_TEST((w.find(added.id).result == value{"partial"}));
  w.check();
}

BOOST_DATA_TEST_CASE(a_job_without_retries_leaves_no_dead_letter, all_backends) {
  retry_world w{sample};
  const auto added = w.add(1, {});
  w.fail();
  BOOST_TEST((w.event_types() == types{event_type::job_finished}));
  BOOST_TEST(!w.find(added.id).dead_letter);
  BOOST_TEST(w.dead_letters().empty());
}

BOOST_DATA_TEST_CASE(what_the_policy_does_not_try_again_ends_the_job_at_once, all_backends) {
  retry_world w{sample};
  auto policy = attempts(5);
  policy.outcomes = {job_outcome::timed_out};
  const auto added = w.add(1, policy);
  w.fail(job_outcome::error);
  BOOST_TEST((w.find(added.id).outcome == job_outcome::error));
  BOOST_TEST(w.find(added.id).failed_attempts == 0U);
  BOOST_TEST(w.dead_letters().empty()); // its attempts aren't spent
}

BOOST_DATA_TEST_CASE(the_exit_code_of_a_command_decides, all_backends) {
  retry_world w{sample};
  auto policy = attempts(3, 0s);
  policy.exit_codes = {75};
  const auto added = w.add_job(command_task, 1, [&](job& x) {
    x.arguments = value::map{{"shell_line", "exit 75"}};
    x.retry = policy;
  });
  const auto ended_with = [](int code) { return to_value(command_result{code, {}, "", 0}); };
  w.fail(job_outcome::error, "", ended_with(75));
  BOOST_TEST((w.find(added.id).state == job_state::pending));
  w.fail(job_outcome::error, "", ended_with(1));
  BOOST_TEST((w.find(added.id).outcome == job_outcome::error));
  BOOST_TEST(!w.find(added.id).dead_letter);
}

BOOST_DATA_TEST_CASE(a_failure_that_is_told_twice_counts_once, all_backends) {
  retry_world w{sample};
  const auto added = w.add(1, attempts(3, 0s));
  const auto first = w.fail();
  w.report(first, job_outcome::error); // while it waits
  BOOST_TEST(w.last.events.empty());
  BOOST_TEST(w.find(added.id).failed_attempts == 1U);
  const auto second = w.hand_out().at(0);
  w.report(first, job_outcome::error); // while the next one runs
  BOOST_TEST(w.last.events.empty());
  BOOST_TEST((w.find(added.id).held_by == second.held_by));
  w.report(second, job_outcome::error);
  // Of an older one nobody repeats the report any more: it is refused, and changes nothing.
  BOOST_TEST((code_of(w.try_to_report(first, job_outcome::success)) == ec::stale_token));
  BOOST_TEST((w.event_types() == types{event_type::stale_finish_refused}));
  BOOST_TEST(w.find(added.id).failed_attempts == 2U);
  need(w.batch([&](data_store& s) { return s.cancel_job(added.id); }));
  w.report(second, job_outcome::error);
  BOOST_TEST(w.last.events.empty());
  BOOST_TEST((w.find(added.id).outcome == job_outcome::cancelled));
}

BOOST_DATA_TEST_CASE(the_end_of_the_last_attempt_told_twice_is_one_dead_letter, all_backends) {
  retry_world w{sample};
  const auto added = w.add(1, attempts(2, 0s));
  w.fail();
  const auto last = w.fail();
  w.report(last, job_outcome::error);
  BOOST_TEST(w.last.events.empty());
  BOOST_TEST((w.dead_letters() == ids{added.id}));
}

BOOST_DATA_TEST_CASE(a_job_that_is_to_be_cancelled_isnt_tried_again, all_backends) {
  retry_world w{sample};
  const auto running = w.add(1, attempts(2, 0s));
  const auto given = w.hand_out().at(0);
  need(w.batch([&](data_store& s) { return s.cancel_job(running.id); }));
  w.report(given, job_outcome::error);
  BOOST_TEST((w.find(running.id).outcome == job_outcome::error));
  const auto waiting = w.add(2, attempts(2));
  w.fail();
  need(w.batch([&](data_store& s) { return s.cancel_job(waiting.id); }));
  BOOST_TEST((w.find(waiting.id).outcome == job_outcome::cancelled));
  BOOST_TEST(w.find(waiting.id).error_text == "cancelled before it was tried again; broken");
  w.pass(1h);
  BOOST_TEST(w.hand_out().empty());
  BOOST_TEST(w.dead_letters().empty());
  w.check();
}

BOOST_DATA_TEST_CASE(lost_attempts_are_no_failures, all_backends) {
  store_config config;
  config.bounds.max_lost_attempts = 2;
  retry_world w{sample, config};
  const auto added = w.add(1, attempts(2, 0s));
  w.fail();
  for (int i = 0; i < 2; ++i) {
    BOOST_REQUIRE_EQUAL(w.hand_out().size(), 1U);
    w.pass(1min);
    need(w.batch([](data_store& s) { return s.expire_leases(); }));
  }
  const auto ended = w.find(added.id);
  BOOST_TEST((ended.outcome == job_outcome::abandoned));
  BOOST_TEST(ended.failed_attempts == 1U);
  BOOST_TEST(!ended.dead_letter);
}

BOOST_DATA_TEST_CASE(a_start_deadline_is_for_the_first_attempt, all_backends) {
  retry_world w{sample};
  w.add_job("mail", 1, [](job& x) {
    x.retry = attempts(2);
    x.start_deadline = epoch + 5s;
  });
  w.fail();
  w.pass(10s);
  BOOST_TEST(w.hand_out().size() == 1U);
}

BOOST_DATA_TEST_CASE(a_good_result_that_is_too_large_isnt_tried_again, all_backends) {
  store_config config;
  config.bounds.argument_size_bytes = 1'000;
  retry_world w{sample, config};
  const auto good = w.add(1, attempts(2, 0s));
  w.fail(job_outcome::success, "", std::string(2'000, 'x'));
  BOOST_TEST((w.find(good.id).outcome == job_outcome::error));
  BOOST_TEST(!w.find(good.id).dead_letter);
  const auto bad = w.add(2, attempts(2, 0s));
  w.fail(job_outcome::error, "", std::string(2'000, 'x'));
  BOOST_TEST((w.find(bad.id).state == job_state::pending));
  w.fail(job_outcome::error, "", std::string(2'000, 'x'));
  BOOST_TEST(w.find(bad.id).dead_letter);
  BOOST_TEST(w.find(bad.id).result.is_null());
}

BOOST_DATA_TEST_CASE(a_job_that_waits_for_its_retry_counts_as_waiting, all_backends) {
  retry_world w{sample};
  auto definition = make_schedule("s", "mail", 1s);
  definition.overlap = overlap_policy::queue_all;
  w.add_schedule(definition);
  w.batch([&](data_store& s) {
    const auto due = need(s.claim_due_schedules(1)).schedules.at(0);
    auto plan = make_plan(due.what, epoch);
    plan.jobs[0].retry = attempts(2, 10s);
    need(s.commit_fire_plan(plan));
  });
  const auto first = w.fail();
  w.pass(1s);
  w.batch([&](data_store& s) {
    const auto due = need(s.claim_due_schedules(1)).schedules.at(0);
    BOOST_TEST(due.waiting_jobs == 1U);
    BOOST_TEST(due.running_jobs == 0U);
    need(s.commit_fire_plan(make_plan(due.what, w.now.wall)));
  });
  const auto second = w.hand_out();
  BOOST_REQUIRE_EQUAL(second.size(), 1U);
  w.pass(10s);
  BOOST_TEST(w.hand_out().empty()); // one at a time
  w.report(second[0], job_outcome::success);
  BOOST_TEST((w.hand_out().at(0).id == first.id));
}

BOOST_DATA_TEST_CASE(the_tasks_policy_is_for_jobs_and_schedules_that_dont_say, all_backends) {
  retry_world w{sample};
  w.put_task("mail", [](task& x) { x.retry = attempts(7); });
  BOOST_TEST((w.add(1, attempts(0)).retry == attempts(7)));
  BOOST_TEST((w.add(2, attempts(1)).retry == attempts(1)));
  w.add_schedule(make_schedule("silent", "mail", 1s));
  auto definition = make_schedule("said", "mail", 1s);
  definition.retry = attempts(2);
  w.add_schedule(definition);
  const auto due = w.batch([](data_store& s) { return need(s.claim_due_schedules(10)).schedules; });
  BOOST_REQUIRE_EQUAL(due.size(), 2U);
  for (const auto& x : due)
    BOOST_TEST((x.retry == attempts(x.what.definition.id == "said" ? 2 : 7)));
}

BOOST_DATA_TEST_CASE(the_same_add_twice_is_one_job_whatever_has_happened_since, all_backends) {
  retry_world w{sample};
  w.put_task("mail", [](task& x) { x.retry = attempts(3); });
  const auto added = w.add(1, attempts(0));
  w.put_task("mail", [](task& x) { x.retry = attempts(5); });
  w.fail();
  w.pass(1s);
  const auto add_again = [&](const retry_policy& policy, duration later = {}) {
    auto again = make_job("mail", 1, epoch);
    again.retry = policy;
    again.not_before = epoch + later;
    return w.batch([&](data_store& s) { return job_of(s.add_job(again)); });
  };
  BOOST_TEST((need(add_again(attempts(0))).id == added.id));
  BOOST_TEST((need(add_again(attempts(3))).state == job_state::pending));
  BOOST_TEST((code_of(add_again(attempts(5))) == ec::conflict));
  BOOST_TEST((code_of(add_again(attempts(0), 10s)) == ec::conflict)); // the retry's time isn't what was asked for
}

BOOST_DATA_TEST_CASE(bad_policies_are_refused_at_every_door, all_backends) {
  retry_world w{sample};
  auto bad = attempts(2);
  bad.jitter_percent = 101;
  const auto check = [](const auto& refused) {
    BOOST_TEST((code_of(refused) == ec::invalid_argument));
    BOOST_TEST(refused.err().text() == "retry: jitter_percent: must be 0 to 100");
  };
  task settings;
  settings.id = "fax";
  settings.retry = bad;
  check(w.batch([&](data_store& s) { return s.put_task(settings); }));
  auto definition = make_schedule("s", "mail", 1s);
  definition.retry = bad;
  check(w.batch([&](data_store& s) { return s.add_schedule(definition, conflict_policy::fail); }));
  auto what = make_job("mail", 1, epoch);
  what.retry = bad;
  check(w.batch([&](data_store& s) { return s.add_job(what); }));
  settings.retry = attempts(0);
  BOOST_TEST((code_of(w.batch([&](data_store& s) { return s.put_task(settings); })) == ec::invalid_argument));
  definition.retry = attempts(0);
  BOOST_TEST((code_of(w.batch([&](data_store& s) { return s.add_schedule(definition, conflict_policy::fail); })) ==
              ec::invalid_argument));
}

BOOST_DATA_TEST_CASE(waiting_for_a_retry_and_dead_letters_survive_a_start, all_backends) {
  retry_world w{sample};
  const auto dead = w.add_dead_letter(1);
  const auto waiting = w.add(2, attempts(3));
  w.fail();
  w.reopen();
  w.batch([](data_store&) {});
  BOOST_TEST((w.dead_letters() == ids{dead.id}));
  BOOST_TEST((w.store->next_deadline() == 10s));
  BOOST_TEST(need(w.store->status()).pending_jobs == 1U);
  w.pass(10s);
  BOOST_TEST((w.fail().id == waiting.id));
  BOOST_TEST(w.find(waiting.id).failed_attempts == 2U);
  need(w.drop(dead.id));
  w.check();
}

BOOST_AUTO_TEST_CASE(a_failure_whose_write_failed_has_not_happened) {
  retry_world w{backend::memory};
  const auto added = w.add(1, attempts(2));
  const auto given = w.hand_out().at(0);
  w.disk->fail_write(1, {ec::disk_full, "no space is left"});
  w.start();
  need(w.store->finish_attempt({{given.id, given.held_by->token}, job_outcome::error, {}, "broken", {}}));
  BOOST_TEST((code_of(w.store->commit()) == ec::disk_full));
  w.disk->repair();
  w.batch([](data_store&) {});
  auto recorded = given;
  recorded.runner.clear(); // what is handed out names its runner, whoever said so
  BOOST_TEST((w.find(added.id) == recorded));
  w.report(given, job_outcome::error);
  BOOST_TEST(w.find(added.id).failed_attempts == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
