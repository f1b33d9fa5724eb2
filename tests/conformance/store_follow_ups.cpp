// Jobs that are added by the end of others, and runs of schedules that are asked for.
#include "store_world/store_world.hpp"

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace carillon::testing {

struct follow_up_world : store_world {
  explicit follow_up_world(backend kind) : store_world(kind) {
    put_task("mail");
    put_task("tell", [](task& x) {
      x.time_limit = 5s;
      x.metadata = {{"of", "tell"}};
    });
  }
  job add(std::vector<follow_up> follow_ups, const std::function<void(job&)>& change = {}) {
    return add_job("mail", ++count, [&](job& x) {
      x.follow_ups = std::move(follow_ups);
      if (change)
        change(x);
    });
  }
  // All that may begin.
  std::vector<job> offer() { return hand_out(100, {"executor-1", 1}); }
  std::uint64_t count = 0;
};

} // namespace carillon::testing

namespace {

follow_up tell(follow_up_trigger on, value arguments = {}) { return {on, "tell", std::move(arguments), 0, {}}; }
const std::vector<follow_up> one_of_each{tell(follow_up_trigger::success, "well"),
                                         tell(follow_up_trigger::failure, "badly"),
                                         tell(follow_up_trigger::end, "over")};

std::vector<std::string> texts_of(const std::vector<job>& jobs) {
  std::vector<std::string> texts;
  for (const auto& one : jobs)
    texts.push_back(*one.arguments.get_if<std::string>());
  std::ranges::sort(texts);
  return texts;
}
using texts = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(store_follow_ups)

BOOST_DATA_TEST_CASE(a_success_adds_what_follows_it_with_its_result_in_the_same_commit, all_backends) {
  follow_up_world w{sample};
  const auto first = w.add(one_of_each);
  need(w.finish_job(w.offer().at(0), job_outcome::success, "all went"));
  BOOST_TEST(w.events_of(event_type::job_added).size() == 2U); // with the job's end
  BOOST_TEST(w.events_of(event_type::job_finished).size() == 1U);
  const auto next = w.offer();
  BOOST_TEST((texts_of(next) == texts{"over", "well"}));
  for (const auto& one : next) {
    BOOST_TEST(one.task == "tell");
    BOOST_TEST(one.schedule_id.empty());
    BOOST_TEST((one.time_limit == 5s));
    BOOST_TEST((one.metadata == value::map{{"of", "tell"}}));
    BOOST_REQUIRE(one.follows);
    BOOST_TEST((one.follows->id == first.id));
    BOOST_TEST((one.follows->outcome == job_outcome::success));
    BOOST_TEST((one.follows->result == value{"all went"}));
  }
  BOOST_TEST(need(w.store->check()).faults.empty());
}

BOOST_DATA_TEST_CASE(each_other_outcome_is_a_failure_but_a_cancellation_is_only_an_end, all_backends) {
  for (const auto outcome : {job_outcome::error, job_outcome::timed_out, job_outcome::crashed,
                             job_outcome::deserialization_failed, job_outcome::cancelled}) {
    follow_up_world w{sample};
    w.add(one_of_each);
    need(w.finish_job(w.offer().at(0), outcome));
    BOOST_TEST((texts_of(w.offer()) == (outcome == job_outcome::cancelled ? texts{"over"} : texts{"badly", "over"})));
  }
}

BOOST_DATA_TEST_CASE(only_the_end_of_the_last_attempt_counts, all_backends) {
  follow_up_world w{sample};
  w.add(one_of_each, [](job& x) { x.retry = {.max_attempts = 2, .delay = 0s}; });
  need(w.finish_job(w.offer().at(0), job_outcome::error));
  const auto second = w.offer();
  BOOST_REQUIRE_EQUAL(second.size(), 1U);
  BOOST_TEST(second[0].task == "mail");
  need(w.finish_job(second[0]));
  BOOST_TEST((texts_of(w.offer()) == texts{"over", "well"}));
  BOOST_TEST((code_of(w.finish_job(second[0])) == ec::none)); // told again
  BOOST_TEST(w.offer().empty());
}

BOOST_DATA_TEST_CASE(a_job_that_never_ran_has_follow_ups_too, all_backends) {
  follow_up_world w{sample};
  const auto cancelled = w.add(one_of_each);
  need(w.batch([&](data_store& s) { return s.cancel_job(cancelled.id); }));
  BOOST_TEST((texts_of(w.offer()) == texts{"over"}));
  w.add(one_of_each, [&](job& x) { x.start_deadline = w.now.wall + 1s; });
  w.pass(2s);
  BOOST_TEST((texts_of(w.offer()) == texts{"badly", "over"})); // in the very batch that finds the deadline missed
}

BOOST_DATA_TEST_CASE(a_lost_job_that_is_abandoned_has_failed, all_backends) {
  follow_up_world w{sample};
  w.put_task("mail", [](task& x) { x.on_loss = loss_policy::abandon; });
  w.add(one_of_each);
  BOOST_TEST(w.offer().size() == 1U);
  w.pass(20s);
  need(w.batch([](data_store& s) { return s.expire_leases(); }));
  const auto next = w.hand_out(100, {"executor-2", 1});
  BOOST_TEST((texts_of(next) == texts{"badly", "over"}));
  BOOST_TEST((next[0].follows->outcome == job_outcome::abandoned));
}

BOOST_DATA_TEST_CASE(follow_ups_have_follow_ups, all_backends) {
  follow_up_world w{sample};
  auto third = tell(follow_up_trigger::success, "third");
  auto second = tell(follow_up_trigger::success, "second");
  second.priority = 9;
  second.follow_ups = {third};
  w.add({second});
  need(w.finish_job(w.offer().at(0)));
  const auto next = w.offer().at(0);
  BOOST_TEST(next.priority == 9);
  need(w.finish_job(next, job_outcome::success, 2));
  const auto last = w.offer().at(0);
  BOOST_TEST((last.arguments == value{"third"}));
  BOOST_TEST((last.follows->id == next.id));
  BOOST_TEST((last.follows->result == value{2}));
}

BOOST_DATA_TEST_CASE(a_removed_task_of_a_follow_up_is_told, all_backends) {
  follow_up_world w{sample};
  w.add(one_of_each);
  need(w.batch([](data_store& s) { return s.remove_task("tell", false); }));
  need(w.finish_job(w.offer().at(0)));
  const auto told = w.events_of(event_type::follow_up_refused);
  BOOST_REQUIRE_EQUAL(told.size(), 2U);
  BOOST_TEST(told[0].text == "follow-up 1 can't be added: the task \"tell\" was removed");
  BOOST_TEST(w.offer().empty());
  BOOST_TEST(need(w.store->check()).faults.empty());
}

BOOST_DATA_TEST_CASE(bad_follow_ups_are_refused_with_their_place, all_backends) {
  follow_up_world w{sample};
  const auto refusal = [&](std::vector<follow_up> all) {
    auto what = make_job("mail", 1, w.now.wall);
    what.follow_ups = std::move(all);
    const auto given = w.batch([&](data_store& s) { return s.add_job(what); });
    return given ? std::string{"none"} : given.err().text();
  };
  auto unknown = tell(follow_up_trigger::success);
  unknown.task = "nobody";
  BOOST_TEST(refusal({unknown}) == "follow_ups: number 1: no node has ever registered the task \"nobody\"");
  auto urgent = tell(follow_up_trigger::success);
  urgent.priority = 101;
  BOOST_TEST(refusal({tell(follow_up_trigger::end), urgent}) ==
             "follow_ups: number 2: priority: 101 isn't within -100 to 100");
  auto deep = tell(follow_up_trigger::success);
  for (int n = 0; n < max_follow_up_depth; ++n) {
    auto outer = tell(follow_up_trigger::success);
    outer.follow_ups = {deep};
    deep = outer;
  }
  BOOST_TEST(refusal({deep}).ends_with("nested deeper than 8"));
  BOOST_TEST(refusal(std::vector<follow_up>(101, tell(follow_up_trigger::end))) == "follow_ups: more than 100 in all");
  BOOST_TEST(refusal({tell(follow_up_trigger::end, std::string(600'000, 'x')),
                      tell(follow_up_trigger::end, std::string(600'000, 'x'))}) ==
             "follow_ups: arguments: more than 1048576 bytes in all follow-ups");
}

BOOST_DATA_TEST_CASE(what_is_handed_out_beside_a_follow_up_has_the_token_that_its_event_says, all_backends) {
  follow_up_world w{sample};
  w.add({tell(follow_up_trigger::end, "late")}, [&](job& x) { x.start_deadline = w.now.wall; });
  w.pass(1s);
  w.add({});
  const auto given = w.offer();
  BOOST_TEST(given.size() == 2U); // the second one, and what follows the first, which was too late
  const auto told = w.events_of(event_type::job_acquired);
  BOOST_TEST_REQUIRE(told.size() == given.size());
  for (std::size_t i = 0; i < told.size(); ++i)
    BOOST_TEST(told[i].number == given[i].held_by->token);
}

BOOST_DATA_TEST_CASE(each_job_of_a_schedule_has_its_follow_ups, all_backends) {
  follow_up_world w{sample};
  auto definition = make_schedule("s", "mail", 1h);
  definition.follow_ups = {tell(follow_up_trigger::success, "well")};
  BOOST_TEST((w.add_schedule(definition).definition.follow_ups == definition.follow_ups));
  w.fire_due();
  need(w.finish_job(w.offer().at(0)));
  BOOST_TEST((texts_of(w.offer()) == texts{"well"}));
}

BOOST_DATA_TEST_CASE(a_schedule_runs_when_asked_beside_its_fire_times, all_backends) {
  follow_up_world w{sample};
  auto definition = make_schedule("s", "mail", 1h, epoch + 1h);
  definition.arguments = "now";
  definition.priority = 3;
  definition.paused = true;
  definition.overlap = overlap_policy::queue_all;
  const auto kept = w.add_schedule(definition);
  const auto run = [&](std::uint64_t n) {
    return w.batch([&](data_store& s) { return s.run_schedule("s", make_job("mail", 100 + n, w.now.wall).id); });
  };
  const auto first = need(run(1));
  BOOST_TEST(first.schedule_id == "s");
  BOOST_TEST((first.arguments == value{"now"}));
  BOOST_TEST(first.priority == 3);
  BOOST_TEST(!first.scheduled_fire_time);
  BOOST_TEST((first.not_before == w.now.wall));
  BOOST_TEST((need(run(1)).id == first.id)); // asked for twice
  BOOST_TEST(w.last.events.empty());
  need(run(2));
  BOOST_TEST(w.offer().size() == 1U); // one at a time
  BOOST_TEST(w.offer().empty());
  const auto after = need(w.store->find_schedule("s"));
  BOOST_TEST((after.state == kept.state)); // its cursor hasn't moved
  BOOST_TEST(need(w.store->check()).faults.empty());
  BOOST_TEST((code_of(w.batch([&](data_store& s) {
                return s.run_schedule("t", make_job("mail", 9, w.now.wall).id);
              })) == ec::not_found));
  const auto other = w.add({});
  BOOST_TEST((code_of(w.batch([&](data_store& s) { return s.run_schedule("s", other.id); })) == ec::conflict));
}

BOOST_AUTO_TEST_SUITE_END()
