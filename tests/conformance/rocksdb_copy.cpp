// What a store has under way, copied into memory: `open_virtual_store`, also beside a store that is in use.
#include "store_world/store_world.hpp"

#include "carillon/store/virtual_store.hpp"
#include "engine/simulation.hpp"

#include <fmt/format.h>

#include <fstream>
#include <map>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto finished = job_state::finished;

std::map<std::string, std::string> files_of(const std::string& folder) {
  std::map<std::string, std::string> all;
  for (const auto& each : std::filesystem::recursive_directory_iterator(folder)) {
    std::ifstream in{each.path(), std::ios::binary};
    all[each.path()] = each.is_regular_file() ? std::string{std::istreambuf_iterator<char>{in}, {}} : "";
    all[each.path()] += " " + std::to_string(each.last_write_time().time_since_epoch().count());
  }
  return all;
}

// A store that has lived: of its schedules one is paused, one has a job that runs and one that waits, one has jitter.
struct copy_world : store_world {
  copy_world() : store_world(backend::rocksdb, with_long_leases()) {
    put_task("mail");
    put_task("slow", [](task& what) { what.max_running_jobs = 1; });
    add_schedule(make_schedule("paused", "mail", 1h));
    auto jittery = make_schedule("jittery", "mail", 10min);
    jittery.max_jitter = 5min;
    jittery.overlap = overlap_policy::allow;
    add_schedule(jittery);
    auto queued = make_schedule("queued", "slow", 30min);
    queued.overlap = overlap_policy::queue_all;
    add_schedule(queued);
    for (int i = 0; i < 3; ++i) {
      fire_due();
      for (const auto& what : hand_out())
        if (what.schedule_id != "queued")
          need(finish_job(what));
      pass(30min);
    }
    need(batch([](data_store& x) { return x.pause_schedule("paused"); }));
    auto direct = make_job("mail", 77, now.wall + 1h);
    direct.not_before = now.wall + 1h;
    need(batch([&](data_store& x) { return x.add_job(direct); }));
  }

  static store_config with_long_leases() {
    store_config config;
    config.lease = 24h; // so that none ends while time passes here
    return config;
  }
  [[nodiscard]] std::string path() const { return folder->path() / "db"; }
  [[nodiscard]] std::unique_ptr<data_store> copy() const { return need(open_virtual_store(path(), config)); }
  [[nodiscard]] std::vector<std::string> future_of(data_store& of) const {
    simulation_settings settings;
    settings.from = now.wall;
    settings.to = now.wall + 6h;
    settings.assumed_for = {{"slow", 50min}};
    std::vector<std::string> all;
    const simulation_callback tell = [&](const simulated_decision& what) {
      const auto at = [](std::optional<timestamp> when) { return when ? to_iso8601(*when) : std::string{"?"}; };
      all.push_back(fmt::format("{} {} {} {} {} {} {} {}", what.schedule_id, to_string(what.what),
                                what.job ? what.job->to_string() : "", to_iso8601(what.first),
                                to_iso8601(what.not_before), at(what.started_at), at(what.ended_at),
                                to_string(what.outcome)));
      return true;
    };
    engine::simulation run{of, config.bounds, settings, tell};
    need(run.run());
    return all;
  }
};

std::vector<schedule> schedules_of(const data_store& store) { return need(store.list_schedules({1'000, ""})).items; }
std::vector<job> jobs_of(const data_store& store, const job_filter& filter = {}) {
  return need(store.list_jobs(filter, {1'000, ""})).items;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rocksdb_copy)

BOOST_AUTO_TEST_CASE(what_is_under_way_is_copied_record_for_record_and_what_is_over_is_not) {
  const copy_world w;
  const auto copy = w.copy();
  BOOST_TEST((schedules_of(*copy) == schedules_of(*w.store)));
  BOOST_TEST((need(copy->list_tasks({})).items == need(w.store->list_tasks({})).items));
  std::vector<job> unfinished;
  for (const auto& what : jobs_of(*w.store))
    if (what.state != finished)
      unfinished.push_back(what);
  BOOST_TEST(unfinished.size() == 4U); // two of `queued` wait behind one that runs, and the direct one
  BOOST_TEST((jobs_of(*copy) == unfinished));
  BOOST_TEST(jobs_of(*w.store).size() > unfinished.size());
  BOOST_TEST(need(copy->status()).store_id == need(w.store->status()).store_id);
  BOOST_TEST(need(copy->status()).running_jobs == 1U);
}

BOOST_AUTO_TEST_CASE(the_future_of_a_copy_is_that_of_the_store) {
  copy_world w;
  const auto copy = w.copy();
  const auto foretold = w.future_of(*copy);
  BOOST_TEST(foretold.size() > 40U);
  BOOST_TEST(foretold == w.future_of(*w.store), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nothing_in_the_folder_is_changed_neither_beside_a_store_nor_without_one) {
  copy_world w;
  const auto beside = files_of(w.path());
  auto copy = w.copy();
  (void)w.future_of(*copy);
  copy.reset();
  BOOST_TEST((files_of(w.path()) == beside));
  w.store.reset();
  const auto before = files_of(w.path());
  copy = w.copy();
  (void)w.future_of(*copy);
  copy.reset();
  BOOST_TEST((files_of(w.path()) == before));
  w.reopen();
}

BOOST_AUTO_TEST_CASE(a_past_that_the_store_has_decided_is_not_simulated) {
  const copy_world w;
  const auto copy = w.copy();
  simulation_settings settings;
  settings.from = w.now.wall - 1h;
  settings.to = w.now.wall + 1h;
  const simulation_callback tell = [](const simulated_decision&) { return true; };
  engine::simulation run{*copy, w.config.bounds, settings, tell};
  const auto refused = run.run();
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.err().text().find("has decided its fire times up to") != std::string::npos, refused.err().text());
}

BOOST_AUTO_TEST_CASE(what_is_no_store_is_not_copied) {
  const temporary_folder folder;
  BOOST_TEST(code_of(open_virtual_store(folder.path() / "none", {})) == ec::not_found);
}

BOOST_AUTO_TEST_SUITE_END()
