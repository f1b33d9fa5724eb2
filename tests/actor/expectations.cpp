// The harness itself: expectations on messages, interference with them, probes, charts. The actors are a user's own.
#include "carillon/testing/probe.hpp"
#include "carillon/testing/sequence_chart.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

/// Adds up what it is told; tells the total to its listener a second after each number.
struct adder_state {
  std::int64_t total = 0;
};
caf::behavior adder(caf::stateful_actor<adder_state>* self, const caf::actor& listener) {
  return {
      [=](std::int64_t number) {
        self->state.total += number;
        self->delayed_send(self, 1s, caf::atom("tell"));
      },
      [=](caf::atom_constant<caf::atom("tell")>) { self->send(listener, std::string{"total"}, self->state.total); },
      [=](const std::string&) { return self->state.total; },
  };
}

struct adding_world : world {
  explicit adding_world(std::uint64_t seed = 1) : world(seed) { name(adding, "adder"); }
  void add(std::int64_t number) { listener.send(adding, number); }

  probe<> listener{*this, "listener"};
  caf::actor adding = system().spawn(adder, listener.handle());
};

std::string failure_of(const std::function<void()>& expectation) {
  try {
    expectation();
  } catch (const expectation_failed& failed) {
    return failed.what();
  }
  return "it held";
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_AUTO_TEST_SUITE(expectations)

BOOST_AUTO_TEST_CASE(the_next_message_of_an_actor) {
  adding_world w;
  w.add(5);
  w.add(6);
  w.expect_next(message<std::int64_t>().from(w.listener.handle()).to(w.adding).with(std::int64_t{5}));
  const auto text = failure_of([&] { w.expect_next(message<std::string>().to(w.adding)); });
  BOOST_TEST(holds(text, "expected "), text);
  BOOST_TEST(holds(text, "to adder"), text);
  BOOST_TEST(holds(text, "the next one is (6) from listener"), text);
  w.expect_next(message<std::int64_t>().to(w.adding).with([](std::int64_t number) { return number > 5; }));
  BOOST_TEST(holds(failure_of([&] { w.expect_next(any_message().to(w.adding)); }), "no message waits"));
}

BOOST_AUTO_TEST_CASE(a_message_within_a_time_of_the_virtual_clock) {
  adding_world w;
  w.add(5);
  const auto total = message<std::string, std::int64_t>().to(w.listener.handle()).with(anything, std::int64_t{5});
  BOOST_TEST(holds(failure_of([&] { w.expect_within(total, 900ms); }), "none was delivered within 0.9 s"));
  w.expect_within(total, 100ms);
  w.expect_none(total, 1h);
}

BOOST_AUTO_TEST_CASE(a_message_that_must_not_come) {
  adding_world w;
  w.add(5);
  const auto text =
      failure_of([&] { w.expect_none(message<std::string, std::int64_t>().to(w.listener.handle()), 10s); });
  BOOST_TEST(holds(text, "not to come, but it came after 1 s"), text);
}

BOOST_AUTO_TEST_CASE(a_failure_shows_the_conversation_the_seed_and_the_command) {
  adding_world w{77};
  w.add(5);
  w.run_for(2s);
  const auto text = failure_of([&] { w.expect_within(message<std::int64_t>().to(w.adding), 1s); });
  BOOST_TEST(holds(text, "listener"), text);
  BOOST_TEST(holds(text, "    1.000000  "), text);
  BOOST_TEST(holds(text, "\"total\", 5"), text);
  BOOST_TEST(holds(text, "seed 77"), text);
  BOOST_TEST(holds(text, "CARILLON_SEED=77 "), text);
  BOOST_TEST(holds(text, "actor_tests"), text);
}

BOOST_AUTO_TEST_CASE(messages_can_be_dropped) {
  adding_world w;
  const auto rule = w.drop(message<std::int64_t>().to(w.adding).with(std::int64_t{6}), 1);
  for (const std::int64_t number : {5, 6, 7, 6})
    w.add(number);
  w.settle();
  BOOST_TEST(rule.count() == 1u);
  BOOST_TEST(w.ask<std::int64_t>(w.adding, std::string{"total?"}).or_throw() == 18);
  BOOST_TEST(holds(w.chart(), "(dropped)"));
}

BOOST_AUTO_TEST_CASE(messages_can_be_held_and_overtaken) {
  adding_world w;
  auto rule = w.hold(message<std::int64_t>().to(w.adding), 2);
  for (const std::int64_t number : {1, 10, 100})
    w.add(number);
  w.settle();
  BOOST_TEST(rule.held() == 2u);
  BOOST_TEST(w.ask<std::int64_t>(w.adding, std::string{"total?"}).or_throw() == 100);
  rule.release(1);
  w.settle();
  BOOST_TEST(w.ask<std::int64_t>(w.adding, std::string{"total?"}).or_throw() == 101);
  rule.stop();
  BOOST_TEST(w.ask<std::int64_t>(w.adding, std::string{"total?"}).or_throw() == 111);
}

BOOST_AUTO_TEST_CASE(messages_can_be_delayed) {
  adding_world w;
  w.delay(message<std::int64_t>().to(w.adding), 5s);
  w.add(1);
  w.expect_none(message<std::int64_t>().to(w.adding), 4s);
  w.expect_within(message<std::int64_t>().to(w.adding), 1s);
  BOOST_TEST(w.ask<std::int64_t>(w.adding, std::string{"total?"}).or_throw() == 1);
}

BOOST_AUTO_TEST_CASE(messages_can_come_twice) {
  adding_world w;
  w.duplicate(message<std::int64_t>().to(w.adding), 1);
  w.add(3);
  w.add(100);
  w.settle();
  BOOST_TEST(w.ask<std::int64_t>(w.adding, std::string{"total?"}).or_throw() == 106);
}

BOOST_AUTO_TEST_CASE(messages_can_change_places) {
  adding_world w;
  w.put_off(message<std::int64_t>().to(w.adding).with(std::int64_t{1}));
  w.add(1);
  w.add(2);
  w.settle();
  const auto chart = w.chart();
  const auto first = chart.find(" 2\n"), second = chart.rfind(" 1\n");
  BOOST_TEST(first != std::string::npos);
  BOOST_TEST(first < second, chart);
}

BOOST_AUTO_TEST_CASE(messages_can_say_something_else) {
  adding_world w;
  w.replace<std::int64_t>(
      message<std::int64_t>().to(w.adding), [](const std::int64_t& x) { return x * 2; }, 1);
  w.add(21);
  w.add(100);
  BOOST_TEST(w.ask<std::int64_t>(w.adding, std::string{"total?"}).or_throw() == 142);
}

BOOST_AUTO_TEST_CASE(messages_can_be_looked_at) {
  adding_world w;
  std::vector<std::int64_t> seen;
  w.inspect(message<std::int64_t>().to(w.adding),
            [&](const message_in_flight& m) { seen.push_back(m.content->get_as<std::int64_t>(0)); });
  w.add(1);
  w.add(2);
  w.settle();
  BOOST_TEST((seen == std::vector<std::int64_t>{1, 2}));
}

BOOST_AUTO_TEST_CASE(a_probe_stands_in_for_a_typed_actor) {
  world w{1};
  probe<store_actor> store{w, "store"};
  std::optional<result<job>> answer;
  w.system().spawn([&](caf::event_based_actor* self) {
    self->request(store.handle(), 5s, cancel_job{})
        .then([&](const job& what) { answer = what; },
              [&](const caf::error& why) {
                answer = error{ec::timed_out, caf::to_string(why)};
              });
  });
  BOOST_TEST((store.expect<cancel_job>().id == job_id{}));
  job done;
  done.task = "t";
  store.reply(done);
  w.settle();
  BOOST_REQUIRE(answer && *answer);
  BOOST_TEST((*answer)->task == "t");
  BOOST_TEST(holds(failure_of([&] { store.expect<add_job>(1s); }), "nothing came"));
}

BOOST_AUTO_TEST_CASE(a_nodes_own_conversation) {
  world w{5};
  auto& node = w.add_node();
  const auto rule = w.drop(message<claim_due_schedules>().to(node.store), 1);
  schedule_definition daily;
  daily.id = "s";
  daily.task = "work";
  daily.trigger = {interval_definition{1s, w.time().now().wall + 1s, std::nullopt}};
  BOOST_REQUIRE(w.ask<schedule>(node.store, add_schedule{daily}));
  w.expect_within(message<hand_out_jobs>().to(node.executor), 30s); // a lost claim is made up for
  BOOST_TEST(rule.count() == 1u);
  const auto chart = w.chart();
  for (const auto* name : {"node.store", "node.scheduler", "node.executor", "(dropped)", "commit_fire_plans"})
    BOOST_TEST(holds(chart, name), chart);
}

BOOST_AUTO_TEST_CASE(a_crash_takes_held_messages_along) {
  world w{5};
  auto& node = w.add_node();
  const auto rule = w.hold(any_message().to(node.scheduler));
  w.run_for(2min);
  BOOST_TEST(rule.held() > 0u);
  w.crash(node);
  BOOST_TEST(rule.held() == 0u);
}

BOOST_AUTO_TEST_CASE(the_seed_of_a_test_comes_from_outside) {
  ::unsetenv("CARILLON_SEED"); // NOLINT(concurrency-mt-unsafe)
  BOOST_TEST(seed_or(3) == 3u);
  ::setenv("CARILLON_SEED", "18446744073709551615", 1); // NOLINT(concurrency-mt-unsafe)
  BOOST_TEST(seed_or(3) == 18446744073709551615u);
  ::unsetenv("CARILLON_SEED"); // NOLINT(concurrency-mt-unsafe)
}

BOOST_AUTO_TEST_CASE(a_chart_has_a_column_for_each_actor) {
  BOOST_TEST(sequence_chart({{0s, "client", "store", "add_job", ""},
                             {1500ms, "store", "client", "done", ""},
                             {2s, "store", "executor", "hand_out_jobs", "dropped"},
                             {3s, "store", "store", "timer_rang", ""}}) ==
             "     seconds  client   store   executor   \n"
             "    0.000000     |------>|         |       add_job\n"
             "    1.500000     |<------|         |       done\n"
             "    2.000000     |       |........>|       hand_out_jobs (dropped)\n"
             "    3.000000     |       @         |       timer_rang\n");
}

BOOST_AUTO_TEST_SUITE_END()
