#include "keyed/unfinished_buckets.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

constexpr timestamp start{1'000'000s};
job_id id_at(timestamp when, std::uint64_t n) { return job_id::make(when, n, n); }

/// What a flush writes: how many buckets are listed, and how many struck off.
struct changes {
  int listed = 0;
  int struck = 0;
};
changes flush(keyed::unfinished_buckets& buckets, timestamp now, bool may_strike = true) {
  keyed::write_batch batch;
  buckets.flush(batch, now, may_strike);
  changes seen;
  batch.for_each([&](keyed::family, std::string_view, std::optional<std::string_view> value) {
    ++(value ? seen.listed : seen.struck);
  });
  return seen;
}

} // namespace

BOOST_AUTO_TEST_SUITE(store_unfinished_buckets)

BOOST_AUTO_TEST_CASE(a_bucket_is_listed_once_and_struck_off_once_however_often_it_was_empty) {
  keyed::unfinished_buckets buckets;
  for (std::uint64_t n = 0; n < 100; ++n) {
    buckets.add(id_at(start, n));
    BOOST_TEST(flush(buckets, start).listed == (n == 0 ? 1 : 0));
    buckets.remove(id_at(start, n));
    BOOST_TEST(flush(buckets, start).struck == 0); // the next job may be of the same moment
  }
  BOOST_TEST(flush(buckets, start + 1min, false).struck == 0);
  BOOST_TEST(flush(buckets, start + 1min).struck == 1);
  BOOST_TEST(flush(buckets, start + 1min).struck == 0);
}

BOOST_AUTO_TEST_CASE(a_bucket_of_the_far_future_is_struck_off_when_it_is_empty) {
  keyed::unfinished_buckets buckets; // of an id whose first bits are no time
  buckets.add(id_at(start + 24h * 365 * 1'000, 1));
  BOOST_TEST(flush(buckets, start).listed == 1);
  buckets.remove(id_at(start + 24h * 365 * 1'000, 1));
  BOOST_TEST(flush(buckets, start).struck == 1);
}

BOOST_AUTO_TEST_CASE(a_bucket_that_was_filled_again_stays) {
  keyed::unfinished_buckets buckets;
  buckets.add(id_at(start, 1));
  buckets.remove(id_at(start, 1));
  buckets.add(id_at(start, 2));
  BOOST_TEST(flush(buckets, start + 1min).struck == 0);
  buckets.remove(id_at(start, 2));
  BOOST_TEST(flush(buckets, start + 1min).struck == 1);
}

BOOST_AUTO_TEST_SUITE_END()
