// Runners beside Carillon's own, and tasks that are actors, on a real node. Clauses RN of docs/semantics.md.
#include "carillon/runtime/actor_task.hpp"
#include "carillon/runtime/node.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <mutex>
#include <stdexcept>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

constexpr auto limit = 20s;

// Ends what it is given at once, or when it is told to stop; says what became of it.
class gpu_runner final : public runner {
public:
  [[nodiscard]] std::string_view name() const noexcept override { return "gpu"; }
  result<void> open() override {
    is_open = true;
    return {};
  }
  void start(std::shared_ptr<const job> what, const task_function*, on_end done) override {
    if (what->arguments.is_null())
      return done(attempt_result::success("rendered"));
    const std::lock_guard guard{mutex_};
    waiting_.emplace_back(what->id, std::move(done));
  }
  void stop(const job_id& id, stop_reason why) override {
    const std::lock_guard guard{mutex_};
    for (auto& [waiting, done] : waiting_)
      if (waiting == id && done) {
        stopped = why;
        std::exchange(done, nullptr)(attempt_result::failed(job_outcome::cancelled, "stopped"));
      }
  }

  bool is_open = false;
  std::optional<stop_reason> stopped;

private:
  std::mutex mutex_;
  std::vector<std::pair<job_id, on_end>> waiting_;
};

job run(node& where, job_request what) {
  const auto added = where.add_job(std::move(what)).get().or_throw();
  return where.wait_for_job(added.id, limit).get().or_throw();
}

task named(const std::string& id, const std::string& runner) {
  task settings;
  settings.id = id;
  settings.runner = runner;
  return settings;
}

} // namespace

BOOST_AUTO_TEST_SUITE(runners)

BOOST_AUTO_TEST_CASE(a_task_runs_by_a_runner_of_ones_own) {
  const auto gpu = std::make_shared<gpu_runner>();
  {
    auto node = node::open({.stop_grace = 10ms}).or_throw();
    const auto code = [](const value&, const job_context&) { return attempt_result::success("called"); };
    const auto refused = node.register_task(named("render", "gpu"), code);
    BOOST_TEST((refused.err().code() == ec::invalid_argument));
    BOOST_REQUIRE(node.register_runner(gpu));
    BOOST_REQUIRE(node.register_task(named("render", "gpu"), code));
    BOOST_REQUIRE(node.register_task("plain", code));
    BOOST_REQUIRE(node.start());
    BOOST_TEST(gpu->is_open);
    BOOST_TEST((run(node, {.task = "render"}).result == value{"rendered"}));
    BOOST_TEST((run(node, {.task = "plain", .runner = "gpu"}).result == value{"rendered"}));
    BOOST_TEST((run(node, {.task = "render", .runner = "inline"}).result == value{"called"}));
    BOOST_TEST(node.find_task("render").get().or_throw().runner == "gpu");
    const auto waiting = node.add_job({.task = "render", .arguments = true}).get().or_throw();
    while (node.find_job(waiting.id).get().or_throw().state == job_state::pending) {
    }
  }
  BOOST_TEST((gpu->stopped == stop_reason::node_stops));
  BOOST_TEST(gpu.use_count() == 1);
}

BOOST_AUTO_TEST_CASE(a_runner_that_breaks_its_promises_harms_its_own_attempts_only) {
  struct bad_runner final : runner {
    std::string_view name() const noexcept override { return "bad"; }
    void start(std::shared_ptr<const job> what, const task_function*, on_end done) override {
      if (what->arguments == value{"throw"})
        throw std::runtime_error{"no gpu"};
      done(attempt_result::success("first"));
      done(attempt_result::failed(job_outcome::error, "second")); // says it twice
    }
    void stop(const job_id&, stop_reason) override { throw std::runtime_error{"can't"}; }
  };
  auto node = node::open({}).or_throw();
  BOOST_REQUIRE(node.register_runner(std::make_shared<bad_runner>()));
  const auto code = [](const value&, const job_context&) { return attempt_result::success({}); };
  BOOST_REQUIRE(node.register_task(named("render", "bad"), code));
  BOOST_REQUIRE(node.register_task("plain", [] { return std::string{"well"}; }));
  BOOST_REQUIRE(node.start());
  const auto thrown = run(node, {.task = "render", .arguments = "throw"});
  BOOST_TEST((thrown.outcome == job_outcome::error));
  BOOST_TEST(thrown.error_text == R"(the runner "bad" threw: no gpu)");
  BOOST_TEST((run(node, {.task = "render"}).result == value{"first"}));
  BOOST_TEST((run(node, {.task = "plain"}).result == value{"well"}));
}

BOOST_AUTO_TEST_CASE(a_runner_that_throws_as_it_opens_is_an_error_of_the_start) {
  struct closed_runner final : runner {
    std::string_view name() const noexcept override { return "closed"; }
    result<void> open() override { throw std::runtime_error{"no gpu"}; }
    void start(std::shared_ptr<const job>, const task_function*, on_end) override {}
    void stop(const job_id&, stop_reason) override {}
  };
  auto node = node::open({}).or_throw();
  BOOST_REQUIRE(node.register_runner(std::make_shared<closed_runner>()));
  const auto refused = node.start();
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.err().code() == ec::internal));
  BOOST_TEST(refused.err().text() == R"(runner closed: the runner "closed" threw: no gpu)");
  BOOST_TEST(node.status().get().has_value()); // it still answers
}

BOOST_AUTO_TEST_CASE(a_runner_is_registered_before_the_start_and_by_a_free_name) {
  auto node = node::open({}).or_throw();
  BOOST_REQUIRE(node.register_runner(std::make_shared<gpu_runner>()));
  const auto again = node.register_runner(std::make_shared<gpu_runner>());
  BOOST_TEST((again.err().code() == ec::conflict));
  BOOST_TEST(again.err().text() == "runner \"gpu\": this node has one of that name already; choose another");
  for (const bool worker : {true, false}) {
    auto other = node::open({.worker = worker}).or_throw();
    BOOST_REQUIRE(other.start());
    BOOST_TEST((other.register_runner(std::make_shared<gpu_runner>()).err().code() == ec::wrong_state));
  }
}

BOOST_AUTO_TEST_CASE(a_task_is_an_actor_of_ones_own_system) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  const auto worker = system.spawn([](caf::event_based_actor* self) -> caf::behavior {
    return {[self](const run_job& request) -> caf::result<value> {
              if (request.what.arguments == value{"die"})
                self->quit(caf::exit_reason::user_shutdown);
              return value{request.what.id.to_string()};
            },
            [](const stop_job&) {}};
  });
  auto node = node::open({.stop_grace = 100ms}).or_throw();
  BOOST_REQUIRE(register_actor_task(node, named("echo", ""), worker));
  BOOST_REQUIRE(node.start());
  BOOST_TEST(node.find_task("echo").get().or_throw().runner == "actor");
  const auto first = run(node, {.task = "echo"});
  BOOST_TEST((first.result == value{first.id.to_string()}));
  BOOST_TEST((run(node, {.task = "echo", .arguments = "die"}).outcome == job_outcome::success)); // it answered first
  BOOST_TEST((run(node, {.task = "echo"}).outcome == job_outcome::crashed));
}

BOOST_AUTO_TEST_SUITE_END()
