#pragma once

#include "carillon/store/file_disk.hpp"
#include "carillon/testing/world.hpp"
#include "testing/seeded_entropy.hpp"
#include "testing/sim/checker.hpp"
#include "testing/sim/plan.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace carillon::testing::sim {

class simulated_runner;

/// Does a plan on a cluster in a world of its own, and has it checked.
class cluster_run {
public:
  cluster_run(const simulation_settings& settings, std::vector<action> plan);
  ~cluster_run();
  cluster_run(const cluster_run&) = delete;
  cluster_run& operator=(const cluster_run&) = delete;

  /// Ends early at the first violation.
  [[nodiscard]] simulation_report run();

private:
  friend class simulated_runner;

  struct member {
    world_node* node = nullptr; // null: down
    std::shared_ptr<simulated_runner> runner;
    std::uint64_t starts = 0;
  };

  void start(std::size_t number);
  void kill(std::size_t number, bool power_cut);
  void stop(std::size_t number);
  void at(duration in, std::function<void()> what);
  void pass(duration length);
  /// Whether so much happens at one instant that time seems to stand still.
  [[nodiscard]] bool is_stuck();
  void carry_out(const action& what);
  void work(const action& what);
  void plant(const action& what);
  /// How the disk of the store fails, and that it works again.
  void break_disk(draws& draw, bool is_full);
  void repair_disk();
  void set_up();
  void end_faults();
  void become_quiet();
  template <class Reply, class Message>
  void tell(Message message, std::function<void(const Reply&)> then = {});
  [[nodiscard]] duration boot() const { return world_.time().now().boot; }
  /// By the store's clock.
  [[nodiscard]] timestamp now() const;
  [[nodiscard]] const data_store* state() const;
  [[nodiscard]] bool has_failed() const { return !checker_.violations().empty(); }

  simulation_settings settings_;
  std::vector<action> plan_;
  world world_;
  checker checker_;
  std::vector<member> members_;
  std::multimap<duration, std::function<void()>> agenda_;            // by the world's boot clock
  std::shared_ptr<file_disk> files_ = std::make_shared<file_disk>(); // of a RocksDB store
  seeded_entropy torn_;                                              // what of them is left after a power cut
  std::map<std::string, schedule_definition> definitions_;
  duration begin_{};
  bool is_ending_ = false; // faults are over, and attempts end soon
  std::uint64_t faults_ = 0;
  duration instant_{};               // the latest one at which something happened
  std::uint64_t delivered_then_ = 0; // when it began
};

} // namespace carillon::testing::sim
