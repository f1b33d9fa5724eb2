#include "store_world/store_world.hpp"

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace carillon::testing {

struct planning_world : store_world {
  explicit planning_world(backend kind) : store_world(kind) {
    put_task("mail", [](task& x) {
      x.misfire_grace_time = 7s;
      x.time_limit = 8s;
      x.result_expiration = 9s;
    });
  }
  due_schedules claim(std::size_t limit = 100) {
    return need(batch([&](data_store& s) { return s.claim_due_schedules(limit); }));
  }
  auto commit_plan(const fire_plan& plan) {
    return batch([&](data_store& s) { return s.commit_fire_plan(plan); });
  }
};

} // namespace carillon::testing

BOOST_AUTO_TEST_SUITE(store_planning)

BOOST_DATA_TEST_CASE(due_schedules_come_earliest_first_with_their_tasks_settings, all_backends) {
  planning_world w{sample};
  w.add_schedule(make_schedule("later", "mail", 1h, epoch + 2s));
  w.add_schedule(make_schedule("sooner", "mail", 1h, epoch + 1s));
  auto own = make_schedule("own", "mail", 1h, epoch + 3s);
  own.misfire_grace_time = 1s;
  own.time_limit = 2s;
  own.result_expiration = 3s;
  w.add_schedule(own);
  w.add_schedule(make_schedule("not_yet", "mail", 1h, epoch + 10s));
  BOOST_TEST((w.store->next_due() == 1s));
  BOOST_TEST((w.claim().ring_in == 1s));
  w.pass(3s);
  const auto due = w.claim();
  BOOST_TEST((due.now == epoch + 3s));
  BOOST_REQUIRE_EQUAL(due.schedules.size(), 3);
  BOOST_TEST(due.schedules[0].what.definition.id == "sooner");
  BOOST_TEST(due.schedules[1].what.definition.id == "later");
  BOOST_TEST(due.schedules[2].what.definition.id == "own");
  BOOST_TEST((due.schedules[0].misfire_grace_time == 7s));
  BOOST_TEST((due.schedules[0].time_limit == 8s));
  BOOST_TEST((due.schedules[0].result_expiration == 9s));
  BOOST_TEST((due.schedules[2].misfire_grace_time == 1s));
  BOOST_TEST((due.schedules[2].time_limit == 2s));
  BOOST_TEST((due.schedules[2].result_expiration == 3s));
  if (w.keeps_claims())
    BOOST_TEST((due.ring_in == 7s));
}

BOOST_DATA_TEST_CASE(a_claimed_schedule_is_kept_from_others_until_the_claim_ends, all_backends) {
  planning_world w{sample};
  w.add_schedule(make_schedule("hourly", "mail", 1h));
  if (!w.keeps_claims())
    return; // a claim is in memory only
  BOOST_TEST(w.claim().schedules.size() == 1);
  BOOST_TEST(w.claim().schedules.empty());
  BOOST_TEST((w.store->next_due() == 10s));
  w.pass(10s);
  BOOST_TEST(w.claim().schedules.size() == 1);
}

BOOST_DATA_TEST_CASE(what_is_due_soon_is_claimed_ahead, all_backends) {
  planning_world w{sample};
  w.config.plan_ahead = 100ms;
  w.reopen();
  w.add_schedule(make_schedule("soon", "mail", 1h, epoch + 1s));
  BOOST_TEST((w.store->next_due() == 900ms));
  w.pass(900ms - 1us);
  BOOST_TEST(w.claim().schedules.empty());
  w.pass(1us);
  const auto due = w.claim();
  BOOST_TEST((due.now == epoch + 900ms));
  BOOST_REQUIRE_EQUAL(due.schedules.size(), 1);
  // Not before its time, whoever tries.
  const auto plan = make_plan(due.schedules.front().what, epoch + 1s);
  BOOST_TEST((code_of(w.commit_plan(plan)) == ec::stale_revision));
  BOOST_TEST((w.store->next_due() == 0us));
  BOOST_TEST(w.claim().schedules.size() == 1);
  w.pass(100ms);
  need(w.commit_plan(plan));
  BOOST_TEST((need(w.store->find_job(plan.jobs[0].id)).created_at == epoch + 1s));
}

struct ahead_world : planning_world {
  explicit ahead_world(backend kind) : planning_world(kind) {
    config.plan_ahead = 100ms;
    reopen();
  }
  schedule add(const std::string& id, const std::function<void(schedule_definition&)>& change = {}) {
    auto what = make_schedule(id, "mail", 1h, epoch + 1s);
    what.overlap = overlap_policy::skip;
    if (change)
      change(what);
    return add_schedule(what);
  }
  // As the planner makes it.
  std::vector<fire_plan> claim_and_plan() {
    std::vector<fire_plan> plans;
    for (const auto& one : claim().schedules) {
      plans.push_back(make_plan(one.what, *one.what.state.next_fire_time));
      plans.back().ahead = one.ahead;
    }
    return plans;
  }
  // Refused, and due again at once.
  bool is_outdated(const fire_plan& plan) {
    return code_of(commit_plan(plan)) == ec::stale_revision && store->next_due() == 0us &&
           claim().schedules.size() == 1;
  }
};

BOOST_DATA_TEST_CASE(a_plan_made_ahead_is_outdated_when_its_schedule_has_another_job, all_backends) {
  ahead_world w{sample};
  w.add("a");
  w.add("b");
  w.add("c", [](schedule_definition& x) { x.overlap = overlap_policy::allow; });
  w.pass(950ms);
  const auto plans = w.claim_and_plan();
  BOOST_REQUIRE_EQUAL(plans.size(), 3);
  need(w.batch([](data_store& s) { return s.run_schedule("b", job_id::make(epoch, 1, 1)); }));
  need(w.batch([](data_store& s) { return s.run_schedule("c", job_id::make(epoch, 1, 2)); }));
  w.pass(50ms);
  need(w.commit_plan(plans[0]));
  need(w.commit_plan(plans[2])); // may have several
  BOOST_TEST(w.is_outdated(plans[1]));
}

BOOST_DATA_TEST_CASE(a_plan_made_ahead_is_outdated_when_more_of_its_jobs_wait_than_may, all_backends) {
  ahead_world w{sample};
  w.config.bounds.waiting_jobs_per_schedule = 1;
  w.reopen();
  w.add("a", [](schedule_definition& x) {
    x.overlap = overlap_policy::allow;
    x.max_catch_up = 1;
  });
  w.pass(950ms);
  const auto plan = w.claim_and_plan().at(0);
  need(w.batch([](data_store& s) { return s.run_schedule("a", job_id::make(epoch, 1, 1)); }));
  w.pass(50ms);
  BOOST_TEST(w.is_outdated(plan));
}

BOOST_DATA_TEST_CASE(a_plan_made_ahead_is_outdated_when_a_job_that_it_made_no_room_for_has_ended, all_backends) {
  ahead_world w{sample};
  w.add("a");
  need(w.batch([](data_store& x) { return x.run_schedule("a", job_id::make(epoch, 1, 1)); }));
  const auto running = w.hand_out();
  BOOST_REQUIRE_EQUAL(running.size(), 1);
  w.pass(950ms);
  auto plan = w.claim_and_plan().at(0);
  BOOST_TEST(plan.ahead->running_jobs == 1U);
  plan.jobs.clear();
  plan.skips.push_back({"a", plan.incarnation, epoch + 1s, epoch + 1s, 1, skip_reason::overlap, {}});
  need(w.finish_job(running[0]));
  w.pass(50ms);
  BOOST_TEST(w.is_outdated(plan));
}

BOOST_DATA_TEST_CASE(a_plan_made_ahead_is_outdated_when_its_task_has_changed, all_backends) {
  ahead_world w{sample};
  w.add("a");
  w.pass(950ms);
  const auto plan = w.claim_and_plan().at(0);
  w.put_task("mail", [](task& x) { x.time_limit = 1min; });
  w.pass(50ms);
  BOOST_TEST(w.is_outdated(plan));
}

BOOST_DATA_TEST_CASE(a_plan_made_ahead_is_outdated_when_there_is_more_to_decide, all_backends) {
  ahead_world w{sample};
  w.add("grace");
  w.add("next", [](schedule_definition& x) { x.misfire_grace_time = 1h; });
  w.pass(950ms);
  auto plans = w.claim_and_plan();
  BOOST_REQUIRE_EQUAL(plans.size(), 2);
  w.pass(8s);                                                           // the task allows seven
  BOOST_TEST((code_of(w.commit_plan(plans[0])) == ec::stale_revision)); // missed by now
  plans[1].next_fire_time = epoch + 8s;                                 // which coalesces with it
  BOOST_TEST((code_of(w.commit_plan(plans[1])) == ec::stale_revision));
  BOOST_TEST(w.claim().schedules.size() == 2);
}

BOOST_DATA_TEST_CASE(what_is_claimed_ahead_is_bounded, all_backends) {
  ahead_world w{sample};
  if (!w.keeps_claims())
    return;
  constexpr std::size_t large = 900'000;
  for (int i = 0; i < 50; ++i)
    w.add("s" + std::to_string(i), [](schedule_definition& x) { x.arguments = value{std::string(large, 'x')}; });
  w.pass(950ms);
  std::size_t ahead = 0;
  do
    ahead += w.claim().schedules.size();
  while (w.store->next_due() == 0us);
  BOOST_TEST(ahead > 30U);
  BOOST_TEST(ahead < 50U);
  w.pass(50ms);
  std::size_t due = 0;
  do
    due += w.claim().schedules.size();
  while (w.store->next_due() == 0us);
  BOOST_TEST(ahead + due == 50U);
}

BOOST_DATA_TEST_CASE(what_is_released_is_due_again_at_once, all_backends) {
  planning_world w{sample};
  w.add_schedule(make_schedule("daily", "mail", 24h));
  w.batch([](data_store& s) {
    const auto due = need(s.claim_due_schedules(10));
    BOOST_REQUIRE(due.schedules.size() == 1u);
    BOOST_TEST(need(s.claim_due_schedules(10)).schedules.empty());
    const std::vector<revision> mine{due.schedules[0].what.state.incarnation, 999'999};
    need(s.release_claims(mine));
    need(s.release_claims(mine)); // there is nothing left of it
    BOOST_TEST(need(s.claim_due_schedules(10)).schedules.size() == 1u);
    BOOST_TEST(need(s.claim_due_schedules(10)).schedules.empty());
  });
}

BOOST_DATA_TEST_CASE(claiming_takes_no_more_than_asked_and_says_that_more_are_due, all_backends) {
  planning_world w{sample};
  for (int i = 0; i < 5; ++i)
    w.add_schedule(make_schedule("s" + std::to_string(i), "mail", 1h));
  w.batch([](data_store& s) {
    const auto first = need(s.claim_due_schedules(3));
    BOOST_TEST(first.schedules.size() == 3);
    BOOST_TEST((first.ring_in == 0us));
    BOOST_TEST(need(s.claim_due_schedules(3)).schedules.size() == 2);
  });
}

BOOST_DATA_TEST_CASE(a_plan_adds_its_jobs_and_skips_and_moves_the_cursor, all_backends) {
  planning_world w{sample};
  w.add_schedule(make_schedule("hourly", "mail", 1h));
  w.pass(2h);
  const auto due = w.claim().schedules.front();
  auto plan = make_plan(due.what, w.now.wall);
  plan.skips.push_back({"hourly", plan.incarnation, epoch + 1h, epoch + 2h, 2, skip_reason::misfire, {}});
  plan.next_fire_time = epoch + 3h;
  plan.cursor.position = 77;
  plan.covered_to = epoch + 2h;
  need(w.commit_plan(plan));
  BOOST_TEST(
      (w.event_types() == std::vector{event_type::job_added, event_type::fire_skipped, event_type::schedule_updated}));
  BOOST_TEST((w.last.events[1].reason == skip_reason::misfire));
  BOOST_TEST(w.last.events[1].task == "mail");
  BOOST_TEST((w.last.events[1].last_fire_time == epoch + 2h));

  const auto state = need(w.store->find_schedule("hourly")).state;
  BOOST_TEST((state.next_fire_time == epoch + 3h));
  BOOST_TEST((state.last_fire_time == epoch));
  BOOST_TEST((state.covered_to == epoch + 2h));
  BOOST_TEST(state.cursor.position == 77);
  const auto added = need(w.store->find_job(plan.jobs[0].id));
  BOOST_TEST((added.state == job_state::pending));
  BOOST_TEST((added.created_at == epoch + 2h));
  BOOST_TEST((added.scheduled_fire_time == epoch));
  const auto skips = need(w.store->list_skips("hourly", {}));
  BOOST_REQUIRE_EQUAL(skips.items.size(), 1);
  BOOST_TEST((skips.items[0] ==
              skip{"hourly", plan.incarnation, epoch + 1h, epoch + 2h, 2, skip_reason::misfire, epoch + 2h}));
  BOOST_TEST((need(w.store->list_skips("", {})).items == skips.items));
  BOOST_TEST(need(w.store->list_skips("hourl", {})).items.empty());
  BOOST_TEST((w.store->next_due() == 1h));
}

BOOST_DATA_TEST_CASE(a_plan_for_a_schedule_that_changed_is_refused, all_backends) {
  planning_world w{sample};
  w.add_schedule(make_schedule("hourly", "mail", 1h));
  const auto plan = make_plan(w.claim().schedules.front().what, w.now.wall);
  need(w.batch([](data_store& s) { return s.pause_schedule("hourly"); }));
  BOOST_TEST((code_of(w.commit_plan(plan)) == ec::stale_revision));
  BOOST_TEST(w.last.events.empty());
  need(w.batch([](data_store& s) { return s.resume_schedule("hourly", epoch); }));
  const auto fresh = make_plan(w.claim().schedules.front().what, w.now.wall);
  need(w.commit_plan(fresh));
  BOOST_TEST((code_of(w.commit_plan(fresh)) == ec::stale_revision)); // nothing fires twice
  need(w.batch([](data_store& s) { return s.remove_schedule("hourly"); }));
  BOOST_TEST((code_of(w.commit_plan(fresh)) == ec::not_found));
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.size() == 1);
}

BOOST_DATA_TEST_CASE(a_refused_plan_spoils_nothing_of_its_batch, all_backends) {
  planning_world w{sample};
  w.add_schedule(make_schedule("a", "mail", 1h));
  w.add_schedule(make_schedule("b", "mail", 1h));
  w.batch([&](data_store& s) {
    auto due = need(s.claim_due_schedules(10)).schedules;
    auto stale = make_plan(due[0].what, w.now.wall);
    --stale.based_on;
    BOOST_TEST((code_of(s.commit_fire_plan(stale)) == ec::stale_revision));
    need(s.commit_fire_plan(make_plan(due[1].what, w.now.wall)));
  });
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.size() == 1);
}

BOOST_DATA_TEST_CASE(a_plan_that_would_break_the_cover_is_refused, all_backends) {
  planning_world w{sample};
  w.add_schedule(make_schedule("hourly", "mail", 1h));
  w.fire_due();
  w.pass(1h);
  const auto due = w.claim().schedules.front().what;
  const auto refused = [&](const std::function<void(fire_plan&)>& change) {
    auto plan = make_plan(due, w.now.wall);
    change(plan);
    return code_of(w.commit_plan(plan));
  };
  BOOST_TEST((refused([](auto& x) { x.jobs[0].scheduled_fire_time = epoch; }) == ec::invalid_argument));
  BOOST_TEST((refused([](auto& x) { x.jobs[0].id = job_id::make(epoch, 1, 2); }) == ec::invalid_argument));
  BOOST_TEST((refused([](auto& x) { x.jobs[0].schedule_id = "daily"; }) == ec::invalid_argument));
  BOOST_TEST((refused([](auto& x) { x.covered_to = epoch - 1s; }) == ec::invalid_argument));
  BOOST_TEST((refused([](auto& x) { x.next_fire_time = epoch; }) == ec::invalid_argument));
  BOOST_TEST((refused([](auto& x) {
                x.skips.push_back({x.schedule_id, x.incarnation, epoch, epoch + 1h, {}, skip_reason::misfire, {}});
              }) == ec::invalid_argument));
  BOOST_TEST((refused([](auto&) {}) == ec::none));
}

BOOST_DATA_TEST_CASE(a_schedule_without_a_next_fire_time_is_removed, all_backends) {
  planning_world w{sample};
  auto once = make_schedule("once", "mail", 1h);
  once.trigger.kind = date_definition{epoch};
  w.add_schedule(once);
  w.fire_due();
  BOOST_TEST((w.event_types() == std::vector{event_type::job_added, event_type::schedule_finished}));
  BOOST_TEST((code_of(w.store->find_schedule("once")) == ec::not_found));
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.size() == 1);
  BOOST_TEST(!w.store->next_due().has_value());
}

BOOST_DATA_TEST_CASE(a_plan_can_pause_its_schedule, all_backends) {
  planning_world w{sample};
  w.add_schedule(make_schedule("hourly", "mail", 1h));
  auto plan = make_plan(w.claim().schedules.front().what, w.now.wall);
  plan.pause_reason = "its trigger failed";
  need(w.commit_plan(plan));
  const auto state = need(w.store->find_schedule("hourly")).state;
  BOOST_TEST(state.paused);
  BOOST_TEST(state.pause_reason == "its trigger failed");
  BOOST_TEST(!w.store->next_due().has_value());
}

BOOST_DATA_TEST_CASE(a_claim_tells_how_many_jobs_run_and_wait, all_backends) {
  planning_world w{sample};
  auto definition = make_schedule("hourly", "mail", 1h);
  definition.overlap = overlap_policy::queue_all;
  w.add_schedule(definition);
  for (int i = 0; i < 3; ++i) {
    w.fire_due();
    w.pass(1h);
  }
  BOOST_TEST(w.hand_out().size() == 1); // one at a time
  const auto due = w.claim().schedules.front();
  BOOST_TEST(due.running_jobs == 1);
  BOOST_TEST(due.waiting_jobs == 2);
}

BOOST_DATA_TEST_CASE(what_resume_skips_is_forgotten_when_it_is_behind, all_backends) {
  planning_world w{sample};
  w.add_schedule(make_schedule("hourly", "mail", 1h));
  need(w.batch([](data_store& s) { return s.pause_schedule("hourly"); }));
  w.pass(1min);
  need(w.batch([](data_store& s) { return s.resume_schedule("hourly", std::nullopt); }));
  w.fire_due();
  BOOST_TEST(!need(w.store->find_schedule("hourly")).state.resume_from.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
