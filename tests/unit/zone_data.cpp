// Newer zone data on disk are taken over while the process runs.
#include "carillon/trigger/zone_data.hpp"

#include "scratch_folder.hpp"
#include "trigger_making.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace carillon;
using namespace carillon::test;

namespace {

/// A folder of zone data that the process uses as long as this is there.
class zone_folder {
public:
  zone_folder() { std::filesystem::create_directory(path_ / "Test"); }
  ~zone_folder() {
    ::unsetenv("TZDIR"); // NOLINT(concurrency-mt-unsafe): the test has one thread
    settle();
  }
  void use() const {
    ::setenv("TZDIR", path_.c_str(), 1); // NOLINT(concurrency-mt-unsafe)
    settle();
  }
  /// A release in which Test/Zone has the rules of `source`.
  void release(const std::string& version, const std::string& source) const {
    std::filesystem::copy_file("/usr/share/zoneinfo/" + source, path_ / "Test/Zone",
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::remove(path_ / "tzdata.zi");
    if (!version.empty())
      std::ofstream{path_ / "tzdata.zi"} << "# version " << version << "\n";
    std::filesystem::last_write_time(path_ / (version.empty() ? "" : "tzdata.zi"),
                                     std::filesystem::file_time_type{std::chrono::seconds{++releases_}});
  }
  static bool settle() {
    refresh_zone_data();
    return refresh_zone_data();
  }

private:
  scratch_folder folder_;
  std::filesystem::path path_ = folder_.path();
  mutable int releases_ = 0;
};

constexpr auto noon = R"({"type": "cron", "fields": {"hour": 12}, "timezone": "Test/Zone"})";

} // namespace

BOOST_AUTO_TEST_SUITE(zone_data)

BOOST_AUTO_TEST_CASE(a_release_on_disk_is_taken_over_once_it_has_settled) {
  const auto before = zone_data_version();
  {
    const zone_folder folder;
    folder.release("2099a", "Europe/Berlin");
    folder.use();
    BOOST_TEST(zone_data_version() == "2099a");
    auto old = make_trigger(noon);
    BOOST_TEST(fires(old, 1) == "2026-01-01T11:00:00");
    BOOST_TEST(!refresh_zone_data());

    folder.release("2099b", "Asia/Tokyo");
    BOOST_TEST(!refresh_zone_data()); // seen for the first time: other files may still be on their way
    BOOST_TEST(zone_data_version() == "2099a");
    BOOST_TEST(refresh_zone_data());
    BOOST_TEST(zone_data_version() == "2099b");
    BOOST_TEST(!refresh_zone_data());
    BOOST_TEST(fires(noon, 2) == "2026-01-01T03:00:00 2026-01-02T03:00:00");
    BOOST_TEST(fires(old, 1) == "2026-01-02T11:00:00"); // as it was made

    folder.release("2099c", "Europe/Berlin");
    BOOST_TEST(folder.settle());
    BOOST_TEST(fires(noon, 1) == "2026-01-01T11:00:00");
  }
  BOOST_TEST(zone_data_version() == before);
}

BOOST_AUTO_TEST_CASE(without_a_list_of_zones_the_folder_tells_of_a_change) {
  const zone_folder folder;
  folder.release("", "Europe/Berlin");
  folder.use();
  const auto first = zone_data_version();
  BOOST_TEST(!first.empty());
  folder.release("", "Asia/Tokyo");
  BOOST_TEST(folder.settle());
  BOOST_TEST(zone_data_version() != first);
}

BOOST_AUTO_TEST_CASE(a_zone_that_is_gone_keeps_its_rules) {
  const auto paris = make_trigger(R"({"type": "cron", "fields": {"hour": 12}, "timezone": "Europe/Paris"})");
  const zone_folder folder;
  folder.release("2099a", "Europe/Berlin");
  folder.use();
  BOOST_TEST(fires(R"({"type": "cron", "fields": {"hour": 12}, "timezone": "Europe/Paris"})", 1) ==
             "2026-01-01T11:00:00");
}

BOOST_AUTO_TEST_CASE(which_triggers_use_local_time) {
  const auto uses = [](std::string_view json) { return uses_local_time(make_trigger(json).definition()); };
  BOOST_TEST(!uses(R"({"type": "date", "run_time": "2026-01-01T00:00Z"})"));
  BOOST_TEST(!uses(R"({"type": "interval", "days": 1})"));
  BOOST_TEST(uses(R"({"type": "calendar_interval", "days": 1})"));
  BOOST_TEST(uses(R"({"type": "classic_cron", "expression": "@daily"})"));
  BOOST_TEST(!uses(R"({"type": "or", "triggers": [{"type": "interval", "days": 1}]})"));
  BOOST_TEST(uses(
      R"({"type": "or", "triggers": [{"type": "interval", "days": 1}, {"type": "and", "triggers": [{"type": "cron"}]}]})"));
}

BOOST_AUTO_TEST_SUITE_END()
