#pragma once

#include "store_world/store_world.hpp"

#include <set>
#include <vector>

namespace carillon::testing {

/// A RocksDB store on a file_disk, a client that does the same things in each run, and what it was told.
class files_world {
public:
  explicit files_world(durability level = durability::sync) { config_.level = level; }

  static constexpr int steps = 40;

  /// One thing after the other: jobs are added, run and finished; the store is cleaned up and opened anew. So much is written that
  /// files come and go. Each may be done again, if it was refused.
  result<void> step(int n) {
    if (n == 0)
      return batch([](data_store& s) {
        task mail;
        mail.id = "mail";
        return s.put_task(mail);
      });
    if (n % 10 == 9)
      return clean_up();
    if (n % 15 == 14)
      return reopen();
    if (n % 3 == 2)
      return run_jobs();
    const auto number = static_cast<std::uint64_t>(n);
    auto what = make_job("mail", number, epoch);
    what.arguments = std::string(5'000, static_cast<char>('a' + n % 26));
    auto done = batch([&](data_store& s) {
      const auto given = s.add_job(what);
      return given ? result<void>{} : result<void>{given.err()};
    });
    if (done)
      added.push_back(what.id);
    return done;
  }

  /// A batch of nothing: a store whose write failed opens its database again.
  result<void> touch() {
    return batch([](data_store&) { return result<void>{}; });
  }

  result<void> reopen() {
    store_.reset();
    auto opened = open_rocksdb_store(disk, config_, random_);
    if (!opened)
      return opened.err();
    store_ = *std::move(opened);
    return {};
  }

  /// The process ends without another word. A disk that is cut gets its power back, and keeps what `random` says; without it nothing
  /// that wasn't synced.
  void lose_power(entropy* random) {
    if (random != nullptr)
      disk->lose_unsynced(*random);
    else
      disk->lose_unsynced();
    store_.reset();
  }

  /// What isn't as it was told, once the store is open.
  [[nodiscard]] std::vector<std::string> faults() const {
    const auto checked = store_->check();
    if (!checked)
      return {to_string(checked.err())};
    auto all = checked->faults;
    for (const auto& id : added)
      if (const auto found = store_->find_job(id); !found)
        all.push_back("added, and not there: " + to_string(found.err()));
      else if (finished.contains(id) && found->state != job_state::finished)
        all.push_back("finished, and not recorded: job " + id.to_string());
    if (const auto status = store_->status(); !status || status->quarantined != 0)
      all.emplace_back("something can't be read");
    return all;
  }

  [[nodiscard]] std::set<job_id> jobs() const {
    std::set<job_id> found;
    for (const auto& one : need(store_->list_jobs({}, {1'000, {}})).items)
      found.insert(one.id);
    return found;
  }

  std::shared_ptr<file_disk> disk = std::make_shared<file_disk>();
  std::vector<job_id> added; ///< acknowledged, in this order
  std::set<job_id> finished;

private:
  template <class Body>
  result<void> batch(Body body) {
    if (!store_)
      if (auto opened = reopen(); !opened)
        return opened;
    now_.wall += std::chrono::seconds{1};
    now_.boot += std::chrono::seconds{1};
    if (auto begun = store_->begin(now_); !begun)
      return begun;
    auto done = body(*store_);
    if (const auto committed = store_->commit(); !committed)
      return committed.err();
    return done;
  }

  result<void> run_jobs() {
    std::vector<job_id> ended;
    auto done = batch([&](data_store& s) -> result<void> {
      const auto given = s.hand_out_jobs(make_demand({"executor-1", 1}, 100, {"mail"}), 100);
      if (!given)
        return given.err();
      for (const auto& one : *given) {
        finished_attempt outcome;
        outcome.attempt = {one.what->id, one.what->held_by->token};
        outcome.outcome = job_outcome::success;
        if (auto told = s.finish_attempt(outcome); !told)
          return told;
        ended.push_back(one.what->id);
      }
      return {};
    });
    if (done)
      finished.insert(ended.begin(), ended.end());
    return done;
  }

  result<void> clean_up() {
    if (auto done = touch(); !done)
      return done;
    return store_->clean_up();
  }

  store_config config_;
  counting_entropy random_;
  clock_reading now_{epoch, std::chrono::hours{1}};
  std::unique_ptr<data_store> store_;
};

} // namespace carillon::testing
