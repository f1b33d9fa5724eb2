// How past definitions, and how long history is kept, lie on disk.
#include "keyed/keys.hpp"
#include "keyed/record_format.hpp"

#include "codec/envelope.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::keyed;
using namespace std::chrono_literals;

namespace {

const timestamp at{1'800'000'000s};

std::pair<std::string, std::string> only_put_of(const write_batch& batch) {
  std::pair<std::string, std::string> found;
  batch.for_each([&](family, std::string_view key, std::optional<std::string_view> value) {
    found = {std::string{key}, std::string{value.value()}};
  });
  return found;
}

past_definition some() {
  past_definition x;
  x.incarnation = 7;
  x.changed = 9;
  x.trigger_since = at - 2h;
  x.covered_to = at - 1h;
  x.replaced_at = at;
  x.what.id = "backup";
  x.what.task = "mail";
  x.what.trigger.kind = interval_definition{1h, at, std::nullopt};
  x.what.max_catch_up = 3;
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(store_past_records)

BOOST_AUTO_TEST_CASE(a_past_definition_is_read_back) {
  for (const auto* version : {"2026a", ""}) {
    write_batch batch;
    put_past_definition(batch, some(), version, 24h);
    const auto [key, record] = only_put_of(batch);
    BOOST_TEST(key == past_definition_key("backup", 7, 9));
    BOOST_TEST((codec::expiry_of(record) == at + 24h));
    const auto read = read_past_definition(record).or_throw();
    BOOST_TEST(read.zone_data_version == version);
    BOOST_TEST(read.what.incarnation == 7U);
    BOOST_TEST(read.what.changed == 9U);
    BOOST_TEST((read.what.trigger_since == at - 2h));
    BOOST_TEST((read.what.covered_to == at - 1h));
    BOOST_TEST((read.what.replaced_at == at));
    BOOST_TEST((read.what.what == some().what));
  }
}

BOOST_AUTO_TEST_CASE(it_expires_no_earlier_than_what_it_decided) {
  auto ahead = some(); // the clock was set back since
  ahead.covered_to = at + 48h;
  write_batch batch;
  put_past_definition(batch, ahead, "2026a", 24h);
  BOOST_TEST((codec::expiry_of(only_put_of(batch).second) == at + 72h));
}

BOOST_AUTO_TEST_CASE(keys_of_one_schedule_lie_together_the_newest_last) {
  const auto range = past_definitions_of("backup");
  const auto is_within = [&](const std::string& key) { return key >= range.from && key < range.to; };
  BOOST_TEST(is_within(past_definition_key("backup", 1, 300)));
  BOOST_TEST(!is_within(past_definition_key("backup2", 1, 300)));
  BOOST_TEST(!is_within(past_definition_key("backu", 1, 300)));
  BOOST_TEST(past_definition_key("backup", 1, 300) < past_definition_key("backup", 2, 3));
  BOOST_TEST(past_definition_key("backup", 1, 255) < past_definition_key("backup", 1, 256));
}

BOOST_AUTO_TEST_CASE(how_long_history_is_kept_is_read_back) {
  for (const auto since : {timestamp::min(), at}) {
    write_batch batch;
    put_kept_history(batch, {24h, since});
    const auto read = read_kept_history(only_put_of(batch).second).or_throw();
    BOOST_TEST((read.retention == 24h));
    BOOST_TEST((read.since == since));
  }
}

BOOST_AUTO_TEST_CASE(what_is_damaged_is_refused) {
  BOOST_TEST((read_past_definition(codec::make_record("")).err().code() == ec::store_corrupt));
  BOOST_TEST((read_past_definition(codec::make_record("\x09"
                                                      "2026a"))
                  .err()
                  .code() == ec::store_corrupt));
  BOOST_TEST((read_kept_history(codec::make_record("short")).err().code() == ec::store_corrupt));
}

BOOST_AUTO_TEST_SUITE_END()
