#include "engine/fire_sequence.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

const timestamp start{1'800'000'000s};

engine::fire_sequence sequence_of(trigger_definition definition) {
  auto rule = trigger::make(std::move(definition)).or_throw();
  const auto head = *rule.next();
  return {std::move(rule), head};
}

std::vector<timestamp> fires_before(engine::fire_sequence from, timestamp when) {
  std::vector<timestamp> all;
  while (from.is_before(when)) {
    all.push_back(*from.head());
    BOOST_REQUIRE(from.pop());
  }
  return all;
}

std::vector<trigger_definition> some_triggers() {
  return {{interval_definition{7min, start, std::nullopt}},
          {classic_cron_definition{"*/5 9-17 * * 1-5", start, std::nullopt, "Europe/Berlin", std::nullopt}},
          {classic_cron_definition{"30 2 * * *", start, std::nullopt, "America/New_York", std::nullopt}},
          {any_of_definition{
              {{interval_definition{50min, start, std::nullopt}}, {interval_definition{1h, start, std::nullopt}}}}}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(fire_sequence)

BOOST_AUTO_TEST_CASE(the_last_ones_are_those_that_walking_finds) {
  std::mt19937_64 random{7};
  for (const auto& definition : some_triggers())
    for (int round = 0; round < 60; ++round) {
      const auto fires = sequence_of(definition);
      const auto when = *fires.head() + duration{1} + std::chrono::seconds{random() % 3'000'000};
      const auto count = 1 + random() % 5;
      const auto walked = fires_before(fires, when);
      auto jumped = fires;
      BOOST_REQUIRE(jumped.skip_to_last(count, when));
      BOOST_TEST((*jumped.head() == walked[walked.size() - std::min<std::size_t>(count, walked.size())]));
    }
}

BOOST_AUTO_TEST_CASE(a_gap_of_a_century_costs_no_walk) {
  auto fires = sequence_of({interval_definition{1s, start, std::nullopt}});
  BOOST_REQUIRE(fires.skip_to_latest_before(start + std::chrono::hours{24 * 36'525}));
  BOOST_TEST((*fires.head() == start + std::chrono::hours{24 * 36'525} - 1s));
}

BOOST_AUTO_TEST_SUITE_END()
