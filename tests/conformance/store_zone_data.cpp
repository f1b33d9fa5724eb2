// Newer time-zone data give the schedules their new fire times, once, and an event that says so.
#include "store_world/store_world.hpp"

#include "carillon/store/virtual_store.hpp"
#include "carillon/trigger/zone_data.hpp"

#include <cstdlib>
#include <fstream>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

/// A store whose zone Test/Zone has the rules of Europe/Berlin until the next release.
class zone_world : public store_world {
public:
  explicit zone_world(backend kind) : store_world((release("2099a", "Europe/Berlin"), use(), kind)) {
    put_task("mail");
  }
  ~zone_world() {
    ::unsetenv("TZDIR"); // NOLINT(concurrency-mt-unsafe): no other thread reads it now
    settle();
  }

  schedule add_noon(const std::string& id) {
    auto what = make_schedule(id, "mail", 1h);
    cron_definition noon;
    noon.hour = "12";
    noon.start_time = epoch;
    noon.timezone = "Test/Zone";
    what.trigger.kind = noon;
    return add_schedule(what);
  }
  due_schedules claim() {
    return need(batch([&](data_store& s) { return s.claim_due_schedules(100); }));
  }
  timestamp next_of(const std::string& id) { return need(store->find_schedule(id)).state.next_fire_time.value(); }
  /// Claims until the store has nothing to do for it any more.
  std::vector<event> claim_all() {
    std::vector<event> all;
    for (int i = 0; i < 10; ++i) {
      const auto due = claim();
      all.insert(all.end(), last.events.begin(), last.events.end());
      if (due.ring_in != 0s)
        break;
    }
    return all;
  }

  static void release(const std::string& version, const std::string& source) {
    std::filesystem::create_directories(folder().path() / "Test");
    std::filesystem::copy_file("/usr/share/zoneinfo/" + source, folder().path() / "Test/Zone",
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::remove(folder().path() / "tzdata.zi");
    std::ofstream{folder().path() / "tzdata.zi"} << "# version " << version << "\n";
    static int releases = 0;
    std::filesystem::last_write_time(folder().path() / "tzdata.zi",
                                     std::filesystem::file_time_type{std::chrono::seconds{++releases}});
  }
  static void settle() {
    refresh_zone_data();
    refresh_zone_data();
  }

private:
  static const temporary_folder& folder() {
    static const temporary_folder one;
    return one;
  }
  static void use() {
    ::setenv("TZDIR", folder().path().c_str(), 1); // NOLINT(concurrency-mt-unsafe)
    settle();
  }
};

constexpr auto day = std::chrono::days{1};
const auto midnight = std::chrono::floor<std::chrono::days>(epoch); // September: Berlin is two hours ahead, Tokyo nine

std::size_t count(const std::vector<event>& events, event_type type) {
  return static_cast<std::size_t>(std::ranges::count(events, type, &event::type));
}

} // namespace

BOOST_AUTO_TEST_SUITE(store_zone_data)

BOOST_DATA_TEST_CASE(a_new_release_moves_the_schedules_of_local_time, all_backends) {
  zone_world w{sample};
  w.add_noon("noon");
  w.add_schedule(make_schedule("hourly", "mail", 24h, epoch + 24h));
  const auto berlin = midnight + 10h;
  const auto first = w.next_of("noon");
  BOOST_TEST((first - berlin) % day == 0s);
  BOOST_TEST(w.claim_all().empty());

  zone_world::release("2099b", "Asia/Tokyo");
  zone_world::settle();
  const auto events = w.claim_all();
  BOOST_REQUIRE_EQUAL(count(events, event_type::zone_data_changed), 1);
  BOOST_TEST(count(events, event_type::schedule_updated) == 1);
  BOOST_TEST(events.back().text == "time-zone data 2099b instead of 2099a: schedules with another next fire time: 1");
  BOOST_TEST((w.next_of("noon") - (midnight + 3h)) % day == 0s);
  BOOST_TEST((w.next_of("hourly") == epoch + 24h));
  BOOST_TEST(w.claim_all().empty()); // once
  w.reopen();
  BOOST_TEST(w.claim_all().empty());
  BOOST_TEST(need(w.store->check()).faults.empty());
}

BOOST_DATA_TEST_CASE(what_was_decided_stays_and_the_next_time_comes_after_it, all_backends) {
  zone_world w{sample};
  w.add_noon("noon");
  w.pass(w.next_of("noon") - w.now.wall);
  const auto fired = w.next_of("noon");
  w.fire_due();
  zone_world::release("2099b", "Asia/Tokyo"); // there it was noon seven hours before
  zone_world::settle();
  w.claim_all();
  BOOST_TEST((w.next_of("noon") == fired - 7h + 24h));
  BOOST_TEST((need(w.store->find_schedule("noon")).state.covered_to == fired));
  w.pass(48h);
  w.fire_due();
  const auto report = need(w.store->check());
  BOOST_TEST(report.faults.empty(), (report.faults.empty() ? "" : report.faults.front()));
}

BOOST_DATA_TEST_CASE(a_release_that_came_while_the_store_was_closed_is_seen_before_anything_fires, all_backends) {
  zone_world w{sample};
  w.add_noon("noon");
  const auto old = w.next_of("noon");
  zone_world::release("2099b", "Asia/Tokyo");
  zone_world::settle();
  w.reopen();
  w.pass(old - w.now.wall); // due by the old data alone
  const auto due = w.claim();
  BOOST_TEST(due.schedules.size() == (w.next_of("noon") <= w.now.wall ? 1u : 0u));
  BOOST_TEST((w.next_of("noon") != old));
}

BOOST_DATA_TEST_CASE(many_schedules_are_moved_in_pieces, some_backends) {
  zone_world w{sample};
  constexpr std::size_t many = 2'500; // pieces have 1,000
  for (std::size_t i = 0; i < many; ++i)
    w.add_noon("noon" + std::to_string(i));
  zone_world::release("2099b", "Asia/Tokyo");
  zone_world::settle();
  BOOST_TEST((w.claim().ring_in == 0s));
  BOOST_TEST(w.event_types().size() == 1'000);
  auto events = w.claim_all();
  BOOST_TEST(count(events, event_type::schedule_updated) == many - 1'000);
  BOOST_TEST(events.back().text.ends_with(": 2500"));
}

BOOST_DATA_TEST_CASE(a_plan_made_by_the_old_data_is_stale, all_backends) {
  zone_world w{sample};
  w.add_noon("noon");
  w.pass(w.next_of("noon") - w.now.wall);
  const auto due = w.claim();
  BOOST_REQUIRE_EQUAL(due.schedules.size(), 1);
  const auto plan = make_plan(due.schedules[0].what, w.now.wall);
  zone_world::release("2099b", "Asia/Tokyo");
  zone_world::settle();
  w.claim_all();
  BOOST_TEST(code_of(w.batch([&](data_store& s) { return s.commit_fire_plan(plan); })) == ec::stale_revision);
}

BOOST_AUTO_TEST_CASE(a_store_of_virtual_time_looks_once) {
  zone_world w{backend::memory};
  const auto store = need(open_virtual_store("", {}));
  auto now = w.now;
  const auto claims_see_a_release = [&] {
    bool seen = false;
    for (int i = 0; i < 4; ++i) {
      need(store->begin(now));
      (void)need(store->claim_due_schedules(100));
      seen = count(need(store->commit()).events, event_type::zone_data_changed) > 0 || seen;
      now = {now.wall + 2min, now.boot + 2min};
    }
    return seen;
  };
  BOOST_TEST(!claims_see_a_release());
  zone_world::release("2099d", "Asia/Tokyo");
  BOOST_TEST(!claims_see_a_release());
  std::size_t seen = 0;
  for (int i = 0; i < 4; ++i) { // any other store
    seen += count(w.claim_all(), event_type::zone_data_changed);
    w.pass(2min);
  }
  BOOST_TEST(seen == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
