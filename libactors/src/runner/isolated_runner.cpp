#include "carillon/base/entropy.hpp"
#include "carillon/base/utf8.hpp"
#include "runner/isolated_pool.hpp"
#include "runner/quiet_thread.hpp"
#include "runner/request_queue.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <thread>
#include <variant>

namespace carillon {
namespace {

constexpr std::size_t waiting_connections = 128;
constexpr int look_again_ms = 100;
constexpr std::size_t kept_output_bytes = 8 << 10; // of one process

struct stop_isolated {
  job_id id;
  stop_reason why;
};
struct process_end {
  std::uint64_t number = 0;
  attempt_result how;
};
using isolated_order = std::variant<isolated_attempt, stop_isolated, process_end>;

// A socket of no file, by a name that nobody else has.
struct named_socket {
  file_descriptor socket;
  std::string name;
};

named_socket listen_somewhere() {
  named_socket made;
  made.name =
      fmt::format("carillon-isolated-{}-{:016x}{:016x}", ::getpid(), system_entropy().next(), system_entropy().next());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, made.name.data(), made.name.size());
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + made.name.size());
  file_descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (socket.is_open() && ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
      ::listen(socket.get(), static_cast<int>(waiting_connections)) == 0)
    made.socket = std::move(socket);
  return made;
}

// A connection that hasn't said who it is.
struct stranger {
  frame_socket socket;
  process_identity identity;
};

class isolated_runner final : public runner {
public:
  explicit isolated_runner(isolated_runner_config config)
    : config_(std::move(config)), bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), door_(listen_somewhere()),
      processes_(make_command_runner(
          {{"/proc/self/exe", isolated_launcher_option}, config_.leftovers_file, kept_output_bytes})),
      pool_(*processes_, door_.name, config_, [this](std::uint64_t number, attempt_result how) {
        hand_over(process_end{number, std::move(how)});
      }) {}

  ~isolated_runner() override {
    requests_.close();
    ring();
    if (thread_.joinable())
      thread_.join();
  }

  [[nodiscard]] std::string_view name() const noexcept override { return "isolated"; }

  result<void> open() override { return processes_->open(); }

  void start(std::shared_ptr<const job> what, const task_function*, on_end done) override {
    if (config_.tasks->find(what->task) == nullptr)
      return done(attempt_result::failed(
          job_outcome::error, fmt::format("the task {} isn't among those that run_if_isolated was given: add it there",
                                          quote(what->task))));
    if (auto running = have_thread(); !running)
      return done(attempt_result::failed(job_outcome::error, running.err().text()));
    hand_over(isolated_attempt{std::move(what), std::move(done), {}});
  }

  void stop(const job_id& id, stop_reason why) override { hand_over(stop_isolated{id, why}); }

private:
  result<void> have_thread() {
    if (thread_.joinable())
      return {};
    if (!bell_.is_open() || !door_.socket.is_open())
      return {ec::unavailable, "no descriptor is left for isolated tasks"};
    auto started = start_quiet_thread([this] { work(); }, "isolated tasks");
    if (!started)
      return started.err();
    thread_ = std::move(*started);
    return {};
  }

  void hand_over(isolated_order what) {
    requests_.push(std::move(what));
    ring();
  }

  void ring() const {
    const std::uint64_t once = 1;
    [[maybe_unused]] const auto written = ::write(bell_.get(), &once, sizeof once); // too full: it rings already
  }

  // False: the runner ends.
  bool take_requests() {
    std::uint64_t rung = 0;
    [[maybe_unused]] const auto read = ::read(bell_.get(), &rung, sizeof rung);
    return requests_.take_all([this](isolated_order one) {
      if (auto* attempt = std::get_if<isolated_attempt>(&one))
        pool_.start(std::move(*attempt));
      else if (const auto* stop = std::get_if<stop_isolated>(&one))
        pool_.stop(stop->id, stop->why);
      else if (const auto* end = std::get_if<process_end>(&one))
        pool_.on_process_ended(end->number, end->how);
    });
  }

  void work() {
    while (take_requests()) {
      std::vector<pollfd> what{{bell_.get(), POLLIN, 0}, {door_.socket.get(), POLLIN, 0}};
      const auto known = pool_.sockets();
      for (const auto& one : known)
        what.push_back({one.fd, static_cast<short>(one.has_unsent ? POLLIN | POLLOUT : POLLIN), 0});
      for (const auto& one : strangers_)
        what.push_back({one.socket.fd(), POLLIN, 0});
      if (is_full_) // of descriptors: the door is looked at again after a while
        what[1].fd = -1;
      ::poll(what.data(), what.size(), std::exchange(is_full_, false) ? look_again_ms : -1);
      for (std::size_t i = 0; i < known.size(); ++i)
        if (what[2 + i].revents != 0)
          pool_.on_ready(known[i].number);
      hear_strangers();
      if (what[1].revents != 0)
        let_in();
    }
    pool_.prepare_close();
    processes_.reset(); // all of them end, and tell
    take_requests();
    pool_.close();
  }

  // Only a process of our own user; it is one of ours if it knows the name and a number that is waited for.
  void let_in() {
    file_descriptor connection{::accept4(door_.socket.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    ucred peer{};
    socklen_t size = sizeof peer;
    is_full_ = !connection.is_open() && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM);
    if (!connection.is_open() || ::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
        peer.uid != ::geteuid())
      return;
    if (strangers_.size() >= waiting_connections)
      strangers_.erase(strangers_.begin()); // it has said nothing for the longest time
    if (const auto identity = read_process(peer.pid))
      strangers_.push_back({frame_socket{std::move(connection)}, *identity});
  }

  void hear_strangers() {
    for (std::size_t i = 0; i < strangers_.size();) {
      auto& one = strangers_[i];
      const bool is_there = one.socket.receive();
      const auto content = one.socket.next();
      if (is_there && content && !*content) {
        ++i;
        continue;
      }
      if (content && *content)
        if (const auto hello = parse_isolated_hello(**content))
          pool_.on_hello(hello->number, std::move(one.socket), one.identity);
      strangers_.erase(strangers_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  const isolated_runner_config config_;
  const file_descriptor bell_;
  const named_socket door_;
  std::unique_ptr<runner> processes_;
  isolated_pool pool_;
  std::vector<stranger> strangers_;
  bool is_full_ = false; // no descriptor is left
  request_queue<isolated_order> requests_;
  std::thread thread_;
};

} // namespace

std::unique_ptr<runner> make_isolated_runner(isolated_runner_config config) {
  return std::make_unique<isolated_runner>(std::move(config));
}

} // namespace carillon
