// The offline checker: `verify_rocksdb_store` on a folder, also beside a store that is in use.
#include "store_world/store_world.hpp"

#include "carillon/store/verify.hpp"

#include "keyed/keys.hpp"
#include "keyed/record_format.hpp"
#include "rocksdb/rocksdb_key_value.hpp"

#include <fstream>
#include <map>
#include <thread>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

// Long ago, so that the files are from later, whatever day it is.
constexpr timestamp long_ago{1'000'000'000s};

struct verify_world : store_world {
  explicit verify_world(store_config wanted = {}) : store_world(backend::rocksdb, wanted) {
    now.wall = long_ago;
    put_task("mail");
  }

  [[nodiscard]] std::string path() const { return folder->path() / "db"; }
  [[nodiscard]] history_report verify() const { return need(verify_rocksdb_store(path(), now.wall)); }
  void live_through(int times) {
    for (int i = 0; i < times; ++i) {
      fire_due();
      for (const auto& x : hand_out())
        need(finish_job(x));
      pass(1h);
    }
  }
  void write(const keyed::write_batch& changes) {
    store.reset();
    need(need(keyed::make_rocksdb_source(path())->open())->write(changes, durability::sync));
    reopen();
  }
};

std::map<std::string, std::string> files_of(const std::string& folder) {
  std::map<std::string, std::string> all;
  for (const auto& each : std::filesystem::recursive_directory_iterator(folder))
    all[each.path()] = std::to_string(each.is_regular_file() ? each.file_size() : 0) + " " +
                       std::to_string(each.last_write_time().time_since_epoch().count());
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rocksdb_verify)

BOOST_AUTO_TEST_CASE(a_clean_store_has_a_row_for_each_life_of_a_schedule) {
  verify_world w;
  w.add_schedule(make_schedule("gone", "mail", 1h, long_ago));
  const auto s = w.add_schedule(make_schedule("s", "mail", 1h, long_ago));
  w.live_through(3);
  need(w.batch([](data_store& x) { return x.remove_schedule("gone"); }));
  need(w.batch([](data_store& x) {
    return x.add_schedule(make_schedule("s", "mail", 2h, long_ago), conflict_policy::replace);
  }));
  w.live_through(3);
  const auto report = w.verify();
  BOOST_TEST(report.found.faults.empty());
  BOOST_TEST(report.found.schedules == 1);
  BOOST_TEST((report.as_of == w.now.wall));
  BOOST_TEST((report.whole_since == w.now.wall - w.config.history_retention + 1min));
  BOOST_REQUIRE_EQUAL(report.schedules.size(), 2);
  BOOST_TEST(report.schedules[0].id == "gone");
  BOOST_TEST(report.schedules[0].is_removed);
  BOOST_TEST(report.schedules[0].fire_times == 3);
  BOOST_TEST(report.schedules[1].id == "s");
  BOOST_TEST(report.schedules[1].incarnation == s.state.incarnation);
  BOOST_TEST(!report.schedules[1].is_removed);
  BOOST_TEST(report.schedules[1].eras == 2);
  BOOST_TEST(report.schedules[1].fire_times == 4);
  BOOST_TEST(report.schedules[1].jobs == 4);
}

BOOST_AUTO_TEST_CASE(planted_faults_are_found_and_named) {
  verify_world w;
  const auto s = w.add_schedule(make_schedule("s", "mail", 1h, long_ago));
  w.live_through(4);
  keyed::write_batch changes;
  auto extra = need(w.store->find_job(job_id::of_fire_time("s", s.state.incarnation, long_ago)));
  extra.id = job_id::of_fire_time("s", s.state.incarnation, long_ago + 90min);
  extra.scheduled_fire_time = long_ago + 90min;
  keyed::put_job(changes, extra, w.config.history_retention);
  const auto lost = job_id::of_fire_time("s", s.state.incarnation, long_ago + 2h);
  changes.erase(keyed::family::jobs, keyed::job_key(lost));
  w.write(changes);
  const auto report = w.verify();
  BOOST_REQUIRE_EQUAL(report.found.faults.size(), 2);
  BOOST_TEST(report.schedules.at(0).missing == 1);
  BOOST_TEST(report.schedules.at(0).extra == 1);
  BOOST_TEST(report.schedules.at(0).first_fault ==
             to_iso8601(long_ago + 90min) + " has a job, but the trigger doesn't give it");
  BOOST_TEST(report.found.faults[1].find(to_iso8601(long_ago + 2h) + " has neither a job nor a skip") !=
             std::string::npos);
  BOOST_TEST(need(w.store->check()).faults == report.found.faults, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(nothing_in_the_folder_is_changed) {
  verify_world w;
  w.add_schedule(make_schedule("s", "mail", 1h, long_ago));
  w.live_through(3);
  w.store.reset();
  const auto before = files_of(w.path());
  BOOST_TEST(w.verify().found.faults.empty());
  BOOST_TEST((files_of(w.path()) == before));
  w.reopen();
}

BOOST_AUTO_TEST_CASE(what_a_working_store_writes_meanwhile_is_no_fault) {
  store_config config;
  config.level = durability::async;
  verify_world w{config};
  for (int i = 0; i < 20; ++i)
    w.add_schedule(make_schedule("s" + std::to_string(i), "mail", 1h, long_ago));
  std::atomic<bool> is_done{false};
  std::atomic<int> looks{0};
  std::vector<std::string> faults; // the thread's until it has ended
  const auto latest = long_ago + 60h;
  std::thread looker{[&] {
    while (!is_done || looks < 3) {
      const auto report = verify_rocksdb_store(w.path(), latest);
      if (!report)
        faults.push_back(report.err().text());
      else
        faults.insert(faults.end(), report->found.faults.begin(), report->found.faults.end());
      ++looks;
    }
  }};
  for (int i = 0; i < 60; ++i) {
    w.live_through(1);
    if (i % 10 == 9) // files come and go
      need(w.store->clean_up());
  }
  is_done = true;
  looker.join();
  for (const auto& fault : faults)
    BOOST_ERROR(fault);
}

BOOST_AUTO_TEST_CASE(what_expired_while_a_stopped_store_lay_there_is_still_checked) {
  store_config config;
  config.history_retention = 3h;
  verify_world w{config};
  w.add_schedule(make_schedule("s", "mail", 1h, long_ago));
  w.live_through(2);
  w.store.reset();
  // The files are from before now by the wall clock of this machine, and nothing was dropped since.
  const auto far = need(verify_rocksdb_store(w.path(), timestamp{} + 24h * 365 * 200));
  BOOST_TEST((far.as_of < timestamp{} + 24h * 365 * 199));
  w.reopen();
}

BOOST_AUTO_TEST_CASE(a_folder_without_a_store_is_refused) {
  temporary_folder empty;
  BOOST_TEST((code_of(verify_rocksdb_store(empty.path(), long_ago)) == ec::not_found));
  BOOST_TEST((code_of(verify_rocksdb_store(empty.path() / "none", long_ago)) == ec::not_found));
}

BOOST_AUTO_TEST_CASE(a_damaged_store_is_unreadable_and_not_faulty) {
  verify_world w;
  w.store.reset();
  for (const auto& each : std::filesystem::directory_iterator(w.path()))
    if (each.path().filename().string().starts_with("MANIFEST"))
      std::ofstream{each.path(), std::ios::trunc} << std::string(1'000, 'x');
  const auto report = verify_rocksdb_store(w.path(), long_ago);
  BOOST_REQUIRE(!report);
  BOOST_TEST((report.err().code() == ec::store_corrupt));
}

BOOST_AUTO_TEST_SUITE_END()
