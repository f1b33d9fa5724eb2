#include "keyed/taken_ids.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace std::chrono_literals;
using keyed::taken_ids;

namespace {

const timestamp now{1'800'000'000s};
job_id id_at(timestamp when, std::uint64_t number = 0) { return job_id::make(when, 0, number); }

} // namespace

BOOST_AUTO_TEST_SUITE(store_taken_ids)

BOOST_AUTO_TEST_CASE(nothing_is_surely_free_before_the_records_were_seen) {
  taken_ids ids;
  BOOST_TEST(!ids.is_surely_free(id_at(now)));
  ids.load(std::nullopt, std::nullopt);
  BOOST_TEST(ids.is_surely_free(id_at(now)));
}

BOOST_AUTO_TEST_CASE(what_is_later_than_all_is_free) {
  taken_ids ids;
  ids.load(id_at(now, 5), std::nullopt);
  BOOST_TEST(!ids.is_surely_free(id_at(now, 5)));
  BOOST_TEST(!ids.is_surely_free(id_at(now, 4)));
  BOOST_TEST(ids.is_surely_free(id_at(now, 6)));
  ids.add(id_at(now, 6), now);
  BOOST_TEST(!ids.is_surely_free(id_at(now, 6)));
  ids.add(id_at(now, 1), now);
  BOOST_TEST(!ids.is_surely_free(id_at(now, 6)));
}

BOOST_AUTO_TEST_CASE(one_far_ahead_spoils_it_for_what_is_behind_it_only) {
  taken_ids ids;
  ids.load(id_at(now), id_at(now + 1h));
  BOOST_TEST(ids.is_surely_free(id_at(now + 1s)));
  BOOST_TEST(!ids.is_surely_free(id_at(now + 1h)));
  BOOST_TEST(!ids.is_surely_free(id_at(now + 2h)));
  ids.add(id_at(now + 30min), now);
  BOOST_TEST(ids.is_surely_free(id_at(now + 1s)));
  BOOST_TEST(!ids.is_surely_free(id_at(now + 30min)), "also when its time has come");
  ids.add(id_at(now + 20min), now + 20min);
  BOOST_TEST(ids.is_surely_free(id_at(now + 21min)));
}

BOOST_AUTO_TEST_SUITE_END()
