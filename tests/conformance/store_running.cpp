#include "store_world/store_world.hpp"

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace carillon::testing {

struct running_world : store_world {
  explicit running_world(backend kind, store_config wanted = {}) : store_world(kind, wanted) { put_task("mail"); }
  job find(const job_id& id) { return need(store->find_job(id)); }
  std::vector<attempt_id> renew(const std::vector<attempt_id>& held, revision seen,
                                lease_holder holder = {"executor-1", 1}) {
    return need(batch([&](data_store& s) { return s.renew_leases(holder, held, seen); }));
  }
  void expire() {
    need(batch([](data_store& s) { return s.expire_leases(); }));
  }
  auto release(const job& what) {
    return batch([&](data_store& s) { return s.release_attempt({what.id, what.held_by->token}); });
  }
};

} // namespace carillon::testing

namespace {

attempt_id attempt_of(const job& x) { return {x.id, x.held_by->token}; }

std::vector<std::int64_t> numbers_of(const std::vector<job>& jobs) {
  std::vector<std::int64_t> numbers;
  for (const auto& x : jobs)
    numbers.push_back(*x.arguments.get_if<std::int64_t>());
  return numbers;
}
using numbers = std::vector<std::int64_t>;

} // namespace

BOOST_AUTO_TEST_SUITE(store_running)

BOOST_DATA_TEST_CASE(a_job_is_handed_out_with_a_lease_and_a_token, all_backends) {
  running_world w{sample};
  const auto added = w.add_job("mail", 1);
  const auto given = w.hand_out();
  BOOST_REQUIRE_EQUAL(given.size(), 1);
  const auto& x = given.front();
  BOOST_TEST((x.state == job_state::running));
  BOOST_TEST(x.attempt == 1);
  BOOST_TEST((x.started_at == epoch));
  BOOST_REQUIRE(x.held_by.has_value());
  BOOST_TEST(x.held_by->executor == "executor-1");
  BOOST_TEST(x.held_by->token > added.changed);
  BOOST_TEST(w.event_types() == std::vector{event_type::job_acquired}, boost::test_tools::per_element());
  BOOST_TEST(w.last.events[0].executor == "executor-1");
  auto recorded = w.find(x.id);
  BOOST_TEST(std::exchange(recorded.runner, x.runner) == ""); // what is handed out says how it is to be run
  BOOST_TEST((recorded == x));
  BOOST_TEST(w.hand_out().empty()); // I4
  BOOST_TEST(need(w.store->status()).running_jobs == 1);
}

BOOST_DATA_TEST_CASE(jobs_of_a_batch_are_handed_out_in_it, all_backends) {
  running_world w{sample};
  w.batch([&](data_store& s) {
    need(s.add_job(make_job("mail", 1, epoch)));
    const auto given = jobs_of(need(s.hand_out_jobs(make_demand({"e", 1}, 1, {"mail"}), 10)));
    BOOST_REQUIRE_EQUAL(given.size(), 1);
    finished_attempt ended;
    ended.attempt = attempt_of(given.front());
    need(s.finish_attempt(ended));
  });
  BOOST_TEST(
      (w.event_types() == std::vector{event_type::job_added, event_type::job_acquired, event_type::job_finished}));
  BOOST_TEST(need(w.store->list_jobs({"", "", job_state::finished}, {})).items.size() == 1);
}

BOOST_DATA_TEST_CASE(what_was_handed_out_stays_as_it_was_whatever_becomes_of_the_job, all_backends) {
  running_world w{sample};
  const auto wanted = make_demand({"e", 1}, 9, {"mail"});
  const auto hand_out = [&](data_store& s) { return need(s.hand_out_jobs(wanted, 9)); };
  const auto ended = [](const handed_job& one, job_outcome outcome) {
    return finished_attempt{{one.what->id, one.what->held_by->token}, outcome, {}, "", 0s};
  };
  for (std::uint64_t number = 1; number <= 4; ++number)
    w.add_job("mail", number);
  const auto given = w.batch(hand_out);
  BOOST_REQUIRE_EQUAL(given.size(), 4U);
  const auto as_it_was = jobs_of(given);
  w.batch([&](data_store& s) {
    need(s.finish_attempt(ended(given[0], job_outcome::success)));
    need(s.release_attempt({given[1].what->id, given[1].what->held_by->token}));
    need(s.cancel_job(given[2].what->id));
  });
  std::vector<handed_job> in_its_batch;
  w.batch([&](data_store& s) {
    need(s.add_job(make_job("mail", 5, epoch)));
    in_its_batch = hand_out(s); // and the one that was handed back
    need(s.finish_attempt(ended(in_its_batch.back(), job_outcome::success)));
  });
  BOOST_TEST((jobs_of(given) == as_it_was));
  BOOST_REQUIRE_EQUAL(in_its_batch.size(), 2U);
  BOOST_TEST((in_its_batch.back().what->state == job_state::running));
  BOOST_TEST((w.find(in_its_batch.back().what->id).state == job_state::finished));
  BOOST_TEST((w.find(given[0].what->id).state == job_state::finished));
  BOOST_TEST(w.find(given[1].what->id).attempt == 2U);
  BOOST_TEST(given[1].what->attempt == 1U);
  BOOST_TEST(w.find(given[2].what->id).cancel_requested);
  BOOST_TEST(w.find(given[3].what->id).held_by->token == as_it_was[3].held_by->token);
}

BOOST_DATA_TEST_CASE(the_earliest_comes_first_and_ties_go_by_id, all_backends) {
  running_world w{sample};
  w.put_task("fax");
  w.add_job("mail", 1, [](job& x) { x.not_before = epoch - 1s; });
  w.add_job("fax", 2, [](job& x) { x.not_before = epoch - 3s; });
  w.add_job("mail", 3, [](job& x) { x.not_before = epoch - 2s; });
  w.add_job("fax", 5, [](job& x) { x.not_before = epoch - 1s; });
  w.add_job("mail", 4, [](job& x) { x.not_before = epoch + 1s; });
  BOOST_TEST((w.store->next_deadline() == 1s));
  BOOST_TEST((numbers_of(w.hand_out(2)) == numbers{2, 3}));
  BOOST_TEST((numbers_of(w.hand_out()) == numbers{1, 5}));
  w.pass(1s);
  BOOST_TEST((numbers_of(w.hand_out()) == numbers{4}));
}

BOOST_DATA_TEST_CASE(only_what_fits_the_demand_is_handed_out, all_backends) {
  running_world w{sample};
  w.put_task("inline_one", [](task& x) { x.runner = "inline"; });
  w.add_job("mail", 1);
  w.add_job("inline_one", 2);
  w.add_job("command", 3, [](job& x) { x.arguments = value::map{{"shell_line", "true"}}; });
  const auto ask = [&](const demand& wanted) {
    return jobs_of(need(w.batch([&](data_store& s) { return s.hand_out_jobs(wanted, 100); }))).size();
  };
  BOOST_TEST(ask({{"e", 1}, 10, {"thread_pool"}, {"fax"}, 0}) == 0);
  BOOST_TEST(ask({{"e", 1}, 10, {"inline"}, {"mail"}, 0}) == 0);
  BOOST_TEST(ask({{"e", 1}, 0, {"thread_pool"}, {"mail"}, 0}) == 0);
  BOOST_TEST(ask({{"e", 1}, 10, {"command"}, {}, 0}) == 1); // built in
  BOOST_TEST(ask({{"e", 1}, 10, {"thread_pool", "inline"}, {"inline_one", "mail"}, 0}) == 2);
}

BOOST_DATA_TEST_CASE(jobs_on_their_way_count_against_the_free_slots, all_backends) {
  running_world w{sample};
  for (std::uint64_t i = 0; i < 5; ++i)
    w.add_job("mail", i);
  demand wanted{{"e", 1}, 2, {"thread_pool"}, {"mail"}, 0};
  const auto ask = [&] { return jobs_of(need(w.batch([&](data_store& s) { return s.hand_out_jobs(wanted, 100); }))); };
  const auto first = ask();
  BOOST_TEST(first.size() == 2);
  BOOST_TEST(ask().empty()); // the same level again: it doesn't know of the first two yet
  wanted.last_hand_out = first.back().held_by->token;
  BOOST_TEST(ask().size() == 2); // two more slots beside those
}

BOOST_DATA_TEST_CASE(a_tasks_limit_holds_jobs_back, all_backends) {
  running_world w{sample};
  w.put_task("mail", [](task& x) { x.max_running_jobs = 2; });
  for (std::uint64_t i = 0; i < 4; ++i)
    w.add_job("mail", i);
  const auto given = w.hand_out();
  BOOST_TEST((numbers_of(given) == numbers{0, 1}));
  BOOST_TEST(w.hand_out().empty());
  need(w.finish_job(given[0]));
  BOOST_TEST((numbers_of(w.hand_out()) == numbers{2}));
  w.put_task("mail", [](task& x) { x.max_running_jobs = std::nullopt; });
  BOOST_TEST((numbers_of(w.hand_out()) == numbers{3}));
}

BOOST_DATA_TEST_CASE(jobs_of_a_schedule_run_one_at_a_time_unless_it_allows_overlap, all_backends) {
  running_world w{sample};
  auto queued = make_schedule("queued", "mail", 1s);
  queued.overlap = overlap_policy::queue_all;
  queued.arguments = 1;
  auto allowed = make_schedule("allowed", "mail", 1s);
  allowed.overlap = overlap_policy::allow;
  allowed.arguments = 2;
  w.add_schedule(queued);
  w.add_schedule(allowed);
  for (int i = 0; i < 3; ++i) {
    w.fire_due();
    w.pass(1s);
  }
  const auto given = w.hand_out();
  BOOST_TEST(given.size() == 4); // one of `queued`, three of `allowed`
  BOOST_TEST(w.hand_out().empty());
  const auto first = *std::ranges::find(given, value{1}, &job::arguments);
  BOOST_TEST((first.scheduled_fire_time == epoch));
  need(w.finish_job(first));
  const auto second = w.hand_out();
  BOOST_REQUIRE_EQUAL(second.size(), 1);
  BOOST_TEST((second[0].scheduled_fire_time == epoch + 1s));
  BOOST_TEST(w.hand_out().empty());
  need(w.release(second[0]));
  BOOST_TEST((w.hand_out().front().id == second[0].id));
}

BOOST_DATA_TEST_CASE(a_waiting_job_that_is_cancelled_lets_the_next_one_go, all_backends) {
  running_world w{sample};
  auto queued = make_schedule("queued", "mail", 1s);
  queued.overlap = overlap_policy::queue_all;
  w.add_schedule(queued);
  for (int i = 0; i < 4; ++i) {
    w.fire_due();
    w.pass(1s);
  }
  const auto first = w.hand_out().front(); // the others are parked
  const auto of = [&](int i) { return job_id::of_fire_time("queued", first.incarnation, epoch + i * 1s); };
  w.batch([&](data_store& s) {
    need(s.cancel_job(of(2)));
    finished_attempt ended;
    ended.attempt = attempt_of(first);
    need(s.finish_attempt(ended)); // lets the second go
    need(s.cancel_job(of(1)));     // before it is handed out
  });
  const auto last = w.hand_out();
  BOOST_REQUIRE_EQUAL(last.size(), 1);
  BOOST_TEST((last[0].id == of(3)));
}

BOOST_DATA_TEST_CASE(a_job_past_its_start_deadline_ends_when_its_turn_comes, all_backends) {
  running_world w{sample};
  const auto late = w.add_job("mail", 1, [](job& x) { x.start_deadline = epoch + 1s; });
  w.add_job("mail", 2);
  w.pass(1s);
  BOOST_TEST(w.hand_out(0).empty());
  w.pass(1us);
  BOOST_TEST((numbers_of(w.hand_out()) == numbers{2}));
  BOOST_TEST((w.event_types() == std::vector{event_type::job_finished, event_type::job_acquired}));
  BOOST_TEST((w.find(late.id).outcome == job_outcome::missed_start_deadline));
}

BOOST_DATA_TEST_CASE(a_job_that_has_begun_in_time_runs_again_after_its_start_deadline, all_backends) {
  for (const bool is_lost : {false, true}) {
    running_world w{sample};
    w.add_job("mail", 1, [](job& x) { x.start_deadline = epoch + 1s; });
    const auto first = w.hand_out().at(0);
    w.pass(1min); // past its deadline, and past its lease
    w.batch([&](data_store& s) {
      if (is_lost)
        need(s.expire_leases());
      else
        need(s.release_attempt(attempt_of(first)));
    });
    const auto again = w.hand_out();
    BOOST_REQUIRE_EQUAL(again.size(), 1);
    BOOST_TEST((again[0].id == first.id));
    BOOST_TEST(again[0].attempt == 2U);
  }
}

BOOST_DATA_TEST_CASE(a_plan_can_ask_the_running_job_to_stop, all_backends) {
  running_world w{sample};
  auto definition = make_schedule("s", "mail", 1s);
  definition.overlap = overlap_policy::cancel_running;
  w.add_schedule(definition);
  w.fire_due();
  const auto running = w.hand_out().front();
  w.pass(1s);
  w.batch([&](data_store& s) {
    auto plan = make_plan(need(s.claim_due_schedules(1)).schedules.front().what, w.now.wall);
    plan.cancel_running = true;
    need(s.commit_fire_plan(plan));
  });
  BOOST_REQUIRE_EQUAL(w.last.cancellations.size(), 1);
  BOOST_TEST((w.last.cancellations[0].attempt == attempt_of(running)));
  BOOST_TEST(w.hand_out().empty());
  need(w.finish_job(running, job_outcome::cancelled));
  BOOST_TEST(w.hand_out().size() == 1);
}

// ---- finishing

BOOST_DATA_TEST_CASE(a_finish_records_the_outcome_once, all_backends) {
  running_world w{sample};
  w.add_job("mail", 1);
  const auto running = w.hand_out().front();
  w.pass(10s);
  finished_attempt ended;
  ended.attempt = attempt_of(running);
  ended.outcome = job_outcome::error;
  ended.result = 7;
  ended.error_text = "it failed";
  ended.ran_for = 8s;
  const auto finish = [&] { return w.batch([&](data_store& s) { return s.finish_attempt(ended); }); };
  need(finish());
  BOOST_TEST(w.event_types() == std::vector{event_type::job_finished}, boost::test_tools::per_element());
  BOOST_TEST((w.last.events[0].outcome == job_outcome::error));
  const auto found = w.find(running.id);
  BOOST_TEST((found.state == job_state::finished));
  BOOST_TEST((found.outcome == job_outcome::error));
  BOOST_TEST((found.result == value{7}));
  BOOST_TEST(found.error_text == "it failed");
  BOOST_TEST((found.started_at == epoch + 2s));
  BOOST_TEST((found.finished_at == epoch + 10s));
  need(finish()); // told twice
  BOOST_TEST(w.last.events.empty());
  ended.outcome = job_outcome::success;
  BOOST_TEST((code_of(finish()) == ec::stale_token));
  BOOST_TEST(w.event_types() == std::vector{event_type::stale_finish_refused}, boost::test_tools::per_element());
  BOOST_TEST(w.last.events.front().executor.empty()); // not that of the attempt that counts
  BOOST_TEST((w.find(running.id) == found));          // I3
  BOOST_TEST(need(w.store->status()).running_jobs == 0);
}

BOOST_DATA_TEST_CASE(arguments_that_do_not_fit_the_code_are_told_before_the_end, all_backends) {
  running_world w{sample};
  w.add_job("mail", 1);
  need(w.finish_job(w.hand_out().front(), job_outcome::deserialization_failed));
  BOOST_TEST((w.event_types() == std::vector{event_type::job_deserialization_failed, event_type::job_finished}));
}

BOOST_DATA_TEST_CASE(a_finish_with_an_old_token_is_refused, all_backends) {
  running_world w{sample};
  w.add_job("mail", 1);
  const auto first = w.hand_out().front();
  need(w.release(first));
  BOOST_TEST((code_of(w.finish_job(first)) == ec::stale_token));
  const auto second = w.hand_out().front();
  BOOST_TEST(second.held_by->token > first.held_by->token);
  BOOST_TEST((code_of(w.finish_job(first)) == ec::stale_token));
  BOOST_TEST((code_of(w.release(first)) == ec::stale_token));
  need(w.finish_job(second));
  job unknown = second;
  unknown.id = job_id::make(epoch, 5, 5);
  BOOST_TEST((code_of(w.finish_job(unknown)) == ec::not_found));
}

BOOST_DATA_TEST_CASE(a_result_over_the_limit_ends_the_job_as_an_error, all_backends) {
  running_world w{sample};
  w.add_job("mail", 1);
  const auto running = w.hand_out().front();
  need(w.finish_job(running, job_outcome::success, std::string(2 << 20, 'x')));
  const auto found = w.find(running.id);
  BOOST_TEST((found.outcome == job_outcome::error));
  BOOST_TEST(found.result.is_null());
  BOOST_TEST(found.error_text.find("success") != std::string::npos);
}

BOOST_DATA_TEST_CASE(a_released_job_is_pending_again_and_not_charged, all_backends) {
  running_world w{sample};
  w.add_job("mail", 1);
  const auto first = w.hand_out().front();
  need(w.release(first));
  BOOST_TEST(w.event_types() == std::vector{event_type::job_released}, boost::test_tools::per_element());
  const auto found = w.find(first.id);
  BOOST_TEST((found.state == job_state::pending));
  BOOST_TEST(found.lost_attempts == 0);
  BOOST_TEST(!found.held_by.has_value());
  BOOST_TEST(w.hand_out().front().attempt == 2);
}

BOOST_DATA_TEST_CASE(a_released_job_that_was_to_be_cancelled_ends, all_backends) {
  running_world w{sample};
  w.add_job("mail", 1);
  const auto running = w.hand_out().front();
  need(w.batch([&](data_store& s) { return s.cancel_job(running.id); }));
  need(w.release(running));
  BOOST_TEST((w.find(running.id).outcome == job_outcome::cancelled));
}

// ---- leases

BOOST_DATA_TEST_CASE(a_lease_that_is_not_renewed_ends, all_backends) {
  running_world w{sample};
  w.add_job("mail", 1);
  const auto running = w.hand_out().front();
  BOOST_TEST((w.store->next_deadline() == 10s));
  w.pass(9s);
  w.expire();
  if (w.keeps_claims())
    BOOST_TEST(w.last.events.empty());
  w.pass(10s); // a reopened store gives a full lease from its opening
  w.expire();
  const auto lost = w.find(running.id);
  BOOST_TEST((lost.state == job_state::pending));
  BOOST_TEST(lost.lost_attempts == 1);
  BOOST_TEST(w.event_types() == std::vector{event_type::job_released}, boost::test_tools::per_element());
  const auto again = w.hand_out(10, {"executor-2", 1}).front();
  BOOST_TEST(again.attempt == 2);
  BOOST_TEST(again.held_by->token > running.held_by->token);
  BOOST_TEST((code_of(w.finish_job(running)) == ec::stale_token));
}

BOOST_DATA_TEST_CASE(a_renewed_lease_lasts, all_backends) {
  running_world w{sample};
  w.add_job("mail", 1);
  const auto running = w.hand_out().front();
  for (int i = 0; i < 5; ++i) {
    w.pass(9s);
    BOOST_TEST(w.renew({attempt_of(running)}, running.held_by->token).empty());
    w.expire();
    BOOST_TEST(w.last.events.empty());
  }
  need(w.finish_job(running));
  w.batch([](data_store&) {});
  BOOST_TEST(!w.store->next_deadline().has_value());
}

BOOST_DATA_TEST_CASE(what_a_renewal_does_not_name_is_lost_if_it_was_seen, all_backends) {
  running_world w{sample};
  w.add_job("mail", 1);
  const auto first = w.hand_out().front();
  w.add_job("mail", 2);
  const auto second = w.hand_out().front();
  BOOST_TEST(w.renew({}, first.held_by->token).empty());
  BOOST_TEST((w.find(first.id).state == job_state::pending));
  BOOST_TEST((w.find(second.id).state == job_state::running)); // still on its way
  const auto gone = w.renew({attempt_of(first), attempt_of(second)}, second.held_by->token);
  BOOST_REQUIRE_EQUAL(gone.size(), 1);
  BOOST_TEST((gone[0] == attempt_of(first)));
}

BOOST_DATA_TEST_CASE(a_new_process_frees_what_the_old_one_held, all_backends) {
  running_world w{sample};
  w.add_job("mail", 1);
  const auto running = w.hand_out(10, {"e", 7}).front();
  const auto again = w.hand_out(10, {"e", 8});
  BOOST_REQUIRE_EQUAL(again.size(), 1);
  BOOST_TEST((again[0].id == running.id));
  BOOST_TEST(again[0].lost_attempts == 1);
  BOOST_TEST(w.hand_out(10, {"e", 7}).empty());
  const auto gone = w.renew({attempt_of(running)}, running.held_by->token, {"e", 7});
  BOOST_REQUIRE_EQUAL(gone.size(), 1);
  BOOST_TEST((w.find(running.id).held_by->process == 8));
}

BOOST_DATA_TEST_CASE(each_process_has_a_higher_number_also_with_the_clock_set_back, all_backends) {
  running_world w{sample};
  for (std::uint64_t i = 0; i < 3; ++i) {
    const auto process = w.store->process();
    w.add_job("mail", i, [](job& x) { x.not_before = epoch - 240h; });
    const auto given = w.hand_out(10, {"e", process});
    BOOST_TEST(given.size() == i + 1); // with what the process before it held
    w.now.wall -= 24h;
    w.reopen();
    BOOST_TEST(w.store->process() > process);
  }
}

BOOST_DATA_TEST_CASE(a_job_lost_too_often_is_abandoned, all_backends) {
  running_world w{sample};
  const auto added = w.add_job("mail", 1);
  for (int i = 0; i < 3; ++i) {
    BOOST_REQUIRE_EQUAL(w.hand_out().size(), 1);
    w.pass(20s);
    w.expire();
  }
  BOOST_TEST((w.event_types() == std::vector{event_type::job_released, event_type::job_finished}));
  const auto found = w.find(added.id);
  BOOST_TEST((found.outcome == job_outcome::abandoned));
  BOOST_TEST(found.lost_attempts == 3);
  BOOST_TEST(w.hand_out().empty());
}

BOOST_DATA_TEST_CASE(a_task_can_ask_to_abandon_at_the_first_loss, all_backends) {
  running_world w{sample};
  w.put_task("mail", [](task& x) { x.on_loss = loss_policy::abandon; });
  const auto added = w.add_job("mail", 1);
  w.hand_out();
  w.pass(20s);
  w.expire();
  BOOST_TEST((w.find(added.id).outcome == job_outcome::abandoned));
}

BOOST_DATA_TEST_CASE(such_a_task_runs_no_job_again_that_is_handed_back, all_backends) {
  running_world w{sample};
  w.put_task("mail", [](task& x) { x.on_loss = loss_policy::abandon; });
  w.add_job("mail", 1);
  w.add_job("mail", 2);
  const auto given = w.hand_out();
  BOOST_REQUIRE_EQUAL(given.size(), 2U);
  w.batch([&](data_store& s) { need(s.cancel_job(given[1].id)); });
  need(w.release(given[0]));
  need(w.release(given[1]));
  const auto ended = w.find(given[0].id);
  BOOST_TEST((ended.outcome == job_outcome::abandoned));
  BOOST_TEST(ended.error_text == "its executor handed it back");
  BOOST_TEST(ended.lost_attempts == 0U);
  BOOST_TEST((w.find(given[1].id).outcome == job_outcome::cancelled));
  BOOST_TEST(w.hand_out().empty());
}

BOOST_DATA_TEST_CASE(recorded_leases_last_one_lease_from_the_opening, all_backends) {
  running_world w{sample};
  w.add_job("mail", 1);
  const auto running = w.hand_out().front();
  w.pass(1h); // nobody was there
  w.reopen();
  w.expire();
  BOOST_TEST((w.find(running.id).state == job_state::running));
  BOOST_TEST(w.renew({attempt_of(running)}, running.held_by->token).empty());
  need(w.finish_job(running));
}

BOOST_AUTO_TEST_SUITE_END()
