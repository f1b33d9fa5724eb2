// Backups of a RocksDB store, made beside its writer, and stores made of them.
#include "store_world/store_world.hpp"

#include "carillon/store/backup.hpp"
#include "carillon/store/inspection.hpp"
#include "carillon/store/verify.hpp"
#include "carillon/store/virtual_store.hpp"

#include "base/data_folder.hpp"

#include <atomic>
#include <fstream>
#include <map>
#include <set>
#include <thread>

namespace data = boost::unit_test::data;
using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace carillon {
inline std::ostream& boost_test_print_type(std::ostream& out, durability x) { return out << to_string(x); }
} // namespace carillon

namespace {

// Long ago, so that the files are from later, whatever day it is.
constexpr timestamp long_ago{1'000'000'000s};

using records = std::map<std::pair<std::string, std::string>, std::string>; // by family and key

records records_of(const std::string& folder) {
  records all;
  need(dump_rocksdb_store(folder, "", [&](const stored_record& what) {
    all.emplace(std::pair{what.family, what.raw_key}, what.raw_value);
    return true;
  }));
  return all;
}

// A store that has lived: a schedule that has fired, one that is paused, a job that waits and one that runs.
struct backup_world : store_world {
  explicit backup_world(store_config wanted = {}) : store_world(backend::rocksdb, wanted) {
    now.wall = long_ago;
    put_task("mail");
    add_schedule(make_schedule("hourly", "mail", 1h, long_ago));
    add_schedule(make_schedule("paused", "mail", 1h, long_ago));
    for (int i = 0; i < 3; ++i) {
      fire_due();
      for (const auto& x : hand_out())
        need(finish_job(x));
      pass(1h);
    }
    need(batch([](data_store& x) { return x.pause_schedule("paused"); }));
    waiting = store_world::add_job("mail", 77).id;
  }

  [[nodiscard]] std::string path() const { return at("db"); }
  [[nodiscard]] std::string at(const std::string& name) const { return folder->path() / name; }
  [[nodiscard]] std::string back_up(const std::string& name = "backup") const {
    need(store->back_up(at(name)));
    return at(name);
  }
  job_id waiting;
};

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> all;
  for (const auto& each : fs::directory_iterator{folder})
    all.insert(each.path().filename());
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(rocksdb_backup)

BOOST_DATA_TEST_CASE(a_backup_is_the_store_of_one_moment,
                     data::make({durability::sync, durability::async, durability::none}), level) {
  backup_world w{store_config{.level = level}};
  const auto copy = w.back_up();
  const auto then = records_of(copy);
  BOOST_TEST((then.contains({"tasks", "mail"})));
  w.add_schedule(make_schedule("later", "mail", 1h, long_ago));
  w.put_task("more");
  BOOST_TEST((records_of(copy) == then));
  BOOST_TEST((!then.contains({"definitions", "later"})));
  BOOST_TEST(need(verify_rocksdb_store(copy, w.now.wall)).found.faults.empty());
  const auto looked = need(open_virtual_store(copy, {}));
  BOOST_TEST(need(looked->find_job(w.waiting)).task == "mail");
  w.store.reset();
  if (level != durability::none) {
    w.reopen();
    BOOST_TEST(code_of(w.store->find_schedule("later")) == ec::none);
  }
}

BOOST_AUTO_TEST_CASE(a_batch_is_in_a_backup_as_a_whole_or_not_at_all) {
  backup_world w;
  std::atomic<bool> enough = false;
  std::atomic<std::uint64_t> written = 0;
  std::thread writer{[&] {
    for (std::uint64_t i = 0; i < 1'000 && !enough; ++i) {
      w.start();
      for (const auto number : {1'000 + 2 * i, 1'001 + 2 * i})
        need(w.store->add_job(make_job("mail", number, w.now.wall)));
      w.finish();
      written = i + 1;
    }
  }};
  for (int i = 0; i < 5; ++i) {
    const auto before = written.load();
    const auto copy = w.back_up("copy-" + std::to_string(i));
    std::size_t jobs = 0;
    need(dump_rocksdb_store(copy, "jobs", [&](const stored_record& what) {
      jobs += std::get<job>(what.content).schedule_id.empty() && std::get<job>(what.content).id != w.waiting;
      return true;
    }));
    BOOST_TEST(jobs % 2 == 0U);
    BOOST_TEST(jobs >= 2 * before); // what was answered when it was asked for
  }
  enough = true;
  writer.join();
  BOOST_TEST(written > 0U);
}

BOOST_AUTO_TEST_CASE(a_backup_takes_no_place_that_is_taken) {
  const backup_world w;
  const auto copy = w.back_up();
  BOOST_TEST(code_of(w.store->back_up(copy)) == ec::conflict);
  fs::create_directory(w.at("empty"));
  need(w.store->back_up(w.at("empty")));
  BOOST_TEST((fs::status(w.at("empty")).permissions() == fs::perms::owner_all));
  fs::create_directory(w.at("left.unfinished"));
  const auto refused = w.store->back_up(w.at("left"));
  BOOST_TEST(code_of(refused) == ec::conflict);
  BOOST_TEST(refused.err().text().find("left.unfinished") != std::string::npos);
  BOOST_TEST((names_in(w.folder->path()) == std::set<std::string>{"backup", "db", "empty", "left.unfinished"}));
}

BOOST_DATA_TEST_CASE(a_store_that_is_not_on_disk_has_no_backup,
                     data::make({backend::memory, backend::rocksdb_in_memory}), kind) {
  const store_world w{kind};
  const temporary_folder folder;
  BOOST_TEST(code_of(w.store->back_up(folder.path() / "backup")) == ec::unsupported);
  BOOST_TEST(fs::is_empty(folder.path()));
}

BOOST_AUTO_TEST_CASE(a_backup_is_no_data_folder) {
  const backup_world w;
  const auto copy = w.back_up();
  const auto before = names_in(copy);
  const auto opened = open_rocksdb_store(copy, {});
  BOOST_TEST(code_of(opened) == ec::invalid_argument);
  BOOST_TEST(opened.err().text().find("carillon restore " + copy) != std::string::npos);
  BOOST_TEST(code_of(lock_data_folder(copy)) == ec::invalid_argument);
  BOOST_TEST(code_of(repair_rocksdb_store(copy, w.now.wall)) == ec::invalid_argument);
  BOOST_TEST((names_in(copy) == before));
}

BOOST_AUTO_TEST_CASE(a_store_that_nobody_holds_is_backed_up_without_a_node) {
  backup_world w;
  BOOST_TEST(code_of(back_up_rocksdb_store(w.path(), w.at("backup"))) == ec::store_in_use);
  BOOST_TEST(code_of(back_up_rocksdb_store(w.at("none"), w.at("backup"))) == ec::not_found);
  w.store.reset();
  const auto before = records_of(w.path());
  need(back_up_rocksdb_store(w.path(), w.at("backup")));
  BOOST_TEST((records_of(w.at("backup")) == before));
  BOOST_TEST((names_in(w.folder->path()) == std::set<std::string>{"backup", "db"}));
}

BOOST_AUTO_TEST_CASE(a_restored_store_is_another_one_whose_numbers_are_new) {
  backup_world w;
  const auto before = need(w.store->status());
  const auto copy = w.back_up();
  const auto made = need(restore_rocksdb_store(copy, w.at("restored")));
  // What the first one gives out meanwhile.
  for (std::uint64_t i = 0; i < 1'000; ++i)
    w.add_job("mail", 10'000 + i);
  const auto newest = w.add_job("mail", 99'999).changed;

  BOOST_TEST(made.backup_of == before.store_id);
  BOOST_TEST(made.store_id != before.store_id);
  BOOST_TEST(made.next_revision > newest + (revision{1} << 43));
  const auto restored = need(open_rocksdb_store(w.at("restored"), {}));
  BOOST_TEST(need(restored->status()).store_id == made.store_id);
  BOOST_TEST(restored->process() > made.next_revision);
  need(restored->begin(w.now));
  const auto added = need(restored->add_job(make_job("mail", 5, w.now.wall)));
  need(restored->commit());
  BOOST_TEST(added->changed > made.next_revision);
  BOOST_TEST(code_of(open_rocksdb_store(copy, {})) == ec::invalid_argument); // still a backup
  BOOST_TEST(need(restore_rocksdb_store(copy, w.at("again"))).store_id != made.store_id);
}

BOOST_AUTO_TEST_CASE(a_restored_store_has_every_record) {
  backup_world w;
  const auto copy = w.back_up();
  auto before = records_of(copy);
  const auto made = need(restore_rocksdb_store(copy, w.at("restored"), {.resume = true}));
  auto after = records_of(w.at("restored"));
  BOOST_TEST(made.records == before.size());
  BOOST_TEST(made.unfinished_jobs == 1U);
  BOOST_TEST(made.schedules == 2U);
  BOOST_TEST(made.paused == 0U);
  for (const auto* of_the_store : {"format", "revisions"}) {
    BOOST_TEST((before.at({"meta", of_the_store}) != after.at({"meta", of_the_store})));
    before.erase({"meta", of_the_store});
    after.erase({"meta", of_the_store});
  }
  BOOST_TEST((before == after));
  BOOST_TEST(need(verify_rocksdb_store(w.at("restored"), w.now.wall)).found.faults.empty());
}

BOOST_AUTO_TEST_CASE(restored_schedules_are_paused_unless_they_are_to_go_on) {
  backup_world w;
  const auto copy = w.back_up();
  BOOST_TEST(need(restore_rocksdb_store(copy, w.at("quiet"))).paused == 1U); // one was already
  {
    const auto quiet = need(open_rocksdb_store(w.at("quiet"), {}));
    const auto hourly = need(quiet->find_schedule("hourly"));
    BOOST_TEST(hourly.state.paused);
    BOOST_TEST(hourly.state.pause_reason.find("restored") != std::string::npos);
    BOOST_TEST(need(quiet->find_schedule("paused")).state.pause_reason == "");
    need(quiet->begin(w.now));
    BOOST_TEST(need(quiet->claim_due_schedules(10)).schedules.empty());
    need(quiet->resume_schedule("hourly", std::nullopt));
    need(quiet->commit());
    BOOST_TEST(need(quiet->find_schedule("hourly")).state.pause_reason == "");
    need(quiet->begin(w.now));
    BOOST_TEST(need(quiet->claim_due_schedules(10)).schedules.size() == 1U);
    need(quiet->commit());
  }
  need(restore_rocksdb_store(copy, w.at("loud"), {.resume = true}));
  const auto loud = need(open_rocksdb_store(w.at("loud"), {}));
  BOOST_TEST(!need(loud->find_schedule("hourly")).state.paused);
  need(loud->begin(w.now));
  BOOST_TEST(need(loud->claim_due_schedules(10)).schedules.size() == 1U);
  need(loud->commit());
}

BOOST_AUTO_TEST_CASE(a_restore_of_a_damaged_backup_makes_no_folder) {
  const backup_world w;
  const auto copy = w.back_up();
  for (const auto& each : fs::directory_iterator{copy})
    if (each.path().extension() == ".sst") { // the middle of each file of data
      std::fstream file{each.path(), std::ios::in | std::ios::out | std::ios::binary};
      file.seekp(static_cast<std::streamoff>(each.file_size() / 4));
      file << "damaged";
    }
  BOOST_TEST(code_of(restore_rocksdb_store(copy, w.at("restored"))) == ec::store_corrupt);
  BOOST_TEST(code_of(restore_rocksdb_store(w.at("none"), w.at("restored"))) == ec::not_found);
  BOOST_TEST((names_in(w.folder->path()) == std::set<std::string>{"backup", "db"}));
}

BOOST_AUTO_TEST_CASE(a_store_in_use_is_copied_as_a_backup_is) {
  backup_world w;
  const auto made = need(restore_rocksdb_store(w.path(), w.at("restored")));
  BOOST_TEST(made.schedules == 2U);
  BOOST_TEST(code_of(restore_rocksdb_store(w.path(), w.path())) == ec::conflict);
  w.put_task("goes-on");
}

BOOST_AUTO_TEST_SUITE_END()
