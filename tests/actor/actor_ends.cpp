#include "runtime/actor_ends.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <semaphore>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

struct fixture {
  caf::actor spawn() {
    return system.spawn([](caf::event_based_actor* self) -> caf::behavior { return {[self](int) { self->quit(); }}; });
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  runtime::actor_ends ends;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(actor_ends, fixture)

// What CAF's network broker is told belongs to these: told after its own end, it keeps the actor for ever, and with it the store.
BOOST_AUTO_TEST_CASE(an_actor_has_ended_once_all_others_that_watch_it_have_been_told) {
  const auto one = spawn();
  ends.watch(one);
  std::binary_semaphore is_being_told{0};
  std::binary_semaphore may_go_on{0};
  one->attach_functor([&] {
    is_being_told.release();
    may_go_on.acquire();
  });
  BOOST_TEST(!ends.wait(one->id(), 0s));
  caf::anon_send(one, 1);
  is_being_told.acquire();
  BOOST_TEST(!ends.wait(one->id(), 0s));
  may_go_on.release();
  BOOST_TEST(ends.wait(one->id(), 60s));
}

BOOST_AUTO_TEST_CASE(one_that_had_ended_before_it_was_watched_has_ended) {
  const auto one = spawn();
  runtime::actor_ends first;
  first.watch(one);
  caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
  BOOST_TEST_REQUIRE(first.wait(one->id(), 60s));
  ends.watch(one);
  BOOST_TEST(ends.wait(one->id(), 0s));
}

BOOST_AUTO_TEST_CASE(each_copy_knows_all_that_are_watched_and_nobody_waits_for_what_is_not) {
  const auto one = spawn();
  const auto other = spawn();
  auto copy = ends;
  copy.watch(one);
  copy.watch(caf::actor{});
  BOOST_TEST(!ends.wait(one->id(), 0s));
  BOOST_TEST(ends.wait(other->id(), 0s));
  caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
  BOOST_TEST(ends.wait(one->id(), 60s));
}

BOOST_AUTO_TEST_SUITE_END()
