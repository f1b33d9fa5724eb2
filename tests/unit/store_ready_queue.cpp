#include "keyed/ready_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <random>
#include <set>

using namespace carillon;
using namespace carillon::keyed;
using namespace std::chrono_literals;

namespace {

waiting_job waiting(std::uint64_t number, duration not_before, revision incarnation = 0) {
  waiting_job x;
  x.not_before = timestamp{not_before};
  x.id = job_id::make(timestamp{}, number, number);
  x.incarnation = incarnation;
  x.one_at_a_time = incarnation != 0;
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(store_ready_queue)

BOOST_AUTO_TEST_CASE(gives_the_earliest_first_and_ties_by_id) {
  ready_queue queue;
  const timestamp now{10s};
  queue.add(0, waiting(2, 5s), now);
  queue.add(0, waiting(1, 5s), now);
  queue.add(0, waiting(3, 4s), now);
  for (const std::uint64_t number : {3, 1, 2})
    BOOST_TEST((queue.take(0).id == waiting(number, 0s).id));
  BOOST_TEST(queue.first(0) == nullptr);
  BOOST_TEST(queue.first(7) == nullptr);
  BOOST_TEST(queue.waiting() == 0);
}

BOOST_AUTO_TEST_CASE(jobs_of_one_moment_are_in_the_order_of_their_ids) {
  std::mt19937_64 random{1};
  std::vector<waiting_job> all(200);
  for (auto& one : all) {
    job_id::bytes_type bytes{};
    for (auto& byte : bytes) // few values, so that ids differ at any place
      byte = std::array<std::uint8_t, 4>{0, 1, 127, 255}[random() % 4 < 2 ? 0 : random() % 4];
    one.id = job_id{bytes};
  }
  for (const auto& a : all)
    for (const auto& b : all)
      BOOST_REQUIRE(a.is_before(b) == (a.id < b.id));
}

BOOST_AUTO_TEST_CASE(knows_the_slots_that_have_a_ready_job) {
  ready_queue queue;
  const timestamp now{10s};
  const auto ready = [&] { return queue.ready_slots(); };
  using slots = std::vector<task_slot>;
  BOOST_TEST(ready().empty());
  queue.add(7, waiting(1, 5s), now);
  queue.add(2, waiting(2, 5s), now);
  queue.add(2, waiting(3, 5s), now);
  queue.add(4, waiting(4, 20s), now);
  BOOST_TEST((ready() == slots{2, 7}));
  queue.take(7);
  queue.take(2);
  BOOST_TEST((ready() == slots{2}));
  queue.cancel(waiting(3, 0s).id, 0);
  BOOST_TEST(ready().empty());
  queue.advance(timestamp{20s});
  BOOST_TEST((ready() == slots{4}));
  queue.park(4, queue.take(4), gate_of_key(1));
  BOOST_TEST(ready().empty());
  queue.add(4, waiting(5, 5s), now);
  queue.add(1, waiting(6, 5s), now);
  BOOST_TEST((ready() == slots{1, 4}));
  queue.clock_set(timestamp{1s}, [](const job_id&) { return timestamp{}; });
  BOOST_TEST(queue.first(1) == nullptr); // it waits for its time by the clock as it is now
  BOOST_TEST(ready().empty());
}

BOOST_AUTO_TEST_CASE(keeps_a_job_back_until_its_time) {
  ready_queue queue;
  queue.add(1, waiting(1, 20s), timestamp{10s});
  BOOST_TEST(queue.first(1) == nullptr);
  BOOST_TEST((queue.next_not_before() == timestamp{20s}));
  queue.advance(timestamp{20s - 1us});
  BOOST_TEST(queue.first(1) == nullptr);
  queue.advance(timestamp{20s});
  BOOST_TEST(queue.first(1) != nullptr);
  BOOST_TEST(!queue.next_not_before().has_value());
}

BOOST_AUTO_TEST_CASE(a_cancelled_job_never_comes_up_wherever_it_waits) {
  ready_queue queue;
  const timestamp now{10s};
  queue.add(0, waiting(1, 1s), now);
  queue.add(0, waiting(2, 20s), now);
  queue.add(0, waiting(3, 2s, 9), now);
  queue.add(0, waiting(4, 3s, 9), now);
  queue.cancel(waiting(1, 0s).id, 0);
  queue.cancel(waiting(2, 0s).id, 0);
  BOOST_TEST((queue.first(0)->id == waiting(3, 0s).id));
  queue.park(0, queue.take(0), gate_of_schedule(9));
  queue.park(0, queue.take(0), gate_of_schedule(9));
  queue.cancel(waiting(3, 0s).id, 9);
  BOOST_TEST(queue.waiting(9) == 1);
  queue.unpark(gate_of_schedule(9), 0);
  BOOST_TEST((queue.first(0)->id == waiting(4, 0s).id));
  queue.advance(timestamp{30s});
  BOOST_TEST((queue.take(0).id == waiting(4, 0s).id));
  BOOST_TEST(queue.first(0) == nullptr);
  BOOST_TEST(queue.waiting() == 0);
}

BOOST_AUTO_TEST_CASE(cancelled_jobs_of_a_day_far_ahead_do_not_pile_up) {
  ready_queue queue;
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    queue.add(0, waiting(i, 1'000'000s + std::chrono::seconds{i}), timestamp{10s});
    queue.cancel(waiting(i, 0s).id, 0);
  }
  BOOST_TEST((queue.next_not_before() > timestamp{1'000'000s})); // the first ones have gone
  queue.add(0, waiting(7, 20s), timestamp{10s});
  queue.advance(timestamp{30s});
  BOOST_TEST((queue.take(0).id == waiting(7, 0s).id));
  queue.advance(timestamp{2'000'000s});
  BOOST_TEST(queue.first(0) == nullptr);
}

BOOST_AUTO_TEST_CASE(an_id_that_is_used_again_after_its_cancelling_is_a_new_job) {
  ready_queue queue;
  queue.add(0, waiting(1, 100s), timestamp{10s});
  queue.cancel(waiting(1, 0s).id, 0);
  queue.add(0, waiting(1, 50s), timestamp{10s});
  queue.advance(timestamp{60s});
  BOOST_TEST((queue.take(0).not_before == timestamp{50s}));
  queue.advance(timestamp{200s});
  BOOST_TEST(queue.first(0) == nullptr);
}

BOOST_AUTO_TEST_CASE(parked_jobs_go_one_by_one_in_order) {
  ready_queue queue;
  for (std::uint64_t i = 0; i < 3; ++i)
    queue.add(0, waiting(i, 1s, 9), timestamp{10s});
  for (int i = 0; i < 3; ++i)
    queue.park(0, queue.take(0), gate_of_schedule(9));
  BOOST_TEST(queue.waiting(9) == 3);
  for (std::uint64_t i = 0; i < 3; ++i) {
    BOOST_TEST(queue.first(0) == nullptr);
    queue.unpark(gate_of_schedule(9), 0);
    BOOST_TEST((queue.take(0).id == waiting(i, 0s).id));
  }
  queue.unpark(gate_of_schedule(9), 0);
  BOOST_TEST(queue.first(0) == nullptr);
}

BOOST_AUTO_TEST_CASE(the_earliest_of_each_kind_that_has_room_is_let_go) {
  ready_queue queue;
  const timestamp now{10s};
  const auto limited = [](std::uint64_t number, std::uint32_t maximum) {
    auto x = waiting(number, 1s);
    x.key = 3;
    x.maximum = maximum;
    return x;
  };
  const auto park = [&](task_slot slot, const waiting_job& x) {
    queue.add(slot, x, now);
    queue.park(slot, queue.take(slot), gate_of_key(3));
  };
  for (std::uint64_t number = 0; number < 3; ++number)
    park(0, limited(number, 2));
  park(0, limited(5, 1));
  park(1, limited(6, 2));
  queue.unpark(gate_of_key(3), 2); // nobody has room
  BOOST_TEST(queue.first(0) == nullptr);
  queue.unpark(gate_of_key(3), 1); // those with a maximum of 2 have
  BOOST_TEST((queue.take(0).id == limited(0, 2).id));
  BOOST_TEST(queue.first(0) == nullptr);
  BOOST_TEST((queue.take(1).id == limited(6, 2).id));
  queue.unpark_like(0, limited(0, 2), gate_of_key(3), 2);
  BOOST_TEST(queue.first(0) == nullptr);
  queue.unpark_like(0, limited(0, 2), gate_of_key(3), 1); // the next of that kind takes its turn
  BOOST_TEST((queue.take(0).id == limited(1, 2).id));
  queue.unpark(gate_of_key(3), 0);
  BOOST_TEST((queue.take(0).id == limited(2, 2).id));
  BOOST_TEST((queue.take(0).id == limited(5, 1).id));
  BOOST_TEST(queue.waiting() == 0);
}

BOOST_AUTO_TEST_CASE(each_waiting_job_is_visited_wherever_it_is) {
  ready_queue queue;
  const timestamp now{10s};
  queue.add(0, waiting(1, 1s, 9), now);
  queue.park(0, queue.take(0), gate_of_schedule(9));
  queue.add(1, waiting(2, 1s), now);
  queue.add(2, waiting(3, 20s), now);
  queue.add(1, waiting(4, 1s), now);
  queue.cancel(waiting(4, 0s).id, 0);
  std::set<std::pair<task_slot, job_id>> seen;
  queue.for_each([&](task_slot slot, const waiting_job& x) { seen.emplace(slot, x.id); });
  BOOST_TEST((seen == std::set<std::pair<task_slot, job_id>>{
                          {0, waiting(1, 0s).id}, {1, waiting(2, 0s).id}, {2, waiting(3, 0s).id}}));
}

BOOST_AUTO_TEST_CASE(agrees_with_an_ordered_set) {
  std::mt19937_64 random{7};
  ready_queue queue;
  std::set<std::pair<timestamp, job_id>> model;
  timestamp now{0s};
  for (std::uint64_t step = 0; step < 20'000; ++step) {
    const auto choice = random() % 10;
    if (choice < 5) {
      const auto x = waiting(step, now.time_since_epoch() + std::chrono::seconds{random() % 30});
      queue.add(0, x, now);
      model.emplace(x.not_before, x.id);
    } else if (choice < 6 && !model.empty()) {
      const auto gone =
          std::next(model.begin(), static_cast<std::ptrdiff_t>(random() % std::min<std::size_t>(model.size(), 8)));
      queue.cancel(gone->second, 0);
      model.erase(gone);
    } else if (choice < 7) {
      now += 1s;
      queue.advance(now);
    } else {
      const auto* first = queue.first(0);
      const bool is_expected = !model.empty() && model.begin()->first <= now;
      BOOST_REQUIRE_EQUAL(first != nullptr, is_expected);
      if (first != nullptr) {
        BOOST_REQUIRE((first->id == model.begin()->second));
        queue.take(0);
        model.erase(model.begin());
      }
    }
    BOOST_REQUIRE_EQUAL(queue.waiting(), model.size());
  }
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_set_changes_how_long_a_job_still_waits) {
  const timestamp now{std::chrono::seconds{1'790'000'000}};
  const auto ahead = now + 100h;
  const auto since_of = [&](const job_id&) { return now; };
  ready_queue queue;
  queue.add(0, waiting(1, (ahead + 5min).time_since_epoch()), ahead, ahead); // by the clock that is ahead
  queue.add(0, waiting(2, (now + 1h).time_since_epoch()), ahead, now);       // long before it: ready by that clock
  BOOST_TEST(queue.first(0) != nullptr);
  queue.clock_set(now, since_of);
  BOOST_TEST(queue.first(0) == nullptr);
  BOOST_TEST((queue.next_not_before() == now + 5min));
  queue.advance(now + 5min);
  BOOST_TEST((queue.take(0).id == waiting(1, 0s).id));
  queue.clock_set(ahead, since_of);
  queue.advance(ahead);
  BOOST_TEST((queue.take(0).id == waiting(2, 0s).id));
  BOOST_TEST(queue.waiting() == 0);
}

BOOST_AUTO_TEST_CASE(parked_jobs_are_looked_at_too_when_the_clock_is_set) {
  const timestamp now{std::chrono::seconds{1'790'000'000}};
  const auto ahead = now + 100h;
  ready_queue queue;
  queue.park(0, waiting(1, (ahead - 1min).time_since_epoch(), 7),
             gate_of_schedule(7)); // its time had come by the clock that was ahead
  queue.park(0, waiting(2, (now + 1h).time_since_epoch(), 7), gate_of_schedule(7));
  queue.clock_set(now, [&](const job_id& id) { return id == waiting(1, 0s).id ? ahead : now; });
  BOOST_REQUIRE(queue.first(0) != nullptr); // it tries again: what was to let it go may wait now
  BOOST_TEST((queue.take(0).not_before == now));
  queue.unpark(gate_of_schedule(7), 0);
  BOOST_TEST(queue.first(0) == nullptr);
  BOOST_TEST((queue.next_not_before() == now + 1h));
  BOOST_TEST(queue.waiting(7) == 1);
}

BOOST_AUTO_TEST_CASE(recorded_jobs_wait_until_the_clock_is_known) {
  const timestamp now{std::chrono::seconds{1'790'000'000}};
  ready_queue queue;
  for (std::uint64_t number = 5; number > 0; --number)
    queue.load(0, waiting(number, (now + std::chrono::minutes{number} - 3min).time_since_epoch()), now - 1h);
  BOOST_TEST(queue.waiting() == 5);
  queue.clock_set(now, {});
  queue.advance(now);
  for (const std::uint64_t number : {1, 2, 3})
    BOOST_TEST((queue.take(0).id == waiting(number, 0s).id));
  BOOST_TEST(queue.first(0) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
