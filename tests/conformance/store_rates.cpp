// How often attempts begin: of a task, and of jobs with a key.
#include "store_world/store_world.hpp"

#include <map>
#include <random>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace carillon::testing {

struct rate_world : store_world {
  explicit rate_world(backend kind) : store_world(kind) {
    put_task("mail");
    put_task("fax");
  }
  job add(const std::string& task_id, std::optional<rate_limit> rate, const std::function<void(job&)>& change = {}) {
    return add_job(task_id, ++count, [&](job& x) {
      x.rate = std::move(rate);
      if (change)
        change(x);
    });
  }
  std::vector<std::int64_t> offer(const lease_holder& holder = {"executor-1", 1}) {
    const demand wanted{holder, 100, {"thread_pool"}, {"fax", "mail"}, ~std::uint64_t{0}};
    std::vector<std::int64_t> numbers;
    for (const auto& one : jobs_of(need(batch([&](data_store& s) { return s.hand_out_jobs(wanted, 100); })))) {
      numbers.push_back(*one.arguments.get_if<std::int64_t>());
      given.push_back(one);
    }
    return numbers;
  }
  std::uint64_t count = 0;
  std::vector<job> given;
};

} // namespace carillon::testing

namespace {

using numbers = std::vector<std::int64_t>;
rate_limit rate(std::uint32_t count, duration per, const std::string& key = "host") { return {key, {count, per}}; }

} // namespace

BOOST_AUTO_TEST_SUITE(store_rates)

BOOST_DATA_TEST_CASE(a_tasks_rate_holds_for_all_its_jobs, all_backends) {
  rate_world w{sample};
  w.put_task("mail", [](task& x) { x.rate = start_rate{2, 10s}; });
  for (int n = 0; n < 5; ++n)
    w.add("mail", {}, [&](job& x) { x.priority = n == 4 ? 1 : 0; });
  w.add("fax", {});
  BOOST_TEST((w.offer() == numbers{5, 1, 6}));
  BOOST_TEST((w.store->next_deadline() == 10s));
  for (const auto& one : w.given)
    need(w.finish_job(one)); // it is the beginning that counts
  BOOST_TEST(w.offer().empty());
  w.pass(10s - 1us);
  BOOST_TEST(w.offer().empty());
  w.pass(1us);
  BOOST_TEST((w.offer() == numbers{2, 3}));
  w.put_task("mail"); // none any more
  BOOST_TEST(w.offer() == numbers{4}, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_key_s_rate_holds_for_jobs_of_all_tasks, all_backends) {
  rate_world w{sample};
  w.add("mail", rate(2, 10s));
  w.add("fax", rate(2, 10s));
  w.add("mail", rate(2, 10s));
  w.add("fax", rate(2, 10s));
  w.add("mail", rate(1, 10s, "other"));
  BOOST_TEST((w.offer() == numbers{1, 2, 5}));
  w.pass(4s);
  BOOST_TEST(w.offer().empty());
  w.pass(6s);
  BOOST_TEST((w.offer() == numbers{3, 4}));
}

BOOST_DATA_TEST_CASE(what_waits_begins_when_there_is_room_and_holds_nobody_up, all_backends) {
  rate_world w{sample};
  for (int n = 1; n <= 3; ++n) {
    w.add("mail", rate(3, 10s));
    BOOST_TEST(w.offer().size() == 1U);
    w.pass(1s);
  }
  const auto waits = w.add("mail", rate(3, 10s));
  const auto cancelled = w.add("mail", rate(3, 10s), [](job& x) { x.priority = 5; });
  w.add("mail", rate(3, 10s));
  w.add("mail", {});
  BOOST_TEST((w.offer() == numbers{7}));
  if (w.keeps_claims())
    BOOST_TEST((w.store->next_deadline() == 7s)); // 10 s after the first one
  need(w.batch([&](data_store& s) { return s.cancel_job(cancelled.id); }));
  w.pass(7s);
  BOOST_TEST(w.offer() == numbers{4}, boost::test_tools::per_element());
  BOOST_TEST((need(w.store->find_job(waits.id)).started_at == w.now.wall));
  w.pass(1s);
  BOOST_TEST(w.offer() == numbers{6}, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(limits_and_rates_of_one_job_do_not_stop_each_other, all_backends) {
  rate_world w{sample};
  const auto limited = [](job& x) { x.limit = {"database", 1}; };
  for (int n = 0; n < 4; ++n)
    w.add("mail", rate(3, 10s), limited);
  w.add("mail", rate(3, 10s));
  w.add("mail", {}, limited);
  BOOST_TEST((w.offer() == numbers{1, 5}));
  need(w.finish_job(w.given[0]));
  BOOST_TEST((w.offer() == numbers{2})); // the third one under the rate
  need(w.finish_job(w.given[2]));
  BOOST_TEST((w.offer() == numbers{6})); // the next one of the key that the rate doesn't hold back
  w.pass(10s);
  BOOST_TEST(w.offer().empty());
  need(w.finish_job(w.given[3]));
  BOOST_TEST((w.offer() == numbers{3}));
  need(w.finish_job(w.given[4]));
  BOOST_TEST(w.offer() == numbers{4}, boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(a_restart_and_a_clock_that_is_set_forget_nothing, all_backends) {
  rate_world w{sample};
  for (int n = 0; n < 4; ++n)
    w.add("mail", rate(2, 1h));
  BOOST_TEST((w.offer() == numbers{1, 2}));
  w.pass(10min);
  w.reopen();
  w.now.boot = 5min; // the machine was started anew
  w.pass(0s);
  BOOST_TEST(w.offer({"executor-1", 2}).empty());
  w.pass(30min);
  w.now.wall += 24h;    // set
  if (w.keeps_claims()) // only a store that opens again goes by the wall clock
    BOOST_TEST(w.offer({"executor-1", 2}).empty());
  w.now.wall -= 24h;
  w.pass(20min);
  (void)w.offer({"executor-1", 2});
  BOOST_TEST(w.given.size() == 4U);
}

BOOST_DATA_TEST_CASE(bad_rates_are_refused_by_name, all_backends) {
  rate_world w{sample};
  const auto refusal = [&](const rate_limit& rate) {
    auto what = make_job("mail", 1, w.now.wall);
    what.rate = rate;
    const auto given = w.batch([&](data_store& s) { return s.add_job(what); });
    return given ? std::string{"none"} : given.err().text();
  };
  BOOST_TEST(refusal(rate(0, 1s)) == "rate: its count must be at least 1");
  BOOST_TEST(refusal(rate(10'001, 1s)) == "rate: its count is 10001, of which 10000 are allowed");
  BOOST_TEST(refusal(rate(1, 1us)) == "rate: 1us isn't within 1ms to 31d");
  BOOST_TEST(refusal(rate(1, 1s, "a b")).starts_with("rate: its key"));
  auto definition = make_schedule("s", "mail", 1h);
  definition.rate = rate(0, 1s);
  BOOST_TEST((code_of(w.batch([&](data_store& s) { return s.add_schedule(definition, conflict_policy::fail); })) ==
              ec::invalid_argument));
  task bad;
  bad.id = "mail";
  bad.rate = start_rate{0, 1s};
  BOOST_TEST((code_of(w.batch([&](data_store& s) { return s.put_task(bad); })) == ec::invalid_argument));
}

// Twenty executors, with crashes, cancels, lost leases and retries in any order: seen from outside, by what was handed out when.
BOOST_DATA_TEST_CASE(no_span_sees_more_than_the_count_whatever_happens,
                     some_backends* boost::unit_test::data::xrange(10), kind, index) {
  rate_world w{kind};
  std::mt19937_64 random{static_cast<std::uint64_t>(index) + 1};
  const auto below = [&](std::uint64_t n) { return random() % n; };
  w.put_task("mail", [](task& x) { x.rate = start_rate{7, 5s}; });
  const std::map<std::string, start_rate> rates{{"a", {3, 2s}}, {"b", {1, 700ms}}, {"c", {10, 20s}}};
  std::map<std::string, std::vector<duration>> begun;
  std::vector<job> running;
  std::map<std::string, std::uint64_t> processes;
  std::size_t handed_out = 0;
  for (int step = 0; step < 1'500; ++step) {
    switch (below(8)) {
      case 0:
      case 1: {
        auto key = rates.begin();
        std::advance(key, static_cast<std::ptrdiff_t>(below(rates.size())));
        w.add(below(2) == 0 ? "mail" : "fax",
              below(4) == 0 ? std::optional<rate_limit>{} : rate_limit{key->first, key->second}, [&](job& x) {
                x.priority = static_cast<std::int32_t>(below(3));
                if (below(3) == 0)
                  x.limit = {"database", 2};
                if (below(3) == 0)
                  x.retry = {.max_attempts = 3, .delay = 100ms};
              });
        break;
      }
      case 2: w.pass(std::chrono::milliseconds{below(400)}); break;
      case 3:
        if (!running.empty()) {
          const auto one = running.begin() + static_cast<std::ptrdiff_t>(below(running.size()));
          (void)w.finish_job(*one, below(3) == 0 ? job_outcome::error : job_outcome::success);
          running.erase(one);
        }
        break;
      case 4:
        if (!running.empty() && below(3) == 0)
          (void)w.batch([&](data_store& s) { return s.cancel_job(running[below(running.size())].id); });
        break;
      case 5: // an executor's process is replaced
        if (below(5) == 0)
          ++processes["executor-" + std::to_string(below(20))];
        break;
      case 6: need(w.batch([](data_store& s) { return s.expire_leases(); })); break;
      default: {
        const auto name = "executor-" + std::to_string(below(20));
        const auto before = w.given.size();
        (void)w.offer({name, 1 + processes[name]});
        for (auto at = before; at < w.given.size(); ++at) {
          const auto& one = w.given[at];
          running.push_back(one);
          ++handed_out;
          if (one.rate)
            begun[one.rate->key].push_back(w.now.boot);
          if (one.task == "mail")
            begun["mail"].push_back(w.now.boot);
        }
      }
    }
  }
  BOOST_TEST(handed_out > 100U);
  const auto check = [&](const std::string& name, const start_rate& rate) {
    const auto& times = begun[name];
    for (std::size_t n = 0; n + rate.count < times.size(); ++n)
      BOOST_TEST((times[n + rate.count] - times[n] >= rate.per), name << " after " << n << " attempts");
    BOOST_TEST(times.size() > rate.count);
  };
  for (const auto& [name, rate] : rates)
    check(name, rate);
  check("mail", {7, 5s});
  // Nothing was forgotten: all begin in the end.
  for (int minute = 0; minute < 600; ++minute) {
    w.pass(2s);
    need(w.batch([](data_store& s) { return s.expire_leases(); }));
    (void)w.offer({"last", 1});
    for (const auto& one : w.given)
      (void)w.finish_job(one);
    w.given.clear();
  }
  BOOST_TEST(need(w.store->status()).pending_jobs == 0U);
  BOOST_TEST(need(w.store->check()).faults.empty());
}

BOOST_AUTO_TEST_SUITE_END()
