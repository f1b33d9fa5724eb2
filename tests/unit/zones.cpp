#include "trigger/zone.hpp"

#include "carillon/trigger/defaults.hpp"
#include "trigger_making.hpp"

#include <boost/test/unit_test.hpp>
#include <cctz/time_zone.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

using namespace carillon;
using carillon::test::at;

namespace {

std::vector<std::string> all_zone_names() {
  std::vector<std::string> names{"UTC", "Etc/GMT+12", "Etc/GMT-14", "CET", "EST5EDT"};
  std::ifstream table{"/usr/share/zoneinfo/tzdata.zi"};
  for (std::string line; std::getline(table, line);) {
    std::istringstream words{line};
    std::string kind, first, second;
    words >> kind >> first >> second;
    if (kind == "Z")
      names.push_back(first);
    else if (kind == "L")
      names.push_back(second);
  }
  return names;
}

zone_seconds seconds_at(std::string_view text) {
  return std::chrono::floor<std::chrono::seconds>(at(text)).time_since_epoch().count();
}

std::shared_ptr<const zone> zone_named(const std::string& name) { return zone::find(name).or_throw(); }

cctz::time_zone source_named(const std::string& name) {
  cctz::time_zone source;
  BOOST_REQUIRE(cctz::load_time_zone(name, &source));
  return source;
}

std::int64_t count(const cctz::time_point<cctz::seconds>& when) { return when.time_since_epoch().count(); }

} // namespace

BOOST_AUTO_TEST_SUITE(zones)

BOOST_AUTO_TEST_CASE(every_zone_has_the_offsets_of_its_file_up_to_the_year_9999) {
  std::mt19937_64 random{1};
  const auto begin = seconds_at("1850-01-01T00:00Z");
  const auto end = seconds_at("9999-12-31T00:00Z");
  const auto near_end = seconds_at("2600-01-01T00:00Z");
  const auto names = all_zone_names();
  BOOST_TEST(names.size() > 500);
  for (const auto& name : names) {
    const auto table = zone_named(name);
    const auto source = source_named(name);
    for (int i = 0; i < 300; ++i) {
      const auto span = static_cast<std::uint64_t>((i % 2 == 0 ? near_end : end) - begin);
      const auto instant = begin + static_cast<zone_seconds>(random() % span);
      const auto segment = table->segment_at(instant);
      BOOST_REQUIRE(segment.begin <= instant && instant < segment.end);
      const auto expected = source.lookup(cctz::time_point<cctz::seconds>{cctz::seconds{instant}}).offset;
      BOOST_REQUIRE_MESSAGE(segment.offset == expected, name << " at " << instant);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_local_time_is_unique_or_skipped_or_repeated_as_the_zone_file_says) {
  for (const auto& name : all_zone_names()) {
    const auto table = zone_named(name);
    const auto source = source_named(name);
    // Around each change up to 2040, and around one of the far future.
    auto segment = table->segment_at(zone_start);
    while (segment.end < zone_end && segment.end < seconds_at("9990-01-01T00:00Z")) {
      const auto change = segment.end;
      const auto low = std::min(segment.offset, segment.offset_after);
      const auto high = std::max(segment.offset, segment.offset_after);
      for (const zone_seconds local :
           {change + low - 1, change + low, change + (low + high) / 2, change + high - 1, change + high}) {
        const auto meaning = table->meaning_of(local);
        const auto expected = source.lookup(cctz::civil_second{} + local);
        const auto kind = meaning.count == 0   ? cctz::time_zone::civil_lookup::SKIPPED
                          : meaning.count == 1 ? cctz::time_zone::civil_lookup::UNIQUE
                                               : cctz::time_zone::civil_lookup::REPEATED;
        BOOST_REQUIRE_MESSAGE(kind == expected.kind, name << " local " << local);
        if (meaning.count == 0) {
          BOOST_REQUIRE(meaning.gap_instant == count(expected.trans));
          BOOST_REQUIRE(local - meaning.offset_before == count(expected.pre));
        } else {
          BOOST_REQUIRE(meaning.first == count(expected.pre));
          BOOST_REQUIRE(meaning.last == count(expected.post));
        }
      }
      segment = table->segment_at(change < seconds_at("2040-01-01T00:00Z") ? change : change + 86'400 * 365'000LL);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_gap_is_over_before_the_next_change) {
  // What local_fire_rule relies on: a shifted time lies in the segment that follows its gap, and overlaps don't meet.
  for (const auto& name : all_zone_names()) {
    const auto table = zone_named(name);
    auto segment = table->segment_at(zone_start);
    for (int i = 0; i < 3'000 && segment.end < zone_end; ++i) {
      const auto before = segment;
      segment = table->segment_at(segment.end);
      BOOST_REQUIRE(segment.begin == before.end);
      BOOST_REQUIRE(segment.offset_before == before.offset && segment.offset == before.offset_after);
      BOOST_REQUIRE(segment.offset != before.offset);
      const auto jump = std::abs(segment.offset - before.offset);
      BOOST_REQUIRE_MESSAGE(segment.end - segment.begin > jump, name << " at " << segment.begin);
    }
  }
}

BOOST_AUTO_TEST_CASE(known_gaps_and_overlaps_are_found) {
  const auto kind = [](const std::string& name, std::string_view local) {
    return zone_named(name)->meaning_of(seconds_at(std::string{local} + "Z")).count;
  };
  BOOST_TEST(kind("Australia/Lord_Howe", "2026-10-04T02:15") == 0); // half an hour
  BOOST_TEST(kind("Australia/Lord_Howe", "2026-10-04T02:30") == 1);
  BOOST_TEST(kind("Antarctica/Troll", "2026-03-29T02:59") == 0); // two hours
  BOOST_TEST(kind("Pacific/Apia", "2011-12-30T12:00") == 0);     // a whole day
  BOOST_TEST(kind("Asia/Beirut", "2022-03-27T00:30") == 0);      // from midnight on
  BOOST_TEST(kind("Europe/Paris", "2026-10-25T02:30") == 2);
  BOOST_TEST(kind("Europe/Paris", "9998-10-25T02:30") == 2);
  BOOST_TEST(kind("America/Sao_Paulo", "2018-02-17T23:30") == 2); // back into the day before
  BOOST_TEST(kind("Asia/Kathmandu", "2026-10-25T02:30") == 1);
}

BOOST_AUTO_TEST_CASE(a_name_that_is_no_iana_zone_is_refused) {
  for (const auto* name : {"", "Europe/Atlantis", "europe/paris", "/etc/localtime", "../etc/passwd", "libc:localtime",
                           "file:/etc/localtime", "localtime", "posixrules", "right/Europe/Paris", "Fixed/UTC+05:30:00",
                           "Europe", "tzdata.zi", "UTC+1", "Europe/Paris\n"}) {
    const auto found = zone::find(name);
    BOOST_REQUIRE_MESSAGE(!found, name);
    BOOST_TEST((found.err().code() == ec::invalid_argument));
  }
  BOOST_TEST(zone::find("Europe/Atlantis").err().text().find("\"Europe/Atlantis\"") != std::string::npos);
  BOOST_TEST((zone_named("Europe/Paris") == zone_named("Europe/Paris")), "loaded once");
}

BOOST_AUTO_TEST_CASE(the_machine_has_a_zone_that_exists) { BOOST_TEST(zone::find(machine_zone_name()).has_value()); }

BOOST_AUTO_TEST_SUITE_END()
