#pragma once

#include "carillon/model/job.hpp"
#include "carillon/model/simulation.hpp"

#include <deque>
#include <unordered_map>

namespace carillon::engine {

/// Decisions on their way to whoever wants them: in the order in which they were made, each when its job has ended. Pure. One
/// thread.
class decision_queue {
public:
  /// `tell` outlives the queue. At most `most` (>= 1) decisions wait for those before them.
  decision_queue(const simulation_callback& tell, std::size_t most) : tell_(tell), most_(most) {}

  void add(simulated_decision what);

  /// An attempt of a job begins. One whose decision has gone out already, or was never here, isn't noted; nor by `end`.
  void start(const job_id& id, timestamp at);
  void end(const job_id& id, timestamp at, job_outcome outcome, std::string text);

  /// Tells what is complete, up to the first one that isn't; with `all` also those. False: the callback wants no more.
  bool flush(bool all);
  [[nodiscard]] std::uint64_t told() const noexcept { return told_; }

private:
  struct entry {
    simulated_decision what;
    bool is_complete;
  };
  [[nodiscard]] entry* find(const job_id& id);

  const simulation_callback& tell_;
  std::size_t most_;
  std::deque<entry> waiting_;
  std::unordered_map<job_id, std::uint64_t> places_; // of jobs that haven't ended: counted from the very first decision
  std::uint64_t told_ = 0;
};

} // namespace carillon::engine
