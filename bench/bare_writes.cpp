// What RocksDB alone takes: the records that a store writes for jobs, encoded beforehand, in a loop of write batches.
//
//   bare_writes [JOBS] [BATCH] [FOLDER]
//
// A job is written twice under one key: added and handed out, and finished. For each durability a JSON object on a line.
#include "keyed/record_format.hpp"
#include "rocksdb/rocksdb_options.hpp"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

void check(const rocksdb::Status& status) {
  if (!status.ok()) {
    fmt::print(stderr, "bare_writes: {}\n", status.ToString());
    std::exit(1);
  }
}

struct database {
  explicit database(const std::string& in) : folder(in + "/bare_writes.tmp") {
    std::filesystem::remove_all(folder);
    keyed::rocksdb_settings settings{std::make_shared<std::atomic<std::int64_t>>(0)};
    const std::vector<rocksdb::ColumnFamilyDescriptor> families{{rocksdb::kDefaultColumnFamilyName, {}},
                                                                {"jobs", settings.of(keyed::family::jobs)}};
    rocksdb::DB* opened = nullptr;
    check(rocksdb::DB::Open(rocksdb::Options{settings.database, {}}, folder, families, &handles, &opened));
    db.reset(opened);
  }
  ~database() {
    for (auto* handle : handles)
      (void)db->DestroyColumnFamilyHandle(handle);
    db.reset();
    std::filesystem::remove_all(folder);
  }
  database(const database&) = delete;
  database& operator=(const database&) = delete;

  std::string folder;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  std::unique_ptr<rocksdb::DB> db;
};

job make_job(std::uint64_t number, timestamp now) {
  job made;
  made.id = job_id::make(now + std::chrono::microseconds{number}, number * 0x9e3779b97f4a7c15, number);
  made.task = "measured";
  made.created_at = made.not_before = now;
  made.state = job_state::running;
  made.attempt = 1;
  made.held_by = lease{"node-0123456789abcdef", 131'072, 200'000 + number};
  made.started_at = now;
  made.changed = 200'000 + number;
  return made;
}

void finish(job& what) {
  what.state = job_state::finished;
  what.outcome = job_outcome::success;
  what.finished_at = what.created_at + 1ms;
  ++what.changed;
}

// The batches, in the order in which they are written: those that add some jobs, and then finish them.
std::vector<keyed::write_batch> encode(std::uint64_t jobs, std::uint64_t per_batch) {
  std::vector<keyed::write_batch> all;
  const auto now = system_clock().now().wall;
  for (std::uint64_t first = 0; first < jobs; first += per_batch) {
    all.resize(all.size() + 2);
    for (auto number = first; number < std::min(jobs, first + per_batch); ++number) {
      auto what = make_job(number, now);
      keyed::put_job(all[all.size() - 2], what, 24h);
      finish(what);
      keyed::put_job(all.back(), what, 24h);
    }
  }
  return all;
}

double write_all(database& to, const std::vector<keyed::write_batch>& all, durability level) {
  rocksdb::WriteOptions options;
  options.sync = level == durability::sync;
  options.disableWAL = level == durability::none;
  // As the store does it: whatever was written is on disk 50 ms later.
  std::jthread syncing{[&](const std::stop_token& ended) {
    while (level == durability::async && !ended.stop_requested()) {
      std::this_thread::sleep_for(25ms);
      check(to.db->SyncWAL());
    }
  }};
  rocksdb::WriteBatch writes;
  const auto slice = [](std::string_view x) { return rocksdb::Slice{x.data(), x.size()}; };
  const auto begin = std::chrono::steady_clock::now();
  for (const auto& batch : all) {
    writes.Clear();
    batch.for_each([&](keyed::family, std::string_view key, std::optional<std::string_view> value) {
      check(writes.Put(to.handles[1], slice(key), slice(*value)));
    });
    check(to.db->Write(options, &writes));
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

} // namespace

int main(int count, char** arguments) {
  const auto jobs = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 200'000;
  const auto per_batch = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 500;
  const std::string folder = count > 3 ? arguments[3] : ".";
  if (jobs == 0 || per_batch == 0) {
    fmt::print(stderr, "bare_writes [JOBS] [BATCH] [FOLDER]: numbers above 0\n");
    return 1;
  }
  const auto batches = encode(jobs, per_batch);
  for (const auto level : {durability::none, durability::async, durability::sync}) {
    database to{folder};
    fmt::print(
        "{{\"bench\":\"bare_writes\",\"metric\":\"end_to_end\",\"value\":{:.0f},\"unit\":\"jobs/s\",\"settings\":"
        "{{\"durability\":\"{}\",\"jobs\":{},\"batch\":{}}}}}\n",
        static_cast<double>(jobs) / write_all(to, batches, level), to_string(level), jobs, per_batch);
  }
  return 0;
}
