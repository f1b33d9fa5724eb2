#include "crash_world/files_run.hpp"

#include "keyed/keyed_store.hpp"
#include "rocksdb/rocksdb_key_value.hpp"
#include "store_world/store_world.hpp"

#include <fmt/format.h>

#include <array>

namespace carillon::testing {
namespace {

/// All records of a store, as bytes.
using raw_state = std::array<std::map<std::string, std::string>, keyed::family_count>;

raw_state read_raw(const keyed::record_reader& from) {
  raw_state all;
  for (std::size_t i = 0; i < all.size(); ++i)
    from.scan(static_cast<keyed::family>(i), {}, keyed::direction::ascending,
              [&](std::string_view key, std::string_view value) {
                all[i].emplace(key, value);
                return true;
              })
        .or_throw();
  return all;
}

raw_state with(raw_state state, const keyed::write_batch& batch) {
  batch.for_each([&](keyed::family where, std::string_view key, std::optional<std::string_view> value) {
    auto& records = state[static_cast<std::size_t>(where)];
    if (value)
      records.insert_or_assign(std::string{key}, std::string{*value});
    else
      records.erase(std::string{key});
  });
  return state;
}

class run_in_progress {
public:
  explicit run_in_progress(const files_run& what) : what_(what), tail_(what.cut_at) {
    point_->how = breaking_point::kind::power_cut;
    point_->is_cut_below = [this] { return disk_->is_cut(); };
    point_->on_refused = [this](const keyed::key_value& db, const keyed::write_batch& batch) {
      before_ = read_raw(db);
      after_ = with(*before_, batch);
    };
    disk_->record_operations(what.keeps_operations);
    if (what.cut_at != 0)
      disk_->cut_power(what.cut_at);
  }

  files_verdict run() {
    crash_run run{what_.level, [this](const store_config& config) { return open(config); }, point_};
    const auto on_crash = [this](const recorded_state* readable) { lose_power(readable); };
    verdict_.was_cut = what_.level == durability::sync ? run.run(crash_scenario(), on_crash)
                                                       : run.run_until_interrupted(with_syncs(), on_crash);
    if (!verdict_.was_cut)
      verdict_.writes = disk_->writes();
    const auto faults = run.faults();
    verdict_.faults.insert(verdict_.faults.end(), faults.begin(), faults.end());
    verdict_.operations = disk_->operations();
    return verdict_;
  }

private:
  result<std::unique_ptr<data_store>> open(const store_config& config) {
    if (what_.level == durability::async)
      disk_->sync();
    return keyed::keyed_store::open(make_breaking(keyed::make_rocksdb_source(disk_), point_), config, random_);
  }

  // What a thread does every 50 ms.
  std::vector<crash_run::step> with_syncs() {
    auto scenario = crash_scenario();
    for (std::size_t i = 0; i < scenario.size(); i += 3)
      scenario[i] = [this, step = scenario[i]](crash_run& r) {
        if (!disk_->is_cut())
          disk_->sync();
        step(r);
      };
    return scenario;
  }

  void lose_power(const recorded_state* readable) {
    verdict_.writes = disk_->writes();
    if (what_.is_torn)
      disk_->lose_unsynced(tail_);
    else
      disk_->lose_unsynced();
    if (what_.level != durability::sync)
      return;
    if (readable != nullptr) {
      verdict_.was_compared = true;
      if (read_everything(*keyed::keyed_store::open(keyed::make_rocksdb_source(disk_), {}, random_).or_throw()) !=
          *readable)
        verdict_.faults.emplace_back("after the power cut it isn't what was readable before");
    } else if (before_) {
      verdict_.was_compared = true;
      const auto found = read_raw(*keyed::make_rocksdb_source(disk_)->open().or_throw());
      if (found != *before_ && found != *after_)
        verdict_.faults.emplace_back("after the power cut it is neither what was there before the write, nor with it");
    }
  }

  files_run what_;
  counting_entropy random_;
  counting_entropy tail_;
  std::shared_ptr<file_disk> disk_ = std::make_shared<file_disk>();
  std::shared_ptr<breaking_point> point_ = std::make_shared<breaking_point>();
  std::optional<raw_state> before_, after_;
  files_verdict verdict_;
};

} // namespace

files_verdict run_on_files(const files_run& what) { return run_in_progress{what}.run(); }

} // namespace carillon::testing
