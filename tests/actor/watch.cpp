// What becomes of a node of which an actor has ended.
#include "runtime/watch.hpp"
#include "actor/errors.hpp"
#include "carillon/testing/world.hpp"

#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace carillon;
using namespace carillon::testing;

namespace {

struct watched_node {
  watched_node()
    : watch(runtime::spawn_watch(
          node.system(), {node.broker, node.store, node.reader, node.scheduler, node.executor, {}, {}, node.job_log},
          [this](const error& why) { told.push_back(why); })) {
    world.settle();
  }

  void end(const auto& handle, caf::exit_reason why) {
    caf::anon_send_exit(handle, why);
    world.settle();
  }

  carillon::testing::world world{1};
  world_node& node = world.add_node();
  std::vector<error> told;
  caf::actor watch;
};

} // namespace

BOOST_AUTO_TEST_SUITE(watch)

BOOST_AUTO_TEST_CASE(each_of_the_nodes_actors_is_watched_and_the_first_that_ends_is_named) {
  const auto first_told = [](auto member, const std::string& name) {
    watched_node w;
    w.end(w.node.*member, caf::exit_reason::unhandled_exception);
    BOOST_REQUIRE_EQUAL(w.told.size(), 1U);
    BOOST_TEST((w.told[0].code() == ec::internal));
    BOOST_TEST(w.told[0].text().find("the node's " + name + " has ended unexpectedly (") == 0U);
    BOOST_TEST(w.told[0].text().find("unhandled_exception") != std::string::npos, w.told[0].text());
    w.end(w.node.broker, caf::exit_reason::kill);
    BOOST_TEST(w.told.size() == 1U);
  };
  first_told(&world_node::store, "store");
  first_told(&world_node::reader, "store_reader");
  first_told(&world_node::scheduler, "scheduler");
  first_told(&world_node::executor, "executor");
  first_told(&world_node::broker, "event_broker");
  first_told(&world_node::job_log, "job_log");
}

BOOST_AUTO_TEST_CASE(what_was_thrown_is_told) {
  watched_node w;
  const job_log_actor throws = w.node.system().spawn([](job_log_actor::pointer self) -> job_log_actor::behavior_type {
    actor::set_failure_handlers(*self, "job log");
    return {[](const put_job_reports&) -> done { throw std::runtime_error{"out of paper"}; },
            [](const read_job_log&) { return job_log_page{}; }};
  });
  std::vector<error> told;
  const auto watch =
      runtime::spawn_watch(w.node.system(), {.job_log = throws}, [&](const error& why) { told.push_back(why); });
  w.world.settle();
  caf::anon_send(throws, put_job_reports{});
  w.world.settle();
  BOOST_REQUIRE_EQUAL(told.size(), 1U);
  BOOST_TEST(told[0].text() == "the node's job_log has ended unexpectedly (out of paper)");
}

BOOST_AUTO_TEST_CASE(a_watch_that_was_ended_says_nothing) {
  watched_node w;
  w.end(w.watch, caf::exit_reason::user_shutdown);
  w.end(w.node.store, caf::exit_reason::user_shutdown);
  BOOST_TEST(w.told.empty());
}

BOOST_AUTO_TEST_SUITE_END()
