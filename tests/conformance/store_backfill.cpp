// Jobs of a schedule for fire times that lie behind.
#include "store_world/store_world.hpp"

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace carillon::testing {

// A schedule of each hour, the first of which was ten hours ago; nothing of it is decided yet.
struct backfill_world : store_world {
  explicit backfill_world(backend kind, const store_config& settings = {}) : store_world(kind, settings) {
    put_task("mail");
    definition = make_schedule("s", "mail", 1h, epoch + 1h);
    definition.arguments = "now";
    definition.priority = 3;
    now.wall = epoch + 10h + 30min;
    now.boot += 10h + 30min;
  }
  backfill range(timestamp from, timestamp to) const {
    backfill what;
    what.id = make_job("mail", 900, epoch + 10h).id;
    what.schedule_id = "s";
    what.from = from;
    what.to = to;
    return what;
  }
  result<backfill_progress> ask(const backfill& what) {
    return batch([&](data_store& s) { return s.backfill_schedule(what); });
  }
  std::string refusal(const backfill& what) {
    const auto given = ask(what);
    return given ? std::string{"none"} : given.err().text();
  }
  schedule_definition definition;
};

} // namespace carillon::testing

namespace {

std::vector<timestamp> fire_times_of(const std::vector<job>& jobs) {
  std::vector<timestamp> times;
  for (const auto& one : jobs)
    times.push_back(one.scheduled_fire_time.value());
  return times;
}

} // namespace

BOOST_AUTO_TEST_SUITE(store_backfill)

BOOST_DATA_TEST_CASE(each_fire_time_of_the_range_without_a_job_gets_one_in_their_order, all_backends) {
  backfill_world w{sample};
  w.definition.paused = true; // nothing of it was decided, and all that lies behind may be filled
  const auto kept = w.add_schedule(w.definition);
  auto what = w.range(epoch + 2h, epoch + 5h);
  what.max_running_jobs = 2;
  const auto progress = need(w.ask(what));
  BOOST_TEST(progress.added == 3U);
  BOOST_TEST(progress.left_out == 0U);
  BOOST_TEST(!progress.next);
  BOOST_TEST(w.events_of(event_type::job_added).size() == 3U);
  const auto first = w.hand_out();
  BOOST_TEST((fire_times_of(first) == std::vector{epoch + 2h, epoch + 3h})); // its own limit holds
  BOOST_TEST(first[0].schedule_id == "s");
  BOOST_TEST((first[0].arguments == value{"now"}));
  BOOST_TEST(first[0].priority == 3);
  BOOST_TEST(!first[0].start_deadline);
  BOOST_TEST(w.hand_out().empty());
  need(w.finish_job(first[0]));
  BOOST_TEST((fire_times_of(w.hand_out()) == std::vector{epoch + 4h}));
  BOOST_TEST((need(w.store->find_schedule("s")).state == kept.state)); // its cursor hasn't moved
  BOOST_TEST(need(w.store->check()).faults.empty());
}

BOOST_DATA_TEST_CASE(what_is_wanted_decides_for_which_fire_times, all_backends) {
  backfill_world w{sample};
  w.definition.overlap = overlap_policy::allow;
  w.add_schedule(w.definition);
  w.fire_due(); // ten jobs
  const auto jobs = w.hand_out();
  BOOST_REQUIRE(jobs.size() == 10U);
  need(w.finish_job(jobs[0], job_outcome::success));
  need(w.finish_job(jobs[1], job_outcome::error));
  auto what = w.range(epoch + 1h, w.now.wall);
  const auto counts = [&](backfill_selection which, std::uint64_t number) {
    what.which = which;
    what.id = make_job("mail", number, epoch + 10h).id;
    const auto progress = need(w.ask(what));
    return std::pair{progress.added, progress.left_out};
  };
  BOOST_TEST((counts(backfill_selection::missing, 901) == std::pair<std::uint64_t, std::uint64_t>{0, 10}));
  BOOST_TEST((counts(backfill_selection::failed, 902) == std::pair<std::uint64_t, std::uint64_t>{1, 9}));
  BOOST_TEST((counts(backfill_selection::all, 903) == std::pair<std::uint64_t, std::uint64_t>{10, 0}));
  BOOST_TEST(need(w.store->check()).faults.empty());
}

BOOST_DATA_TEST_CASE(asked_for_again_it_adds_no_job_twice, all_backends) {
  backfill_world w{sample};
  w.definition.paused = true;
  w.add_schedule(w.definition);
  const auto what = w.range(epoch + 2h, epoch + 5h);
  const auto first = need(w.ask(what));
  BOOST_TEST((need(w.ask(what)) == first));
  BOOST_TEST(w.last.events.empty());
  need(w.finish_job(w.hand_out().at(0)));
  BOOST_TEST((need(w.ask(what)) == first)); // also when some have finished
  auto other = what;
  other.id = make_job("mail", 901, epoch + 10h).id;
  BOOST_TEST(need(w.ask(other)).added == 3U); // another backfill is another one
}

BOOST_DATA_TEST_CASE(it_comes_in_pieces_that_fit_in_a_batch, all_backends) {
  store_config config;
  config.bounds.batch_items = 4;
  backfill_world w{sample, config};
  w.definition.paused = true;
  w.add_schedule(w.definition);
  auto what = w.range(epoch + 1h, w.now.wall);
  std::vector<std::uint64_t> pieces;
  for (std::optional<timestamp> next = what.from; next;) {
    what.from = *next;
    const auto progress = need(w.ask(what));
    pieces.push_back(progress.added);
    next = progress.next;
  }
  BOOST_TEST((pieces == std::vector<std::uint64_t>{4, 4, 2}));
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.size() == 10U);
}

BOOST_DATA_TEST_CASE(large_arguments_make_smaller_pieces, all_backends) {
  store_config config;
  config.bounds.batch_size_bytes = 1'000;
  backfill_world w{sample, config};
  w.definition.paused = true;
  w.definition.arguments = std::string(600, 'x');
  w.add_schedule(w.definition);
  const auto progress = need(w.ask(w.range(epoch + 1h, w.now.wall)));
  BOOST_TEST(progress.added == 2U);
  BOOST_TEST((progress.next == epoch + 3h));
}

BOOST_DATA_TEST_CASE(what_the_schedule_has_still_to_decide_is_left_to_it, all_backends) {
  backfill_world w{sample};
  w.add_schedule(w.definition);
  w.batch([&](data_store& s) {
    const auto due = need(s.claim_due_schedules(1));
    need(s.commit_fire_plan(make_plan(due.schedules.at(0).what, w.now.wall))); // of the first one
  });
  auto what = w.range(epoch + 1h, w.now.wall);
  what.which = backfill_selection::all;
  BOOST_TEST(need(w.ask(what)).added == 1U);
}

BOOST_DATA_TEST_CASE(beside_the_schedules_jobs_or_in_line_with_them, all_backends) {
  for (const auto overlap : {overlap_policy::allow, overlap_policy::queue_all}) {
    backfill_world w{sample};
    w.definition.overlap = overlap_policy::queue_all;
    w.definition.paused = true;
    w.add_schedule(w.definition);
    const auto own =
        need(w.batch([&](data_store& s) { return s.run_schedule("s", make_job("mail", 7, w.now.wall).id); }));
    const auto begun = w.hand_out().at(0);
    BOOST_TEST((begun.id == own.id));
    auto what = w.range(epoch + 2h, epoch + 5h);
    what.overlap = overlap;
    BOOST_TEST(need(w.ask(what)).added == 3U);
    const bool is_beside = overlap == overlap_policy::allow;
    BOOST_TEST(w.hand_out().size() == (is_beside ? 1U : 0U));
    // Those beside it are none that its overlap policy counts.
    need(w.batch([](data_store& s) { return s.resume_schedule("s", {}); }));
    const auto due = w.batch([](data_store& s) { return s.claim_due_schedules(10); });
    BOOST_TEST(need(due).schedules.at(0).waiting_jobs == (is_beside ? 0U : 3U));
    need(w.finish_job(begun));
    BOOST_TEST(w.hand_out().size() == (is_beside ? 0U : 1U));
    BOOST_TEST(need(w.store->check()).faults.empty());
  }
}

BOOST_DATA_TEST_CASE(no_more_wait_than_a_schedule_may_have, all_backends) {
  store_config config;
  config.bounds.waiting_jobs_per_schedule = 2;
  backfill_world w{sample, config};
  w.definition.paused = true;
  w.definition.max_catch_up = 2;
  w.add_schedule(w.definition);
  auto what = w.range(epoch + 1h, w.now.wall);
  const auto progress = need(w.ask(what));
  BOOST_TEST(progress.added == 2U);
  BOOST_TEST((progress.next == epoch + 3h));
  BOOST_TEST((need(w.ask(what)) == progress)); // those that are there need no room
  what.from = *progress.next;
  BOOST_TEST((code_of(w.ask(what)) == ec::limit_exceeded));
  need(w.finish_job(w.hand_out().at(0)));
  BOOST_TEST(need(w.ask(what)).added == 1U);
}

BOOST_DATA_TEST_CASE(what_the_trigger_would_have_fired_before_it_began_counts_too, all_backends) {
  backfill_world w{sample};
  w.definition.trigger = {
      any_of_definition{{{interval_definition{1h, epoch + 9h + 20min, std::nullopt}},
                         {classic_cron_definition{"45 * * * *", epoch + 9h, std::nullopt, "UTC", {}}}}}};
  w.definition.overlap = overlap_policy::allow;
  w.add_schedule(w.definition);
  auto what = w.range(epoch + 2h, epoch + 4h);
  what.max_running_jobs = 100;
  BOOST_TEST(need(w.ask(what)).added == 4U);
  auto times = fire_times_of(w.hand_out());
  BOOST_TEST((std::count(times.begin(), times.end(), epoch + 2h + 20min) == 1));
  BOOST_TEST((std::count(times.begin(), times.end(), epoch + 3h + 20min) == 1));
}

BOOST_DATA_TEST_CASE(what_may_have_run_is_refused_when_nobody_knows_any_more, all_backends) {
  store_config config;
  config.history_retention = 24h;
  backfill_world w{sample, config};
  w.definition.overlap = overlap_policy::allow;
  w.add_schedule(w.definition);
  w.fire_due();
  for (const auto& one : w.hand_out())
    need(w.finish_job(one));
  w.pass(30h);
  w.fire_due();
  auto what = w.range(epoch + 1h, epoch + 12h);
  BOOST_TEST(w.refusal(what).starts_with("from: whether "));
  what.which = backfill_selection::all;
  BOOST_TEST(need(w.ask(what)).added == 11U);
  what.which = backfill_selection::missing;
  what.to = epoch + 1h; // nothing was its own before that
  what.from = epoch - 5h;
  BOOST_TEST(need(w.ask(what)).added == 6U);
}

BOOST_DATA_TEST_CASE(what_a_schedule_of_that_name_did_before_counts, all_backends) {
  backfill_world w{sample};
  w.definition.overlap = overlap_policy::allow;
  w.add_schedule(w.definition);
  w.fire_due();
  need(w.batch([](data_store& s) { return s.remove_schedule("s"); }));
  w.definition.trigger = {interval_definition{1h, epoch + 11h, std::nullopt}};
  w.add_schedule(w.definition);
  const auto progress = need(w.ask(w.range(epoch + 1h, epoch + 5h)));
  BOOST_TEST(progress.added == 0U);
  BOOST_TEST(progress.left_out == 4U);
}

BOOST_DATA_TEST_CASE(it_stands_in_line_with_what_else_waits, all_backends) {
  backfill_world w{sample};
  w.definition.paused = true;
  w.add_schedule(w.definition);
  w.add_job("mail", 1, [&](job& x) { x.priority = 3, x.not_before = epoch + 9h; }); // has waited for longer
  auto what = w.range(epoch + 2h, epoch + 5h);
  BOOST_TEST(need(w.ask(what)).added == 3U);
  BOOST_TEST((w.hand_out(1).at(0).schedule_id.empty()));
}

BOOST_DATA_TEST_CASE(bad_ones_are_refused_by_name, all_backends) {
  backfill_world w{sample};
  w.add_schedule(w.definition);
  const auto good = w.range(epoch + 2h, epoch + 5h);
  const auto refused = [&](const std::function<void(backfill&)>& change) {
    auto what = good;
    change(what);
    return w.refusal(what);
  };
  BOOST_TEST(refused([](backfill& x) { x.id = {}; }).starts_with("id: "));
  BOOST_TEST(refused([](backfill& x) { x.from = x.to; }).starts_with("from: "));
  BOOST_TEST(refused([&](backfill& x) { x.to = w.now.wall + 1s; }).starts_with("to: "));
  BOOST_TEST(refused([](backfill& x) { x.which = backfill_selection{9}; }).starts_with("which: "));
  BOOST_TEST(refused([](backfill& x) { x.overlap = overlap_policy::skip; }) ==
             "overlap: a backfill's is allow or queue_all, not skip");
  BOOST_TEST(refused([](backfill& x) { x.overlap = overlap_policy::queue_all; }).starts_with("overlap: "));
  BOOST_TEST(refused([](backfill& x) { x.max_running_jobs = 0; }).starts_with("max_running_jobs: "));
  BOOST_TEST(refused([](backfill& x) { x.priority = 101; }).starts_with("priority: "));
  auto nobody = good;
  nobody.schedule_id = "nobody";
  BOOST_TEST((code_of(w.ask(nobody)) == ec::not_found));
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.empty());
}

BOOST_AUTO_TEST_SUITE_END()
