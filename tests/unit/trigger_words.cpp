// What triggers say of themselves: in English, and in their canonical form.
#include "carillon/trigger/describe.hpp"
#include "carillon/trigger/trigger_text.hpp"
#include "trigger_making.hpp"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <random>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;

namespace {

std::string words(std::string_view json) { return describe(make_trigger(json).definition()).value(); }
std::string classic_words(std::string_view expression) {
  const auto text =
      words(fmt::format(R"({{"type": "classic_cron", "expression": "{}", "timezone": "UTC"}})", expression));
  BOOST_REQUIRE(text.ends_with(", UTC"));
  return text.substr(0, text.size() - 5);
}

std::string classic_form(std::string_view expression) {
  const auto rule = make_trigger(fmt::format(R"({{"type": "classic_cron", "expression": "{}"}})", expression));
  return std::get<classic_cron_definition>(canonical(rule.definition()).value().kind).expression;
}
std::string strict_form(std::string_view fields) {
  const auto rule = make_trigger(fmt::format(R"({{"type": "cron", "fields": {}}})", fields));
  const auto form = std::get<cron_definition>(canonical(rule.definition()).value().kind);
  return fmt::format("{} {} {} {} {} {} {} {}", *form.year, *form.month, *form.day, *form.week, *form.day_of_week,
                     *form.hour, *form.minute, *form.second);
}

} // namespace

BOOST_AUTO_TEST_SUITE(trigger_words)

BOOST_AUTO_TEST_CASE(a_classic_expression_in_english) {
  const std::vector<std::pair<std::string, std::string>> examples{
      {"* * * * *", "every minute"},
      {"*/5 * * * *", "every 5 minutes"},
      {"0 * * * *", "at minute 0 of every hour"},
      {"30 2 * * *", "at 02:30"},
      {"0 9 * * 1-5", "at 09:00 on Monday to Friday"},
      {"15 10 1 * *", "at 10:15 on day 1 of the month"},
      {"0 0 29 2 *", "at 00:00 on day 29 of February"},
      {"0 12 L * *", "at 12:00 on the last day of the month"},
      {"*/7 8-18 * * mon-fri", "every 7 minutes of hours 8 to 18 on Monday to Friday"},
      {"0 0 1 1 *", "at 00:00 on day 1 of January"},
      {"0 22 * * 5#2", "at 22:00 on the 2nd Friday of the month"},
      {"23 0-20/2 * * *", "at minute 23 of every 2 hours from 0 to 20"},
      {"0 0 13 * 5", "at 00:00 on day 13 of the month or on Friday"},
      {"0 0 */2 * 5",
       "at 00:00 on days 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29 and 31 of the month, if that "
       "is Friday"},
      {"0,30 8,20 1,15 1-3,12 *", "at 08:00, 08:30, 20:00 and 20:30 on days 1 and 15 of January to March and December"},
      {"*/10 * * * * *", "every 10 seconds"},
      {"5 */2 * * * *", "at second 5 of every 2 minutes"},
      {"15 30 9 * * sun", "at 09:30:15 on Sunday"},
      {"0 0 0 1 1 * 2030-2040/5", "at 00:00 on day 1 of January in every 5th year from 2030 to 2040"},
      {"0 9 15W * *", "at 09:00 on the working day (Monday to Friday) nearest to day 15 of the month"},
      {"0 9 LW,L-3 * *",
       "at 09:00 on 3 days before the last day and the last working day (Monday to Friday) of the month"},
      {"0 9 * 6 0L", "at 09:00 on the last Sunday of June"},
      {"@hourly", "at minute 0 of every hour"},
      {"0 0 * 7 *", "at 00:00 in July"},
  };
  for (const auto& [expression, expected] : examples)
    BOOST_TEST(classic_words(expression) == expected, expression << ": " << classic_words(expression));
}

BOOST_AUTO_TEST_CASE(every_kind_in_english) {
  const std::vector<std::pair<std::string, std::string>> examples{
      {R"({"type": "date", "run_time": "2026-03-01T10:00Z"})", "once, at 2026-03-01T10:00:00.000000Z"},
      {R"({"type": "interval", "days": 1, "minutes": 90, "start_time": "2026-03-01T10:00Z", "end_time": "2026-04-01T00:00Z"})",
       "every 1 day, 1 hour and 30 minutes, counted from 2026-03-01T10:00:00.000000Z, until "
       "2026-04-01T00:00:00.000000Z"},
      {R"({"type": "calendar_interval", "weeks": 2, "day_of_week": "fri", "hour": 9, "start_date": "2026-03-01", "timezone": "Asia/Tokyo"})",
       "every 2 weeks on Friday at 09:00:00, counted from 2026-03-01, Asia/Tokyo time"},
      {R"({"type": "cron", "fields": {"week": 53, "day_of_week": "sat", "hour": 9}, "timezone": "Europe/Berlin"})",
       "at 09:00 on Saturday in ISO week 53, Europe/Berlin time"},
      {R"({"type": "cron", "fields": {"hour": 2}, "timezone": "Europe/Berlin", "dst": {"gap": "shift", "overlap": "first"}})",
       "at 02:00, Europe/Berlin time; a time that the clocks leave out fires as much later as they are set forward, "
       "one "
       "that comes twice fires the first time"},
      {R"({"type": "or", "triggers": [{"type": "crontab", "expression": "0 8 * * sat", "timezone": "UTC"}, {"type": "date", "run_time": "2026-03-01T10:00Z"}]})",
       "whenever one of these does: (at 08:00 on Saturday, UTC); (once, at 2026-03-01T10:00:00.000000Z)"},
      {R"({"type": "and", "threshold": 1.5, "triggers": [{"type": "date", "run_time": "2026-03-01T10:00Z"}]})",
       "when all of these do within 1.5 s: (once, at 2026-03-01T10:00:00.000000Z)"},
  };
  for (const auto& [json, expected] : examples)
    BOOST_TEST(words(json) == expected, words(json));
}

BOOST_AUTO_TEST_CASE(equal_rules_have_one_form) {
  for (const auto& [given, form] : std::vector<std::pair<std::string, std::string>>{
           {"@weekly", "0 0 * * 0"},
           {" 0  0 ? JAN,feb,mar SUN ", "0 0 * 1-3 0"},
           {"0 0 1 * 1-7", "0 0 1 * 0-6"},
           {"0 0 */2 * */3", "0 0 */2 * */3"},
           {"0 0 */5,2 * 1", "0 0 */31,2,6,11,16,21,26,31 * 1"},
           {"0 0 3,2,1 * */4", "0 0 */31,2-3 * 0,4"},
           {"0 0 1-31/2 * 1", "0 0 1-31/2 * 1"},
           {"0,15,30,45 * * * *", "*/15 * * * *"},
           {"0 0 lw,l,15w,L-2 * fri#2,sunL", "0 0 L,L-2,15W,LW * 0L,5#2"},
           {"30 0 0 * * * 2030/3", "30 0 0 * * * 2030-9998/3"},
       })
    BOOST_TEST(classic_form(given) == form, given << ": " << classic_form(given));
  BOOST_TEST(strict_form(R"({"hour": "1,2,3", "day_of_week": "*/2"})") == "* * * * */2 1-3 0 0");
  BOOST_TEST(strict_form(R"({"day": " last , 2nd TUE,last sun", "month": "mar-may"})") ==
             "* 3-5 last,last sun,2nd tue * * 0 0 0");
  BOOST_TEST(strict_form(R"({"day_of_week": "sat-mon", "minute": "*/20"})") == "* * * * 1,6-7 * */20 0");
}

// Random expressions: the form is its own form, and fires when the original does.
BOOST_AUTO_TEST_CASE(the_form_fires_when_the_trigger_does) {
  std::mt19937_64 random{7};
  const auto one_of = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
  const std::vector<std::string> minutes{"*", "*/7", "5", "1,2,3,30", "0-59", "*/20,7"}, hours{"*", "*/5", "2", "1-3"},
      days{"*", "?", "*/3", "13", "1,15", "L", "L-3", "15W", "LW", "*/7,2", "1-31", "2-30/4,L", "*,5"},
      months{"*", "2", "mar-oct", "*/5"},
      weekdays{"*", "?", "*/2", "5", "mon-fri", "sat-mon", "0-7", "5#3", "2L", "*/3,1", "1,5#1"};
  for (int i = 0; i < 3'000; ++i) {
    const auto json = fmt::format(
        R"({{"type": "classic_cron", "expression": "{} {} {} {} {}", "start_time": "2026-03-27T00:00Z", "timezone": "Europe/Berlin"}})",
        one_of(minutes), one_of(hours), one_of(days), one_of(months), one_of(weekdays));
    auto original = make_trigger(json);
    const auto form = canonical(original.definition()).value();
    const auto text = to_json_text(form);
    auto reread = make_trigger(text);
    BOOST_REQUIRE_MESSAGE((reread.definition() == form), json);
    BOOST_REQUIRE_MESSAGE((canonical(form).value() == form), json << " " << text);
    BOOST_REQUIRE_MESSAGE(!describe(form).value().empty(), json);
    for (int step = 0; step < 30; ++step) {
      const auto a = original.next().value(), b = reread.next().value();
      BOOST_REQUIRE_MESSAGE((a == b), json << " " << text);
      if (!a || !original.skip_to(*a + std::chrono::hours{step}) || !reread.skip_to(*a + std::chrono::hours{step}))
        break;
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
