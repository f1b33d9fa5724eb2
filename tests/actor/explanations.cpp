// What `explain_schedule` and `preview_schedule` say, and that a store cleans itself: message by message, in virtual time.
#include "carillon/testing/world.hpp"
#include "memory/memory_key_value.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

attempt_result at_once(const job&) { return attempt_result::success({}); }

struct history_fixture {
  world w{7};
  world_node_config config = [] {
    world_node_config made;
    made.store.history_retention = 24h;
    return made;
  }();
  world_node& node = w.add_node(config);
  timestamp begin = w.time().now().wall;

  [[nodiscard]] schedule_definition every(duration interval, const std::string& id = "s") const {
    schedule_definition made;
    made.id = id;
    made.task = "work";
    made.trigger = {interval_definition{interval, begin + interval, std::nullopt}};
    return made;
  }
  void add(const schedule_definition& what, conflict_policy policy = conflict_policy::fail) {
    BOOST_REQUIRE(w.ask<schedule>(node.store, add_schedule{what, policy}));
  }
  schedule_explanation explain(const std::string& id = "s", std::size_t decisions = 20, std::size_t coming = 5) {
    return w.ask<schedule_explanation>(node.reader, explain_schedule{id, decisions, coming}).or_throw();
  }
  schedule_preview preview(std::optional<timestamp> from = {}, std::size_t coming = 5) {
    return w
        .ask<schedule_preview>(node.reader, preview_schedule{"s", from.has_value(), from.value_or(timestamp{}), coming})
        .or_throw();
  }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(explanations, history_fixture)

BOOST_AUTO_TEST_CASE(each_run_is_told_newest_first_with_what_comes_next) {
  node.runner().script = at_once;
  add(every(10s));
  w.run_for(35s);
  const auto told = explain("s", 2, 3);
  BOOST_REQUIRE(told.decided.size() == 2u);
  BOOST_TEST((told.decided[0].first == begin + 30s && told.decided[1].first == begin + 20s));
  BOOST_TEST((told.decided[0].outcome == job_outcome::success));
  BOOST_TEST(told.decided[0].text == "ran on time; succeeded");
  BOOST_TEST((told.next == std::vector{begin + 40s, begin + 50s, begin + 60s}));
  BOOST_TEST(told.text == "it fires next at " + to_iso8601(begin + 40s));
  BOOST_TEST((told.whole_since == w.time().now().wall - 24h));
}

BOOST_AUTO_TEST_CASE(an_overlap_is_told_and_whom_the_next_job_waits_for) {
  add(every(10s)); // queue_one: one runs, one waits, the others are skipped
  w.run_for(45s);
  const auto told = explain();
  BOOST_REQUIRE(told.decided.size() == 4u);
  BOOST_TEST((told.decided[0].first == begin + 40s));
  BOOST_TEST((told.decided[0].reason == skip_reason::overlap));
  BOOST_TEST(has(told.decided[0].text, "an earlier job was still running or waiting (overlap queue_one)"));
  BOOST_TEST(told.decided[2].text == "waits for the job of " + to_iso8601(begin + 10s) + " to end (overlap queue_one)");
  BOOST_TEST(told.decided[3].text == "ran on time; it is running now on node");
  node.runner().finish(node.runner().running().front().what->id);
  w.run_for(10s); // the one that waited runs, and another waits for it, behind two skips
  BOOST_TEST(explain("s", 1).decided.at(0).text ==
             "waits for the job of " + to_iso8601(begin + 20s) + " to end (overlap queue_one)");
}

BOOST_AUTO_TEST_CASE(a_late_run_says_why) {
  add(every(10s));
  w.run_for(11s);
  auto other = every(20s, "other");
  add(other); // due at 20 s, when the job of 20 s waits for the one of 10 s
  w.run_for(14s);
  node.runner().finish(node.runner().running().front().what->id); // at 25 s
  w.settle();
  for (const auto& x : std::vector(node.runner().running()))
    node.runner().finish(x.what->id);
  w.settle();
  const auto told = explain("s", 1, 0);
  BOOST_REQUIRE(told.decided.size() == 1u);
  BOOST_TEST(told.decided[0].text == "ran late: began 5s after its fire time, as the job of " +
                                         to_iso8601(begin + 10s) + " was still running (overlap queue_one); succeeded");
}

BOOST_AUTO_TEST_CASE(a_job_without_a_free_worker_says_what_it_waits_for) {
  add(every(10s));
  w.crash(node);
  auto nobody = config;
  nobody.slots = 0;
  auto& second = w.restart(nobody);
  w.run_for(15s);
  const auto told = w.ask<schedule_explanation>(second.reader, explain_schedule{"s", 5, 0}).or_throw();
  BOOST_REQUIRE(told.decided.size() == 1u);
  BOOST_TEST(told.decided[0].text == "waits for a worker that offers \"work\" and has a free slot");
}

BOOST_AUTO_TEST_CASE(a_downtime_is_told_as_what_it_was) {
  node.runner().script = at_once;
  auto strict = every(10s);
  strict.misfire_grace_time = 25s;
  add(strict);
  w.run_for(11s);
  w.crash(node);
  w.run_for(1h);
  auto& second = w.restart(config);
  second.runner().script = at_once;
  w.settle();
  const auto told = w.ask<schedule_explanation>(second.reader, explain_schedule{"s", 10, 0}).or_throw();
  BOOST_REQUIRE(told.decided.size() == 4u);
  BOOST_TEST(has(told.decided[0].text, "as it was decided "));
  BOOST_TEST((told.decided[1].reason == skip_reason::coalesced));
  BOOST_TEST(has(told.decided[1].text, "(coalesce latest)"));
  BOOST_TEST((told.decided[2].reason == skip_reason::misfire));
  BOOST_TEST(has(told.decided[2].text, "more than the misfire grace time (25s)"));
  BOOST_TEST((told.decided[2].first == begin + 20s));
  BOOST_TEST(told.decided[3].text == "ran on time; succeeded");
}

BOOST_AUTO_TEST_CASE(what_was_decided_by_earlier_settings_is_told_by_them) {
  node.runner().script = at_once;
  add(every(10s));
  w.run_for(25s);
  add(every(7s), conflict_policy::replace);
  w.run_for(10s);
  const auto told = explain();
  std::vector<timestamp> times;
  for (const auto& x : told.decided)
    times.push_back(x.first);
  BOOST_TEST((times == std::vector{begin + 35s, begin + 28s, begin + 21s, begin + 20s, begin + 10s}));
}

BOOST_AUTO_TEST_CASE(a_removed_and_a_finished_schedule_are_told_as_long_as_their_history_is_kept) {
  node.runner().script = at_once;
  add(every(10s));
  auto once = every(10s, "once");
  once.trigger = {date_definition{begin + 10s}};
  add(once);
  w.run_for(11s);
  BOOST_REQUIRE(w.ask<done>(node.store, remove_schedule{"s"}));
  const auto removed = explain();
  BOOST_TEST(has(removed.text, "it was removed at "));
  BOOST_TEST(removed.decided.size() == 1u);
  BOOST_TEST(removed.next.empty());
  const auto finished = explain("once");
  BOOST_TEST(has(finished.text, "it has finished"));
  BOOST_TEST(finished.decided.size() == 1u);
  w.run_for(25h);
  const auto gone = w.ask<schedule_explanation>(node.reader, explain_schedule{"s", 1, 1});
  BOOST_TEST((gone.err().code() == ec::not_found));
}

BOOST_AUTO_TEST_CASE(a_long_history_costs_no_more_than_what_is_asked_for) {
  node.runner().script = at_once;
  add(every(1s));
  auto weekly = every(1h, "rare");
  add(weekly);
  w.keep_messages(keep::nothing);
  w.run_for(2h);
  const auto told = explain("rare");
  BOOST_REQUIRE(told.decided.size() == 2u); // behind 7,200 jobs of the other
  BOOST_TEST((told.decided[1].first == begin + 1h));
}

BOOST_AUTO_TEST_CASE(too_much_is_refused_by_name) {
  add(every(10s));
  const auto refused = w.ask<schedule_explanation>(node.reader, explain_schedule{"s", 1'001, 0}).err();
  BOOST_TEST((refused.code() == ec::limit_exceeded));
  BOOST_TEST(has(refused.text(), "decisions: 1001"));
  BOOST_TEST(
      (w.ask<schedule_preview>(node.reader, preview_schedule{"none", false, {}, 1}).err().code() == ec::not_found));
}

BOOST_AUTO_TEST_CASE(a_preview_says_what_a_resume_makes_and_drops_and_the_resume_does_that) {
  node.runner().script = at_once;
  auto all = every(10s);
  all.coalesce = coalesce_policy::all;
  all.max_catch_up = 3;
  all.overlap = overlap_policy::queue_all;
  add(all);
  w.run_for(15s);
  BOOST_REQUIRE(w.ask<schedule>(node.store, pause_schedule{"s"}));
  w.run_for(60s); // 20 to 70 s are missed
  const auto from_now = preview();
  BOOST_TEST(from_now.jobs.empty());
  BOOST_REQUIRE(from_now.skips.size() == 1u);
  BOOST_TEST((from_now.skips[0].reason == skip_reason::paused));
  BOOST_TEST((from_now.skips[0].first == begin + 20s && from_now.skips[0].last == begin + 70s));
  const auto told = preview(begin + 30s, 2);
  BOOST_REQUIRE(told.skips.size() == 2u);
  BOOST_TEST((told.skips[0].reason == skip_reason::paused && told.skips[0].last == begin + 20s));
  BOOST_TEST((told.skips[1].reason == skip_reason::catch_up_limit && told.skips[1].last == begin + 40s));
  BOOST_REQUIRE(told.jobs.size() == 3u);
  BOOST_TEST((told.jobs[0].scheduled_fire_time == begin + 50s));
  BOOST_TEST((told.next == std::vector{begin + 80s, begin + 90s}));
  BOOST_TEST(explain().decided.size() == 1u); // nothing was changed by it

  BOOST_REQUIRE(w.ask<schedule>(node.store, resume_schedule{"s", true, begin + 30s}));
  w.run_for(1s);
  const auto done = explain();
  BOOST_REQUIRE(done.decided.size() == 6u);
  for (std::size_t i = 0; i < 3; ++i) {
    BOOST_TEST((done.decided[i].job == told.jobs[2 - i].id));
    BOOST_TEST((done.decided[i].outcome == job_outcome::success));
  }
  BOOST_TEST((done.decided[3].reason == skip_reason::catch_up_limit));
  BOOST_TEST((done.decided[4].reason == skip_reason::paused));
}

BOOST_AUTO_TEST_CASE(a_preview_counts_the_jobs_that_run_and_wait) {
  add(every(10s));
  w.run_for(25s); // one runs, one waits
  BOOST_REQUIRE(w.ask<schedule>(node.store, pause_schedule{"s"}));
  w.run_for(10s);
  const auto told = preview(begin + 30s);
  BOOST_TEST(told.jobs.empty());
  BOOST_REQUIRE(told.skips.size() == 1u);
  BOOST_TEST((told.skips[0].reason == skip_reason::overlap));
}

BOOST_AUTO_TEST_CASE(past_definitions_are_read_by_message) {
  node.runner().script = at_once;
  add(every(10s));
  w.run_for(15s);
  add(every(7s), conflict_policy::replace);
  const auto page = w.ask<carillon::page<past_definition>>(node.reader, list_past_definitions{"s", {}}).or_throw();
  BOOST_REQUIRE(page.items.size() == 1u);
  BOOST_TEST((page.items[0].what == every(10s)));
}

BOOST_AUTO_TEST_CASE(what_has_expired_leaves_an_idle_store_within_a_day) {
  node.runner().script = at_once;
  const auto before = keyed::count_records(node.disk());
  auto brief = every(1min);
  brief.trigger = {interval_definition{1min, begin + 1min, begin + 60min}};
  add(brief);
  w.run_for(2h);
  BOOST_TEST(keyed::count_records(node.disk()) >= before + 60u);
  w.run_for(24h + 6h); // kept for a day, and looked for four times as often; and nothing happens any more
  BOOST_TEST(keyed::count_records(node.disk()) <= before + 2u);
  BOOST_TEST(node.state().check().or_throw().faults.empty());
}

BOOST_AUTO_TEST_CASE(what_has_expired_leaves_at_once_on_demand) {
  node.runner().script = at_once;
  const auto before = keyed::count_records(node.disk());
  auto brief = every(1s);
  brief.trigger = {interval_definition{1s, begin + 1s, begin + 60s}};
  add(brief);
  w.run_for(24h + 3min);                                               // an idle store looks at the clock once a minute
  BOOST_TEST(node.state().list_jobs({}, {}).or_throw().items.empty()); // unseen at once
  BOOST_TEST(keyed::count_records(node.disk()) > before + 10u);
  BOOST_REQUIRE(w.ask<done>(node.reader, clean_up{}));
  BOOST_TEST(keyed::count_records(node.disk()) <= before + 2u);
}

BOOST_AUTO_TEST_SUITE_END()
