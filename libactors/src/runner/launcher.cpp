#include "carillon/runner/runner.hpp"
#include "runner/launcher_command.hpp"
#include "runner/leftovers.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <limits>
#include <set>
#include <unordered_map>

namespace carillon {
namespace {

using time_point = launcher_command::time_point;

// What an event of the loop is about: the attempt and one of its descriptors, or the node.
enum class event_source : std::uint64_t { node, status, input, output, exit };
constexpr unsigned source_bits = 3;
// More than this isn't said to a node that doesn't listen.
constexpr std::size_t most_unsaid_bytes = 1 << 20;

// The loop of the launcher process. One thread; nothing in it waits except epoll, and the look-up of users.
class launcher {
public:
  explicit launcher(file_descriptor node) : loop_(::epoll_create1(EPOLL_CLOEXEC)), node_(std::move(node)) {
    watch(node_.fd(), 0, event_source::node, EPOLLIN | EPOLLRDHUP);
    ::getrlimit(RLIMIT_NOFILE, &open_files_);
    auto raised = open_files_; // each command takes up to four
    raised.rlim_cur = raised.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &raised);
  }

  // Returns when the node is gone and nothing that it started runs any more.
  int run() {
    while (!is_node_gone_ || !commands_.empty()) {
      std::array<epoll_event, 64> events;
      const int count = ::epoll_wait(loop_.get(), events.data(), static_cast<int>(events.size()), time_to_wait());
      for (int i = 0; i < count; ++i)
        on_event(events.at(static_cast<std::size_t>(i)).data.u64);
      look_at_due(launcher_command::time_point::clock::now());
      if (!is_node_gone_ && !node_.send())
        on_node_gone();
      wait_for_room(!is_node_gone_ && node_.has_unsent());
    }
    return exit_code_;
  }

private:
  bool watch(int fd, std::uint64_t attempt, event_source source, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.u64 = attempt << source_bits | static_cast<std::uint64_t>(source);
    return ::epoll_ctl(loop_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
  }

  void wait_for_room(bool needed) {
    if (needed == waits_for_room_ || is_node_gone_)
      return;
    waits_for_room_ = needed;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP | (needed ? EPOLLOUT : 0U);
    event.data.u64 = static_cast<std::uint64_t>(event_source::node);
    ::epoll_ctl(loop_.get(), EPOLL_CTL_MOD, node_.fd(), &event);
  }

  int time_to_wait() const {
    if (due_.empty())
      return -1;
    const auto left = due_.begin()->first - time_point::clock::now();
    const auto rounded_up = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    return static_cast<int>(std::clamp<std::int64_t>(rounded_up, 0, std::numeric_limits<int>::max()));
  }

  void on_event(std::uint64_t which) {
    const auto source = static_cast<event_source>(which & ((1U << source_bits) - 1));
    if (source == event_source::node)
      return on_node();
    const auto found = commands_.find(which >> source_bits);
    if (found == commands_.end())
      return; // it ended by an earlier event of this turn
    auto& command = found->second;
    const auto now = time_point::clock::now();
    switch (source) {
      case event_source::status: command.on_status(); break;
      case event_source::input: command.on_input(); break;
      case event_source::output: command.on_output(); break;
      case event_source::exit: command.on_exit(now); break;
      case event_source::node: break;
    }
    settle(command, now);
  }

  void on_node() {
    if (is_node_gone_)
      return;
    const bool is_there = node_.receive();
    // A command of a node that is gone must not start, not even to be killed: the next process of the node may look
    // already.
    while (is_there && !is_node_gone_) {
      const auto content = node_.next();
      if (content && !*content)
        return;
      auto message = content ? parse_to_launcher(**content) : result<to_launcher>{content.err()};
      if (!message)
        return on_unusable(message.err().text());
      std::visit([this](auto& what) { on_message(what); }, *message);
    }
    on_node_gone();
  }

  void on_message(launcher_hello& hello) {
    if (hello.version != launcher_wire_version)
      return on_unusable("the launcher is of another version than the node: start the node again");
    output_size_bytes_ = hello.output_size_bytes;
    if (!hello.leftovers_file.empty()) {
      auto opened = leftovers_file::open_for_launcher(hello.leftovers_file, std::chrono::seconds{10});
      if (!opened)
        return on_unusable(opened.err().text());
      leftovers_ = std::move(*opened);
    }
    node_.queue(to_frame(from_launcher{launcher_ready{}}));
  }

  void on_message(start_command& what) {
    // With the lock of the leftovers' file held: if the node dies after this look, its next process waits for us.
    if (pollfd peer{node_.fd(), POLLRDHUP, 0}; ::poll(&peer, 1, 0) > 0)
      return on_node_gone();
    const auto attempt = what.attempt;
    if (auto started = start(std::move(what)); !started) {
      command_ended refused;
      refused.attempt = attempt;
      refused.refusal = started.err().text();
      node_.queue(to_frame(from_launcher{std::move(refused)}));
    }
  }

  void on_message(const stop_command& what) {
    const auto found = commands_.find(what.attempt);
    if (found == commands_.end())
      return;
    found->second.stop(time_point::clock::now(), std::chrono::microseconds{what.kill_after_us});
    settle(found->second, time_point::clock::now());
  }

  // NOLINTNEXTLINE(performance-unnecessary-value-param): moved below, through `try_emplace`
  result<void> start(start_command what) {
    auto program = prepare_child_program(what, environ);
    if (!program)
      return program.err();
    auto child = fork_child(*program, !what.standard_input.empty(), open_files_);
    if (!child)
      return child.err();
    // Noted before it may run: a command that runs is in the file.
    const auto line = leftovers_.note({child->identity, false, what.job_id, what.fencing_token});
    const auto attempt = what.attempt;
    const bool has_handles =
        watch(child->handle.get(), attempt, event_source::exit, EPOLLIN) &&
        watch(child->status.get(), attempt, event_source::status, EPOLLIN) &&
        watch(child->output.get(), attempt, event_source::output, EPOLLIN) &&
        (!child->input.is_open() || watch(child->input.get(), attempt, event_source::input, EPOLLOUT));
    if (!line || !has_handles) {
      abandon(*child);
      if (line)
        leftovers_.forget(*line);
      return line ? error{ec::unavailable, "no process could be started: too many are watched"} : line.err();
    }
    let_go(*child);
    commands_.try_emplace(attempt, std::move(what), std::move(*program), std::move(*child), *line, output_size_bytes_);
    return {};
  }

  // A child that was never let go ends by itself, once nobody can let it go any more.
  static void abandon(child_process& child) {
    child.status.close();
    ::waitpid(child.identity.pid, nullptr, 0);
  }

  // After anything that happened to the command: it is over, or has another time to be looked at. `command` may be gone
  // then.
  void settle(launcher_command& command, time_point now) {
    const auto attempt = command.attempt();
    if (const auto planned = planned_.find(attempt); planned != planned_.end()) {
      due_.erase({planned->second, attempt});
      planned_.erase(planned);
    }
    if (auto said = command.take_said(now, node_.unsent_bytes() < most_unsaid_bytes); said && !is_node_gone_)
      node_.queue(to_frame(from_launcher{std::move(*said)}));
    if (command.is_over(now)) {
      const auto line = command.leftovers_line();
      auto report = to_frame(from_launcher{command.end()});
      if (auto said = command.take_last_said(); said && !is_node_gone_)
        node_.queue(to_frame(from_launcher{std::move(*said)}));
      if (!is_node_gone_)
        node_.queue(std::move(report));
      leftovers_.forget(line);
      commands_.erase(attempt);
    } else if (const auto when = command.wake_at()) {
      due_.emplace(*when, attempt);
      planned_.emplace(attempt, *when);
    }
  }

  void look_at_due(time_point now) {
    std::vector<launcher_command*> stopping;
    std::vector<process_family> families;
    while (!due_.empty() && due_.begin()->first <= now) {
      const auto attempt = due_.begin()->second;
      due_.erase(due_.begin());
      planned_.erase(attempt);
      auto& command = commands_.at(attempt);
      if (!command.is_stopping()) {
        settle(command, now);
        continue;
      }
      stopping.push_back(&command);
      families.push_back(command.family());
    }
    if (stopping.empty())
      return;
    const auto members = find_members(families); // one pass over all processes for all that are being stopped
    for (std::size_t i = 0; i < stopping.size(); ++i) {
      stopping[i]->on_members(members[i], now);
      settle(*stopping[i], now);
    }
  }

  void on_unusable(const std::string& why) {
    node_.queue(to_frame(from_launcher{launcher_unusable{why}}));
    [[maybe_unused]] const bool is_sent = node_.send();
    exit_code_ = 1;
    on_node_gone();
  }

  void on_node_gone() {
    if (std::exchange(is_node_gone_, true))
      return;
    ::epoll_ctl(loop_.get(), EPOLL_CTL_DEL, node_.fd(), nullptr);
    const auto now = time_point::clock::now();
    std::vector<std::uint64_t> attempts;
    for (const auto& [attempt, command] : commands_)
      attempts.push_back(attempt);
    for (const auto attempt : attempts) {
      auto& command = commands_.at(attempt);
      command.stop(now, std::chrono::microseconds{0});
      if (command.is_stopping())
        settle(command, now);
      else
        drop(attempt); // it has ended; what it left in the background may stay
    }
  }

  void drop(std::uint64_t attempt) {
    if (const auto planned = planned_.find(attempt); planned != planned_.end()) {
      due_.erase({planned->second, attempt});
      planned_.erase(planned);
    }
    leftovers_.forget(commands_.at(attempt).leftovers_line());
    commands_.erase(attempt);
  }

  file_descriptor loop_;
  frame_socket node_;
  rlimit open_files_{};
  leftovers_file leftovers_;
  std::size_t output_size_bytes_ = 64 << 10;
  std::unordered_map<std::uint64_t, launcher_command> commands_;
  std::set<std::pair<time_point, std::uint64_t>> due_;
  std::unordered_map<std::uint64_t, time_point> planned_; // the entries of `due_`
  bool waits_for_room_ = false;
  bool is_node_gone_ = false;
  int exit_code_ = 0;
};

void prepare_process(int node) {
  ::prctl(PR_SET_NAME, "carillon-launch");
  // Whether it goes on is the node's affair, by its socket: a Ctrl-C, or a TERM to all of a service's processes, isn't.
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2})
    ::signal(signal, SIG_IGN);
  ::signal(SIGCHLD, SIG_DFL); // ignored it would take the children's exit codes away
  // No descriptor may take the place of a standard one, which a child's would then be dup2ed over.
  for (int fd = ::open("/dev/null", O_RDWR); fd >= 0; fd = ::open("/dev/null", O_RDWR))
    if (fd > STDERR_FILENO) {
      ::close(fd);
      break;
    }
  ::fcntl(node, F_SETFD, FD_CLOEXEC);
}

} // namespace

int run_command_launcher(int fd) {
  prepare_process(fd);
  return launcher{file_descriptor{fd}}.run();
}

} // namespace carillon
