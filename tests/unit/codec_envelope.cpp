#include "codec/envelope.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(codec_envelope)

BOOST_AUTO_TEST_CASE(a_record_gives_its_payload_and_expiry_back) {
  const auto record = codec::make_record("payload", timestamp{5us});
  BOOST_TEST(*codec::payload_of(record) == "payload");
  BOOST_TEST((codec::expiry_of(record) == timestamp{5us}));
  BOOST_TEST((codec::expiry_of(codec::make_record("")) == std::nullopt));
}

BOOST_AUTO_TEST_CASE(any_flipped_bit_and_any_lost_byte_is_noticed) {
  const auto record = codec::make_record("some payload", timestamp{5us});
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    auto damaged = record;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    BOOST_TEST((codec::payload_of(damaged).err().code() == ec::store_corrupt));
  }
  for (std::size_t size = 0; size < record.size(); ++size)
    BOOST_TEST((codec::payload_of(record.substr(0, size)).err().code() == ec::store_corrupt));
}

BOOST_AUTO_TEST_CASE(a_newer_version_is_told_from_damage) {
  std::string record;
  codec::start_record(record, std::nullopt);
  record[0] = static_cast<char>(codec::format_version + 1);
  codec::seal_record(record, 0);
  BOOST_TEST((codec::payload_of(record).err().code() == ec::store_version));
}

BOOST_AUTO_TEST_SUITE_END()
