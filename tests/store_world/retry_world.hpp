#pragma once

#include "store_world/store_world.hpp"

#include "carillon/model/command.hpp"
#include "carillon/store/write_batch.hpp"
#include "keyed/keys.hpp"
#include "memory/memory_key_value.hpp"
#include "rocksdb/rocksdb_key_value.hpp"

/// What the tests of retries and of dead letters share.
namespace carillon::testing {

inline retry_policy attempts(std::uint32_t most, duration delay = std::chrono::seconds{10}) {
  retry_policy policy;
  policy.max_attempts = most;
  policy.delay = delay;
  return policy;
}

struct retry_world : store_world {
  explicit retry_world(backend kind, store_config wanted = {}) : store_world(kind, wanted) {
    put_task("mail");
    put_task(command_task, [](task& x) { x.runner = command_task; });
  }
  job find(const job_id& id) { return need(store->find_job(id)); }
  job add(std::uint64_t number, const retry_policy& policy) {
    return add_job("mail", number, [&](job& x) { x.retry = policy; });
  }
  // Hands out the one job that can run, and reports that it failed.
  job fail(job_outcome outcome = job_outcome::error, const std::string& why = "broken", value result = {}) {
    const auto given = hand_out();
    BOOST_REQUIRE_EQUAL(given.size(), 1U);
    report(given[0], outcome, why, std::move(result));
    return given[0];
  }
  result<void> try_to_report(const job& what, job_outcome outcome, const std::string& why = {}, value result = {}) {
    const finished_attempt ended{{what.id, what.held_by->token}, outcome, std::move(result), why, {}};
    return batch([&](data_store& s) { return s.finish_attempt(ended); });
  }
  void report(const job& what, job_outcome outcome, const std::string& why = {}, value result = {}) {
    need(try_to_report(what, outcome, why, std::move(result)));
  }
  // A job that has failed at both of its attempts.
  job add_dead_letter(std::uint64_t number) {
    const auto added = add(number, attempts(2, duration{0}));
    fail();
    fail();
    return find(added.id);
  }
  result<job> drop(const job_id& id) {
    return batch([&](data_store& s) { return s.drop_dead_letter(id); });
  }
  result<job> rerun(const job_id& id, const job_id& new_id) {
    return batch([&](data_store& s) { return s.rerun_job(id, new_id); });
  }
  std::vector<job_id> dead_letters() {
    std::vector<job_id> ids;
    for (const auto& x : need(store->list_dead_letters({})).items)
      ids.push_back(x.id);
    return ids;
  }
  void check() {
    const auto report = need(store->check());
    BOOST_TEST(report.faults.empty(), (report.faults.empty() ? "" : report.faults.front()));
  }
  // Changes what lies on disk behind the store's back.
  void write(const std::function<void(keyed::write_batch&)>& change) {
    store.reset();
    {
      const auto source = disk    ? keyed::make_memory_source(disk, true)
                          : files ? keyed::make_rocksdb_source(files)
                                  : keyed::make_rocksdb_source(folder->path() / "db");
      const auto db = need(source->open());
      keyed::write_batch batch;
      change(batch);
      need(db->write(batch, durability::sync));
    }
    reopen();
  }
};

} // namespace carillon::testing
