// Golden fire times around every offset change of every zone from 1999 to 2040: an enumeration of all local minutes near the
// change, against what the triggers give. It shares no code with them; its zones are cctz's own.
#include "trigger_making.hpp"

#include <boost/test/unit_test.hpp>
#include <cctz/time_zone.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;

namespace {

using instant = std::int64_t; // seconds since 1970
constexpr instant hour = 3'600;

std::vector<std::string> all_zones() {
  std::vector<std::string> names;
  std::ifstream table{"/usr/share/zoneinfo/tzdata.zi"};
  for (std::string line; std::getline(table, line);)
    if (line.starts_with("Z ")) // links have the same rules
      names.push_back(line.substr(2, line.find(' ', 2) - 2));
  return names;
}

instant seconds_of(const cctz::time_point<cctz::seconds>& when) { return when.time_since_epoch().count(); }
cctz::time_point<cctz::seconds> point(instant when) { return cctz::time_point<cctz::seconds>{cctz::seconds{when}}; }

/// What a trigger says, and which local minutes it means.
struct rule {
  std::string json; ///< without the braces, the zone and the bounds
  std::string gap, overlap;
  std::function<bool(int hour, int minute)> allows;
  bool is_calendar = false;
};

const std::vector<rule>& rules() {
  static const std::vector<rule> all = [] {
    std::vector<rule> made{
        {R"("type": "cron", "fields": {"minute": "*/20"})", "skip", "both", [](int, int m) { return m % 20 == 0; }},
        {R"("type": "cron", "fields": {"hour": "*/3", "minute": 30})", "skip", "both",
         [](int h, int m) { return h % 3 == 0 && m == 30; }},
        {R"("type": "cron", "fields": {"hour": "0-3,22-23", "minute": "0,15,59"})", "skip", "both",
         [](int h, int m) { return (h <= 3 || h >= 22) && (m == 0 || m == 15 || m == 59); }},
        {R"("type": "crontab", "expression": "5-50/15 1-4 * * *")", "skip", "both",
         [](int h, int m) { return h >= 1 && h <= 4 && m >= 5 && m <= 50 && m % 15 == 5; }},
        {R"("type": "classic_cron", "expression": "*/7 * * * *")", "skip", "both",
         [](int, int m) { return m % 7 == 0; }},
        {R"("type": "classic_cron", "expression": "10 */2 * * *")", "skip", "both",
         [](int h, int m) { return h % 2 == 0 && m == 10; }},
        {R"("type": "classic_cron", "expression": "30 0-3 * * *")", "after", "first",
         [](int h, int m) { return h <= 3 && m == 30; }},
        {R"("type": "classic_cron", "expression": "0,59 0,23 * * *")", "after", "first",
         [](int h, int m) { return (h == 0 || h == 23) && (m == 0 || m == 59); }},
    };
    for (const auto* gap : {"skip", "before", "after", "shift"})
      for (const auto* overlap : {"first", "last", "both"}) {
        const auto dst = fmt::format(R"(, "dst": {{"gap": "{}", "overlap": "{}"}})", gap, overlap);
        made.push_back({R"("type": "cron", "fields": {"hour": "0-4,23", "minute": "*/25"})" + dst, gap, overlap,
                        [](int h, int m) { return (h <= 4 || h == 23) && m % 25 == 0; }});
        const int at = static_cast<int>(made.size()) % 5;
        made.push_back({fmt::format(R"("type": "calendar_interval", "days": 1, "hour": {}, "minute": 40)", at) + dst,
                        gap, overlap, [=](int h, int m) { return h == at && m == 40; }, true});
      }
    made.push_back({R"("type": "calendar_interval", "days": 1, "hour": 0)", "skip", "first",
                    [](int h, int m) { return h == 0 && m == 0; }, true});
    return made;
  }();
  return all;
}

struct local_minute {
  int hour, minute;
  cctz::time_zone::civil_lookup meaning;
};

/// Section 11 as it is written.
void add_instants(const cctz::time_zone::civil_lookup& meaning, const rule& what, std::vector<instant>& fires) {
  switch (meaning.kind) {
    case cctz::time_zone::civil_lookup::UNIQUE: fires.push_back(seconds_of(meaning.pre)); break;
    case cctz::time_zone::civil_lookup::REPEATED:
      if (what.overlap != "last")
        fires.push_back(seconds_of(meaning.pre));
      if (what.overlap != "first")
        fires.push_back(seconds_of(meaning.post));
      break;
    case cctz::time_zone::civil_lookup::SKIPPED:
      if (what.gap == "before")
        fires.push_back(seconds_of(meaning.trans) - 1);
      else if (what.gap == "after")
        fires.push_back(seconds_of(meaning.trans));
      else if (what.gap == "shift")
        fires.push_back(seconds_of(meaning.pre));
      break;
  }
}

std::string iso(instant when) { return to_iso8601(timestamp{std::chrono::seconds{when}}); }

/// Compares all rules from `begin` to `end`; gives how many fire times there were.
std::size_t compare(const std::string& zone_name, const cctz::time_zone& zone, instant begin, instant end) {
  std::vector<local_minute> minutes;
  const auto first = cctz::civil_minute(cctz::convert(point(begin), zone)) - 24 * 60;
  const auto last = cctz::civil_minute(cctz::convert(point(end), zone)) + 24 * 60;
  for (auto local = first; local <= last; ++local)
    minutes.push_back({local.hour(), local.minute(), zone.lookup(cctz::civil_second(local))});
  std::size_t count = 0;
  for (const auto& what : rules()) {
    std::vector<instant> expected, given;
    for (const auto& [h, m, meaning] : minutes)
      if (what.allows(h, m))
        add_instants(meaning, what, expected);
    std::erase_if(expected, [&](instant when) { return when < begin || when > end; });
    std::ranges::sort(expected);
    expected.erase(std::unique(expected.begin(), expected.end()), expected.end());

    const auto start = cctz::civil_day(first) - 1;
    const auto bounds = what.is_calendar ? fmt::format(R"("start_date": "{:04}-{:02}-{:02}")",
                                                       static_cast<int>(start.year()), start.month(), start.day())
                                         : fmt::format(R"("start_time": "{}")", iso(begin));
    auto rule = make_trigger(fmt::format(R"({{{}, "timezone": "{}", {}}})", what.json, zone_name, bounds));
    BOOST_REQUIRE(rule.skip_to(timestamp{std::chrono::seconds{begin}}).has_value());
    for (auto time = rule.next().value(); time; time = rule.next().value()) {
      const auto when = std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count();
      if (when > end)
        break;
      given.push_back(when);
    }
    if (given != expected) {
      const auto [a, b] = std::ranges::mismatch(expected, given);
      BOOST_ERROR(zone_name << " {" << what.json << "} from " << iso(begin) << ": expected "
                            << (a == expected.end() ? "no more" : iso(*a)) << ", got "
                            << (b == given.end() ? "no more" : iso(*b)));
    }
    count += expected.size();
  }
  return count;
}

} // namespace

BOOST_AUTO_TEST_SUITE(trigger_all_zones)

BOOST_AUTO_TEST_CASE(fire_times_around_every_offset_change_from_1999_to_2040) {
  const auto from = seconds_of(cctz::convert(cctz::civil_second(1999, 1, 1), cctz::utc_time_zone()));
  const auto until = seconds_of(cctz::convert(cctz::civil_second(2041, 1, 1), cctz::utc_time_zone()));
  std::size_t zones = 0, changes = 0, fire_times = 0;
  for (const auto& name : all_zones()) {
    cctz::time_zone zone;
    BOOST_REQUIRE(cctz::load_time_zone(name, &zone));
    ++zones;
    cctz::time_zone::civil_transition change;
    for (auto at = point(from); zone.next_transition(at, &change);) {
      at = zone.lookup(change.to).trans;
      const auto when = seconds_of(at);
      if (when >= until)
        break;
      ++changes;
      fire_times += compare(name, zone, when - 14 * hour, when + 14 * hour);
    }
  }
  BOOST_TEST_MESSAGE(zones << " zones, " << changes << " offset changes, " << fire_times << " fire times");
  BOOST_TEST(zones > 300);
  BOOST_TEST(changes > 5'000);
  BOOST_TEST(fire_times > 1'000'000);
}

BOOST_AUTO_TEST_SUITE_END()
