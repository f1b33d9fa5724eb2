// What a wall clock that is set means for a store: CK in docs/semantics.md.
#include "store_world/store_world.hpp"

#include "engine/planner.hpp"

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace carillon::testing {

inline constexpr duration ten_years = std::chrono::hours{24 * 3'652};

class clock_world : public store_world {
public:
  explicit clock_world(backend kind, store_config wanted = {}) : store_world(kind, wanted) { put_task("mail"); }

  void step(duration by) { now.wall += by; }

  schedule add_every(duration period, const std::string& id = "s", overlap_policy overlap = overlap_policy::queue_one) {
    auto what = make_schedule(id, "mail", period, now.wall + period);
    what.overlap = overlap;
    return add_schedule(what);
  }
  /// Claims and plans, as a scheduler does, until nothing is left to do. Gives the events.
  std::vector<event> plan_all() {
    std::vector<event> all;
    for (bool is_done = false; !is_done;) {
      const auto due = claim();
      all.insert(all.end(), last.events.begin(), last.events.end());
      for (const auto& one : due.schedules) {
        need(batch([&](data_store& s) { return s.commit_fire_plan(planner_.plan(one, due.now)); }));
        all.insert(all.end(), last.events.begin(), last.events.end());
      }
      is_done = due.ring_in != 0s;
    }
    return all;
  }
  due_schedules claim() {
    return need(batch([&](data_store& s) { return s.claim_due_schedules(100); }));
  }
  schedule find(const std::string& id = "s") { return need(store->find_schedule(id)); }
  void check() {
    const auto report = need(store->check());
    BOOST_TEST(report.faults.empty(), (report.faults.empty() ? "" : report.faults.front()));
  }

private:
  engine::planner planner_{limits{}};
};

inline std::size_t count(const std::vector<event>& events, event_type type) {
  return static_cast<std::size_t>(std::ranges::count(events, type, &event::type));
}

inline const auto steady_backends = boost::unit_test::data::make({backend::memory, backend::rocksdb});

} // namespace carillon::testing

BOOST_AUTO_TEST_SUITE(store_clock)

BOOST_DATA_TEST_CASE(a_step_is_told_once_with_its_length_and_direction, steady_backends) {
  clock_world w{sample};
  const auto events_after = [&](duration wall, duration boot) {
    w.now.wall += wall;
    w.now.boot += boot;
    w.batch([](data_store&) {});
    return w.events_of(event_type::clock_stepped);
  };
  BOOST_TEST(events_after(10s, 10s).empty());
  const auto back = events_after(-1h, 0s);
  BOOST_REQUIRE_EQUAL(back.size(), 1);
  BOOST_TEST(back[0].text == "the wall clock was set back by 1h");
  BOOST_TEST((back[0].at == w.now.wall));
  BOOST_TEST(events_after(1s, 1s).empty());
  const auto ahead = events_after(ten_years, 0s);
  BOOST_REQUIRE_EQUAL(ahead.size(), 1);
  BOOST_TEST(ahead[0].text.starts_with("the wall clock was set ahead by "));
  for (int minute = 0; minute < 24 * 60; ++minute) // slewed for a day
    BOOST_TEST(events_after(60s + 30ms, 60s).empty());
  BOOST_TEST(events_after(8h, 8h).empty()); // the machine slept
}

BOOST_AUTO_TEST_CASE(a_step_is_told_even_if_the_batch_that_saw_it_is_lost) {
  clock_world w{backend::memory};
  w.step(-1h);
  w.disk->fail_write(1, {ec::disk_full, "no space is left"});
  w.start();
  need(w.store->add_job(make_job("mail", 1, epoch)));
  BOOST_TEST((code_of(w.store->commit()) == ec::disk_full));
  w.disk->repair();
  w.batch([](data_store&) {});
  BOOST_TEST(w.events_of(event_type::clock_stepped).size() == 1);
}

BOOST_DATA_TEST_CASE(a_schedule_decided_by_a_clock_ten_years_ahead_begins_anew_when_it_is_set_right, all_backends) {
  clock_world w{sample};
  const auto before = w.add_every(10s);
  w.pass(10s);
  w.plan_all();
  w.step(ten_years);
  w.plan_all();
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.size() == 2); // one for all of the ten years
  BOOST_TEST((w.find().state.covered_to > w.now.wall - 10s));
  w.check();

  w.pass(5s);
  w.step(-ten_years);
  const auto events = w.plan_all();
  BOOST_TEST(count(events, event_type::schedule_updated) == 0); // its last job waits
  BOOST_TEST((w.find().state.incarnation == before.state.incarnation));
  for (const auto& x : w.hand_out())
    need(w.finish_job(x));
  for (const auto& x : w.hand_out())
    need(w.finish_job(x));
  const auto begun = w.plan_all();
  BOOST_REQUIRE_EQUAL(count(begun, event_type::schedule_updated), 1);
  BOOST_TEST(
      begun.back().text.starts_with("it begins anew: a clock that was ahead had decided its fire times up to 2036-"));
  const auto anew = w.find();
  BOOST_TEST(anew.state.incarnation > before.state.incarnation);
  BOOST_TEST((anew.definition == before.definition));
  BOOST_TEST((anew.state.next_fire_time == epoch + 20s)); // the first at or after now
  w.check();

  w.pass(30s);
  w.plan_all();
  BOOST_TEST((w.find().state.covered_to == epoch + 40s));
  BOOST_TEST((w.find().state.incarnation == anew.state.incarnation));
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.size() == 3);
  BOOST_TEST(need(w.store->status()).schedules == 1);
  w.check();
}

BOOST_DATA_TEST_CASE(one_whose_fire_times_lie_further_apart_than_the_step_repeats_nothing, all_backends) {
  clock_world w{sample};
  const auto before = w.add_every(24h);
  w.pass(24h);
  w.plan_all();
  w.step(-1h);
  w.plan_all();
  BOOST_TEST((w.find().state.incarnation == before.state.incarnation));
  BOOST_TEST((w.find().state.next_fire_time == epoch + 48h));
  w.pass(1h);
  w.plan_all();
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.size() == 1);
  w.pass(24h);
  w.plan_all();
  BOOST_TEST((w.find().state.covered_to == epoch + 48h));
  w.check();
}

BOOST_DATA_TEST_CASE(a_paused_schedule_begins_anew_too_and_stays_paused, all_backends) {
  clock_world w{sample};
  w.add_every(10s, "s", overlap_policy::allow);
  w.step(ten_years);
  w.plan_all();
  need(w.batch([](data_store& s) { return s.pause_schedule("s"); }));
  w.step(-ten_years);
  w.plan_all();
  BOOST_TEST(w.find().state.paused);
  BOOST_TEST((w.find().state.covered_to < w.now.wall));
  w.pass(1min);
  BOOST_TEST(w.claim().schedules.empty());
  need(w.batch([](data_store& s) { return s.resume_schedule("s", std::nullopt); }));
  w.pass(10s);
  w.plan_all();
  BOOST_TEST((w.find().state.covered_to == epoch + 70s));
  w.check();
}

BOOST_DATA_TEST_CASE(the_next_incarnation_begins_when_the_last_job_has_ended_unless_they_may_overlap, all_backends) {
  for (const auto overlap : {overlap_policy::queue_one, overlap_policy::queue_all, overlap_policy::skip,
                             overlap_policy::cancel_running, overlap_policy::allow}) {
    clock_world w{sample};
    const auto before = w.add_every(10s, "s", overlap);
    w.step(ten_years);
    w.plan_all();
    const auto running = w.hand_out();
    BOOST_REQUIRE_EQUAL(running.size(), 1);
    w.step(-ten_years);
    w.start();
    need(w.store->claim_due_schedules(100));
    w.finish();
    BOOST_TEST(w.events_of(event_type::job_cancel_requested).size() == (overlap == overlap_policy::cancel_running));
    const bool is_begun = w.find().state.incarnation != before.state.incarnation;
    BOOST_TEST(is_begun == (overlap == overlap_policy::allow));
    need(w.finish_job(running[0]));
    BOOST_TEST((is_begun || w.store->next_due() == 0s)); // so that a scheduler asks
    w.plan_all();
    BOOST_TEST((w.find().state.incarnation != before.state.incarnation));
    w.pass(10s);
    w.plan_all();
    BOOST_TEST(w.hand_out().size() == 1);
    w.check();
  }
}

BOOST_DATA_TEST_CASE(a_plan_by_the_clock_that_was_ahead_is_refused_and_its_schedule_goes_on, steady_backends) {
  clock_world w{sample};
  w.add_every(10s);
  w.pass(10s);
  w.step(ten_years);
  const auto due = w.claim();
  BOOST_REQUIRE_EQUAL(due.schedules.size(), 1);
  const auto plan = engine::planner{limits{}}.plan(due.schedules[0], due.now);
  w.step(-ten_years);
  BOOST_TEST(code_of(w.batch([&](data_store& s) { return s.commit_fire_plan(plan); })) == ec::stale_revision);
  w.plan_all();
  BOOST_TEST((w.find().state.covered_to == epoch + 10s));
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.size() == 1);
  w.check();
}

BOOST_DATA_TEST_CASE(a_job_that_a_wrong_clock_told_to_wait_waits_as_long_from_now, all_backends) {
  clock_world w{sample};
  w.step(ten_years);
  const auto later = w.add_job("mail", 1, [&](job& x) { x.not_before = w.now.wall + 5min; });
  const auto ready = w.add_job("mail", 2);
  w.step(-ten_years);
  const auto newer = w.add_job("mail", 3, [&](job& x) { x.not_before = w.now.wall; });
  const auto first = w.hand_out(1);
  BOOST_REQUIRE_EQUAL(first.size(), 1);
  BOOST_TEST((first[0].id == newer.id || first[0].id == ready.id));
  BOOST_TEST(w.hand_out().size() == 1);
  BOOST_TEST((w.store->next_deadline() <= 5min));
  w.reopen();
  w.pass(4min);
  for (const auto& x : w.hand_out()) // lost with the lease meanwhile
    BOOST_TEST((x.id != later.id));
  w.pass(5min);
  const auto given = w.hand_out();
  BOOST_TEST(std::ranges::count(given, later.id, &job::id) == 1);
}

BOOST_DATA_TEST_CASE(a_job_whose_wait_a_right_clock_began_is_not_hurried_by_a_wrong_one, steady_backends) {
  clock_world w{sample};
  const auto later = w.add_job("mail", 1, [&](job& x) { x.not_before = w.now.wall + 1h; });
  w.step(ten_years);
  w.batch([](data_store&) {}); // its time has come, but nobody is there to run it
  w.step(-ten_years);
  BOOST_TEST(w.hand_out().empty());
  w.step(-24h); // the clock of a machine that was off may be late until it has asked the network
  BOOST_TEST(w.hand_out().empty());
  w.step(24h);
  BOOST_TEST(w.hand_out().empty());
  w.pass(59min);
  BOOST_TEST(w.hand_out().empty());
  w.pass(1min);
  BOOST_TEST(w.hand_out().size() == 1);
  BOOST_TEST((need(w.store->find_job(later.id)).started_at == epoch + 1h));
}

BOOST_DATA_TEST_CASE(jobs_that_were_ready_are_not_overtaken_for_ten_years, steady_backends) {
  clock_world w{sample};
  w.step(ten_years);
  const auto old = w.add_job("mail", 1);
  w.step(-ten_years);
  w.batch([](data_store&) {});
  w.pass(1s);
  w.add_job("mail", 2);
  const auto first = w.hand_out(1);
  BOOST_REQUIRE_EQUAL(first.size(), 1);
  BOOST_TEST((first[0].id == old.id));
}

BOOST_DATA_TEST_CASE(steps_touch_neither_leases_nor_claims, steady_backends) {
  store_config config;
  config.lease = 10s;
  config.claim = 10s;
  clock_world w{sample, config};
  w.add_every(1h);
  w.pass(1h);
  w.add_job("mail", 1);
  BOOST_REQUIRE_EQUAL(w.hand_out().size(), 1);
  BOOST_REQUIRE_EQUAL(w.claim().schedules.size(), 1);
  for (const auto by : {ten_years, -ten_years, -duration{1h}, duration{1h}}) {
    w.step(by);
    w.pass(2s);
    need(w.batch([](data_store& s) { return s.expire_leases(); }));
    BOOST_TEST(w.events_of(event_type::job_released).empty());
    BOOST_TEST(w.claim().schedules.empty());
  }
  w.pass(2s);
  need(w.batch([](data_store& s) { return s.expire_leases(); }));
  BOOST_TEST(w.events_of(event_type::job_released).size() == 1);
  BOOST_TEST(w.claim().schedules.size() == 1);
}

BOOST_DATA_TEST_CASE(after_a_reboot_leases_last_from_the_opening, steady_backends) {
  clock_world w{sample};
  w.add_job("mail", 1);
  BOOST_REQUIRE_EQUAL(w.hand_out().size(), 1);
  w.now.wall += 1min;
  w.now.boot = 3s; // it began anew
  w.reopen();
  w.batch([](data_store&) {});
  w.pass(w.config.lease - 1s);
  need(w.batch([](data_store& s) { return s.expire_leases(); }));
  BOOST_TEST(w.events_of(event_type::job_released).empty());
  w.pass(1s);
  need(w.batch([](data_store& s) { return s.expire_leases(); }));
  BOOST_TEST(w.events_of(event_type::job_released).size() == 1);
}

BOOST_DATA_TEST_CASE(a_clock_set_back_while_no_node_ran_is_seen_at_the_opening, steady_backends) {
  clock_world w{sample};
  const auto before = w.add_every(10s, "s", overlap_policy::allow);
  w.step(ten_years);
  w.plan_all();
  w.store.reset();
  w.step(-ten_years);
  w.reopen();
  w.pass(10s);
  w.plan_all();
  BOOST_TEST((w.find().state.incarnation != before.state.incarnation));
  BOOST_TEST((w.find().state.covered_to == epoch + 10s));
  w.check();
}

BOOST_DATA_TEST_CASE(many_schedules_begin_anew_in_pieces_and_after_a_crash_the_rest_does, steady_backends) {
  clock_world w{sample};
  constexpr std::size_t many = 2'500; // pieces have 1,000
  w.batch([&](data_store& s) {
    for (std::size_t i = 0; i < many; ++i)
      need(s.add_schedule(make_schedule("s" + std::to_string(i), "mail", 10s, epoch + 10s), conflict_policy::fail));
  });
  w.step(ten_years);
  w.plan_all();
  while (!w.hand_out(1'000).empty())
    for (const auto& x : need(w.store->list_jobs({.state = job_state::running}, {1'000, ""})).items)
      need(w.finish_job(x));
  w.step(-ten_years);
  BOOST_TEST((w.claim().ring_in == 0s));
  BOOST_TEST(w.events_of(event_type::schedule_updated).size() == 1'000);
  w.reopen();
  BOOST_TEST(count(w.plan_all(), event_type::schedule_updated) == many - 1'000);
  BOOST_TEST(need(w.store->status()).schedules == many);
  w.check();
}

BOOST_DATA_TEST_CASE(a_clock_that_begins_in_1970_changes_nothing_until_it_is_set, steady_backends) {
  clock_world w{sample};
  const auto before = w.add_every(10s);
  w.pass(10s);
  w.plan_all();
  const auto later = w.add_job("mail", 1, [&](job& x) { x.not_before = w.now.wall + 1h; });
  const auto right = w.now.wall;
  w.now.wall = timestamp{60s};
  w.now.boot = 60s;
  w.reopen();
  w.plan_all();
  w.pass(10s);
  w.now.wall = right + 1min;
  w.plan_all();
  BOOST_TEST((w.find().state.incarnation == before.state.incarnation));
  BOOST_TEST((w.find().state.covered_to == epoch + 70s));
  for (const auto& x : w.hand_out())
    BOOST_TEST((x.id != later.id));
  w.check();
}

BOOST_AUTO_TEST_SUITE_END()
