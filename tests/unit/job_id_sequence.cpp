#include "base/job_id_sequence.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;

BOOST_AUTO_TEST_SUITE(job_id_sequence)

BOOST_AUTO_TEST_CASE(new_ids_sort_in_the_order_in_which_they_were_made) {
  const timestamp when{std::chrono::seconds{1'790'000'000}};
  carillon::job_id_sequence ids;
  auto before = ids.next(when, ~0ULL, 0);
  for (std::uint64_t i = 0; i < 2048; ++i) {
    const auto id = ids.next(when + duration{i % 1000}, 0, i % 7);
    BOOST_REQUIRE((before < id));
    BOOST_REQUIRE((id.time() == when));
    before = id;
  }
  BOOST_TEST((before < ids.next(when + std::chrono::milliseconds{1}, 0, 0)));
  BOOST_TEST((ids.next(when - std::chrono::hours{1}, 0, 0).time() == when - std::chrono::hours{1}),
             "a clock set back is followed");
}

BOOST_AUTO_TEST_SUITE_END()
