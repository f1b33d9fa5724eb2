#include "carillon/base/entropy.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

#include <sys/wait.h>
#include <unistd.h>

BOOST_AUTO_TEST_SUITE(machine_entropy)

BOOST_AUTO_TEST_CASE(a_forked_process_draws_other_numbers_than_its_parent) {
  auto& entropy = carillon::system_entropy();
  (void)entropy.next(); // some are in store now
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  const auto child = ::fork();
  if (child == 0) {
    const auto drawn = entropy.next();
    const auto written = ::write(ends[1], &drawn, sizeof drawn);
    ::_exit(written == sizeof drawn ? 0 : 1);
  }
  const auto drawn = entropy.next();
  std::uint64_t there = 0;
  BOOST_TEST(::read(ends[0], &there, sizeof there) == static_cast<ssize_t>(sizeof there));
  BOOST_TEST(drawn != there);
  ::waitpid(child, nullptr, 0);
  ::close(ends[0]);
  ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(no_number_comes_again) {
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1'000; ++i)
    BOOST_TEST(seen.insert(carillon::system_entropy().next()).second);
}

BOOST_AUTO_TEST_SUITE_END()
