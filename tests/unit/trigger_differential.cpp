// Random cron and calendar triggers against an enumeration that is slow and obvious: it tests every minute or second around
// an offset change, or every day of many years, against the fields. It shares no code with the triggers; its zones are
// cctz's. CARILLON_TRIGGER_ROUNDS multiplies the number of cases.
#include "trigger_making.hpp"

#include <boost/test/unit_test.hpp>
#include <cctz/time_zone.h>
#include <fmt/format.h>

#include <cstdlib>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace carillon;
using namespace carillon::test;

namespace {

using instant = std::int64_t; // seconds since 1970

int rounds(int quick) {
  const char* factor = std::getenv("CARILLON_TRIGGER_ROUNDS");
  return factor == nullptr ? quick : quick * std::max(1, std::atoi(factor));
}

class generator {
public:
  explicit generator(std::uint64_t seed) : random_(seed) {}
  /// From `low` to `high`.
  int number(int low, int high) {
    return low + static_cast<int>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool one_in(int count) { return number(1, count) == 1; }
  template <class T>
  const T& one_of(const std::vector<T>& items) {
    return items[random_() % items.size()];
  }

private:
  std::mt19937_64 random_;
};

/// A date or a time of day is allowed, or not.
using date_test = std::function<bool(const cctz::civil_day&)>;

int weekday_of(const cctz::civil_day& day) { // 0 Monday
  return static_cast<int>(cctz::get_weekday(day));
}
cctz::civil_day last_of_month(const cctz::civil_day& day) { return cctz::civil_day(cctz::civil_month(day) + 1) - 1; }
int iso_week_of(const cctz::civil_day& day) {
  const auto thursday = day + (3 - weekday_of(day));
  return static_cast<int>((thursday - cctz::civil_day(thursday.year(), 1, 1)) / 7 + 1);
}

/// The text of a field, and the values that it allows.
struct numeric_field {
  std::string text;
  std::set<int> values;
};

numeric_field random_numbers(generator& random, int min, int max) {
  numeric_field field;
  const int members = random.one_in(3) ? random.number(2, 3) : 1;
  for (int i = 0; i < members; ++i) {
    const int a = random.number(min, max);
    const int b = random.number(a, max);
    int first = a, last = a, step = 1;
    std::string text = std::to_string(a);
    switch (random.number(0, 5)) {
      case 0: first = min, last = max, text = "*"; break;
      case 1: first = min, last = max, step = random.number(1, max - min), text = fmt::format("*/{}", step); break;
      case 2: last = b, text = fmt::format("{}-{}", a, b); break;
      case 3:
        if (b > a)
          last = b, step = random.number(1, b - a), text = fmt::format("{}-{}/{}", a, b, step);
        break;
      case 4:
        if (max > a)
          last = max, step = random.number(1, max - a), text = fmt::format("{}/{}", a, step);
        break;
      default: break;
    }
    for (int value = first; value <= last; value += step)
      field.values.insert(value);
    field.text += (i == 0 ? "" : ",") + text;
  }
  return field;
}

const std::vector<std::string> weekday_names{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
const std::vector<std::string> ordinals{"1st", "2nd", "3rd", "4th", "5th"};

/// Text and meaning of one of the two day fields.
struct day_field {
  std::string text;
  date_test allows;
};

date_test nth_weekday(int nth, int weekday) { // nth from 0
  return [=](const cctz::civil_day& day) { return weekday_of(day) == weekday && (day.day() - 1) / 7 == nth; };
}
date_test last_weekday(int weekday) {
  return [=](const cctz::civil_day& day) { return weekday_of(day) == weekday && last_of_month(day) - day < 7; };
}
date_test nearest_workday(int number) {
  return [=](const cctz::civil_day& day) {
    if (number > last_of_month(day).day())
      return false;
    // By distance, the day before first, as a Saturday is nearer to its Friday.
    for (const int distance : {0, -1, 1, -2, 2}) {
      const auto candidate = cctz::civil_day(day.year(), day.month(), number) + distance;
      if (candidate.month() == day.month() && weekday_of(candidate) < 5)
        return candidate == day;
    }
    return false;
  };
}

day_field strict_day(generator& random) {
  const int weekday = random.number(0, 6);
  switch (random.number(0, 5)) {
    case 0: return {"last", [](const cctz::civil_day& day) { return day == last_of_month(day); }};
    case 1: return {"last " + weekday_names[static_cast<std::size_t>(weekday)], last_weekday(weekday)};
    case 2: {
      const int nth = random.number(0, 4);
      return {ordinals[static_cast<std::size_t>(nth)] + " " + weekday_names[static_cast<std::size_t>(weekday)],
              nth_weekday(nth, weekday)};
    }
    default: {
      const auto numbers = random_numbers(random, 1, 31);
      return {numbers.text, [=](const cctz::civil_day& day) { return numbers.values.contains(day.day()); }};
    }
  }
}

/// A range over weekdays: by name from any day to any day, or one day.
day_field weekday_range(generator& random) {
  const int first = random.number(0, 6);
  const int length = random.number(1, 7);
  std::set<int> days;
  for (int i = 0; i < length; ++i)
    days.insert((first + i) % 7);
  const auto name = [](int day) { return weekday_names[static_cast<std::size_t>(day % 7)]; };
  const auto text = length == 1 ? name(first) : name(first) + "-" + name(first + length - 1);
  return {text, [=](const cctz::civil_day& day) { return days.contains(weekday_of(day)); }};
}

day_field classic_day(generator& random) {
  const int number = random.number(1, 31);
  switch (random.number(0, 6)) {
    case 0: {
      const int before = random.number(0, 30);
      return {before == 0 ? "L" : fmt::format("L-{}", before),
              [=](const cctz::civil_day& day) { return last_of_month(day) - day == before; }};
    }
    case 1: return {fmt::format("{}W", number), nearest_workday(number)};
    case 2:
      return {"LW", [](const cctz::civil_day& day) {
                auto last = last_of_month(day);
                while (weekday_of(last) > 4)
                  --last;
                return day == last;
              }};
    default: {
      const auto numbers = random_numbers(random, 1, 31);
      return {numbers.text, [=](const cctz::civil_day& day) { return numbers.values.contains(day.day()); }};
    }
  }
}

day_field classic_weekday(generator& random) {
  const int weekday = random.number(0, 6);
  const auto& name = weekday_names[static_cast<std::size_t>(weekday)];
  switch (random.number(0, 3)) {
    case 0: return {name + "L", last_weekday(weekday)};
    case 1: {
      const int nth = random.number(0, 4);
      return {fmt::format("{}#{}", (weekday + 1) % 7, nth + 1), nth_weekday(nth, weekday)};
    }
    default: return weekday_range(random);
  }
}

/// A cron trigger: its JSON without zone and bounds, and what it means.
struct random_cron {
  std::string json;
  date_test allows_date;
  std::set<int> hours, minutes, seconds;
  std::string gap = "skip", overlap = "both";

  [[nodiscard]] bool allows(const cctz::civil_second& local) const {
    return hours.contains(local.hour()) && minutes.contains(local.minute()) && seconds.contains(local.second()) &&
           allows_date(cctz::civil_day(local));
  }
};

bool is_open(const std::string& text) { return text.front() == '*'; }

std::string dst_json(generator& random, std::string& gap, std::string& overlap) {
  if (random.one_in(3))
    return "";
  gap = random.one_of<std::string>({"skip", "before", "after", "shift"});
  overlap = random.one_of<std::string>({"first", "last", "both"});
  return fmt::format(R"(, "dst": {{"gap": "{}", "overlap": "{}"}})", gap, overlap);
}

random_cron make_strict(generator& random, bool with_seconds, bool with_rare_dates) {
  random_cron cron;
  const auto hour = random_numbers(random, 0, 23), minute = random_numbers(random, 0, 59);
  const auto second = with_seconds ? random_numbers(random, 0, 59) : numeric_field{"0", {0}};
  const bool has_day = with_rare_dates || random.one_in(4), has_weekday = random.one_in(with_rare_dates ? 2 : 4);
  const bool has_month = with_rare_dates && random.one_in(2), has_week = with_rare_dates && random.one_in(4);
  const auto day = has_day ? strict_day(random) : day_field{"*", [](const auto&) { return true; }};
  const auto weekday = has_weekday ? weekday_range(random) : day_field{"*", [](const auto&) { return true; }};
  const auto month =
      has_month ? random_numbers(random, 1, 12) : numeric_field{"*", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}};
  const auto week = random_numbers(random, 1, 53);
  cron.json = fmt::format(R"("type": "cron", "fields": {{"month": "{}", "day": "{}", "day_of_week": "{}", "hour": "{}",
    "minute": "{}", "second": "{}"{}}})",
                          month.text, day.text, weekday.text, hour.text, minute.text, second.text,
                          has_week ? fmt::format(R"(, "week": "{}")", week.text) : "");
  cron.json += dst_json(random, cron.gap, cron.overlap);
  cron.hours = hour.values, cron.minutes = minute.values, cron.seconds = second.values;
  cron.allows_date = [=](const cctz::civil_day& date) {
    return month.values.contains(date.month()) && day.allows(date) && weekday.allows(date) &&
           (!has_week || week.values.contains(iso_week_of(date)));
  };
  return cron;
}

random_cron make_classic(generator& random, bool with_seconds, bool with_rare_dates) {
  random_cron cron;
  const auto hour = random_numbers(random, 0, 23), minute = random_numbers(random, 0, 59);
  const auto second = with_seconds ? random_numbers(random, 0, 59) : numeric_field{"0", {0}};
  const day_field any{"*", [](const auto&) { return true; }};
  const auto day = with_rare_dates || random.one_in(4) ? classic_day(random) : any;
  const auto weekday = random.one_in(2) ? classic_weekday(random) : any;
  cron.json = fmt::format(R"("type": "classic_cron", "expression": "{}{} {} {} * {}")",
                          with_seconds ? second.text + " " : "", minute.text, hour.text, day.text, weekday.text);
  if (!is_open(minute.text) && !is_open(hour.text))
    cron.gap = "after", cron.overlap = "first";
  cron.json += dst_json(random, cron.gap, cron.overlap);
  cron.hours = hour.values, cron.minutes = minute.values, cron.seconds = second.values;
  const bool either = !is_open(day.text) && !is_open(weekday.text);
  cron.allows_date = [=](const cctz::civil_day& date) {
    return either ? day.allows(date) || weekday.allows(date) : day.allows(date) && weekday.allows(date);
  };
  return cron;
}

random_cron make_cron(generator& random, bool with_seconds, bool with_rare_dates) {
  return random.one_in(2) ? make_strict(random, with_seconds, with_rare_dates)
                          : make_classic(random, with_seconds, with_rare_dates);
}

instant seconds_of(const cctz::time_point<cctz::seconds>& when) { return when.time_since_epoch().count(); }

/// The instants of one local time under a policy: section 11 as it is written.
void add_instants(const cctz::time_zone& zone_source, const cctz::civil_second& local, const std::string& gap,
                  const std::string& overlap, std::set<instant>& fires) {
  const auto meaning = zone_source.lookup(local);
  switch (meaning.kind) {
    case cctz::time_zone::civil_lookup::UNIQUE: fires.insert(seconds_of(meaning.pre)); break;
    case cctz::time_zone::civil_lookup::REPEATED:
      if (overlap != "last")
        fires.insert(seconds_of(meaning.pre));
      if (overlap != "first")
        fires.insert(seconds_of(meaning.post));
      break;
    case cctz::time_zone::civil_lookup::SKIPPED:
      if (gap == "before")
        fires.insert(seconds_of(meaning.trans) - 1);
      else if (gap == "after")
        fires.insert(seconds_of(meaning.trans));
      else if (gap == "shift")
        fires.insert(seconds_of(meaning.pre));
      break;
  }
}

const std::vector<std::string> zone_names{"Europe/Paris",
                                          "America/New_York",
                                          "Australia/Lord_Howe",
                                          "Antarctica/Troll",
                                          "Pacific/Apia",
                                          "Asia/Beirut",
                                          "America/Sao_Paulo",
                                          "Asia/Kathmandu",
                                          "Africa/Casablanca",
                                          "Pacific/Chatham",
                                          "Asia/Gaza",
                                          "America/St_Johns",
                                          "America/Caracas",
                                          "Europe/Dublin",
                                          "Asia/Tehran",
                                          "Africa/Monrovia",
                                          "UTC",
                                          "Pacific/Kwajalein"};

struct window {
  std::string zone_name;
  cctz::time_zone source;
  instant begin, end;
};

/// Some days around an offset change, if the zone has one, between 1971 and 2600.
window random_window(generator& random, int days) {
  window where{random.one_of(zone_names), {}, 0, 0};
  BOOST_REQUIRE(cctz::load_time_zone(where.zone_name, &where.source));
  instant middle = instant{random.number(1, 630)} * 365 * 86'400 + random.number(0, 365) * 86'400;
  cctz::time_zone::civil_transition change;
  if (where.source.next_transition(cctz::time_point<cctz::seconds>{cctz::seconds{middle}}, &change))
    middle = seconds_of(where.source.lookup(change.to).trans);
  where.begin = middle - random.number(0, days * 86'400);
  where.end = where.begin + days * 86'400;
  return where;
}

std::string iso(instant when) { return to_iso8601(timestamp{std::chrono::seconds{when}}); }

/// All fires of a trigger, whose JSON has end_time.
std::vector<instant> all_fires(const std::string& json) {
  auto rule = make_trigger(json);
  std::vector<instant> fires;
  while (const auto time = rule.next().value()) {
    fires.push_back(std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count());
    BOOST_REQUIRE(fires.size() < 1'000'000); // a window has no more seconds
  }
  return fires;
}

std::string difference(const std::set<instant>& expected, const std::vector<instant>& actual) {
  const std::set<instant> given(actual.begin(), actual.end());
  for (const auto when : expected)
    if (!given.contains(when))
      return "missing " + iso(when);
  for (const auto when : given)
    if (!expected.contains(when))
      return "too many " + iso(when);
  return given.size() == actual.size() && std::is_sorted(actual.begin(), actual.end()) ? "" : "not increasing";
}

void check_window(generator& random, bool with_seconds) {
  const auto where = random_window(random, with_seconds ? 2 : 5);
  const auto cron = make_cron(random, with_seconds, false);
  std::set<instant> expected;
  const auto step = with_seconds ? 1 : 60;
  const auto day = 86'400; // local times further out have no instant in the window
  const auto first = cctz::civil_second(cctz::civil_minute(
      cctz::convert(cctz::time_point<cctz::seconds>{cctz::seconds{where.begin - 2 * day}}, where.source)));
  const auto last = cctz::convert(cctz::time_point<cctz::seconds>{cctz::seconds{where.end + 2 * day}}, where.source);
  for (auto local = first; local < last; local += step)
    if (cron.allows(local))
      add_instants(where.source, local, cron.gap, cron.overlap, expected);
  std::erase_if(expected, [&](instant when) { return when < where.begin || when > where.end; });
  const auto json = fmt::format(R"({{{}, "timezone": "{}", "start_time": "{}", "end_time": "{}"}})", cron.json,
                                where.zone_name, iso(where.begin), iso(where.end));
  BOOST_TEST(difference(expected, all_fires(json)) == "", json << ": " << difference(expected, all_fires(json)));
}

} // namespace

BOOST_AUTO_TEST_SUITE(trigger_differential)

BOOST_AUTO_TEST_CASE(every_minute_around_offset_changes_agrees) {
  generator random{20260101};
  for (int i = 0; i < rounds(600); ++i)
    check_window(random, false);
}

BOOST_AUTO_TEST_CASE(every_second_around_offset_changes_agrees) {
  generator random{20260102};
  for (int i = 0; i < rounds(12); ++i)
    check_window(random, true);
}

BOOST_AUTO_TEST_CASE(the_instants_of_the_default_policy_are_those_whose_local_time_matches) {
  // Rule 5.3 to the letter: here instants are enumerated, not local times.
  generator random{20260103};
  for (int i = 0; i < rounds(200); ++i) {
    const auto where = random_window(random, 4);
    auto cron = make_strict(random, false, false);
    std::set<instant> expected;
    for (auto when = where.begin; when <= where.end; ++when)
      if (when % 60 == 0 || when < 100'000'000) // before 1973 an offset needn't be of whole minutes
        if (cron.allows(cctz::convert(cctz::time_point<cctz::seconds>{cctz::seconds{when}}, where.source)))
          expected.insert(when);
    const auto cut = cron.json.find(", \"dst\"");
    const auto json = fmt::format(R"({{{}, "timezone": "{}", "start_time": "{}", "end_time": "{}"}})",
                                  cron.json.substr(0, cut), where.zone_name, iso(where.begin), iso(where.end));
    BOOST_TEST(difference(expected, all_fires(json)) == "", json << ": " << difference(expected, all_fires(json)));
  }
}

BOOST_AUTO_TEST_CASE(every_day_of_a_century_agrees) {
  generator random{20260104};
  for (int i = 0; i < rounds(300); ++i) {
    auto cron = make_cron(random, false, true);
    const int year = random.number(1970, 9900);
    std::set<instant> expected;
    const auto hour = *cron.hours.begin(), minute = *cron.minutes.begin();
    for (cctz::civil_day day(year, 1, 1); day < cctz::civil_day(year + 60, 1, 1); ++day)
      if (cron.allows_date(day))
        expected.insert((day - cctz::civil_day()) * 86'400 + hour * 3'600 + minute * 60);
    auto rule = make_trigger(
        fmt::format(R"({{{}, "timezone": "UTC", "start_time": "{}-01-01T00:00Z", "end_time": "{}-12-31T23:59Z"}})",
                    cron.json, year, year + 59));
    std::vector<instant> actual;
    while (const auto time = rule.next().value()) {
      actual.push_back(std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count());
      // One a day is enough.
      BOOST_REQUIRE(rule.skip_to(std::chrono::floor<std::chrono::days>(*time) + std::chrono::days{1}));
    }
    BOOST_TEST(difference(expected, actual) == "",
               cron.json << " from " << year << ": " << difference(expected, actual));
  }
}

BOOST_AUTO_TEST_CASE(calendar_intervals_agree_with_a_walk_over_dates) {
  generator random{20260105};
  for (int i = 0; i < rounds(400); ++i) {
    const auto where = random_window(random, 400);
    const int years = random.one_in(4) ? random.number(0, 2) : 0, months = random.one_in(3) ? random.number(0, 14) : 0;
    const int weeks = random.one_in(3) ? random.number(0, 3) : 0,
              days = random.number(years + months + weeks == 0 ? 1 : 0, 5);
    const int hour = random.number(0, 23), minute = random.number(0, 59);
    std::string gap = "skip", overlap = "first";
    const auto dst = dst_json(random, gap, overlap);
    cctz::civil_day date(cctz::convert(cctz::time_point<cctz::seconds>{cctz::seconds{where.begin}}, where.source));
    const auto json =
        fmt::format(R"({{"type": "calendar_interval", "years": {}, "months": {}, "weeks": {}, "days": {}, "hour": {},
      "minute": {}, "timezone": "{}", "start_date": "{:04}-{:02}-{:02}"{}}})",
                    years, months, weeks, days, hour, minute, where.zone_name, static_cast<int>(date.year()),
                    date.month(), date.day(), dst);
    std::set<instant> expected;
    for (int steps = 0; steps < 150 && date.year() < 9999; ++steps) {
      add_instants(where.source, cctz::civil_second(date) + hour * 3'600 + minute * 60, gap, overlap, expected);
      auto target = date;
      if (years + months != 0) {
        int distance = years * 12 + months;
        while ((cctz::civil_month(date) + distance) !=
               cctz::civil_month(cctz::civil_day(cctz::civil_month(date) + distance) + (date.day() - 1)))
          distance += years * 12 + months;
        target = cctz::civil_day(cctz::civil_month(date) + distance) + (date.day() - 1);
      }
      date = target + weeks * 7 + days;
    }
    auto rule = make_trigger(json);
    std::vector<instant> actual;
    while (actual.size() < expected.size()) {
      const auto time = rule.next().value();
      if (!time)
        break;
      actual.push_back(std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count());
    }
    BOOST_TEST(difference(expected, actual) == "", json << ": " << difference(expected, actual));
  }
}

BOOST_AUTO_TEST_SUITE_END()
