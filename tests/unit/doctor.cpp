#include "doctor/machine.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

using namespace carillon;
using namespace carillon::app::doctor;
using namespace std::chrono_literals;

namespace {

constexpr timestamp today{1'800'000'000s}; // in 2027

clock_facts good_clock() { return {today, true, 3ms, 0us, 50ms, today - 1h}; }

disk_facts good_disk() {
  disk_facts facts;
  facts.folder = "/srv";
  facts.free_bytes = std::uint64_t{100} << 30;
  facts.total_bytes = std::uint64_t{200} << 30;
  facts.free_files = facts.total_files = 1'000'000;
  return facts;
}

bool says(const finding& x, level how, const std::string& part) {
  BOOST_TEST_MESSAGE(to_string(x.how) << ": " << x.text << " -> " << x.advice);
  return x.how == how && x.text.find(part) != std::string::npos && x.advice.empty() == (how == level::ok);
}

} // namespace

BOOST_AUTO_TEST_SUITE(doctor)

BOOST_AUTO_TEST_CASE(a_clock_is_judged_by_who_keeps_it_and_by_what_it_has_done) {
  BOOST_TEST(says(judge(good_clock()), level::ok, "wrong by 3ms at most"));
  auto x = good_clock();
  x.wall = timestamp{0s};
  BOOST_TEST(says(judge(x), level::error, "before this program was made"));
  x = good_clock();
  x.is_synchronised = false;
  BOOST_TEST(says(judge(x), level::warning, "isn't synchronised"));
  x = good_clock();
  x.max_error = 16s;
  BOOST_TEST(says(judge(x), level::warning, "wrong by 16s"));
  x = good_clock();
  x.apart = -20ms;
  BOOST_TEST(says(judge(x), level::warning, "it was set by -20ms within 50ms"));
  x.apart = 4ms; // slewed
  BOOST_TEST(says(judge(x), level::ok, "synchronised"));
  x = good_clock();
  x.newest_file = today + 1h;
  BOOST_TEST(says(judge(x), level::warning, "it is behind now, or was ahead"));
  x.newest_file = today + 30s;
  BOOST_TEST(says(judge(x), level::ok, "synchronised"));
  x.newest_file.reset();
  BOOST_TEST(says(judge(x), level::ok, "synchronised"));
}

BOOST_AUTO_TEST_CASE(zone_data_are_judged_by_their_age) {
  BOOST_TEST(says(judge(zone_facts{"2026b", "Europe/Berlin", today}), level::ok, "release 2026b"));
  BOOST_TEST(says(judge(zone_facts{"2027a", "UTC", today}), level::ok, "zone is UTC"));
  BOOST_TEST(says(judge(zone_facts{"2025b", "UTC", today}), level::warning, "it is old"));
  BOOST_TEST(
      says(judge(zone_facts{"2026b", "UTC", today, "EST5EDT,M3.2.0"}), level::warning, "TZ is \"EST5EDT,M3.2.0\""));
  for (const auto& [variable, unused] : {std::pair{"Mars/Olympus", "Mars/Olympus"}, {":Asia/Tokyo", ""}, {"", ""}}) {
    ::setenv("TZ", variable, 1);
    BOOST_TEST(read_zone_data().unused_variable == unused);
  }
  ::unsetenv("TZ");
  BOOST_TEST(says(judge(zone_facts{"", "UTC", today}), level::warning, "there are none"));
  BOOST_TEST(says(judge(zone_facts{"files of 12345", "UTC", today}), level::warning, "no release is told"));
}

BOOST_AUTO_TEST_CASE(few_open_files_are_told) {
  BOOST_TEST(says(judge(file_limit_facts{1'048'576}), level::ok, "1048576"));
  BOOST_TEST(says(judge(file_limit_facts{RLIM_INFINITY}), level::ok, "any number"));
  BOOST_TEST(says(judge(file_limit_facts{1'024}), level::warning, "1024"));
  BOOST_TEST(says(judge(file_limit_facts{256}), level::error, "256"));
}

BOOST_AUTO_TEST_CASE(a_disk_is_judged_by_its_space_and_its_kind) {
  BOOST_TEST(says(judge(good_disk()), level::ok, "100 GiB of 200 GiB free"));
  auto x = good_disk();
  x.free_bytes = std::uint64_t{500} << 20;
  BOOST_TEST(says(judge(x), level::warning, "500 MiB"));
  x.free_bytes = std::uint64_t{10} << 20;
  BOOST_TEST(says(judge(x), level::error, "10 MiB"));
  x = good_disk();
  x.free_files = 0;
  BOOST_TEST(says(judge(x), level::error, "no file more can be made"));
  x.free_files = 10;
  BOOST_TEST(says(judge(x), level::warning, "10 more files"));
  x.total_files = x.free_files = 0; // it doesn't count them
  BOOST_TEST(says(judge(x), level::ok, "free"));
  x = good_disk();
  x.is_read_only = true;
  BOOST_TEST(says(judge(x), level::error, "read-only"));
  x = good_disk();
  x.is_network = true;
  BOOST_TEST(says(judge(x), level::warning, "on the network"));
  x = good_disk();
  x.is_memory = true;
  BOOST_TEST(says(judge(x), level::warning, "in memory"));
  x = good_disk();
  x.fault = "No such device";
  BOOST_TEST(says(judge(x), level::error, "No such device"));
}

BOOST_AUTO_TEST_SUITE_END()
