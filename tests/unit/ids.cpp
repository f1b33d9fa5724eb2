#include "carillon/base/ids.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;

BOOST_AUTO_TEST_SUITE(ids)

BOOST_AUTO_TEST_CASE(the_job_of_a_fire_time_has_one_id) {
  const timestamp when{std::chrono::microseconds{1'790'000'000'123'456}};
  const auto id = job_id::of_fire_time("backup", 7, when);
  BOOST_TEST((id == job_id::of_fire_time("backup", 7, when)));
  BOOST_TEST((id != job_id::of_fire_time("backup", 8, when)));
  BOOST_TEST((id != job_id::of_fire_time("backup", 7, when + duration{1})));
  BOOST_TEST((id != job_id::of_fire_time("backups", 7, when)));
  BOOST_TEST((id.time() == std::chrono::floor<std::chrono::milliseconds>(when)));
}

BOOST_AUTO_TEST_CASE(the_jobs_of_a_backfill_are_in_the_order_of_their_fire_times) {
  const timestamp when{std::chrono::seconds{1'790'000'000}};
  const auto backfill = job_id::make(when + std::chrono::hours{9}, 1, 2);
  auto before = job_id::of_backfill(backfill, "backup", when - duration{1});
  for (const auto later : {duration{0}, duration{1}, duration{std::chrono::hours{9}}}) {
    const auto id = job_id::of_backfill(backfill, "backup", when + later);
    BOOST_TEST((before < id));
    BOOST_TEST((id == job_id::of_backfill(backfill, "backup", when + later)));
    BOOST_TEST((id.time() == backfill.time()));
    before = id;
  }
  BOOST_TEST((before != job_id::of_backfill(backfill, "other", when + std::chrono::hours{9})));
}

BOOST_AUTO_TEST_CASE(ids_sort_by_their_time) {
  const timestamp when{std::chrono::seconds{1'790'000'000}};
  BOOST_TEST((job_id::of_fire_time("z", 9, when) < job_id::of_fire_time("a", 1, when + std::chrono::milliseconds{1})));
}

BOOST_AUTO_TEST_CASE(an_id_is_read_back_from_its_text) {
  const auto id = job_id::make(timestamp{std::chrono::seconds{1'790'000'000}}, 0x123456789abcdef0, 0xfedcba9876543210);
  const auto read = job_id::parse(id.to_string());
  BOOST_REQUIRE(read);
  BOOST_TEST((*read == id));
  BOOST_TEST(id.to_string()[14] == '7');
  for (const auto* bad :
       {"", "0192f5a1", "0192f5a1-7c3e-8a00-8000-12345678g0ab", "0192f5a1x7c3e-8a00-8000-1234567890ab"})
    BOOST_TEST((job_id::parse(bad).err().code() == ec::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_bad_id_is_refused_with_its_position) {
  BOOST_TEST(check_id("schedule id", "crontab/root:1a2b#2").has_value());
  BOOST_TEST(check_id("schedule id", "a b").err().text().find("position 2") != std::string::npos);
  BOOST_TEST((check_id("schedule id", std::string(201, 'a')).err().code() == ec::limit_exceeded));
  BOOST_TEST((check_id("schedule id", "").err().code() == ec::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()
