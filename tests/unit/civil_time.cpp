#include "carillon/base/civil_time.hpp"
#include "carillon/base/time.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;

BOOST_AUTO_TEST_SUITE(civil_time)

BOOST_AUTO_TEST_CASE(day_numbers_and_dates_agree_over_all_years) {
  // std::chrono is the second opinion.
  for (std::int64_t day = -719'162; day <= 2'932'896; day += 13) {
    const std::chrono::year_month_day expected{std::chrono::sys_days{std::chrono::days{day}}};
    const auto date = to_local_date(day);
    BOOST_REQUIRE(date.year == static_cast<int>(expected.year()));
    BOOST_REQUIRE(date.month == static_cast<unsigned>(expected.month()));
    BOOST_REQUIRE(date.day == static_cast<unsigned>(expected.day()));
    BOOST_REQUIRE(to_day_number(date) == day);
    BOOST_REQUIRE(iso_weekday(day) ==
                  std::chrono::weekday{std::chrono::sys_days{std::chrono::days{day}}}.iso_encoding());
    BOOST_REQUIRE(is_valid(date));
  }
}

BOOST_AUTO_TEST_CASE(the_week_of_a_date_is_that_of_its_thursday) {
  for (std::int64_t day = -719'162 + 7; day <= 2'932'896 - 7; day += 5) {
    const auto thursday = day + 4 - iso_weekday(day);
    const auto new_year = to_day_number({to_local_date(thursday).year, 1, 1});
    BOOST_REQUIRE(iso_week(to_local_date(day)) == (thursday - new_year) / 7 + 1);
  }
}

BOOST_AUTO_TEST_CASE(an_instant_that_no_text_of_utc_says_is_refused) {
  // What can be read can be written and read again.
  for (const auto* text : {"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "0001-01-01T09:00:00+09:00"}) {
    const auto read = parse_iso8601(text);
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST((parse_iso8601(to_iso8601(*read)).value() == *read));
  }
  BOOST_TEST((parse_iso8601("0001-01-01T00:00:00+09:00").err().code() == ec::invalid_argument));
  BOOST_TEST((parse_iso8601("9999-12-31T23:59:59-01:00").err().code() == ec::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_date_is_read_and_written) {
  BOOST_TEST((parse_local_date("2024-02-29").value() == local_date{2024, 2, 29}));
  BOOST_TEST(to_text(local_date{987, 6, 5}) == "0987-06-05");
  for (const auto* text :
       {"2023-02-29", "2024-13-01", "2024-00-01", "2024-04-31", "2024-04-00", "2024-4-1", "2024-04-01T00:00"})
    BOOST_TEST((parse_local_date(text).err().code() == ec::invalid_argument), text);
}

BOOST_AUTO_TEST_SUITE_END()
