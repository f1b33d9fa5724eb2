// Random operations on each store, compared with the model step by step; with reopening, power cuts and writes that fail.
// CARILLON_TEST_ROUNDS multiplies the number of batches, CARILLON_TEST_SEED changes the seed.
#include "store_world/limit_check.hpp"
#include "store_world/store_model.hpp"
#include "store_world/store_world.hpp"

#include <cstdlib>
#include <random>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace carillon::testing {

inline std::uint64_t environment_number(const char* name, std::uint64_t otherwise) {
  const auto* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

class random_world : public store_world {
public:
  random_world(backend kind, std::uint64_t seed) : store_world(kind, async_if_rocksdb(kind)), random_(seed) {
    for (const auto* id : {"mail", "fax", "print"})
      change_task(id, 0);
  }

  void run(int batches) {
    for (int i = 0; i < batches; ++i) {
      disturb();
      const bool is_to_fail = disk && one_in(25);
      if (is_to_fail)
        disk->fail_write(1, {ec::store_io, "injected"});
      const auto before = model_;
      if (const auto begun = store->begin(now); !begun) { // a reservation of revisions met the fault
        BOOST_REQUIRE(is_to_fail);
        recover(before);
        continue;
      }
      if (leases_restart_)
        model_.restart_leases(now.boot);
      leases_restart_ = false;
      for (auto operations = 1 + below(6); operations > 0; --operations)
        operate();
      const bool is_all_taken = one_in(4);
      if (is_all_taken)
        hand_out_all();
      const auto committed = store->commit();
      if (!committed) {
        BOOST_REQUIRE_MESSAGE(is_to_fail, to_string(committed.err()));
        recover(before);
        continue;
      }
      check_order(committed->events);
      if (is_to_fail)
        disk->repair(); // nothing was written
      compare(i % 50 == 49);
      check_limits(*store, model_, now.wall, is_all_taken);
    }
    batch([](data_store&) {}); // opens it again if the last write failed
    compare(true);
  }

private:
  static store_config async_if_rocksdb(backend kind) {
    store_config wanted;
    if (kind == backend::rocksdb)
      wanted.level = durability::async;
    return wanted;
  }

  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }

  void recover(const store_model& before) {
    disk->repair();
    model_ = before;
    leases_restart_ = true;
  }

  void disturb() {
    pass(one_in(20) ? 12s : std::chrono::milliseconds{below(1'500)});
    if (!one_in(30))
      return;
    if (disk && one_in(2)) {
      kill();
      disk->lose_unsynced(); // all was synced
    }
    reopen();
    leases_restart_ = true;
  }

  void operate() {
    switch (below(18)) {
      case 0:
      case 1:
      case 2: add_a_job(); break;
      case 3:
      case 4: hand_some_out(); break;
      case 5:
      case 6: finish_one(); break;
      case 7: release_one(); break;
      case 8: cancel_one(); break;
      case 9: renew_some(); break;
      case 10:
        need(store->expire_leases());
        model_.expire(now.boot);
        break;
      case 11: add_or_remove_a_schedule(); break;
      case 12: pause_or_resume(); break;
      case 13: change_task(any_task(), 1 + below(4)); break;
      case 14:
        if (one_in(4))
          remove_and_put_task();
        break;
      case 15: run_one_again(); break;
      case 16: drop_one(); break;
      default: fire_what_is_due(); break;
    }
  }

  job_id any_job() {
    if (model_.jobs.empty() || one_in(20))
      return job_id::make(epoch, random_(), random_());
    // Mostly one of the newer ones: the others are finished.
    const auto back = std::min<std::uint64_t>(below(one_in(4) ? model_.jobs.size() : 12), model_.jobs.size() - 1);
    return std::prev(model_.jobs.end(), static_cast<std::ptrdiff_t>(back) + 1)->first;
  }
  model_job* find(const job_id& id) {
    const auto found = model_.jobs.find(id);
    return found == model_.jobs.end() ? nullptr : &found->second;
  }
  lease_holder any_holder() {
    const auto which = below(2);
    if (one_in(30))
      ++processes_[which];
    return {which == 0 ? "a" : "b", processes_[which]};
  }

  std::string any_task() { return std::vector<std::string>{"mail", "fax", "print"}[below(3)]; }
  std::string any_runner() { return one_in(3) ? (one_in(2) ? "inline" : "thread_pool") : ""; }
  std::optional<concurrency_limit> any_limit() {
    if (one_in(2))
      return std::nullopt;
    const auto which = below(3);
    // Nearly all jobs of a key agree about its maximum.
    return concurrency_limit{"key-" + std::to_string(which),
                             static_cast<std::uint32_t>(one_in(8) ? 1 + below(4) : 1 + which)};
  }

  // `maximum` 4 and more: none.
  void change_task(const std::string& id, std::uint64_t maximum) {
    task what;
    what.id = id;
    what.runner = id == "print" ? "inline" : "thread_pool";
    if (maximum < 4 && maximum > 0)
      what.max_running_jobs = static_cast<std::uint32_t>(maximum);
    model_.tasks[id] = {what.runner, what.max_running_jobs};
    if (maximum == 0)
      batch([&](data_store& s) { need(s.put_task(what)); });
    else
      need(store->put_task(what));
  }

  void remove_and_put_task() {
    const auto id = any_task();
    const bool runs = model_.count_running([&](const model_job& x) { return x.task == id; }) > 0;
    BOOST_TEST((code_of(store->remove_task(id, true)) == (runs ? ec::conflict : ec::none)));
    if (runs)
      return;
    model_.remove_task(id);
    change_task(id, 1 + below(4));
  }

  void add_a_job() {
    auto what = make_job(any_task(), 5, now.wall);
    what.id = one_in(10) ? any_job() : job_id::make(now.wall, random_(), random_());
    what.not_before = now.wall + std::chrono::milliseconds{one_in(3) ? below(5'000) : 0};
    what.runner = any_runner();
    what.limit = any_limit();
    if (one_in(6))
      what.start_deadline = what.not_before + std::chrono::milliseconds{below(20'000)};
    what.retry.max_attempts = 1 + what.id.bytes()[15] % 3; // the same for the same job
    what.retry.backoff = backoff_kind::fixed;
    what.retry.delay = what.id.bytes()[14] * 10ms;
    const auto added = store->add_job(what);
    if (const auto* known = find(what.id)) {
      const bool is_equal = known->first_not_before == what.not_before && known->incarnation == 0 && !known->is_rerun &&
                            known->task == what.task && known->runner == what.runner && known->limit == what.limit &&
                            known->start_deadline == what.start_deadline;
      BOOST_TEST((code_of(added) == (is_equal ? ec::none : ec::conflict)));
      return;
    }
    need(added);
    auto& known = model_.jobs[what.id];
    known.task = what.task;
    known.runner = what.runner;
    known.start_deadline = what.start_deadline;
    known.limit = what.limit;
    known.not_before = known.first_not_before = what.not_before;
    known.max_attempts = what.retry.max_attempts;
    known.retry_delay = what.retry.delay;
  }

  void run_one_again() {
    const auto id = any_job();
    const auto* before = find(id);
    const auto new_id = job_id::make(now.wall, random_(), random_());
    const auto code = code_of(store->rerun_job(id, new_id));
    if (before == nullptr) {
      BOOST_TEST((code == ec::not_found));
    } else if (before->state != job_state::finished) {
      BOOST_TEST((code == ec::wrong_state));
    } else {
      BOOST_TEST((code == ec::none));
      BOOST_TEST((code_of(store->rerun_job(id, new_id)) == ec::none));
      model_job again;
      again.task = before->task;
      again.runner = before->runner;
      again.limit = before->limit;
      again.not_before = now.wall;
      again.incarnation = before->incarnation;
      again.is_one_at_a_time = before->is_one_at_a_time;
      again.max_attempts = before->max_attempts;
      again.retry_delay = before->retry_delay;
      again.is_rerun = true;
      model_.jobs[id].is_dead_letter = false;
      model_.jobs[new_id] = again;
    }
  }

  void drop_one() {
    const auto id = any_job();
    auto* x = find(id);
    const auto code = code_of(store->drop_dead_letter(id));
    if (x == nullptr) {
      BOOST_TEST((code == ec::not_found));
      return;
    }
    const bool has_been_one = x->max_attempts > 1 && x->failed >= x->max_attempts;
    BOOST_TEST((code == (has_been_one ? ec::none : ec::wrong_state)));
    x->is_dead_letter = false;
  }

  void hand_some_out() {
    model_offer offer;
    for (const auto* id : {"mail", "fax", "print"})
      if (!one_in(4))
        offer.tasks.insert(id);
    offer.runners.insert("thread_pool");
    if (!one_in(4))
      offer.runners.insert("inline");
    hand_out(any_holder(), 1 + below(4), offer);
  }

  void hand_out_all() {
    // The newest process of one of the holders, as the others get nothing.
    hand_out({"a", processes_[0]}, 1'000, {{"mail", "fax", "print"}, {"thread_pool", "inline"}});
  }

  void hand_out(const lease_holder& holder, std::size_t limit, const model_offer& offer) {
    const demand wanted{holder,
                        1'000,
                        {offer.runners.begin(), offer.runners.end()},
                        {offer.tasks.begin(), offer.tasks.end()},
                        ~std::uint64_t{0}};
    const auto given = jobs_of(need(store->hand_out_jobs(wanted, limit)));
    const auto expected = model_.hand_out(holder, limit, offer, now);
    BOOST_REQUIRE_EQUAL(given.size(), expected.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
      BOOST_REQUIRE((given[i].id == expected[i]));
      BOOST_REQUIRE(given[i].held_by->token > newest_token_);
      BOOST_REQUIRE(offer.runners.contains(given[i].runner));
      model_.jobs[given[i].id].token = given[i].held_by->token;
    }
    if (!given.empty())
      newest_token_ = given.front().held_by->token;
  }

  void finish_one() {
    const auto id = any_job();
    auto* x = find(id);
    finished_attempt ended;
    ended.attempt = {id, (x != nullptr ? x->token : 1) - (one_in(8) ? 1 : 0)};
    ended.outcome = one_in(3) ? job_outcome::error : job_outcome::success;
    const auto code = code_of(store->finish_attempt(ended));
    if (x == nullptr) {
      BOOST_TEST((code == ec::not_found));
    } else if (x->state == job_state::running && x->token == ended.attempt.token) {
      BOOST_TEST((code == ec::none));
      if (ended.outcome == job_outcome::error)
        model_.fail(*x, now.wall);
      else
        model_.finish(*x, ended.outcome);
    } else {
      const bool is_repeated = (x->state == job_state::finished && x->attempt > 0 && x->token == ended.attempt.token &&
                                x->outcome == ended.outcome) ||
                               (x->failed_token != 0 && x->failed_token == ended.attempt.token);
      BOOST_TEST((code == (is_repeated ? ec::none : ec::stale_token)));
    }
  }

  void release_one() {
    const auto id = any_job();
    auto* x = find(id);
    const auto code = code_of(store->release_attempt({id, x != nullptr ? x->token : 1}));
    if (x == nullptr) {
      BOOST_TEST((code == ec::not_found));
    } else if (x->state != job_state::running) {
      BOOST_TEST((code == ec::stale_token));
    } else {
      BOOST_TEST((code == ec::none));
      if (x->cancel_requested)
        model_.finish(*x, job_outcome::cancelled);
      else
        x->state = job_state::pending;
    }
  }

  void cancel_one() {
    const auto id = any_job();
    auto* x = find(id);
    const auto code = code_of(store->cancel_job(id));
    if (x == nullptr) {
      BOOST_TEST((code == ec::not_found));
    } else if (x->state == job_state::finished) {
      BOOST_TEST((code == (x->outcome == job_outcome::cancelled ? ec::none : ec::wrong_state)));
    } else {
      BOOST_TEST((code == ec::none));
      if (x->state == job_state::pending)
        model_.finish(*x, job_outcome::cancelled);
      else
        x->cancel_requested = true;
    }
  }

  void renew_some() {
    const auto holder = any_holder();
    std::vector<attempt_id> named;
    std::set<job_id> named_ids;
    for (const auto& id : model_.held_by(holder))
      if (!one_in(6)) {
        named.push_back({id, model_.jobs[id].token});
        named_ids.insert(id);
      }
    const auto expected_gone = one_in(3) ? std::optional{attempt_id{any_job(), 1}} : std::nullopt;
    if (expected_gone)
      named.push_back(*expected_gone);
    const auto gone = need(store->renew_leases(holder, named, newest_token_));
    BOOST_TEST(gone.size() == (expected_gone ? 1U : 0U));
    model_.renew(holder, named_ids, now.boot);
  }

  void add_or_remove_a_schedule() {
    const auto id = "s" + std::to_string(below(6));
    if (const auto found = model_.schedules.find(id); found != model_.schedules.end()) {
      need(store->remove_schedule(id));
      model_.schedules.erase(found);
      return;
    }
    auto what = make_schedule(id, any_task(), std::chrono::seconds{1 + below(3)}, now.wall + 1s);
    what.overlap = static_cast<overlap_policy>(below(5));
    what.runner = any_runner();
    what.limit = any_limit();
    what.paused = one_in(4);
    const auto added = need(store->add_schedule(what, conflict_policy::fail));
    model_.schedules[id] = {added.state.incarnation, what.paused, what.overlap, *added.state.next_fire_time, what.task};
  }

  void pause_or_resume() {
    const auto id = "s" + std::to_string(below(6));
    const bool is_pause = one_in(2);
    const auto code = code_of(is_pause ? store->pause_schedule(id) : store->resume_schedule(id, std::nullopt));
    const auto found = model_.schedules.find(id);
    BOOST_TEST((code == (found == model_.schedules.end() ? ec::not_found : ec::none)));
    if (found != model_.schedules.end())
      found->second.paused = is_pause;
  }

  void fire_what_is_due() {
    for (;;) {
      const auto due = need(store->claim_due_schedules(1 + below(5)));
      std::size_t expected = 0;
      for (const auto& [id, x] : model_.schedules)
        expected += !x.paused && x.next <= now.wall;
      BOOST_REQUIRE_EQUAL(due.schedules.empty(), expected == 0);
      if (due.schedules.empty())
        return;
      for (const auto& x : due.schedules) {
        auto& known = model_.schedules.at(x.what.definition.id);
        BOOST_REQUIRE((known.next == x.what.state.next_fire_time));
        auto plan = make_plan(x.what, now.wall);
        plan.cancel_running = known.overlap == overlap_policy::cancel_running;
        need(store->commit_fire_plan(plan));
        for (auto& [id, running] : model_.jobs)
          if (plan.cancel_running && running.state == job_state::running && running.incarnation == known.incarnation)
            running.cancel_requested = true;
        auto& added = model_.jobs[plan.jobs[0].id];
        added.task = known.task;
        added.runner = plan.jobs[0].runner;
        added.limit = plan.jobs[0].limit;
        added.not_before = plan.jobs[0].not_before;
        added.incarnation = known.incarnation;
        added.is_one_at_a_time = known.overlap != overlap_policy::allow;
        known.next = *plan.next_fire_time;
      }
    }
  }

  void check_order(const std::vector<event>& events) {
    for (const auto& x : events) {
      const std::pair number{x.number, x.index};
      BOOST_REQUIRE((newest_event_ < number));
      newest_event_ = number;
    }
  }

  void compare(bool is_whole) {
    const auto status = need(store->status());
    BOOST_REQUIRE_EQUAL(status.pending_jobs, model_.count(job_state::pending));
    BOOST_REQUIRE_EQUAL(status.running_jobs, model_.count(job_state::running));
    BOOST_REQUIRE_EQUAL(status.schedules, model_.schedules.size());
    for (int i = 0; i < 5 && !model_.jobs.empty(); ++i)
      compare_job(any_job());
    if (!is_whole)
      return;
    for (const auto& [id, x] : model_.jobs)
      compare_job(id);
    std::set<job_id> dead_letters;
    for (const auto& x : need(store->list_dead_letters({1'000, {}})).items)
      dead_letters.insert(x.id);
    for (const auto& [id, x] : model_.jobs)
      BOOST_REQUIRE_EQUAL(dead_letters.contains(id), x.is_dead_letter);
    const auto checked = need(store->check());
    BOOST_TEST(checked.faults.empty(), (checked.faults.empty() ? "" : checked.faults.front()));
    BOOST_TEST(checked.jobs == model_.jobs.size());
    BOOST_TEST(checked.schedules == model_.schedules.size());
  }

  void compare_job(const job_id& id) {
    const auto* expected = find(id);
    const auto found = store->find_job(id);
    BOOST_REQUIRE_EQUAL(found.has_value(), expected != nullptr);
    if (expected == nullptr)
      return;
    BOOST_REQUIRE((found->state == expected->state));
    BOOST_REQUIRE((found->outcome == expected->outcome));
    BOOST_REQUIRE_EQUAL(found->attempt, expected->attempt);
    BOOST_REQUIRE_EQUAL(found->lost_attempts, expected->lost);
    BOOST_REQUIRE_EQUAL(found->failed_attempts, expected->failed);
    BOOST_REQUIRE_EQUAL(found->dead_letter, expected->is_dead_letter);
    BOOST_REQUIRE_EQUAL(found->cancel_requested, expected->cancel_requested);
  }

  std::mt19937_64 random_;
  store_model model_;
  bool leases_restart_ = false;
  std::uint64_t processes_[2]{1, 1};
  revision newest_token_ = 0;
  std::pair<revision, std::uint32_t> newest_event_{0, 0};
};

} // namespace carillon::testing

BOOST_AUTO_TEST_SUITE(store_random)

BOOST_AUTO_TEST_CASE(a_memory_store_does_what_the_model_does) {
  const auto rounds = environment_number("CARILLON_TEST_ROUNDS", 1);
  const auto seed = environment_number("CARILLON_TEST_SEED", 1);
  for (std::uint64_t round = 0; round < 6 * rounds; ++round) {
    BOOST_TEST_CONTEXT("seed " << seed + round) {
      random_world world{backend::memory, seed + round};
      world.run(400);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_rocksdb_store_does_what_the_model_does) {
  const auto rounds = environment_number("CARILLON_TEST_ROUNDS", 1);
  const auto seed = environment_number("CARILLON_TEST_SEED", 1);
  for (std::uint64_t round = 0; round < 2 * rounds; ++round) {
    BOOST_TEST_CONTEXT("seed " << seed + round) {
      random_world world{backend::rocksdb, seed + round};
      world.run(300);
    }
  }
}

BOOST_DATA_TEST_CASE(each_store_does_what_the_model_does, some_backends) {
  random_world world{sample, 17};
  world.run(300);
}

BOOST_AUTO_TEST_SUITE_END()
