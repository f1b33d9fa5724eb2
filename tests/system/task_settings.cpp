// Settings of tasks through the facade: what code says, what is recorded, what the node's defaults say. And runners.
#include "carillon/runtime/node.hpp"
#include "system/program.hpp"

#include <boost/test/unit_test.hpp>

#include <future>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

constexpr auto limit = 20s;

task named(const std::string& id) {
  task settings;
  settings.id = id;
  return settings;
}

task recorded(node& of, const std::string& id) { return of.find_task(id).get().or_throw(); }

task_defaults some_defaults() {
  return {.max_running_jobs = 3,
          .misfire_grace_time = 1min,
          .time_limit = 1h,
          .result_expiration = 2h,
          .metadata = {{"owner", "ops"}, {"tier", 1}}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(task_settings)

BOOST_AUTO_TEST_CASE(a_new_task_has_the_nodes_defaults_where_it_says_nothing) {
  auto node = node::open({.defaults = some_defaults()}).or_throw();
  BOOST_REQUIRE(node.register_task("silent", [] {}));
  const auto silent = recorded(node, "silent");
  BOOST_TEST(silent.runner == "thread_pool");
  BOOST_TEST((silent.max_running_jobs == 3U));
  BOOST_TEST((silent.misfire_grace_time == 1min));
  BOOST_TEST((silent.time_limit == 1h));
  BOOST_TEST((silent.result_expiration == 2h));
  BOOST_TEST((silent.metadata == value::map{{"owner", "ops"}, {"tier", 1}}));

  auto settings = named("speaking");
  settings.runner = "inline";
  settings.max_running_jobs = 1'000'000'000; // as good as none
  settings.time_limit = std::chrono::years{10'000};
  settings.result_expiration = 3h;
  settings.metadata = {{"tier", 2}};
  BOOST_REQUIRE(node.register_task(settings, [] {}));
  const auto speaking = recorded(node, "speaking");
  BOOST_TEST(speaking.runner == "inline");
  BOOST_TEST((speaking.max_running_jobs == 1'000'000'000U));
  BOOST_TEST((speaking.misfire_grace_time == 1min));
  BOOST_TEST((speaking.time_limit == std::chrono::years{10'000}));
  BOOST_TEST((speaking.result_expiration == 3h));
  BOOST_TEST((speaking.metadata == value::map{{"owner", "ops"}, {"tier", 2}}));
}

BOOST_AUTO_TEST_CASE(what_code_says_counts_and_what_it_doesnt_say_stays) {
  const system_test::scratch_folder folder;
  {
    auto node = node::open({.data_folder = folder / "data"}).or_throw();
    auto settings = named("mail");
    settings.misfire_grace_time = 1min;
    BOOST_REQUIRE(node.register_task(settings, [] {}));
    const auto changed = node.configure_task("mail",
                                             [](task& what) {
                                               what.max_running_jobs = 7;
                                               what.misfire_grace_time = 2min;
                                               what.on_loss = loss_policy::abandon;
                                               what.runner = "inline";
                                             })
                             .get();
    BOOST_REQUIRE(changed);
    BOOST_TEST((changed->max_running_jobs == 7U));
  }
  auto node = node::open({.data_folder = folder / "data", .defaults = some_defaults()}).or_throw();
  BOOST_REQUIRE(node.register_task("mail", [] {})); // says nothing
  BOOST_TEST(recorded(node, "mail").runner == "inline");
  BOOST_TEST((recorded(node, "mail").misfire_grace_time == 2min));
  auto settings = named("mail");
  settings.misfire_grace_time = 1min;
  BOOST_REQUIRE(node.register_task(settings, [] {}));
  const auto found = recorded(node, "mail");
  BOOST_TEST((found.misfire_grace_time == 1min)); // said
  BOOST_TEST(found.runner == "thread_pool");      // said, as always
  BOOST_TEST((found.max_running_jobs == 7U));     // not said
  BOOST_TEST((found.on_loss == loss_policy::abandon));
  BOOST_TEST(!found.time_limit.has_value()); // recorded as none: defaults are for new tasks
}

BOOST_AUTO_TEST_CASE(a_task_can_be_configured_before_any_node_has_its_code) {
  auto node = node::open({.defaults = some_defaults()}).or_throw();
  BOOST_REQUIRE(node.configure_task("later", [](task& what) { what.max_running_jobs = std::nullopt; }).get());
  BOOST_TEST((recorded(node, "later").misfire_grace_time == 1min));
  BOOST_TEST(!recorded(node, "later").max_running_jobs.has_value());
  const auto refused = node.configure_task("later", [](task& what) { what.runner = "teleport"; }).get();
  BOOST_TEST((refused.err().code() == ec::invalid_argument));
  BOOST_TEST(refused.err().text().starts_with("runner: "));
  BOOST_TEST((node.configure_task("a b", [](task&) {}).get().err().code() == ec::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_task_whose_runner_only_another_node_has_can_be_configured) {
  struct far_runner final : runner {
    std::string_view name() const noexcept override { return "far"; }
    void start(std::shared_ptr<const job>, const task_function*, on_end done) override {
      done(attempt_result::success({}));
    }
    void stop(const job_id&, stop_reason) override {}
  };
  const system_test::scratch_folder folder;
  {
    auto node = node::open({.data_folder = folder / "data"}).or_throw();
    BOOST_REQUIRE(node.register_runner(std::make_shared<far_runner>()));
    BOOST_REQUIRE(node.configure_task("render", [](task& what) { what.runner = "far"; }).get());
  }
  auto node = node::open({.data_folder = folder / "data"}).or_throw();
  BOOST_REQUIRE(node.configure_task("render", [](task& what) { what.max_running_jobs = 2; }).get());
  BOOST_TEST((recorded(node, "render").max_running_jobs == 2U));
  BOOST_TEST(recorded(node, "render").runner == "far");
  BOOST_TEST(!node.configure_task("other", [](task& what) { what.runner = "far"; }).get());
  const auto refused = node.register_task("render", [] {}); // nobody here would run it
  BOOST_TEST((!refused && refused.err().code() == ec::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_change_that_throws_is_answered_with_what_it_threw) {
  auto node = node::open({}).or_throw();
  const auto refused = node.configure_task("later", [](task&) { throw std::runtime_error{"no such table"}; }).get();
  BOOST_TEST((refused.err().code() == ec::invalid_argument));
  BOOST_TEST(refused.err().text().find("no such table") != std::string::npos, refused.err().text());
  const auto odd = node.configure_task("later", [](task&) { throw 7; }).get();
  BOOST_TEST((odd.err().code() == ec::invalid_argument));
}

BOOST_AUTO_TEST_CASE(changes_at_the_same_time_all_count) {
  auto node = node::open({}).or_throw();
  constexpr int changes = 20;
  std::vector<pending<task>> all;
  for (int i = 0; i < changes; ++i)
    all.push_back(node.configure_task(
        "counted", [](task& what) { what.max_running_jobs = what.max_running_jobs.value_or(0) + 1; }));
  for (auto& each : all) {
    const auto changed = std::move(each).get();
    BOOST_REQUIRE(changed);
  }
  // The first ones may all have found no task: those that found one didn't overwrite each other.
  BOOST_REQUIRE(node.configure_task("counted", [](task& what) { what.max_running_jobs = 1; }).get());
  all.clear();
  for (int i = 0; i < changes; ++i)
    all.push_back(node.configure_task("counted", [](task& what) { ++*what.max_running_jobs; }));
  for (auto& each : all) {
    const auto changed = std::move(each).get();
    BOOST_REQUIRE(changed);
  }
  BOOST_TEST((recorded(node, "counted").max_running_jobs == 1U + changes));
}

BOOST_AUTO_TEST_CASE(a_removed_task_takes_its_schedules_along_by_force) {
  auto node = node::open({}).or_throw();
  BOOST_REQUIRE(node.register_task("mail", [] {}));
  schedule_definition what;
  what.id = "s";
  what.task = "mail";
  what.trigger = {interval_definition{1h, system_clock().now().wall + 1h, std::nullopt}};
  BOOST_REQUIRE(node.add_schedule(what).get());
  BOOST_TEST((node.remove_task("mail").get().err().code() == ec::conflict));
  BOOST_REQUIRE(node.remove_task("mail", true).get());
  BOOST_TEST((node.find_schedule("s").get().err().code() == ec::not_found));
}

BOOST_AUTO_TEST_CASE(a_job_runs_by_the_runner_that_it_names) {
  auto node = node::open({.slots = 4, .threads = 1, .stop_grace = 0s}).or_throw();
  BOOST_REQUIRE(node.register_task("add", [](int a, int b) { return a + b; }));
  BOOST_REQUIRE(node.register_task("wait", [](const job_context& context) {
    std::promise<void> stopped;
    std::stop_callback wake{context.cancelled(), [&] { stopped.set_value(); }};
    stopped.get_future().wait();
  }));
  BOOST_REQUIRE(node.start());
  const auto waiting = node.add_job({.task = "wait"}).get().or_throw(); // takes the one thread of the pool
  while (node.find_job(waiting.id).get().or_throw().state == job_state::pending) {
  }
  const auto inlined =
      node.add_job({.task = "add", .arguments = arguments(40, 2), .runner = "inline"}).get().or_throw();
  BOOST_TEST((node.wait_for_job(inlined.id, limit).get().or_throw().result == value{42}));
  for (const auto* runner : {"command", "teleport"}) {
    const auto refused = node.add_job({.task = "add", .runner = runner}).get();
    BOOST_TEST((refused.err().code() == ec::invalid_argument));
    BOOST_TEST(refused.err().text().starts_with("runner: "), refused.err().text());
  }
}

BOOST_AUTO_TEST_CASE(bad_defaults_are_refused_by_name) {
  BOOST_TEST(node::open({.defaults = {.max_running_jobs = 0}}).err().text().find("max_running_jobs") !=
             std::string::npos);
  BOOST_TEST(node::open({.defaults = {.time_limit = -1s}}).err().text().find("time_limit") != std::string::npos);
  BOOST_TEST(node::open({.defaults = {.result_expiration = -1s}}).err().text().find("result_expiration") !=
             std::string::npos);
  BOOST_TEST(node::open({.defaults = {.misfire_grace_time = -1s}}).err().text().find("misfire_grace_time") !=
             std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
