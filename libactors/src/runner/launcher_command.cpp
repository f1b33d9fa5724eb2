#include "runner/launcher_command.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

namespace carillon {
namespace {

constexpr auto longest_pause = std::chrono::milliseconds{500};

} // namespace

launcher_command::launcher_command(start_command what, child_program program, child_process child,
                                   std::size_t leftovers_line, std::size_t output_size_bytes)
  : what_(std::move(what)), program_(std::move(program)), child_(std::move(child)), leftovers_line_(leftovers_line),
    output_(output_size_bytes) {
  report_.attempt = what_.attempt;
  what_.argv = {}; // they are in `program_` now
  what_.environment = {};
}

process_family launcher_command::family() const {
  return {child_.identity, !is_reaped_, what_.job_id, what_.fencing_token};
}

void launcher_command::on_status() {
  if (!child_.status.is_open())
    return;
  if (auto refusal = read_refusal(child_, program_))
    report_.refusal = std::move(*refusal);
  child_.status.close();
  program_ = {}; // it runs, or never will
}

void launcher_command::on_input() {
  if (!child_.input.is_open())
    return;
  const auto rest = std::string_view{what_.standard_input}.substr(input_written_);
  const auto written = ::write(child_.input.get(), rest.data(), rest.size());
  if (written < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  input_written_ += static_cast<std::size_t>(std::max<ssize_t>(written, 0));
  if (written >= 0 && input_written_ < what_.standard_input.size())
    return;
  child_.input.close(); // all of it is written, or nobody reads it any more
  what_.standard_input = {};
}

void launcher_command::on_output() {
  std::array<char, 64 << 10> chunk;
  for (int turn = 0; turn < 16 && child_.output.is_open(); ++turn) { // then the others' turn
    const auto read = ::read(child_.output.get(), chunk.data(), chunk.size());
    if (read < 0 && errno == EINTR)
      continue;
    if (read < 0 && errno == EAGAIN)
      return;
    if (read <= 0)
      child_.output.close();
    else {
      const std::string_view written{chunk.data(), static_cast<std::size_t>(read)};
      output_.add(written);
      feed_.add(written);
    }
  }
}

void launcher_command::on_exit(time_point now) {
  siginfo_t how{};
  const auto pid = static_cast<id_t>(child_.identity.pid);
  if (has_exited_ || ::waitid(P_PID, pid, &how, WEXITED | WNOHANG | WNOWAIT) != 0 || how.si_pid == 0)
    return;
  has_exited_ = true;
  child_.handle.close();
  on_status();
  child_.input.close();
  on_output();
  report_.is_signal = how.si_code == CLD_EXITED ? 0 : 1;
  report_.dumped_core = how.si_code == CLD_DUMPED ? 1 : 0;
  report_.status = static_cast<std::uint64_t>(how.si_status);
  if (!told_to_stop_)
    reap();
  wake_at_ = told_to_stop_ ? now : now + drain_patience;
}

void launcher_command::stop(time_point now, std::chrono::microseconds kill_after) {
  if (has_exited_ && !told_to_stop_)
    return; // it was quicker
  kill_at_ = told_to_stop_ ? std::min(kill_at_, now + kill_after) : now + kill_after;
  told_to_stop_ = true;
  wake_at_ = now;
}

void launcher_command::on_members(const std::vector<family_member>& members, time_point now) {
  if (now >= kill_at_) {
    report_.killed = report_.killed != 0 || !has_exited_ || !members.empty() ? 1 : 0;
    signal_family(members, SIGKILL);
  } else {
    terminate(members);
  }
  is_gone_ = has_exited_ && members.empty();
  if (!has_exited_ && now < kill_at_) {
    wake_at_ = kill_at_; // or when it ends
    return;
  }
  wake_at_ = now >= kill_at_ ? now + pause_ : std::min(now + pause_, kill_at_);
  pause_ = std::min(pause_ * 2, longest_pause);
}

void launcher_command::signal_family(const std::vector<family_member>& members, int signal) {
  const auto leader = child_.identity.pid;
  // The group in one call, so that no fork escapes it; the leader alone if it hasn't made its group yet; and those that
  // have left the group one by one.
  if (::kill(-leader, signal) != 0 && errno == ESRCH)
    ::kill(leader, signal);
  for (const auto& member : members)
    if (member.group != leader)
      signal_process(member.identity, signal);
}

void launcher_command::terminate(const std::vector<family_member>& members) {
  if (!is_terminated_) {
    signal_family(members, SIGTERM);
    signal_family(members, SIGCONT); // a stopped process would not see it
  }
  for (const auto& member : members) {
    // One that was forked meanwhile hasn't seen it. Nobody gets it twice: to some programs that means something else.
    if (is_terminated_ && std::find(told_.begin(), told_.end(), member.identity) == told_.end())
      signal_process(member.identity, SIGTERM);
    told_.push_back(member.identity);
  }
  is_terminated_ = true;
}

bool launcher_command::is_over(time_point now) const {
  if (told_to_stop_)
    return is_gone_;
  if (!has_exited_)
    return false;
  return !child_.output.is_open() || (wake_at_ && *wake_at_ <= now);
}

std::optional<launcher_command::time_point> launcher_command::wake_at() const noexcept {
  if (told_to_stop_ || !feed_.has_lines()) // looking for members costs more than that its words can wait
    return wake_at_;
  return wake_at_ ? std::min(*wake_at_, say_at_) : say_at_;
}

std::optional<command_said> launcher_command::take_said(time_point now, bool has_room) {
  if (!feed_.has_lines() || now < say_at_)
    return std::nullopt;
  say_at_ = now + say_every;
  return has_room ? take_last_said() : std::nullopt;
}

std::optional<command_said> launcher_command::take_last_said() {
  if (!feed_.has_lines())
    return std::nullopt;
  auto taken = feed_.take();
  return command_said{attempt(), taken.left_out, std::move(taken.lines)};
}

void launcher_command::reap() {
  if (!is_reaped_)
    ::waitpid(child_.identity.pid, nullptr, 0);
  is_reaped_ = true;
}

command_ended launcher_command::end() {
  on_output();
  feed_.end();
  reap();
  report_.told_to_stop = told_to_stop_ ? 1 : 0;
  report_.output = output_.text();
  report_.output_bytes = output_.total_bytes();
  return std::move(report_);
}

} // namespace carillon
