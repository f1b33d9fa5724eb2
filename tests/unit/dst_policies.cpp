// Section 11, on each kind of local-time trigger.
#include "trigger_making.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <tuple>

using namespace carillon;
using namespace carillon::test;

namespace {

/// Daily at 02:30 in Paris from the day before a change of the clocks on, as a calendar interval or a cron trigger.
std::string daily(std::string_view type, std::string_view day_before, std::string_view dst) {
  if (type == "cron")
    return fmt::format(R"({{"type": "cron", "fields": {{"hour": 2, "minute": 30}}, "timezone": "Europe/Paris",
                            "start_time": "{}T12:00", "dst": {}}})",
                       day_before, dst);
  return fmt::format(R"({{"type": "calendar_interval", "days": 1, "hour": 2, "minute": 30, "timezone": "Europe/Paris",
                          "start_date": "{}", "dst": {}}})",
                     day_before, dst);
}

} // namespace

BOOST_AUTO_TEST_SUITE(dst_policies)

BOOST_AUTO_TEST_CASE(a_time_in_a_gap_follows_the_gap_policy) {
  const std::tuple<const char*, const char*> cases[] = {
      {R"({"gap": "skip"})", "2026-03-30T00:30:00 2026-03-31T00:30:00"},
      {R"({"gap": "before"})", "2026-03-29T00:59:59 2026-03-30T00:30:00"},
      {R"({"gap": "after"})", "2026-03-29T01:00:00 2026-03-30T00:30:00"},
      {R"({"gap": "shift"})", "2026-03-29T01:30:00 2026-03-30T00:30:00"},
  };
  for (const auto& [dst, expected] : cases) {
    BOOST_TEST(fires(daily("cron", "2026-03-28", dst), 2) == expected, dst);
    BOOST_TEST(
        fires(daily("calendar_interval", "2026-03-28", dst), 3) == std::string{"2026-03-28T01:30:00 "} + expected, dst);
  }
}

BOOST_AUTO_TEST_CASE(a_time_in_an_overlap_follows_the_overlap_policy) {
  const std::tuple<const char*, const char*> cases[] = {
      {R"({"overlap": "first"})", "2026-10-25T00:30:00 2026-10-26T01:30:00 2026-10-27T01:30:00"},
      {R"({"overlap": "last"})", "2026-10-25T01:30:00 2026-10-26T01:30:00 2026-10-27T01:30:00"},
      {R"({"overlap": "both"})", "2026-10-25T00:30:00 2026-10-25T01:30:00 2026-10-26T01:30:00"},
  };
  for (const auto& [dst, expected] : cases) {
    BOOST_TEST(fires(daily("cron", "2026-10-24", dst), 3) == expected, dst);
    BOOST_TEST(fires(daily("calendar_interval", "2026-10-25", dst), 3) == expected, dst);
  }
}

BOOST_AUTO_TEST_CASE(the_second_pass_survives_a_restart_and_a_skip) {
  const auto rule = make_trigger(daily("calendar_interval", "2026-10-25", R"({"overlap": "both"})"));
  auto first_given = rule;
  BOOST_TEST(fires(first_given, 1) == "2026-10-25T00:30:00");
  auto restored = trigger::restore(rule.definition(), first_given.cursor()).value();
  BOOST_TEST(fires(restored, 2) == "2026-10-25T01:30:00 2026-10-26T01:30:00");
  auto skipped = rule;
  BOOST_REQUIRE(skipped.skip_to(at("2026-10-25T01:00Z")));
  BOOST_TEST(fires(skipped, 2) == "2026-10-25T01:30:00 2026-10-26T01:30:00");
  BOOST_REQUIRE(first_given.skip_to(at("2026-10-25T01:30:00.000001Z")));
  BOOST_TEST(fires(first_given, 1) == "2026-10-26T01:30:00");
}

BOOST_AUTO_TEST_CASE(what_the_policy_moves_together_fires_once) {
  // 02:00, 02:30 and 03:00 all at the first instant after the gap; then the day that was dropped, at the next one's time.
  BOOST_TEST(fires(R"({"type": "cron", "fields": {"hour": "2-3", "minute": "*/30"}, "timezone": "Europe/Paris",
                       "start_time": "2026-03-29T00:00", "dst": {"gap": "after"}})",
                   3) == "2026-03-29T01:00:00 2026-03-29T01:30:00 2026-03-30T00:00:00");
  for (const auto* type : {R"("type": "cron", "fields": {"hour": 12}, "start_time": "2011-12-29T00:00")",
                           R"("type": "calendar_interval", "days": 1, "hour": 12, "start_date": "2011-12-29")"}) {
    const auto of = [&](const char* gap) {
      return fires(fmt::format(R"({{{}, "timezone": "Pacific/Apia", "dst": {{"gap": "{}"}}}})", type, gap), 3);
    };
    BOOST_TEST(of("shift") == "2011-12-29T22:00:00 2011-12-30T22:00:00 2011-12-31T22:00:00");
    BOOST_TEST(of("before") == "2011-12-29T22:00:00 2011-12-30T09:59:59 2011-12-30T22:00:00");
    BOOST_TEST(of("after") == "2011-12-29T22:00:00 2011-12-30T10:00:00 2011-12-30T22:00:00");
  }
}

BOOST_AUTO_TEST_CASE(start_and_end_are_compared_after_the_shift) {
  const auto of = [](const char* gap, const char* start, const char* end) {
    return fires(fmt::format(R"({{"type": "cron", "fields": {{"hour": 2, "minute": 30}}, "timezone": "Europe/Paris",
                                  "start_time": "{}", "end_time": "{}", "dst": {{"gap": "{}"}}}})",
                             start, end, gap),
                 2);
  };
  BOOST_TEST(of("shift", "2026-03-29T01:30Z", "2026-03-29T01:30Z") == "2026-03-29T01:30:00 nothing");
  BOOST_TEST(of("shift", "2026-03-29T01:30:01Z", "2026-03-29T12:00Z") == "nothing");
  BOOST_TEST(of("after", "2026-03-29T01:00:01Z", "2026-03-29T12:00Z") == "nothing");
  BOOST_TEST(of("before", "2026-03-29T00:59:59Z", "2026-03-29T00:59:59Z") == "2026-03-29T00:59:59 nothing");
}

BOOST_AUTO_TEST_CASE(an_unknown_policy_is_refused) {
  BOOST_TEST(holds(refusal_of(daily("cron", "2026-03-28", R"({"gap": "jump"})")),
                   "dst: gap: expected skip, before, after or shift"));
  BOOST_TEST(holds(refusal_of(daily("cron", "2026-03-28", R"({"overlap": "second"})")),
                   "dst: overlap: expected first, last or both"));
  BOOST_TEST(holds(refusal_of(daily("cron", "2026-03-28", R"({"fold": 1})")), "dst: \"fold\" is unknown"));
  auto definition = make_trigger(daily("cron", "2026-03-28", R"({"gap": "skip"})")).definition();
  std::get<cron_definition>(definition.kind).dst->gap = static_cast<gap_policy>(9);
  BOOST_TEST((trigger::make(definition).err().code() == ec::invalid_argument), "as a damaged record may hold");
}

BOOST_AUTO_TEST_SUITE_END()
