#include "actor/one_timer.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace carillon;
using namespace carillon::actor;
using namespace std::chrono_literals;

namespace {

/// What an actor would send itself.
struct fake_self {
  struct delayed {
    duration in;
    timer_rang ring;
  };
  void delayed_send(fake_self*, duration in, timer_rang ring) { sent.push_back({in, ring}); }
  std::vector<delayed> sent;
};

} // namespace

BOOST_AUTO_TEST_SUITE(one_timer)

BOOST_AUTO_TEST_CASE(what_is_centuries_ahead_rings_within_the_hour) {
  fake_self self;
  actor::one_timer timer;
  timer.arm(&self, 5s, std::chrono::years{293}); // more nanoseconds than CAF's clock can count
  BOOST_REQUIRE_EQUAL(self.sent.size(), 1U);
  BOOST_TEST((self.sent[0].in == 1h));
  BOOST_TEST(timer.rang(self.sent[0].ring));
}

BOOST_AUTO_TEST_CASE(an_earlier_ring_comes_beside_a_later_one_and_not_the_other_way_round) {
  fake_self self;
  actor::one_timer timer;
  timer.arm(&self, 5s, std::nullopt);
  timer.arm(&self, 5s, 60s);
  timer.arm(&self, 6s, 70s);
  BOOST_TEST(self.sent.size() == 1U);
  timer.arm(&self, 6s, 10s);
  BOOST_REQUIRE_EQUAL(self.sent.size(), 2U);
  BOOST_TEST(timer.rang(self.sent[1].ring));
  timer.arm(&self, 16s, -1s); // over already
  BOOST_REQUIRE_EQUAL(self.sent.size(), 3U);
  BOOST_TEST((self.sent[2].in == 0s));
  BOOST_TEST(timer.rang(self.sent[2].ring));
  timer.arm(&self, 16s, 50s);
  BOOST_TEST(self.sent.size() == 3U); // the first one is still to come: no message stays behind for each earlier ring
  BOOST_TEST(timer.rang(self.sent[0].ring));
  BOOST_TEST(!timer.rang(self.sent[0].ring));
}

BOOST_AUTO_TEST_CASE(a_ring_that_sleep_has_held_up_is_sent_again_and_counts_once) {
  fake_self self;
  actor::one_timer timer;
  timer.arm(&self, 5s, 60s);
  timer.arm(&self, 1h, 30s); // it should have rung long ago
  BOOST_REQUIRE_EQUAL(self.sent.size(), 2U);
  BOOST_TEST((self.sent[1].in == 30s));
  BOOST_TEST(timer.rang(self.sent[0].ring)); // the late one comes first
  BOOST_TEST(!timer.rang(self.sent[1].ring));
  timer.arm(&self, 1h, 30s);
  BOOST_REQUIRE_EQUAL(self.sent.size(), 3U);
  BOOST_TEST(timer.rang(self.sent[2].ring));
}

BOOST_AUTO_TEST_CASE(a_ring_that_waits_in_a_busy_mailbox_is_never_put_off) {
  fake_self self;
  actor::one_timer timer;
  timer.arm(&self, 5s, 0s);
  for (int i = 1; i <= 100; ++i)
    timer.arm(&self, 5s + i * 100ms, 0s);
  BOOST_TEST(self.sent.size() <= 11U);
  BOOST_TEST(timer.rang(self.sent[0].ring)); // however late it is taken out
}

BOOST_AUTO_TEST_SUITE_END()
