// A trigger's rule, for fire times before its start too.
#include "trigger/backdate.hpp"

#include "carillon/trigger/trigger.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

constexpr timestamp start{std::chrono::seconds{1'790'000'000}};

std::vector<timestamp> first_fire_times(const trigger_definition& what, timestamp from, int count) {
  auto rule = trigger::make(what).or_throw();
  rule.skip_to(from).or_throw();
  std::vector<timestamp> times;
  while (count-- > 0)
    times.push_back(rule.next().or_throw().value());
  return times;
}

} // namespace

BOOST_AUTO_TEST_SUITE(trigger_backdate)

BOOST_AUTO_TEST_CASE(an_interval_is_counted_backwards) {
  const trigger_definition every{interval_definition{7h, start, std::nullopt}};
  for (const auto from : {start - 7h, start - 7h + 1us, start - 100h, start - 1us}) {
    const auto times = first_fire_times(backdated(every, from), from, 30);
    BOOST_TEST((times.front() >= from));
    BOOST_TEST((times.front() < from + 7h));
    BOOST_TEST((std::find(times.begin(), times.end(), start) != times.end())); // its own are still those
  }
}

BOOST_AUTO_TEST_CASE(a_start_before_the_range_stays) {
  const trigger_definition every{interval_definition{7h, start, std::nullopt}};
  BOOST_TEST((backdated(every, start) == every));
  BOOST_TEST((backdated(every, start + 100h) == every));
}

BOOST_AUTO_TEST_CASE(a_cron_expression_has_fired_before_too_also_within_others) {
  const trigger_definition hourly{classic_cron_definition{"0 * * * *", start, std::nullopt, "UTC", {}}};
  const auto from = start - 1'000h;
  const auto own = first_fire_times(backdated(hourly, from), from, 3);
  BOOST_TEST((own.front() - from < 1h));
  BOOST_TEST((own[1] - own[0] == 1h));
  const trigger_definition both{any_of_definition{{hourly, {date_definition{from + 1min}}}}};
  const auto times = first_fire_times(backdated(both, from), from, 2);
  BOOST_TEST((std::find(times.begin(), times.end(), from + 1min) != times.end()));
  BOOST_TEST((std::find(times.begin(), times.end(), own.front()) != times.end()));
}

BOOST_AUTO_TEST_SUITE_END()
