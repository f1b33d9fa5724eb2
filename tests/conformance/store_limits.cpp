// Limits by key beside those of tasks and schedules, and runners that jobs name: what may run, and whose turn is next.
#include "store_world/store_world.hpp"

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace carillon::testing {

struct limit_world : store_world {
  explicit limit_world(backend kind) : store_world(kind) {
    put_task("mail");
    put_task("fax");
  }
  job add_limited(const std::string& task_id, std::uint64_t number, std::uint32_t maximum,
                  std::function<void(job&)> change = {}) {
    return add_job(task_id, number, [&](job& x) {
      x.limit = {"database", maximum};
      if (change)
        change(x);
    });
  }
  std::vector<job> offer(std::vector<std::string> tasks, std::vector<std::string> runners = {"thread_pool"}) {
    const demand wanted{{"executor-1", 1}, 100, std::move(runners), std::move(tasks), ~std::uint64_t{0}};
    return jobs_of(need(batch([&](data_store& s) { return s.hand_out_jobs(wanted, 100); })));
  }
};

} // namespace carillon::testing

namespace {

using numbers = std::vector<std::int64_t>;
numbers numbers_of(const std::vector<job>& jobs) {
  numbers found;
  for (const auto& x : jobs)
    found.push_back(*x.arguments.get_if<std::int64_t>());
  return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(store_limits)

BOOST_DATA_TEST_CASE(a_key_limits_jobs_of_all_tasks_that_have_it, all_backends) {
  limit_world w{sample};
  w.add_limited("mail", 1, 2);
  w.add_limited("fax", 2, 2);
  w.add_limited("mail", 3, 2);
  w.add_limited("fax", 4, 2);
  w.add_job("mail", 5);
  w.add_job("mail", 6, [](job& x) { x.limit = {"printer", 1}; });
  const auto given = w.hand_out();
  BOOST_TEST((numbers_of(given) == numbers{1, 2, 5, 6}));
  BOOST_TEST(w.hand_out().empty());
  need(w.finish_job(given[1]));
  const auto third = w.hand_out();
  BOOST_TEST((numbers_of(third) == numbers{3}));
  need(w.finish_job(given[0]));
  need(w.finish_job(third[0]));
  BOOST_TEST((numbers_of(w.hand_out()) == numbers{4}));
}

BOOST_DATA_TEST_CASE(each_job_looks_at_its_own_maximum, all_backends) {
  limit_world w{sample};
  w.add_limited("mail", 1, 3);
  w.add_limited("mail", 2, 1);
  w.add_limited("mail", 3, 3);
  const auto given = w.hand_out();
  BOOST_TEST((numbers_of(given) == numbers{1, 3}));
  need(w.finish_job(given[0]));
  BOOST_TEST(w.hand_out().empty()); // one still runs
  need(w.finish_job(given[1]));
  BOOST_TEST((numbers_of(w.hand_out()) == numbers{2}));
}

BOOST_DATA_TEST_CASE(a_lost_lease_frees_its_place_under_a_key, all_backends) {
  limit_world w{sample};
  w.add_limited("mail", 1, 1);
  w.add_limited("mail", 2, 1);
  BOOST_TEST((numbers_of(w.hand_out()) == numbers{1}));
  w.pass(20s);
  need(w.batch([](data_store& s) { return s.expire_leases(); }));
  BOOST_TEST((numbers_of(w.hand_out(100, {"executor-2", 1})) == numbers{1})); // the earliest again
  w.pass(20s);
  need(w.batch([](data_store& s) { return s.expire_leases(); }));
  BOOST_TEST(w.hand_out().size() == 1);
}

BOOST_DATA_TEST_CASE(whoever_does_not_take_its_turn_passes_it_on, all_backends) {
  limit_world w{sample};
  w.add_limited("mail", 1, 1);
  const auto cancelled = w.add_limited("mail", 2, 1);
  w.add_limited("mail", 3, 1, [](job& x) { x.start_deadline = epoch + 1s; });
  w.add_limited("mail", 4, 1);
  const auto first = w.hand_out();
  BOOST_TEST((numbers_of(first) == numbers{1}));
  w.pass(2s);
  w.batch([&](data_store& s) {
    finished_attempt ended;
    ended.attempt = {first[0].id, first[0].held_by->token};
    need(s.finish_attempt(ended)); // lets the second go
    need(s.cancel_job(cancelled.id));
  });
  BOOST_TEST((numbers_of(w.hand_out()) == numbers{4})); // the third came too late
}

BOOST_DATA_TEST_CASE(a_full_task_or_an_executor_that_does_not_offer_it_keeps_no_others_of_the_key_waiting,
                     all_backends) {
  limit_world w{sample};
  w.put_task("fax", [](task& x) { x.max_running_jobs = 1; });
  w.add_job("fax", 1);
  w.add_limited("mail", 2, 1);
  w.add_limited("fax", 3, 1);
  w.add_limited("mail", 4, 1);
  const auto given = w.hand_out();
  BOOST_TEST((numbers_of(given) == numbers{1, 2}));
  need(w.finish_job(given[1])); // the third is next, but its task is full
  const auto fourth = w.hand_out();
  BOOST_TEST((numbers_of(fourth) == numbers{4}));
  need(w.finish_job(fourth[0]));
  need(w.finish_job(given[0]));
  w.add_limited("mail", 5, 1);
  BOOST_TEST((numbers_of(w.offer({"mail"})) == numbers{5}));
}

BOOST_DATA_TEST_CASE(a_job_must_pass_its_schedule_and_its_key, all_backends) {
  limit_world w{sample};
  auto definition = make_schedule("s", "mail", 1s);
  definition.overlap = overlap_policy::queue_all;
  definition.limit = {"database", 1};
  definition.arguments = 100;
  w.add_schedule(definition);
  auto other = definition;
  other.id = "t";
  other.arguments = 200;
  for (int i = 0; i < 3; ++i) {
    w.fire_due();
    w.pass(1s);
  }
  other.trigger = make_schedule("t", "mail", 1s, w.now.wall - 500ms).trigger;
  w.add_schedule(other);
  w.fire_due();
  // One at a time, whoever's: first the three of `s`, then that of `t`.
  numbers order;
  for (int i = 0; i < 4; ++i) {
    const auto given = w.hand_out();
    BOOST_REQUIRE_EQUAL(given.size(), 1);
    BOOST_TEST(w.hand_out().empty());
    order.push_back(numbers_of(given).front());
    need(w.finish_job(given[0]));
  }
  BOOST_TEST((order == numbers{100, 100, 100, 200}));
}

BOOST_DATA_TEST_CASE(a_job_that_its_schedule_holds_back_keeps_no_others_of_its_key_waiting, all_backends) {
  limit_world w{sample};
  auto definition = make_schedule("s", "mail", 1s);
  definition.overlap = overlap_policy::queue_all;
  definition.limit = {"database", 2};
  definition.arguments = 100;
  w.add_schedule(definition);
  for (int i = 0; i < 3; ++i) {
    w.fire_due();
    w.pass(1s);
  }
  w.add_limited("mail", 1, 2);
  w.add_limited("mail", 2, 2);
  const auto given = w.hand_out();
  BOOST_TEST((numbers_of(given) == numbers{100, 1}));
  need(w.finish_job(given[1])); // two of the schedule are before the next, but may not run beside the first
  BOOST_TEST((numbers_of(w.hand_out()) == numbers{2}));
}

BOOST_DATA_TEST_CASE(counts_are_rebuilt_from_the_leases_at_a_start, all_backends) {
  limit_world w{sample};
  for (std::uint64_t i = 1; i <= 4; ++i)
    w.add_limited("mail", i, 2);
  const auto given = w.hand_out();
  BOOST_TEST((numbers_of(given) == numbers{1, 2}));
  w.reopen();
  BOOST_TEST(w.hand_out().empty());
  need(w.finish_job(given[0]));
  BOOST_TEST((numbers_of(w.hand_out()) == numbers{3}));
}

BOOST_DATA_TEST_CASE(a_busy_task_keeps_no_others_out, all_backends) {
  limit_world w{sample};
  w.put_task("mail", [](task& x) { x.max_running_jobs = 2; });
  w.batch([&](data_store& s) {
    for (std::uint64_t i = 0; i < 10'000; ++i) {
      auto what = make_job("mail", i, epoch + std::chrono::microseconds{i});
      if (i % 2 == 0)
        what.limit = {"database", 1};
      need(s.add_job(what));
    }
    need(s.add_job(make_job("fax", 20'000, epoch + 100ms)));
    auto limited = make_job("fax", 20'001, epoch + 100ms + 1us);
    limited.limit = {"printer", 1};
    need(s.add_job(limited));
  });
  w.pass(1s);
  const auto given = w.hand_out(4);
  BOOST_TEST((numbers_of(given) == numbers{0, 1, 20'000, 20'001}));
  BOOST_TEST(w.hand_out(4).empty());
  need(w.finish_job(given[0]));
  BOOST_TEST((numbers_of(w.hand_out(4)) == numbers{2}));
}

BOOST_DATA_TEST_CASE(a_job_goes_to_an_executor_that_has_its_runner, all_backends) {
  limit_world w{sample};
  w.put_task("mail", [](task& x) { x.max_running_jobs = 2; });
  w.add_job("mail", 1, [](job& x) { x.runner = "inline"; });
  w.add_job("mail", 2);
  w.add_job("mail", 3, [](job& x) { x.runner = "inline"; });
  w.add_job("mail", 4);
  const auto pooled = w.offer({"mail"}, {"thread_pool"});
  BOOST_TEST((numbers_of(pooled) == numbers{2, 4}));
  BOOST_TEST(pooled[0].runner == "thread_pool");
  BOOST_TEST(w.offer({"mail"}, {"inline"}).empty()); // the limit is the task's, whatever runs its jobs
  need(w.finish_job(pooled[0]));
  const auto inlined = w.offer({"mail"}, {"thread_pool", "inline"});
  BOOST_TEST((numbers_of(inlined) == numbers{1}));
  BOOST_TEST(inlined[0].runner == "inline");
  need(w.finish_job(inlined[0]));
  w.put_task("mail", [](task& x) { x.runner = "inline"; });
  w.add_job("mail", 5);
  BOOST_TEST((numbers_of(w.offer({"mail"}, {"inline"})) == numbers{3, 5}));
}

BOOST_DATA_TEST_CASE(bad_limits_and_runners_are_refused_by_name, all_backends) {
  limit_world w{sample};
  const auto refusal = [&](const std::function<void(job&)>& change) {
    auto what = make_job("mail", 1, epoch);
    change(what);
    const auto added = w.batch([&](data_store& s) { return s.add_job(what); });
    return added ? std::string{} : added.err().text().substr(0, added.err().text().find(": "));
  };
  const auto command = [](job& x) {
    x.task = "command";
    x.arguments = value::map{{"shell_line", "true"}};
  };
  BOOST_TEST(refusal([](job& x) { x.limit = {"", 1}; }) == "limit");
  BOOST_TEST(refusal([](job& x) { x.limit = {"a b", 1}; }) == "limit");
  BOOST_TEST(refusal([](job& x) { x.limit = {std::string(201, 'x'), 1}; }) == "limit");
  BOOST_TEST(refusal([](job& x) { x.limit = {"database", 0}; }) == "limit");
  BOOST_TEST(refusal([](job& x) { x.runner = "command"; }) == "runner");
  BOOST_TEST(refusal([](job& x) { x.runner = "thread pool"; }) == "runner");
  BOOST_TEST(refusal([](job& x) { x.overlap = static_cast<overlap_policy>(9); }) == "overlap");
  BOOST_TEST(refusal([](job& x) { x.time_limit = -1s; }) == "time_limit");
  BOOST_TEST(refusal([&](job& x) {
               command(x);
               x.runner = "thread_pool";
             }) == "runner");
  BOOST_TEST(refusal([&](job& x) {
               command(x);
               x.runner = "command";
             }) == "");
  const auto schedule_refusal = [&](const std::function<void(schedule_definition&)>& change) {
    auto what = make_schedule("s", "mail", 10s);
    change(what);
    const auto added = w.batch([&](data_store& s) { return s.add_schedule(what, conflict_policy::fail); });
    return added ? std::string{} : added.err().text().substr(0, added.err().text().find(": "));
  };
  using definition = schedule_definition;
  BOOST_TEST(schedule_refusal([](definition& x) { x.limit = {"database", 0}; }) == "limit");
  BOOST_TEST(schedule_refusal([](definition& x) { x.runner = "command"; }) == "runner");
  BOOST_TEST(schedule_refusal([](definition& x) { x.overlap = static_cast<overlap_policy>(9); }) == "overlap");
  BOOST_TEST(schedule_refusal([](definition& x) { x.coalesce = static_cast<coalesce_policy>(9); }) == "coalesce");
  BOOST_TEST(schedule_refusal([](definition& x) { x.misfire_grace_time = -1us; }) == "misfire_grace_time");
  BOOST_TEST(schedule_refusal([](definition& x) { x.max_jitter = -1us; }) == "max_jitter");
  BOOST_TEST(schedule_refusal([](definition& x) { x.max_jitter = 10s; }) == "max_jitter"); // as long as the interval
  BOOST_TEST(schedule_refusal([](definition& x) { x.max_jitter = 10s - 1us; }) == "");
}

BOOST_AUTO_TEST_SUITE_END()
