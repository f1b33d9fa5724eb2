// Ten thousand schedules that are due at one instant: MA in docs/semantics.md.
#include "carillon/testing/world.hpp"

#include "actor/errors.hpp"
#include "actor/spawn.hpp"
#include "runner/task_registry.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <map>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t many = 10'000;

attempt_result at_once(const job&) { return attempt_result::success({}); }

/// A node, and what its jobs did.
class crowd {
public:
  explicit crowd(const world_node_config& config) : node(world.add_node(config)) { world.keep_messages(keep::nothing); }

  /// Adds schedules that are all due at `fire_time`, once.
  void add(std::size_t count, const std::string& task) {
    for (std::size_t i = 0; i < count; ++i) {
      schedule_definition what;
      what.id = task + std::to_string(i);
      what.task = task;
      what.trigger = {interval_definition{24h, fire_time, std::nullopt}};
      caf::anon_send(node.store, add_schedule{what});
    }
    world.settle();
  }
  void add_task(const std::string& id, std::optional<std::uint32_t> limit) {
    task settings;
    settings.id = id;
    settings.runner = "scripted";
    settings.max_running_jobs = limit;
    BOOST_REQUIRE(world.ask<done>(node.store, put_task{settings}));
  }
  void run_to_fire_time() { world.run_for(fire_time - world.time().now().wall); }

  /// Jobs by schedule, after checks that are the same for all: one for each fire time, and nothing started late.
  std::map<std::string, job> jobs() {
    std::map<std::string, job> found;
    page_request request{1'000, {}};
    do {
      const auto page = node.state().list_jobs({}, request).or_throw();
      for (const auto& one : page.items)
        BOOST_TEST_REQUIRE(found.emplace(one.schedule_id, one).second);
      request.after = page.next;
    } while (!request.after.empty());
    const auto report = node.state().check().or_throw();
    BOOST_TEST(report.faults.empty(), (report.faults.empty() ? "" : report.faults.front()));
    return found;
  }
  static std::size_t count(const std::map<std::string, job>& jobs, const std::string& task, job_state state) {
    return static_cast<std::size_t>(std::ranges::count_if(
        jobs, [&](const auto& entry) { return entry.second.task == task && entry.second.state == state; }));
  }

  carillon::testing::world world{1};
  world_node& node;
  timestamp fire_time = world.time().now().wall + 1h;
};

/// One more executor of the node's store.
struct another_executor {
  another_executor(crowd& where, const std::string& name, std::uint32_t slots) {
    runner->script = [this, slots](const job&) {
      most = std::max(most, runner->running().size());
      BOOST_TEST_REQUIRE(runner->running().size() <= slots);
      return attempt_result::success({});
    };
    tasks->put("work", {"scripted", nullptr});
    handle =
        actor::spawn_executor(where.node.system(), execution_facet{where.node.store}, where.world.time(), tasks,
                              std::make_shared<runner_registry>(std::vector<std::shared_ptr<carillon::runner>>{runner}),
                              {{name, 1}, slots, 10s, {}});
    caf::anon_send(handle, begin_work{});
    where.world.settle();
  }
  ~another_executor() { caf::anon_send_exit(handle, caf::exit_reason::kill); }

  std::shared_ptr<scripted_runner> runner = std::make_shared<scripted_runner>();
  std::shared_ptr<task_registry> tasks = std::make_shared<task_registry>();
  executor_actor handle;
  std::size_t most = 0;
};

/// A node whose jobs end when they are told to, and requests to add jobs that wait for their turn beside ends.
struct turns_fixture {
  turns_fixture() { all.world.settle(); }

  add_jobs work(std::size_t count, timestamp not_before = {}) {
    add_jobs request;
    for (std::size_t i = 0; i < count; ++i) {
      auto& one = request.jobs.emplace_back();
      one.id = job_id::make(all.world.time().now().wall, 0, ++number);
      one.task = "work";
      one.not_before = not_before;
    }
    return request;
  }
  void tell_of_an_end() { // of a job that isn't there: that the store is told of ends is enough
    finished_attempt end;
    end.outcome = job_outcome::success;
    caf::anon_send(all.node.store, report_attempts{{end}, {}, {}});
  }
  bool is_there(const add_jobs& request) { return all.node.state().find_job(request.jobs.back().id).has_value(); }

  crowd all{{.slots = 2}};
  std::uint64_t number = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(many_at_once)

BOOST_AUTO_TEST_CASE(ten_thousand_schedules_due_at_one_instant_all_run_at_that_instant) {
  crowd crowd{{.slots = 64}};
  crowd.node.runner().script = at_once;
  crowd.add(many, "work");
  crowd.run_to_fire_time();
  const auto jobs = crowd.jobs();
  BOOST_TEST(jobs.size() == many);
  BOOST_TEST(crowd::count(jobs, "work", job_state::finished) == many);
  for (const auto& [id, what] : jobs)
    BOOST_TEST_REQUIRE(
        (what.started_at == crowd.fire_time && what.outcome == job_outcome::success && what.attempt == 1));
  BOOST_TEST(crowd.node.runner().started().size() == many);
}

BOOST_AUTO_TEST_CASE(several_executors_share_them) {
  crowd crowd{{.slots = 8}};
  crowd.node.runner().script = at_once;
  another_executor second{crowd, "second", 16}, third{crowd, "third", 4};
  crowd.add(many, "work");
  crowd.run_to_fire_time();
  BOOST_TEST(crowd::count(crowd.jobs(), "work", job_state::finished) == many);
  const auto first = crowd.node.runner().started().size();
  BOOST_TEST(first + second.runner->started().size() + third.runner->started().size() == many);
  for (const auto share : {first, second.runner->started().size(), third.runner->started().size()})
    BOOST_TEST(share > many / 50);
}

BOOST_AUTO_TEST_CASE(a_busy_task_at_its_limit_keeps_no_other_out) {
  crowd crowd{{.slots = 16, .tasks = {"work", "busy"}}};
  crowd.add_task("busy", 2);
  crowd.add(many / 2, "busy");
  crowd.add(many / 2, "work");
  crowd.node.runner().script = nullptr; // nothing ends by itself
  crowd.run_to_fire_time();
  const auto end_all_but = [&](const std::string& task) {
    for (bool is_done = false; !is_done; crowd.world.settle()) {
      is_done = true;
      const auto running = crowd.node.runner().running();
      for (const auto& one : running)
        if (one.what->task != task) {
          crowd.node.runner().finish(one.what->id);
          is_done = false;
        }
    }
  };
  end_all_but("busy");
  auto jobs = crowd.jobs();
  BOOST_TEST(crowd::count(jobs, "work", job_state::finished) == many / 2);
  BOOST_TEST(crowd::count(jobs, "busy", job_state::running) == 2u);
  BOOST_TEST(crowd::count(jobs, "busy", job_state::pending) == many / 2 - 2);
  end_all_but("");
  jobs = crowd.jobs();
  BOOST_TEST(crowd::count(jobs, "busy", job_state::finished) == many / 2);
}

BOOST_AUTO_TEST_CASE(a_job_waits_for_none_that_is_due_later) {
  crowd crowd{{.slots = 1, .tasks = {"work", "busy"}}};
  const auto now = crowd.world.time().now().wall;
  const auto add = [&](const std::string& task, std::uint64_t number, duration in) {
    job what;
    what.id = job_id::make(now, number, 1);
    what.task = task;
    what.not_before = now + in;
    caf::anon_send(crowd.node.store, add_job{what});
  };
  for (std::uint64_t i = 0; i < 200; ++i) // more all the time than one slot can do
    add("busy", i, i < 100 ? 1s : 3s);
  add("work", 1'000, 2s);
  crowd.world.run_for(5s);
  std::vector<std::string> order;
  while (!crowd.node.runner().running().empty()) {
    order.push_back(crowd.node.runner().running().front().what->task);
    crowd.node.runner().finish(crowd.node.runner().running().front().what->id);
    crowd.world.settle();
  }
  BOOST_REQUIRE(order.size() == 201u);
  BOOST_TEST(order[100] == "work");
}

BOOST_FIXTURE_TEST_CASE(what_is_asked_for_after_many_were_added_finds_them, turns_fixture) {
  all.node.runner().script = at_once;
  const auto now = work(10), later = work(1, all.fire_time), last = work(10);
  tell_of_an_end();
  caf::anon_send(all.node.store, now); // as much as there is room for, and more
  caf::anon_send(all.node.store, later);
  caf::anon_send(all.node.store, cancel_job{later.jobs[0].id});
  tell_of_an_end();
  caf::anon_send(all.node.store, last);
  all.world.settle();
  const auto outcome = [&](const job& one) { return all.node.state().find_job(one.id).or_throw().outcome; };
  BOOST_TEST((outcome(later.jobs[0]) == job_outcome::cancelled));
  for (const auto& request : {now, last})
    for (const auto& one : request.jobs)
      BOOST_TEST_REQUIRE((outcome(one) == job_outcome::success));
}

BOOST_FIXTURE_TEST_CASE(what_waits_to_be_added_is_taken_up_though_nothing_else_comes, turns_fixture) {
  const auto first = work(10), second = work(10);
  tell_of_an_end();
  caf::anon_send(all.node.store, first);
  caf::anon_send(all.node.store, second); // both slots are taken, and nothing that runs ends
  all.world.settle();
  BOOST_TEST(is_there(first));
  BOOST_TEST(is_there(second));
}

BOOST_FIXTURE_TEST_CASE(what_waits_to_be_added_is_taken_up_after_a_rest, turns_fixture) {
  const auto first = work(10), second = work(10);
  all.world.delay(message<flush_batch>().to(all.node.store), 5ms, 1); // so long the batch takes
  tell_of_an_end();
  caf::anon_send(all.node.store, first);
  caf::anon_send(all.node.store, second);
  all.world.run_for(9ms);
  BOOST_TEST(is_there(first));
  BOOST_TEST(!is_there(second));
  all.world.run_for(1ms);
  BOOST_TEST(is_there(second));
}

BOOST_FIXTURE_TEST_CASE(a_store_that_stops_answers_those_whose_jobs_wait_to_be_added, turns_fixture) {
  all.world.hold(message<flush_batch>().to(all.node.store));
  tell_of_an_end();
  caf::anon_send(all.node.store, work(10));
  std::optional<ec> told;
  all.node.system().spawn([&](caf::event_based_actor* self) {
    self->request(all.node.store, 10s, work(10))
        .then([&](const jobs_added&) { told = ec::internal; }, // it wasn't its turn
              [&](const caf::error& why) { told = actor::from_caf(why).code(); });
  });
  all.world.settle();
  BOOST_TEST(!told.has_value());
  caf::anon_send_exit(all.node.store, caf::exit_reason::user_shutdown);
  all.world.settle();
  BOOST_TEST((told == ec::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()
