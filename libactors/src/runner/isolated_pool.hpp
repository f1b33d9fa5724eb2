#pragma once

#include "carillon/model/command.hpp"
#include "carillon/runner/isolated.hpp"
#include "runner/isolated_wire.hpp"
#include "runner/process_family.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// An attempt of an isolated task, on its way.
struct isolated_attempt {
  std::shared_ptr<const job> what;
  runner::on_end done;
  std::optional<stop_reason> stopped; ///< the first reason
};

/// The processes of isolated tasks, and which of them has which attempt. The processes themselves are commands of
/// `processes`, which starts and ends them; how one ended is to be told by `on_process_ended`. One thread.
///
/// An attempt is over with its result if its process ended it by itself and nothing else of the process's family lives; else
/// when all of the family is gone, which the process's end means.
class isolated_pool {
public:
  /// `on_ended` is called from `processes`'s thread, with the number of a process.
  using on_ended = std::function<void(std::uint64_t number, attempt_result how)>;

  isolated_pool(runner& processes, std::string socket_name, const isolated_runner_config& config, on_ended tell)
    : processes_(processes), socket_name_(std::move(socket_name)), idle_limit_(config.idle_processes),
      kill_after_(config.kill_after), tell_(std::move(tell)) {}

  /// Gives it to a process that has nothing to do, or to a new one.
  void start(isolated_attempt attempt);
  void stop(const job_id& id, stop_reason why);

  /// A process has said which one it is. Closes what isn't one of ours that was waited for.
  void on_hello(std::uint64_t number, frame_socket socket, const process_identity& identity);
  /// Something can be read from that process, or written to it.
  void on_ready(std::uint64_t number);
  void on_process_ended(std::uint64_t number, const attempt_result& how);

  /// The sockets to be watched, by number; whether something is to be written too.
  struct watched {
    std::uint64_t number = 0;
    int fd = -1;
    bool has_unsent = false;
  };
  [[nodiscard]] std::vector<watched> sockets() const;

  /// Before `processes` ends: that is why those end that still run.
  void prepare_close();
  /// Ends all attempts that are left, once `processes` is gone.
  void close();

private:
  struct process {
    std::shared_ptr<const job> command; // what it is to `processes_`
    process_identity identity;          // once it has said hello
    frame_socket socket;
    std::string unsent; // the frame of its first attempt, until then
    std::optional<isolated_attempt> attempt;
    std::optional<attempt_result> ended; // of the attempt, while what it left behind is being ended
    bool is_ending = false;              // was told to; takes nothing more
  };

  [[nodiscard]] static process_family family_of(const process& which);
  [[nodiscard]] process* find_idle();
  process& make_process();
  void read_news(process& from);
  void on_result(process& from, attempt_result ended);
  void end_process(process& which, stop_reason why);
  void trim_idle();

  runner& processes_;
  const std::string socket_name_;
  const std::size_t idle_limit_;
  const duration kill_after_;
  on_ended tell_;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, process> all_;
};

} // namespace carillon
