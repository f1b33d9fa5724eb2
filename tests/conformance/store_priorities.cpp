// Which of the jobs that may begin is next: by priority, and by age so that nothing starves.
#include "store_world/store_world.hpp"

#include <algorithm>
#include <set>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace carillon::testing {

struct priority_world : store_world {
  explicit priority_world(backend kind) : store_world(kind) {
    put_task("mail");
    put_task("fax");
  }
  job add(const std::string& task_id, std::int32_t priority, const std::function<void(job&)>& change = {}) {
    return add_job(task_id, ++count, [&](job& x) {
      x.priority = priority;
      if (change)
        change(x);
    });
  }
  std::int64_t next() {
    const demand wanted{{"executor-1", 1}, 1, {"thread_pool"}, {"fax", "mail"}, ~std::uint64_t{0}};
    const auto given = jobs_of(need(batch([&](data_store& s) { return s.hand_out_jobs(wanted, 1); })));
    if (given.empty())
      return 0;
    need(finish_job(given[0]));
    return *given[0].arguments.get_if<std::int64_t>();
  }
  std::vector<std::int64_t> next(int n) {
    std::vector<std::int64_t> all;
    for (; n > 0; --n)
      all.push_back(next());
    return all;
  }
  std::uint64_t count = 0;
};

} // namespace carillon::testing

namespace {
using numbers = std::vector<std::int64_t>;
}

BOOST_AUTO_TEST_SUITE(store_priorities)

BOOST_DATA_TEST_CASE(the_highest_priority_is_first_whatever_the_task_and_the_oldest_within_one, all_backends) {
  priority_world w{sample};
  w.add("mail", 0);
  w.add("fax", 10);
  w.add("mail", 10);
  w.add("fax", -10);
  BOOST_TEST((w.next(2) == numbers{2, 3}));
  w.add("mail", 10);
  BOOST_TEST((w.next(3) == numbers{5, 1, 4}));
  BOOST_TEST(w.next() == 0);
}

BOOST_DATA_TEST_CASE(a_priority_is_kept_by_retries_lost_leases_and_reruns, all_backends) {
  priority_world w{sample};
  w.add("mail", 0);
  const auto urgent = w.add("mail", 100, [](job& x) { x.retry = {.max_attempts = 3, .delay = 0s}; });
  const auto failed = w.hand_out(1).at(0);
  BOOST_TEST((failed.id == urgent.id));
  need(w.finish_job(failed, job_outcome::error));
  BOOST_TEST((w.hand_out(1).at(0).id == urgent.id));
  w.pass(20s);
  need(w.batch([](data_store& s) { return s.expire_leases(); }));
  const auto last = w.hand_out(1, {"executor-2", 1}).at(0);
  BOOST_TEST((last.id == urgent.id));
  need(w.finish_job(last));
  const auto again = make_job("mail", 99, w.now.wall).id;
  BOOST_TEST(need(w.batch([&](data_store& s) { return s.rerun_job(urgent.id, again); })).priority == 100);
  BOOST_TEST((w.hand_out(1, {"executor-2", 1}).at(0).id == again));
}

BOOST_DATA_TEST_CASE(one_hand_out_in_eight_goes_to_the_oldest_of_all, some_backends) {
  priority_world w{sample};
  for (int n = 0; n < 10; ++n)
    w.add("fax", -100 + n);
  for (int n = 0; n < 80; ++n)
    w.add("mail", 50);
  const auto order = w.next(80);
  for (std::size_t begin = 0; begin < order.size(); begin += 8) { // the oldest one of those with a low priority
    const auto of = std::span{order}.subspan(begin, 8);
    BOOST_TEST(std::ranges::count_if(of, [](std::int64_t n) { return n <= 10; }) == 1);
  }
  numbers low;
  std::ranges::copy_if(order, std::back_inserter(low), [](std::int64_t n) { return n <= 10; });
  BOOST_TEST((low == numbers{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
}

BOOST_DATA_TEST_CASE(nothing_starves_behind_a_limit_whatever_the_beat_of_the_others, some_backends) {
  for (int beat = 1; beat <= 16; ++beat) { // of each `beat` jobs one has the key
    priority_world w{sample};
    const auto of_key = [](job& x) { x.limit = {"database", 1}; };
    w.add("mail", -100, of_key);
    bool has_run = false;
    for (int n = 0; n < 16'000 && !has_run; ++n) {
      w.add("mail", 100, n % beat == 0 ? of_key : std::function<void(job&)>{});
      has_run = w.next() == 1;
    }
    BOOST_TEST(has_run, "a beat of " << beat);
  }
}

BOOST_DATA_TEST_CASE(a_priority_out_of_range_is_refused_by_name, all_backends) {
  priority_world w{sample};
  for (const auto priority : {-101, 101}) {
    auto what = make_job("mail", 1, w.now.wall);
    what.priority = priority;
    const auto refused = w.batch([&](data_store& s) { return s.add_job(what); });
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.err().text() == "priority: " + std::to_string(priority) + " isn't within -100 to 100");
    auto definition = make_schedule("s", "mail", 1h);
    definition.priority = priority;
    BOOST_TEST((code_of(w.batch([&](data_store& s) { return s.add_schedule(definition, conflict_policy::fail); })) ==
                ec::invalid_argument));
  }
}

BOOST_DATA_TEST_CASE(a_schedules_jobs_have_its_priority, all_backends) {
  priority_world w{sample};
  auto definition = make_schedule("s", "mail", 1h);
  definition.priority = 7;
  w.add_schedule(definition);
  w.add("mail", 6);
  w.fire_due();
  const auto first = w.hand_out(1).at(0);
  BOOST_TEST(first.schedule_id == "s");
  BOOST_TEST(first.priority == 7);
}

BOOST_AUTO_TEST_SUITE_END()
