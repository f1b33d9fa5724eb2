// What a reader of a store's records tells of how far it is.
#include "keyed/told_reader.hpp"

#include <boost/test/unit_test.hpp>

#include <utility>
#include <vector>

using namespace carillon;
using namespace carillon::keyed;

namespace {

// Each family has 1,500 records.
struct many_records final : record_reader {
  result<std::optional<std::string>> get(family, std::string_view key) const override {
    return std::optional{std::string{key}};
  }
  result<void> scan(family, key_range, direction, const record_visitor& visit) const override {
    for (int i = 0; i < 1'500; ++i)
      if (!visit("key", "record"))
        break;
    return {};
  }
  std::uint64_t estimated_records() const override { return 3'000; }
};

using said = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

} // namespace

BOOST_AUTO_TEST_SUITE(told_reader)

BOOST_AUTO_TEST_CASE(all_scans_count_together) {
  const many_records records;
  said heard;
  const progress_listener tell = [&](std::uint64_t read, std::uint64_t of_about) {
    heard.emplace_back(read, of_about);
  };
  const keyed::told_reader told{records, tell};
  int seen = 0;
  const auto see = [&seen](std::string_view, std::string_view) { return ++seen > 0; };
  BOOST_TEST(told.scan(family::jobs, {}, direction::ascending, see).has_value());
  BOOST_TEST(told.scan(family::skips, {}, direction::descending, see).has_value());
  BOOST_TEST(seen == 3'000);
  BOOST_TEST((heard == said{{1'000, 3'000}, {2'000, 3'000}, {3'000, 3'000}}));
}

BOOST_AUTO_TEST_CASE(a_visitor_ends_a_scan_and_nobody_need_listen) {
  const many_records records;
  const progress_listener nobody;
  const keyed::told_reader told{records, nobody};
  int seen = 0;
  BOOST_TEST(
      told.scan(family::jobs, {}, direction::ascending, [&seen](auto, auto) { return ++seen < 1'200; }).has_value());
  BOOST_TEST(seen == 1'200);
  BOOST_TEST(*told.get(family::jobs, "a").value() == "a");
}

BOOST_AUTO_TEST_SUITE_END()
