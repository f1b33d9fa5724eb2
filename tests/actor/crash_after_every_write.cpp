// A crash after every single write of a store, while a client uses all features: CR in docs/semantics.md.
#include "crash_world/crash_run.hpp"

#include "carillon/store/memory_disk.hpp"
#include "keyed/keyed_store.hpp"
#include "memory/memory_key_value.hpp"
#include "rocksdb/rocksdb_key_value.hpp"
#include "store_world/store_world.hpp"

using namespace carillon;
using namespace carillon::testing;

namespace carillon::testing {

/// A store in memory, or in a folder, whose writes end where the test says.
class breaking_world {
public:
  enum class backend : unsigned char { memory, rocksdb };

  breaking_world(backend kind, breaking_point::kind how, std::uint64_t at) {
    point->how = how;
    point->at = at;
    if (kind == backend::memory)
      disk = std::make_shared<memory_disk>();
    else
      folder.emplace();
    // What another process would find after a kill at this moment: what was given to the operating system.
    if (folder && how == breaking_point::kind::power_cut)
      point->on_cut = [this] {
        std::filesystem::copy(folder->path() / "db", folder->path() / "cut", std::filesystem::copy_options::recursive);
      };
  }

  [[nodiscard]] result<std::unique_ptr<data_store>> open(const store_config& config) {
    auto whole = disk ? keyed::make_memory_source(disk, true) : keyed::make_rocksdb_source(folder->path() / "db");
    return keyed::keyed_store::open(make_breaking(std::move(whole), point), config, random_);
  }

  /// No process runs: what wasn't synced is gone.
  void lose_power() {
    if (disk)
      return disk->lose_unsynced();
    std::filesystem::remove_all(folder->path() / "db");
    std::filesystem::rename(folder->path() / "cut", folder->path() / "db");
  }

  std::shared_ptr<breaking_point> point = std::make_shared<breaking_point>();
  std::shared_ptr<memory_disk> disk;
  std::optional<temporary_folder> folder;

private:
  counting_entropy random_;
};

inline void expect_no_faults(const crash_run& run, std::uint64_t n) {
  const auto faults = run.faults();
  BOOST_TEST(faults.empty(), "write " << n << ": " << (faults.empty() ? "" : faults.front()));
}

/// The power is cut after each write in turn: all that could be read is there again, and what the client does goes on.
inline std::uint64_t cut_after_every_write(breaking_world::backend kind) {
  std::uint64_t compared = 0;
  for (std::uint64_t n = 1;; ++n) {
    breaking_world w{kind, breaking_point::kind::power_cut, n};
    crash_run run{durability::sync, [&](const store_config& config) { return w.open(config); }, w.point};
    const bool was_cut = run.run(crash_scenario(), [&](const recorded_state* readable) {
      w.lose_power();
      if (readable == nullptr)
        return;
      ++compared;
      BOOST_TEST((read_everything(*need(w.open({}))) == *readable), "write " << n << ": not what was readable before");
    });
    expect_no_faults(run, n);
    if (!was_cut) {
      BOOST_TEST(compared > (n - 1) * 8 / 10); // the others ended within a start, or two writes of one batch
      return n - 1;
    }
  }
}

} // namespace carillon::testing

BOOST_AUTO_TEST_SUITE(crash_after_every_write)

BOOST_AUTO_TEST_CASE(a_power_cut_after_any_write_loses_nothing_and_repeats_nothing) {
  BOOST_TEST(cut_after_every_write(breaking_world::backend::memory) > 100u);
}

BOOST_AUTO_TEST_CASE(a_kill_after_any_write_loses_nothing_on_a_real_database) {
  BOOST_TEST(cut_after_every_write(breaking_world::backend::rocksdb) > 100u);
}

BOOST_AUTO_TEST_CASE(any_write_may_fail_and_the_node_goes_on_when_the_disk_does) {
  for (std::uint64_t n = 1;; ++n) {
    breaking_world w{breaking_world::backend::memory, breaking_point::kind::failing_write, n};
    crash_run run{durability::sync, [&](const store_config& config) { return w.open(config); }, w.point};
    const bool has_failed = run.run(crash_scenario(), {});
    expect_no_faults(run, n);
    if (!has_failed) {
      BOOST_TEST(n > 100u);
      break;
    }
  }
}

BOOST_AUTO_TEST_CASE(what_a_power_cut_takes_from_a_store_that_syncs_later_goes_as_a_whole) {
  for (std::uint64_t n = 1;; ++n) {
    breaking_world w{breaking_world::backend::memory, breaking_point::kind::power_cut, n};
    crash_run run{durability::async,
                  [&](const store_config& config) {
                    w.disk->sync();
                    return w.open(config);
                  },
                  w.point};
    auto scenario = crash_scenario();
    for (std::size_t i = 0; i < scenario.size(); i += 3) // what a thread does every 50 ms
      scenario[i] = [&w, step = scenario[i]](crash_run& r) {
        w.disk->sync();
        step(r);
      };
    const bool was_cut = run.run_until_interrupted(scenario, [&](const recorded_state*) { w.lose_power(); });
    expect_no_faults(run, n);
    if (!was_cut) {
      BOOST_TEST(n > 100u);
      break;
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
