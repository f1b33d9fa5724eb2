// The facade on a real node: real threads, a store in memory. Nothing sleeps: everything is waited for, with a limit.
#include "carillon/runtime/node.hpp"
#include "system/program.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <future>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

constexpr auto limit = 20s;

struct running_node {
  running_node() {
    must(node.register_task("add", [](int a, int b) { return a + b; }));
    must(node.register_task("throw", []() -> int { throw std::runtime_error{"out of paper"}; }));
    must(node.register_task("wait", [](const job_context& context) {
      std::promise<void> stopped;
      std::stop_callback wake{context.cancelled(), [&] { stopped.set_value(); }};
      stopped.get_future().wait();
      return result<int>{ec::unavailable, "told to stop"};
    }));
    must(node.start());
  }

  static void must(const result<void>& done) {
    if (!done)
      BOOST_FAIL(done.err().text());
  }

  job run(const std::string& task, value arguments = {}) {
    auto added = node.add_job({.task = task, .arguments = std::move(arguments)}).get().or_throw();
    return node.wait_for_job(added.id, limit).get().or_throw();
  }

  carillon::node node = carillon::node::open({.slots = 4, .stop_grace = 100ms}).or_throw();
};

} // namespace

BOOST_AUTO_TEST_SUITE(embedded_node)

BOOST_FIXTURE_TEST_CASE(a_callable_gets_typed_arguments_and_gives_a_typed_result, running_node) {
  const auto finished = run("add", arguments(40, 2));
  BOOST_TEST((finished.outcome == job_outcome::success));
  BOOST_TEST((finished.result == value{42}));
}

BOOST_FIXTURE_TEST_CASE(a_callable_that_throws_harms_its_job_alone, running_node) {
  const auto failed = run("throw");
  BOOST_TEST((failed.outcome == job_outcome::error));
  BOOST_TEST(failed.error_text.find("out of paper") != std::string::npos);
  BOOST_TEST((run("add", arguments(1, 2)).outcome == job_outcome::success));
}

BOOST_FIXTURE_TEST_CASE(arguments_that_do_not_fit_are_refused_and_named, running_node) {
  const auto refusal = [&](const value& given) {
    const auto refused = node.add_job({.task = "add", .arguments = given}).get();
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST((refused.err().code() == ec::invalid_argument));
    return refused.err().text();
  };
  BOOST_TEST(refusal(arguments(1, "two")) == "arguments: argument 2: expected a whole number");
  BOOST_TEST(refusal(arguments(1)) == "arguments: argument 2: expected a whole number");
  BOOST_TEST(refusal(arguments(1, 2, 3)) == "arguments: expected a list of 2 arguments, not 3");
  BOOST_TEST(refusal(value{7}) == "arguments: expected a list of 2 arguments");
  schedule_definition hourly;
  hourly.id = "hourly";
  hourly.task = "add";
  hourly.arguments = arguments("one", 2);
  hourly.trigger = {interval_definition{1h, system_clock().now().wall, std::nullopt}};
  BOOST_TEST(node.add_schedule(hourly).get().err().text() == "arguments: argument 1: expected a whole number");
  BOOST_TEST(node.list_jobs().get().or_throw().items.empty());
  BOOST_TEST(node.list_schedules().get().or_throw().items.empty());
}

BOOST_AUTO_TEST_CASE(arguments_that_fit_the_code_of_another_day_end_as_deserialization_failed) {
  auto node = carillon::node::open({}).or_throw();
  BOOST_REQUIRE(node.register_task("greet", [](const std::string& name) { return name; }));
  const auto added = node.add_job({.task = "greet", .arguments = arguments("you")}).get().or_throw();
  BOOST_REQUIRE(node.register_task("greet", [](int) {})); // a changed signature should be a new name
  BOOST_REQUIRE(node.start());
  const auto failed = node.wait_for_job(added.id, limit).get().or_throw();
  BOOST_TEST((failed.outcome == job_outcome::deserialization_failed));
  BOOST_TEST(failed.error_text == "argument 1: expected a whole number");
}

BOOST_FIXTURE_TEST_CASE(an_unknown_task_is_refused, running_node) {
  BOOST_TEST((node.add_job({.task = "nobody"}).get().err().code() == ec::unknown_task));
}

BOOST_FIXTURE_TEST_CASE(the_same_id_adds_one_job, running_node) {
  const auto id = job_id::make(system_clock().now().wall, 1, 2);
  const job_request request{.task = "add", .arguments = arguments(1, 2), .id = id};
  BOOST_REQUIRE(node.add_job(request).get());
  BOOST_REQUIRE(node.add_job(request).get());
  const job_request other{.task = "add", .arguments = arguments(1, 3), .id = id};
  BOOST_TEST((node.add_job(other).get().err().code() == ec::conflict));
}

BOOST_FIXTURE_TEST_CASE(one_can_wait_for_a_job_as_long_as_one_lives_and_no_longer, running_node) {
  const auto added = node.add_job({.task = "add", .arguments = arguments(1, 2)}).get().or_throw();
  for (const duration limit :
       {std::chrono::years{300}, std::chrono::years{10'000}}) // 292 years of nanoseconds fit 64 bits
    BOOST_TEST((node.wait_for_job(added.id, limit).get().or_throw().outcome == job_outcome::success));
  BOOST_TEST((node.wait_for_job(added.id, duration::max()).get().err().code() == ec::limit_exceeded));
}

BOOST_FIXTURE_TEST_CASE(an_answer_can_be_delivered_to_a_callback, running_node) {
  std::promise<result<job>> answer;
  node.add_job({.task = "add", .arguments = arguments(1, 2)}).then([&](const result<job>& added) {
    answer.set_value(added);
  });
  auto arrived = answer.get_future();
  BOOST_REQUIRE((arrived.wait_for(limit) == std::future_status::ready));
  BOOST_TEST(arrived.get().has_value());
}

BOOST_FIXTURE_TEST_CASE(a_callback_that_throws_ends_no_other_request, running_node) {
  std::promise<void> may_end;
  must(node.register_task("held", [end = may_end.get_future().share()] { end.wait(); }));
  const auto held = node.add_job({.task = "held"}).get().or_throw();
  node.wait_for_job(held.id, limit).then([](const result<job>&) { throw std::runtime_error{"out of paper"}; });
  auto ended = node.wait_for_job(held.id, limit); // answered after the other
  may_end.set_value();
  const auto answer = std::move(ended).get();
  BOOST_TEST(answer.has_value());
  BOOST_TEST(node.find_job(held.id).get().has_value());
}

BOOST_FIXTURE_TEST_CASE(a_task_registered_while_the_node_runs_is_run, running_node) {
  must(node.register_task("late", [](const std::string& name) { return "hello " + name; }));
  BOOST_TEST((run("late", arguments("you")).result == value{"hello you"}));
}

BOOST_FIXTURE_TEST_CASE(events_come_to_a_subscriber_until_it_ends, running_node) {
  std::promise<event> finished;
  event_filter filter;
  filter.types = {event_type::job_finished};
  auto subscribed = node.subscribe(filter, [&, told = false](const event& what) mutable {
    if (!std::exchange(told, true))
      finished.set_value(what);
  });
  const auto done = run("add", arguments(1, 2));
  auto arrived = finished.get_future();
  BOOST_REQUIRE((arrived.wait_for(limit) == std::future_status::ready));
  BOOST_TEST((arrived.get().job == done.id));
  subscribed = subscription{};
  BOOST_TEST(
      (run("add", arguments(3, 4)).outcome == job_outcome::success)); // nobody listens: a second set_value would throw
}

BOOST_FIXTURE_TEST_CASE(a_subscriber_that_throws_goes_on_with_the_next_event, running_node) {
  std::promise<void> second;
  auto subscribed = node.subscribe({.types = {event_type::job_finished}}, [&, told = 0](const event&) mutable {
    if (++told == 1)
      throw 7; // not even an exception
    if (told == 2)
      second.set_value();
  });
  run("add", arguments(1, 2));
  run("add", arguments(3, 4));
  BOOST_TEST((second.get_future().wait_for(limit) == std::future_status::ready));
  subscribed = subscription{};
}

BOOST_FIXTURE_TEST_CASE(a_running_job_is_cancelled, running_node) {
  const auto added = node.add_job({.task = "wait"}).get().or_throw();
  while (node.find_job(added.id).get().or_throw().state == job_state::pending) {
  }
  BOOST_REQUIRE(node.cancel_job(added.id).get());
  BOOST_TEST((node.wait_for_job(added.id, limit).get().or_throw().outcome == job_outcome::cancelled));
}

BOOST_FIXTURE_TEST_CASE(a_time_limit_ends_a_job, running_node) {
  const auto added = node.add_job({.task = "wait", .time_limit = 50ms}).get().or_throw();
  BOOST_TEST((node.wait_for_job(added.id, limit).get().or_throw().outcome == job_outcome::timed_out));
}

BOOST_FIXTURE_TEST_CASE(after_the_stop_every_request_is_answered, running_node) {
  BOOST_REQUIRE(node.add_job({.task = "wait"}).get());
  node.stop();
  node.stop();
  BOOST_TEST((node.add_job({.task = "add", .arguments = arguments(1, 2)}).get().err().code() == ec::unavailable));
  BOOST_TEST((node.status().get().err().code() == ec::unavailable));
}

BOOST_AUTO_TEST_CASE(whoever_stops_a_node_finds_it_stopped_also_when_others_stop_it) {
  const system_test::scratch_folder scratch;
  const auto folder = scratch / "data";
  auto node = carillon::node::open({.data_folder = folder}).or_throw();
  BOOST_REQUIRE(node.start());
  {
    std::mutex one_at_a_time;
    std::vector<std::jthread> all;
    for (int i = 0; i < 4; ++i)
      all.emplace_back([&] {
        node.stop();
        const std::lock_guard guard{one_at_a_time}; // as opening it again needs the folder alone
        const auto again = carillon::node::open({.data_folder = folder});
        BOOST_TEST(again.has_value(), (again ? std::string{} : again.err().text()));
      });
  }
}

// ---- completions

BOOST_AUTO_TEST_CASE(more_jobs_than_threads_wait_for_their_completions_at_once) {
  auto node = carillon::node::open({.slots = 8, .threads = 1}).or_throw();
  std::mutex mutex;
  std::vector<completion> taken;
  std::promise<void> all_taken;
  BOOST_REQUIRE(node.register_task("later", [&](completion done, int) {
    const std::lock_guard guard{mutex};
    taken.push_back(std::move(done));
    if (taken.size() == 8)
      all_taken.set_value();
  }));
  BOOST_REQUIRE(node.start());
  std::vector<job_id> ids;
  for (int n = 0; n < 8; ++n)
    ids.push_back(node.add_job({.task = "later", .arguments = arguments(n)}).get().or_throw().id);
  BOOST_REQUIRE((all_taken.get_future().wait_for(limit) == std::future_status::ready));
  for (const auto& done : std::exchange(taken, {}))
    done.success("done");
  for (const auto& id : ids)
    BOOST_TEST((node.wait_for_job(id, limit).get().or_throw().result == value{"done"}));
}

BOOST_AUTO_TEST_CASE(a_node_stops_although_a_completion_never_comes_and_its_job_runs_again) {
  const system_test::scratch_folder scratch;
  const auto folder = scratch / "data";
  std::optional<completion> never;
  job_id id;
  {
    std::promise<void> taken;
    auto node = carillon::node::open({.data_folder = folder, .stop_grace = 50ms}).or_throw();
    BOOST_REQUIRE(node.register_task("later", [&](const completion& done) {
      never = done;
      taken.set_value();
    }));
    BOOST_REQUIRE(node.start());
    id = node.add_job({.task = "later"}).get().or_throw().id;
    BOOST_REQUIRE((taken.get_future().wait_for(limit) == std::future_status::ready));
    node.stop();
  }
  {
    auto node = carillon::node::open({.data_folder = folder}).or_throw();
    const auto handed_back = node.find_job(id).get().or_throw();
    BOOST_TEST((handed_back.state == job_state::pending));
    BOOST_TEST(handed_back.lost_attempts == 0U);
    never->success("from another life");
    BOOST_REQUIRE(node.register_task("later", [](const completion& done) { done.success("again"); }));
    BOOST_REQUIRE(node.start());
    BOOST_TEST((node.wait_for_job(id, limit).get().or_throw().result == value{"again"}));
  }
}

// ---- events

BOOST_FIXTURE_TEST_CASE(the_next_event_is_waited_for, running_node) {
  event_filter finished;
  finished.types = {event_type::job_finished};
  auto next = node.next_event(finished, limit); // from now on
  const auto first = run("add", arguments(1, 2));
  const auto told = std::move(next).get().or_throw();
  BOOST_TEST((told.type == event_type::job_finished));
  BOOST_TEST((told.job == first.id));
  const auto second = run("add", arguments(3, 4));
  const auto after = node.next_event(finished, limit, told.number).get().or_throw();
  BOOST_TEST((after.job == second.id)); // which has happened already
  BOOST_TEST((node.next_event(finished, 10ms).get().err().code() == ec::timed_out));
  BOOST_TEST((node.next_event(finished, -1s).get().err().code() == ec::invalid_argument));
  BOOST_TEST((node.next_event(finished, duration::max()).get().err().code() == ec::limit_exceeded));
  auto never = node.next_event(finished, std::chrono::years{300});
  node.stop();
  const auto ended = std::move(never).get();
  BOOST_TEST((ended.err().code() == ec::unavailable));
}

// ---- roles and identity

BOOST_AUTO_TEST_CASE(a_client_runs_and_fires_nothing_and_says_what_its_jobs_wait_for) {
  auto node = carillon::node::open({.scheduler = false, .worker = false}).or_throw();
  BOOST_REQUIRE(node.register_task("add", [](int a, int b) { return a + b; }));
  BOOST_REQUIRE(node.start());
  BOOST_TEST((node.add_job({.task = "add", .arguments = arguments(1, "x")}).get().err().code() ==
              ec::invalid_argument)); // it has the code, though it never runs it
  const auto added = node.add_job({.task = "add", .arguments = arguments(1, 2)}).get().or_throw();
  const auto told = node.explain_job(added.id).get().or_throw();
  BOOST_TEST((told.what == added));
  BOOST_TEST(told.waiting_for == "a worker: none offers the task \"add\" with the runner \"thread_pool\" now");
  event_filter started;
  started.types = {event_type::scheduler_started};
  BOOST_TEST(node.list_events(started).get().or_throw().items.empty());
  node.stop();
}

BOOST_FIXTURE_TEST_CASE(many_jobs_are_added_at_once_and_each_is_refused_for_itself, running_node) {
  std::vector<job_request> all(4, job_request{.task = "add", .arguments = arguments(40, 2)});
  all[0].unique = unique_key{"the-one", {}};
  all[0].not_before = all[2].not_before = system_clock().now().wall + 1h;
  all[1].arguments = arguments("forty", 2); // refused by this node
  all[2].unique = all[0].unique;
  all.push_back({.task = "never-heard-of"}); // and by the store
  const auto added = node.add_jobs(all).get().or_throw();
  BOOST_TEST_REQUIRE(added.size() == 5U);
  BOOST_TEST((added[1].err().code() == ec::invalid_argument));
  BOOST_TEST((added[4].err().code() == ec::unknown_task));
  BOOST_TEST((added[2].value() == added[0].value()));
  BOOST_TEST((node.wait_for_job(added[3].value(), limit).get().or_throw().result == value{42}));
  BOOST_TEST((node.find_job(added[0].value()).get().or_throw().state == job_state::pending));
  BOOST_TEST(node.add_jobs({}).get().or_throw().empty());
  BOOST_TEST((node.add_jobs(std::vector<job_request>(1'001, all[3])).get().err().code() == ec::limit_exceeded));
  must(node.register_task("echo", [](std::string text) { return text; }));
  const std::vector<job_request> large(
      5, job_request{.task = "echo", .arguments = arguments(std::string(1'000'000, 'x'))});
  BOOST_TEST((node.add_jobs(large).get().err().code() == ec::limit_exceeded)); // of the whole message
  BOOST_TEST(node.list_jobs().get().or_throw().items.size() == 2U);
}

BOOST_AUTO_TEST_CASE(an_identity_is_made_once_for_a_data_folder) {
  const system_test::scratch_folder scratch;
  const auto folder = scratch / "data";
  const auto name_of = [&](const std::string& given = {}) {
    auto node = carillon::node::open({.name = given, .data_folder = folder});
    return node ? node->config().name : node.err().text();
  };
  const auto made = name_of();
  BOOST_TEST(made.starts_with("node-"));
  BOOST_TEST(name_of() == made);
  BOOST_TEST(name_of("given") == "given");
  BOOST_TEST(name_of() == made);
  const auto file = folder + "/node-id";
  BOOST_TEST((std::filesystem::status(file).permissions() ==
              (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)));
  std::filesystem::resize_file(file, 0);
  BOOST_TEST(name_of().starts_with(file + " holds no name of a node: remove it"));
  std::filesystem::remove(file);
  BOOST_TEST(name_of().starts_with("node-"));
  BOOST_TEST(name_of() != made);
  const auto in_memory = [] { return carillon::node::open({}).or_throw().config().name; };
  BOOST_TEST(in_memory() != in_memory());
}

BOOST_AUTO_TEST_CASE(two_nodes_of_one_identity_can_not_live_on_one_store) {
  const system_test::scratch_folder scratch;
  const auto folder = scratch / "data";
  {
    const auto first = carillon::node::open({.data_folder = folder}).or_throw();
    BOOST_TEST((carillon::node::open({.data_folder = folder}).err().code() == ec::store_in_use));
  }
  BOOST_TEST(carillon::node::open({.data_folder = folder}).has_value());
}

BOOST_AUTO_TEST_CASE(a_bad_configuration_is_refused) {
  BOOST_TEST((node::open({.name = "a b"}).err().code() == ec::invalid_argument));
  for (const auto& refused :
       {node::open({.request_limit = duration::max()}), node::open({.stop_grace = duration::max()}),
        node::open({.store = {.lease = duration::max()}}), node::open({.store = {.claim = duration::max()}}),
        node::open({.store = {.history_retention = duration::max()}})})
    BOOST_TEST((refused.err().code() == ec::limit_exceeded));
  for (const auto& refused : {node::open({.store = {.bounds = {.batch_items = 0}}}),
                              node::open({.store = {.bounds = {.batch_size_bytes = 0}}})})
    BOOST_TEST((refused.err().code() == ec::invalid_argument));
  auto bare = node::open({}).or_throw();
  task settings;
  settings.id = "x";
  settings.runner = "teleport";
  const auto refused = bare.register_task(settings, [] {});
  BOOST_TEST(refused.err().text().find("teleport") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
