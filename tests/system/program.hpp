#pragma once

#include "scratch_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

// Real processes for system tests: the program itself, and what it says. Nothing waits without a deadline.
namespace carillon::system_test {

inline constexpr std::chrono::seconds deadline{60};

using test::scratch_folder;

/// What a stream of a process has said so far; read on a thread of its own, so that the process never waits.
class capture {
public:
  explicit capture(int descriptor) : descriptor_(descriptor), thread_([this] { read_all(); }) {}
  ~capture() {
    thread_.join();
    ::close(descriptor_);
  }
  capture(const capture&) = delete;
  capture& operator=(const capture&) = delete;

  /// Waits until the text has been said; false when the stream ends, or the time is up, without it.
  bool wait_for(const std::string& text) {
    std::unique_lock lock{mutex_};
    more_.wait_for(lock, deadline, [&] { return ended_ || text_.find(text) != std::string::npos; });
    return text_.find(text) != std::string::npos;
  }

  /// What has been said until now.
  std::string said() {
    const std::lock_guard lock{mutex_};
    return text_;
  }

  /// What has been said when the stream ends.
  std::string all() {
    std::unique_lock lock{mutex_};
    more_.wait_for(lock, deadline, [&] { return ended_; });
    return text_;
  }

private:
  void read_all() {
    char buffer[1U << 16U];
    while (true) {
      const auto size = ::read(descriptor_, buffer, sizeof buffer);
      const std::lock_guard lock{mutex_};
      if (size <= 0)
        ended_ = true;
      else
        text_.append(buffer, static_cast<std::size_t>(size));
      more_.notify_all();
      if (ended_)
        return;
    }
  }

  int descriptor_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::string text_;
  bool ended_ = false;
  std::thread thread_;
};

/// One run of the program, begun by another one that becomes it, if `before` names one. Its destructor kills it.
class process {
public:
  explicit process(std::vector<std::string> arguments, const std::string& input_file = "/dev/null",
                   const std::vector<std::string>& before = {}) {
    arguments.insert(arguments.begin(), CARILLON_PROGRAM);
    arguments.insert(arguments.begin(), before.begin(), before.end());
    std::vector<char*> argv;
    for (auto& each : arguments)
      argv.push_back(each.data());
    argv.push_back(nullptr);
    int out[2];
    int err[2];
    BOOST_TEST_REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
    BOOST_TEST_REQUIRE(::pipe2(err, O_CLOEXEC) == 0);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, input_file.c_str(), O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
    BOOST_TEST_REQUIRE(::posix_spawnp(&id_, argv[0], &actions, nullptr, argv.data(), environ) == 0);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(out[1]);
    ::close(err[1]);
    out_ = std::make_unique<capture>(out[0]);
    err_ = std::make_unique<capture>(err[0]);
  }
  ~process() {
    if (id_ > 0) {
      ::kill(id_, SIGKILL);
      wait();
    }
  }
  process(const process&) = delete;
  process& operator=(const process&) = delete;

  [[nodiscard]] capture& out() { return *out_; }
  [[nodiscard]] capture& err() { return *err_; }
  void signal(int number) const { ::kill(id_, number); }

  /// The exit code, or 128 and the signal's number. The streams have ended before.
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(id_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

private:
  pid_t id_ = 0;
  std::unique_ptr<capture> out_;
  std::unique_ptr<capture> err_;
};

struct ended {
  int code = 0;
  std::string out;
  std::string err;
};

/// Runs the program to its end.
inline ended run(std::vector<std::string> arguments, const std::string& input_file = "/dev/null") {
  process program{std::move(arguments), input_file};
  ended what;
  what.out = program.out().all();
  what.err = program.err().all();
  what.code = program.wait();
  return what;
}

/// Waits until a job's code has begun, which makes the file.
inline void wait_until_there(const std::string& file) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (!std::filesystem::exists(file) && std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
  BOOST_TEST_REQUIRE(std::filesystem::exists(file));
}

/// A node on a folder of its own, ready when the constructor returns.
class served_node {
public:
  explicit served_node(const std::string& data, std::vector<std::string> options = {},
                       const std::vector<std::string>& before = {})
    : socket_(data + "/control.sock") {
    options.insert(options.begin(), {"serve", "--data", data});
    program_ = std::make_unique<process>(std::move(options), "/dev/null", before);
    BOOST_TEST_REQUIRE(program_->err().wait_for("is ready"), program_->err().said());
  }

  /// Runs a client command against it.
  ended ask(std::vector<std::string> arguments, const std::string& input_file = "/dev/null") const {
    arguments.insert(arguments.begin(), {"--socket", socket_});
    return run(std::move(arguments), input_file);
  }

  [[nodiscard]] process& program() { return *program_; }
  [[nodiscard]] const std::string& socket() const { return socket_; }

private:
  std::string socket_;
  std::unique_ptr<process> program_;
};

/// A bare connection to a control socket.
class raw_client {
public:
  explicit raw_client(const std::string& path) : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    BOOST_TEST_REQUIRE(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    const timeval limit{.tv_sec = deadline.count(), .tv_usec = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~raw_client() { ::close(descriptor_); }
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  /// False if the other side takes no more.
  bool send(const std::string& text) const { // NOLINT(modernize-use-nodiscard)
    std::size_t sent = 0;
    while (sent < text.size()) {
      const auto size = ::send(descriptor_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (size <= 0)
        return false;
      sent += static_cast<std::size_t>(size);
    }
    return true;
  }

  /// What comes until the other side closes.
  [[nodiscard]] std::string receive_all() const {
    std::string text;
    char buffer[4096];
    for (auto size = ::recv(descriptor_, buffer, sizeof buffer, 0); size > 0;
         size = ::recv(descriptor_, buffer, sizeof buffer, 0))
      text.append(buffer, static_cast<std::size_t>(size));
    return text;
  }

  [[nodiscard]] std::string receive_some() const {
    char buffer[4096];
    const auto size = ::recv(descriptor_, buffer, sizeof buffer, 0);
    return {buffer, size > 0 ? static_cast<std::size_t>(size) : 0};
  }

private:
  int descriptor_;
};

/// One request on a connection of its own; the whole answer.
inline std::string http(const std::string& socket, const std::string& method, const std::string& target,
                        const std::string& body = {}) {
  const raw_client client{socket};
  client.send(method + " " + target + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  return client.receive_all();
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace carillon::system_test
