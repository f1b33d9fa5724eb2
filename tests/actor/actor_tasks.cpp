// Tasks that are actors of a user's own, message by message in virtual time. Clauses RN of docs/semantics.md.
#include "actor/simple_work.hpp"
#include "carillon/runtime/actor_task.hpp"
#include "carillon/testing/world.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

job resize(int n, value arguments = {}) {
  auto what = direct(n, "resize");
  what.arguments = std::move(arguments);
  return what;
}

// A user's actor, which keeps what it is asked and answers when the test says so.
struct worker_state {
  struct asked {
    job what;
    caf::typed_response_promise<value> answer;
  };
  std::vector<asked> open;
  std::vector<stop_job> stops;
};

using tested_worker = job_actor::extend<caf::reacts_to<run_within>>;

tested_worker::behavior_type worker(tested_worker::stateful_pointer<worker_state> self, worker_state** seen) {
  *seen = &self->state;
  return {
      [self](const run_job& request) {
        auto answer = self->make_response_promise<value>();
        self->state.open.push_back({request.what, answer});
        return answer;
      },
      [self](const stop_job& request) { self->state.stops.push_back(request); },
      [](const run_within& request) { request.what(nullptr); },
  };
}

struct actor_world {
  void add(const job& what) { BOOST_REQUIRE(world.ask<job>(node->store, add_job{what})); }
  job found(int n) { return node->state().find_job(resize(n).id).or_throw(); }
  // CAF lets only an actor that runs answer.
  template <class Answer>
  void answer(std::size_t i, Answer x) {
    auto promise = state->open.at(i).answer;
    caf::anon_send(handle,
                   run_within{[promise, x](caf::event_based_actor*) mutable { promise.deliver(std::move(x)); }});
    world.settle();
  }
  void refuse(std::size_t i, const std::string& why) { answer(i, caf::make_error(ec::unavailable, why)); }
  template <class Handle>
  world_node& offer(const Handle& what) {
    return world.add_node({.slots = 2, .tasks = {}, .code = {{"resize", make_actor_task(what)}}});
  }

  carillon::testing::world world{1};
  worker_state* state = nullptr;
  tested_worker handle = world.system().spawn(worker, &state);
  world_node* node = &offer(job_actor{handle});
};

// One that is asked in a world of its own, and does what `behave` says.
job run_by(const std::function<caf::behavior(caf::event_based_actor*)>& behave) {
  actor_world w;
  const auto plain = w.world.system().spawn(behave);
  auto& other =
      w.world.add_node({.name = "other", .slots = 2, .tasks = {}, .code = {{"resize", make_actor_task(plain)}}});
  BOOST_REQUIRE(w.world.ask<job>(other.store, add_job{resize(1)}));
  w.world.settle();
  return other.state().find_job(resize(1).id).or_throw();
}

} // namespace

BOOST_AUTO_TEST_SUITE(actor_tasks)

BOOST_AUTO_TEST_CASE(the_job_comes_as_a_message_and_the_answer_is_its_result) {
  actor_world w;
  auto what = resize(1, value::list{640, 480});
  what.metadata = {{"colour", "red"}};
  w.add(what);
  BOOST_REQUIRE_EQUAL(w.state->open.size(), 1U);
  const auto& asked = w.state->open[0].what;
  BOOST_TEST((asked.id == what.id));
  BOOST_TEST((asked.arguments == what.arguments));
  BOOST_TEST((asked.metadata == what.metadata));
  BOOST_TEST(asked.attempt == 1U);
  BOOST_TEST((asked.held_by && asked.held_by->token > 0));
  w.world.run_for(1min); // with its lease renewed
  BOOST_TEST((w.found(1).state == job_state::running));
  w.answer(0, value{"640x480"});
  BOOST_TEST((w.found(1).outcome == job_outcome::success));
  BOOST_TEST((w.found(1).result == value{"640x480"}));
}

BOOST_AUTO_TEST_CASE(an_actor_has_as_many_jobs_at_once_as_there_are_slots) {
  actor_world w;
  for (int n = 1; n <= 3; ++n)
    w.add(resize(n));
  BOOST_REQUIRE_EQUAL(w.state->open.size(), 2U);
  w.answer(1, value{2});
  BOOST_REQUIRE_EQUAL(w.state->open.size(), 3U);
  BOOST_TEST((w.found(1).state == job_state::running));
  BOOST_TEST((w.found(2).result == value{2}));
}

BOOST_AUTO_TEST_CASE(an_error_is_the_outcome_with_its_text) {
  actor_world w;
  w.add(resize(1));
  w.refuse(0, "no such picture");
  BOOST_TEST((w.found(1).outcome == job_outcome::error));
  BOOST_TEST(w.found(1).error_text == "no such picture");
}

BOOST_AUTO_TEST_CASE(its_death_is_the_outcome_crashed_of_all_that_it_has_and_of_what_comes_later) {
  actor_world w;
  w.add(resize(1));
  w.add(resize(2));
  caf::anon_send_exit(w.handle, caf::exit_reason::kill);
  w.world.settle();
  for (int n = 1; n <= 2; ++n) {
    BOOST_TEST((w.found(n).outcome == job_outcome::crashed));
    BOOST_TEST(w.found(n).error_text.starts_with("the task's actor has ended"), w.found(n).error_text);
  }
  w.add(resize(3));
  w.world.settle();
  BOOST_TEST((w.found(3).outcome == job_outcome::crashed));
}

BOOST_AUTO_TEST_CASE(an_exception_in_the_actor_is_its_death) {
  const auto ended = run_by([](caf::event_based_actor*) -> caf::behavior {
    return {[](const run_job&) -> value { throw std::runtime_error{"out of memory"}; }, [](const stop_job&) {}};
  });
  BOOST_TEST((ended.outcome == job_outcome::crashed));
}

BOOST_AUTO_TEST_CASE(an_actor_without_a_type_answers_with_a_value_and_nothing_else) {
  const auto good = run_by([](caf::event_based_actor*) -> caf::behavior {
    return {[](const run_job& request) { return value{std::int64_t{request.what.attempt}}; }, [](const stop_job&) {}};
  });
  BOOST_TEST((good.result == value{1}));
  const auto other = run_by([](caf::event_based_actor*) -> caf::behavior {
    return {[](const run_job&) { return std::string{"a text"}; }, [](const stop_job&) {}};
  });
  BOOST_TEST((other.outcome == job_outcome::error));
  BOOST_TEST(other.error_text == "the task's actor answered with something that is no carillon::value");
  const auto deaf = run_by([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  BOOST_TEST((deaf.outcome == job_outcome::error));
  BOOST_TEST(deaf.error_text == "the task's actor doesn't take run_job");
}

BOOST_AUTO_TEST_CASE(cancelling_is_a_message_and_what_is_answered_then_counts) {
  actor_world w;
  w.add(resize(1));
  w.add(resize(2));
  for (int n = 1; n <= 2; ++n)
    BOOST_REQUIRE(w.world.ask<job>(w.node->store, cancel_job{resize(n).id}));
  w.world.settle();
  BOOST_REQUIRE_EQUAL(w.state->stops.size(), 2U);
  BOOST_TEST((w.state->stops[0].id == resize(1).id));
  BOOST_TEST(w.state->stops[0].fencing_token == w.state->open[0].what.held_by->token);
  BOOST_TEST((w.found(1).state == job_state::running)); // cooperative
  w.answer(0, value{"done all the same"});
  BOOST_TEST((w.found(1).outcome == job_outcome::success));
  w.refuse(1, "half done");
  BOOST_TEST((w.found(2).outcome == job_outcome::cancelled));
  BOOST_TEST(w.found(2).error_text == "cancelled: half done");
}

BOOST_AUTO_TEST_CASE(an_actor_that_does_not_know_stop_job_or_answers_it_ends_its_job_in_its_own_time) {
  for (const bool knows_it : {false, true}) {
    actor_world w;
    std::optional<caf::response_promise> open;
    const auto plain = w.world.system().spawn([&](caf::event_based_actor* self) -> caf::behavior {
      caf::message_handler handles{[&open, self](const run_job&) -> caf::response_promise {
                                     open = self->make_response_promise();
                                     return *open;
                                   },
                                   [&open](done) { open->deliver(value{"done all the same"}); }};
      return knows_it ? handles.or_else([](const stop_job&) { return std::string{"not now"}; }) : handles;
    });
    auto& other =
        w.world.add_node({.name = "other", .slots = 2, .tasks = {}, .code = {{"resize", make_actor_task(plain)}}});
    BOOST_REQUIRE(w.world.ask<job>(other.store, add_job{resize(1)}));
    w.world.settle();
    BOOST_REQUIRE(open);
    BOOST_REQUIRE(w.world.ask<job>(other.store, cancel_job{resize(1).id}));
    w.world.settle();
    caf::anon_send(plain, done{});
    w.world.settle();
    BOOST_TEST((other.state().find_job(resize(1).id).or_throw().outcome == job_outcome::success));
  }
}

BOOST_AUTO_TEST_CASE(a_time_limit_is_the_same_message) {
  actor_world w;
  auto what = resize(1);
  what.time_limit = 5s;
  w.add(what);
  w.world.run_for(4s);
  BOOST_TEST(w.state->stops.empty());
  w.world.run_for(2s);
  BOOST_REQUIRE_EQUAL(w.state->stops.size(), 1U);
  w.refuse(0, "half done");
  BOOST_TEST((w.found(1).outcome == job_outcome::timed_out));
}

BOOST_AUTO_TEST_CASE(the_attempt_after_a_lost_lease_is_another_message_with_a_higher_token) {
  actor_world w;
  w.add(resize(1));
  auto cut = w.world.drop(message<renew_leases>().to(w.node->store));
  w.world.run_for(11s);
  cut.stop();
  BOOST_REQUIRE_EQUAL(w.state->stops.size(), 1U);
  w.answer(0, value{"too late"});
  BOOST_REQUIRE_EQUAL(w.state->open.size(), 2U);
  BOOST_TEST(w.state->open[1].what.held_by->token > w.state->stops[0].fencing_token);
  w.answer(1, value{"in time"});
  BOOST_TEST((w.found(1).result == value{"in time"}));
}

BOOST_AUTO_TEST_SUITE_END()
