// Sections 7, 8 and 9.
#include "trigger_making.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <utility>

using namespace carillon;
using namespace carillon::test;

namespace {

/// From midnight on, every so many minutes, so many seconds late.
std::string every(int minutes, int seconds_late = 0) {
  return fmt::format(R"({{"type": "interval", "minutes": {}, "start_time": "2026-01-01T00:00:{:02}Z"}})", minutes,
                     seconds_late);
}

std::string all_of(std::string_view parts, std::string_view more = "") {
  return fmt::format(R"({{"type": "and", "triggers": [{}]{}}})", parts, more);
}
std::string any_of(std::string_view parts) { return fmt::format(R"({{"type": "or", "triggers": [{}]}})", parts); }

} // namespace

BOOST_AUTO_TEST_SUITE(combined_triggers)

BOOST_AUTO_TEST_CASE(the_iteration_that_fires_counts) {
  // From one agreement to the next the parts advance one at a time, 7 times; then they meet.
  const auto parts = every(2) + "," + every(7);
  const auto with_limit = [&](int limit) {
    return fires(all_of(parts, fmt::format(R"(, "max_iterations": {})", limit)), 3);
  };
  BOOST_TEST(with_limit(100) == "2026-01-01T00:00:00 2026-01-01T00:14:00 2026-01-01T00:28:00");
  int smallest = 1;
  while (holds(with_limit(smallest), "iteration_limit"))
    ++smallest;
  BOOST_TEST(with_limit(1) == "2026-01-01T00:00:00 iteration_limit");
  BOOST_TEST(smallest == 8);
}

BOOST_AUTO_TEST_CASE(a_call_after_the_iteration_limit_goes_on_where_it_stood) {
  auto rule = make_trigger(all_of(every(2) + "," + every(61), R"(, "max_iterations": 5)"));
  BOOST_TEST(fires(rule, 1) == "2026-01-01T00:00:00");
  int calls = 0;
  auto time = rule.next();
  for (; !time; time = rule.next()) {
    BOOST_REQUIRE((time.err().code() == ec::iteration_limit));
    rule = trigger::restore(rule.definition(), rule.cursor()).value();
    ++calls;
  }
  BOOST_TEST((time.value() == at("2026-01-01T02:02Z")));
  BOOST_TEST(calls > 3);
}

BOOST_AUTO_TEST_CASE(a_nested_error_loses_no_fire) {
  // Two parts that need several calls each; whatever fails between, the common times are those of a limit that suffices.
  const auto nested = [](int limit) {
    const auto part = [&](int minutes) {
      return all_of(every(1) + "," + every(minutes), fmt::format(R"(, "max_iterations": {})", limit));
    };
    return make_trigger(all_of(part(10) + "," + part(15) + "," + every(5)));
  };
  auto patient = nested(1'000);
  auto hasty = nested(4);
  for (int i = 0; i < 20; ++i) {
    auto time = hasty.next();
    int calls = 1;
    for (; !time && calls < 200; ++calls)
      time = hasty.next();
    BOOST_REQUIRE(time);
    BOOST_TEST((time.value() == patient.next().value()));
    BOOST_TEST((calls > 1 || i == 0));
  }
}

BOOST_AUTO_TEST_CASE(an_or_reports_the_error_of_its_part) {
  const auto never = all_of(every(6) + "," + every(6, 2), R"(, "max_iterations": 9)");
  BOOST_TEST(fires(any_of(every(1) + "," + never), 2) == "iteration_limit");
}

BOOST_AUTO_TEST_CASE(the_last_time_of_a_part_still_fires) {
  const auto once = R"({"type": "date", "run_time": "2026-01-01T00:10:00Z"})";
  BOOST_TEST(fires(all_of(std::string{once} + "," + every(5)), 3) == "2026-01-01T00:10:00 nothing");
  BOOST_TEST(fires(any_of(std::string{once} + "," + once), 3) == "2026-01-01T00:10:00 nothing");
}

BOOST_AUTO_TEST_CASE(one_part_is_enough) {
  BOOST_TEST(fires(all_of(every(5)), 2) == "2026-01-01T00:00:00 2026-01-01T00:05:00");
  BOOST_TEST(fires(any_of(every(5)), 2) == "2026-01-01T00:00:00 2026-01-01T00:05:00");
}

BOOST_AUTO_TEST_CASE(a_threshold_is_exact) {
  const auto pair = every(10) + R"(,{"type": "interval", "minutes": 10, "start_time": "2026-01-01T00:00:00.25Z"})";
  BOOST_TEST(fires(all_of(pair, R"(, "threshold": 0.25)"), 1) == "2026-01-01T00:00:00");
  BOOST_TEST(fires(all_of(pair, R"(, "threshold": 0.249999, "max_iterations": 9)"), 1) == "iteration_limit");
}

BOOST_AUTO_TEST_CASE(bad_combinations_are_refused_with_the_place) {
  const std::pair<std::string, const char*> cases[] = {
      {all_of(""), "triggers: at least one is needed"},
      {any_of(""), "triggers: at least one is needed"},
      {R"({"type": "and"})", "triggers: it is missing"},
      {R"({"type": "or", "triggers": {}})", "triggers: expected a list"},
      {any_of("1"), "triggers[0]: a trigger is an object"},
      {any_of(every(1) + R"(,{"type": "cron", "fields": {"hour": 24}})"),
       "triggers[1]: hour: position 1: 24 is more than 23"},
      {any_of(all_of(every(0))), "triggers[0]: triggers[0]: the interval is 0s"},
      {all_of(every(1), R"(, "threshold": -0.1)"), "threshold: it can't be negative"},
      {all_of(every(1), R"(, "threshold": 1e20)"), "threshold: longer than 10,000 years"},
      {all_of(every(1), R"(, "threshold": "1")"), "threshold: expected a number of seconds"},
      {all_of(every(1), R"(, "max_iterations": 0)"), "max_iterations: at least 1 is needed"},
      {all_of(every(1), R"(, "max_iterations": 1.5)"), "max_iterations: expected a whole number"},
      {any_of(every(1)).insert(1, R"("threshold": 1,)"), "\"threshold\" is unknown"},
  };
  for (const auto& [json, expected] : cases)
    BOOST_TEST(holds(refusal_of(json), expected), json << ": " << refusal_of(json));
}

BOOST_AUTO_TEST_CASE(size_and_depth_are_limited) {
  const auto wide = [](std::size_t parts) {
    auto list = every(1);
    for (std::size_t i = 1; i < parts; ++i)
      list += "," + every(1);
    return any_of(list);
  };
  const auto deep = [](std::size_t levels) {
    auto json = every(1);
    for (std::size_t i = 1; i < levels; ++i)
      json = any_of(json);
    return json;
  };
  BOOST_TEST(refusal_of(wide(max_trigger_parts - 1)) == "accepted");
  BOOST_TEST(holds(refusal_of(wide(max_trigger_parts)), "limit_exceeded: "));
  BOOST_TEST(refusal_of(deep(max_trigger_depth)) == "accepted");
  BOOST_TEST(holds(refusal_of(deep(max_trigger_depth + 1)), "limit_exceeded: "));
  BOOST_TEST(holds(refusal_of(deep(5'000)), "limit_exceeded: "));
  auto definition = make_trigger(deep(max_trigger_depth)).definition();
  BOOST_TEST((trigger::make(trigger_definition{any_of_definition{{definition}}}).err().code() == ec::limit_exceeded));
}

BOOST_AUTO_TEST_CASE(nested_limits_that_multiply_still_end) {
  // 10,000 to the power of 15 iterations, but for the budget of one call.
  auto json = all_of(every(6) + "," + every(6, 2));
  for (int i = 0; i < 14; ++i)
    json = all_of(json + "," + every(6, 2));
  BOOST_TEST(fires(json, 1) == "iteration_limit");
  auto greedy = make_trigger(all_of(every(6) + "," + every(6, 2), R"(, "max_iterations": 4294967295)"));
  BOOST_TEST(fires(greedy, 1) == "iteration_limit");
}

BOOST_AUTO_TEST_CASE(a_cursor_of_another_trigger_is_refused) {
  const auto rule = make_trigger(any_of(every(1) + "," + every(2)));
  auto advanced = rule;
  BOOST_REQUIRE(advanced.next());
  for (const auto& json : {every(1), any_of(every(1)), any_of(every(1) + "," + every(2) + "," + every(3))})
    BOOST_TEST(
        (trigger::restore(make_trigger(json).definition(), advanced.cursor()).err().code() == ec::invalid_argument));
  auto half = advanced.cursor();
  half.pending.pop_back();
  BOOST_TEST((trigger::restore(rule.definition(), half).err().code() == ec::invalid_argument));
  trigger_cursor off_grid{trigger_cursor::phase::running, 1, {}, {}};
  BOOST_TEST((trigger::restore(make_trigger(every(1)).definition(), off_grid).err().code() == ec::invalid_argument));
  auto again = rule.at(advanced.cursor());
  BOOST_TEST(fires(again, 1) == fires(advanced, 1));
}

BOOST_AUTO_TEST_SUITE_END()
