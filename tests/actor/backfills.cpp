// A backfill by the actors' messages: limits of its own, beside the fire times, whatever happens meanwhile.
#include "actor/simple_work.hpp"
#include "carillon/testing/world.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

// A schedule of each hour that was paused for ten hours and goes on.
struct one_schedule {
  one_schedule() {
    auto definition = every(w, 1h, "hourly");
    definition.paused = true;
    definition.overlap = overlap_policy::allow;
    w.ask<schedule>(node->store, add_schedule{definition, conflict_policy::fail}).or_throw();
    begin = w.time().now().wall;
    w.run_for(10h);
    w.ask<schedule>(node->store, resume_schedule{"hourly", false, {}}).or_throw();
    w.run_for(1s); // it has decided what was missed
    what.id = direct(900).id;
    what.schedule_id = "hourly";
    what.from = begin;
    what.to = w.time().now().wall;
  }
  backfill_progress ask() { return w.ask<backfill_progress>(node->store, backfill_schedule{what}).or_throw(); }
  // How many jobs each fire time has.
  std::map<timestamp, int> jobs() const {
    std::map<timestamp, int> found;
    for (const auto& one : node->state().list_jobs({}, {}).or_throw().items)
      if (one.scheduled_fire_time)
        ++found[*one.scheduled_fire_time];
    return found;
  }

  world w{7};
  world_node* node = &w.add_node();
  timestamp begin;
  backfill what;
};

} // namespace

BOOST_AUTO_TEST_SUITE(backfills)

BOOST_AUTO_TEST_CASE(what_was_skipped_runs_one_at_a_time_beside_the_fire_times) {
  one_schedule c;
  const auto before = c.jobs().size();
  const auto progress = c.ask();
  BOOST_TEST(progress.added >= 9U);
  BOOST_TEST(!progress.next);
  std::size_t most = 0;
  for (auto left = progress.added; left > 0; --left) {
    c.w.settle();
    std::vector<job_id> of_backfill;
    for (const auto& one : c.node->runner().running())
      if (one.what->limit)
        of_backfill.push_back(one.what->id);
    most = std::max(most, of_backfill.size());
    BOOST_TEST_REQUIRE(!of_backfill.empty());
    c.node->runner().finish(of_backfill[0]);
  }
  BOOST_TEST(most == 1U);
  c.w.settle();
  const auto all = c.jobs();
  BOOST_TEST(all.size() == before + progress.added);
  for (const auto& [when, count] : all)
    BOOST_TEST(count == 1, to_iso8601(when));
  c.w.run_for(1h); // the schedule itself goes on
  BOOST_TEST(c.jobs().size() == all.size() + 1);
}

BOOST_AUTO_TEST_CASE(a_crash_in_the_middle_and_the_same_request_again_add_no_job_twice) {
  one_schedule c;
  c.node->runner().script = [](const job&) { return attempt_result::success({}); };
  const auto first = c.ask();
  c.w.crash(*c.node);
  c.node = &c.w.restart({});
  c.node->runner().script = [](const job&) { return attempt_result::success({}); };
  BOOST_TEST((c.ask() == first));
  c.w.run_for(1min);
  for (const auto& [when, count] : c.jobs())
    BOOST_TEST(count == 1, to_iso8601(when));
  for (const auto& one : c.node->state().list_jobs({}, {}).or_throw().items)
    if (one.limit)
      BOOST_TEST((one.outcome == job_outcome::success), one.id.to_string());
}

BOOST_AUTO_TEST_SUITE_END()
