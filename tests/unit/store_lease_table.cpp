#include "keyed/lease_table.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::keyed;
using namespace std::chrono_literals;

namespace {
const lease_holder one{"one", 1};
job_id id_of(std::uint64_t number) { return job_id::make(timestamp{}, number, number); }
using ids = std::vector<job_id>;
} // namespace

BOOST_AUTO_TEST_SUITE(store_lease_table)

BOOST_AUTO_TEST_CASE(counts_derive_from_what_is_held) {
  lease_table leases{10s};
  leases.start(id_of(1), {5, 9, 0, 4}, one, 0s);
  leases.start(id_of(2), {5, 9, 1}, one, 0s);
  leases.start(id_of(3), {6, 0, 1, 4}, one, 0s);
  BOOST_TEST(leases.running_under(gate_of_schedule(9)) == 2);
  BOOST_TEST(leases.running_under(gate_of_key(4)) == 2);
  BOOST_TEST(leases.running_under(gate_of_schedule(4)) == 0);
  BOOST_TEST(leases.running_of_task(1) == 2);
  BOOST_TEST((leases.jobs_of_schedule(9) == ids{id_of(1), id_of(2)}));
  BOOST_TEST(leases.held_after(one, 5) == 1);
  leases.end(id_of(2));
  BOOST_TEST(leases.running_under(gate_of_schedule(9)) == 1);
  BOOST_TEST(leases.running_under(gate_of_key(4)) == 2);
  BOOST_TEST(leases.running_of_task(1) == 1);
  BOOST_TEST(leases.running_of_task(100) == 0);
  BOOST_TEST((leases.held_by(one) == ids{id_of(1), id_of(3)}));
}

BOOST_AUTO_TEST_CASE(a_lease_ends_when_its_time_is_up_and_not_before) {
  lease_table leases{10s};
  leases.start(id_of(1), {5, 0, 0}, one, 0s);
  leases.start(id_of(2), {6, 0, 0}, one, 3s);
  BOOST_TEST((leases.next_end() == 10s));
  BOOST_TEST(leases.expired(10s - 1us).empty());
  BOOST_TEST((leases.expired(10s) == ids{id_of(1)}));
  leases.end(id_of(1));
  BOOST_TEST((leases.expired(13s) == ids{id_of(2)}));
  leases.end(id_of(2));
  BOOST_TEST(!leases.next_end().has_value());
  BOOST_TEST(leases.expired(99s).empty());
}

BOOST_AUTO_TEST_CASE(a_renewal_extends_what_is_named_and_gives_what_is_not) {
  lease_table leases{10s};
  leases.start(id_of(1), {5, 0, 0}, one, 0s);
  leases.start(id_of(2), {5, 0, 0}, one, 0s);
  leases.start(id_of(3), {6, 0, 0}, one, 0s);
  const attempt_id named[]{{id_of(1), 5}};
  BOOST_TEST((leases.renew(one, named, 5, 8s) == ids{id_of(2)}));
  leases.end(id_of(2));
  BOOST_TEST((leases.expired(10s) == ids{id_of(3)})); // handed out after what was seen: its own end
  leases.end(id_of(3));
  BOOST_TEST(leases.expired(18s - 1us).empty());
  BOOST_TEST((leases.expired(18s) == ids{id_of(1)}));
}

BOOST_AUTO_TEST_CASE(processes_of_an_executor_are_told_apart) {
  lease_table leases{10s};
  leases.start(id_of(1), {5, 0, 0}, {"one", 1}, 0s);
  BOOST_TEST(!leases.other_process({"one", 1}).has_value());
  BOOST_TEST(!leases.other_process({"two", 1}).has_value());
  BOOST_TEST((leases.other_process({"one", 2}) == one));
  leases.end(id_of(1));
  BOOST_TEST(!leases.other_process({"one", 2}).has_value());
}

BOOST_AUTO_TEST_CASE(after_an_opening_all_leases_start_anew) {
  lease_table leases{10s};
  leases.start(id_of(1), {5, 0, 0}, one, 0s);
  leases.restart_all(100s);
  BOOST_TEST(leases.expired(110s - 1us).empty());
  BOOST_TEST((leases.expired(110s) == ids{id_of(1)}));
}

BOOST_AUTO_TEST_SUITE_END()
