#include "carillon/runner/isolated.hpp"
#include "runner/isolated_wire.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <mutex>
#include <new>
#include <thread>

// The process's side: one job after the other on the main thread, so that a crash looks like the code's own; a second
// thread listens to the node and for TERM.

namespace carillon {
namespace {

constexpr int is_done = 0;
constexpr int is_unusable = 70; // EX_SOFTWARE

std::shared_ptr<const isolated_tasks>& tasks_of_program() {
  static std::shared_ptr<const isolated_tasks> tasks;
  return tasks;
}

sigset_t only_term() {
  sigset_t term;
  ::sigemptyset(&term);
  ::sigaddset(&term, SIGTERM);
  return term;
}

// What the code forks gets TERM as any other process does.
void be_forked() {
  const auto term = only_term();
  ::pthread_sigmask(SIG_UNBLOCK, &term, nullptr);
}

file_descriptor connect_to(const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() + 1 > sizeof address.sun_path)
    return {};
  std::memcpy(address.sun_path + 1, name.data(), name.size()); // the first byte is 0: no file
  file_descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0)
    return {};
  return socket;
}

// A limit on memory, for as long as it lives.
class memory_limit {
public:
  explicit memory_limit(std::uint64_t bytes) {
    if (bytes == 0 || ::getrlimit(RLIMIT_AS, &before_) != 0)
      return;
    auto limited = before_;
    const auto size = std::min<rlim_t>(size_of_process(), before_.rlim_cur);
    limited.rlim_cur = size + std::min<rlim_t>(bytes, before_.rlim_cur - size);
    is_set_ = ::setrlimit(RLIMIT_AS, &limited) == 0;
    if (is_set_)
      std::set_new_handler(end_by_kill);
  }
  memory_limit(const memory_limit&) = delete;
  memory_limit& operator=(const memory_limit&) = delete;
  ~memory_limit() {
    if (!is_set_)
      return;
    std::set_new_handler(nullptr);
    ::setrlimit(RLIMIT_AS, &before_);
  }

private:
  static std::uint64_t size_of_process() {
    std::uint64_t pages = 0;
    std::ifstream{"/proc/self/statm"} >> pages;
    return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }
  [[noreturn]] static void end_by_kill() {
    constexpr std::string_view why = "out of memory: the task took all that it may\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, why.data(), why.size());
    ::kill(::getpid(), SIGKILL);
    std::abort();
  }

  rlimit before_{};
  bool is_set_ = false;
};

// What a process says to its node, from any thread.
class node_link {
public:
  explicit node_link(file_descriptor socket) : socket_(std::move(socket)) {}

  [[nodiscard]] int fd() const noexcept { return socket_.fd(); }

  /// Waits until the node has taken it.
  void say(std::string frame) {
    const std::lock_guard guard{mutex_};
    socket_.queue(std::move(frame));
    while (socket_.send() && socket_.has_unsent()) {
      pollfd room{socket_.fd(), POLLOUT, 0};
      ::poll(&room, 1, -1);
    }
  }
  /// What it doesn't take at once goes with what is said next. False: it has too much to take already.
  bool try_to_say(std::string frame, std::size_t most) {
    const std::lock_guard guard{mutex_};
    if (socket_.unsent_bytes() + frame.size() > most)
      return false;
    socket_.queue(std::move(frame));
    return socket_.send();
  }

  // ---- the thread that listens
  [[nodiscard]] bool receive() { return socket_.receive(); }
  [[nodiscard]] result<std::optional<std::string_view>> next() { return socket_.next(); }

private:
  std::mutex mutex_;
  frame_socket socket_; // one thread reads, others write
};

// What the code of one attempt says of itself.
class attempt_voice final : public report_sink {
public:
  explicit attempt_voice(node_link& node) : node_(node) {}

  void progress(double fraction, std::string_view text) noexcept override { say(fraction, text); }
  void line(log_stream, std::string_view text) noexcept override { say(std::nullopt, text); }
  void left_out(std::uint64_t lines) noexcept override { left_out_ += lines; }
  /// Its attempt has ended: a copy may have been kept.
  void close() {
    if (::getpid() != pid_)
      return; // a fork that came back from the code
    const std::lock_guard guard{mutex_};
    is_closed_ = true;
    if (const auto left = left_out_.exchange(0); left > 0)
      node_.say(to_frame(isolated_words{std::nullopt, {}, left}));
  }

private:
  void say(std::optional<double> progress, std::string_view text) noexcept {
    constexpr std::size_t longest = 64 << 10;                     // the node cuts it further
    const std::size_t most_unsent = progress ? 2 << 20 : 1 << 20; // there is always room for the newest progress
    if (::getpid() != pid_)
      return; // a fork
    try {
      const std::lock_guard guard{mutex_};
      if (is_closed_)
        return;
      const auto before = left_out_.exchange(0);
      if (!node_.try_to_say(to_frame(isolated_words{progress, std::string{text.substr(0, longest)}, before}),
                            most_unsent))
        left_out_ += before + (progress ? 0 : 1);
    } catch (const std::exception&) { // no memory: nothing is said
    }
  }

  node_link& node_;
  const pid_t pid_ = ::getpid();
  std::atomic<std::uint64_t> left_out_{0};
  std::mutex mutex_;
  bool is_closed_ = false;
};

class isolated_process {
public:
  isolated_process(const isolated_tasks& tasks, file_descriptor node) : tasks_(tasks), node_(std::move(node)) {
    const auto term = only_term();
    told_ = file_descriptor{::signalfd(-1, &term, SFD_CLOEXEC)};
  }

  int run(std::uint64_t number) {
    if (!told_.is_open())
      return is_unusable;
    node_.say(to_frame(isolated_hello{number}));
    std::thread{[this] { listen(); }}.detach(); // ends with the process
    while (true) {
      std::unique_lock lock{mutex_};
      changed_.wait(lock, [this] { return next_.has_value(); });
      const auto what = std::make_shared<const job>(*std::exchange(next_, std::nullopt));
      const auto stop = stop_.get_token();
      lock.unlock();
      const auto ended = run_job(what, stop);
      if (::getpid() != pid_)
        ::_exit(is_done); // a fork that came back from the code: it has nothing to say
      auto frame = to_frame(ended);
      if (frame.size() > max_launcher_frame_bytes)
        frame = to_frame(attempt_result::failed(job_outcome::error, "its result is too large"));
      node_.say(std::move(frame)); // before a TERM may end the process
      lock.lock();
      is_busy_ = next_.has_value(); // the node may have been quick
      if (stop.stop_requested())
        ::_exit(is_done); // the node waits for that
    }
  }

private:
  attempt_result run_job(const std::shared_ptr<const job>& what, const std::stop_token& stop) {
    const auto* known = tasks_.find(what->task);
    if (known == nullptr)
      return attempt_result::failed(job_outcome::error, "this program has no isolated task " + what->task);
    const memory_limit limit{known->settings.memory_bytes};
    std::mutex mutex;
    std::condition_variable has_ended;
    std::optional<attempt_result> ended;
    const auto voice = std::make_shared<attempt_voice>(node_);
    known->code.start(
        what, stop,
        [&](attempt_result outcome) { // it may come later, from another thread
          const std::lock_guard guard{mutex};
          ended = std::move(outcome);
          has_ended.notify_all();
        },
        voice);
    std::unique_lock lock{mutex};
    has_ended.wait(lock, [&] { return ended.has_value(); });
    voice->close();
    return *std::move(ended);
  }

  // The second thread.
  void listen() {
    while (true) {
      pollfd what[] = {{node_.fd(), POLLIN, 0}, {told_.get(), POLLIN, 0}};
      if (::poll(what, 2, -1) < 0 && errno != EINTR)
        ::_exit(is_unusable);
      if (what[1].revents != 0)
        on_term();
      if (what[0].revents != 0)
        on_node();
    }
  }

  void on_term() {
    signalfd_siginfo ignored{};
    [[maybe_unused]] const auto read = ::read(told_.get(), &ignored, sizeof ignored);
    std::stop_source stop;
    {
      const std::lock_guard guard{mutex_};
      if (!is_busy_)
        ::_exit(is_done);
      stop = stop_;
    }
    stop.request_stop(); // runs the code's callbacks, so without the lock
  }

  void on_node() {
    const bool is_there = node_.receive();
    const auto content = node_.next();
    if (content && *content)
      if (auto sent = parse_isolated_job(**content)) {
        const std::lock_guard guard{mutex_};
        next_ = std::move(sent->what);
        stop_ = std::stop_source{};
        is_busy_ = true;
        changed_.notify_all();
      }
    if (!is_there)
      ::_exit(is_done); // the node has gone; what is left of us its launcher kills
  }

  const isolated_tasks& tasks_;
  const pid_t pid_ = ::getpid();
  node_link node_;
  file_descriptor told_;
  std::mutex mutex_; // guards what follows
  std::condition_variable changed_;
  std::optional<job> next_;
  std::stop_source stop_;
  bool is_busy_ = false;
};

template <class Number>
bool read_number(std::string_view text, Number& into) {
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), into);
  return fault == std::errc{} && end == text.data() + text.size();
}

int run_process(const std::string& socket, std::uint64_t number, const isolated_tasks& tasks) {
  const auto term = only_term();
  ::pthread_sigmask(SIG_BLOCK, &term, nullptr); // it comes by a descriptor
  ::pthread_atfork(nullptr, nullptr, be_forked);
  auto node = connect_to(socket);
  return node.is_open() ? isolated_process{tasks, std::move(node)}.run(number) : is_unusable;
}

} // namespace

const isolated_tasks::entry* isolated_tasks::find(const std::string& task) const {
  const auto found = entries_.find(task);
  return found == entries_.end() ? nullptr : &found->second;
}

std::optional<int> run_if_isolated(int argc, char** argv, const isolated_tasks& tasks) {
  const std::string_view option = argc > 1 ? argv[1] : "";
  if (int fd = -1; option == isolated_launcher_option && argc == 3 && read_number(argv[2], fd))
    return run_command_launcher(fd);
  if (std::uint64_t number = 0; option == isolated_process_option && argc == 4 && read_number(argv[3], number))
    return run_process(argv[2], number, tasks);
  tasks_of_program() = std::make_shared<const isolated_tasks>(tasks);
  return std::nullopt;
}

std::shared_ptr<const isolated_tasks> isolated_tasks_of_program() { return tasks_of_program(); }

} // namespace carillon
