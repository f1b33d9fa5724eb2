#pragma once

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace carillon::system_test {

/// Between nodes, on loopback: hands on what comes, later than it came, and nothing while it stalls. One thread.
class relay {
public:
  using clock = std::chrono::steady_clock;

  /// To a port of this machine, named by an address as free_address gives it.
  explicit relay(const std::string& to)
    : to_(parse(to)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    auto any = loopback(0);
    socklen_t size = sizeof any;
    BOOST_TEST_REQUIRE(::bind(listener_, reinterpret_cast<const sockaddr*>(&any), size) == 0);
    BOOST_TEST_REQUIRE(::listen(listener_, 16) == 0);
    BOOST_TEST_REQUIRE(::getsockname(listener_, reinterpret_cast<sockaddr*>(&any), &size) == 0);
    address_ = fmt::format("127.0.0.1:{}", ntohs(any.sin_port));
    thread_ = std::thread{[this] { run(); }};
  }
  ~relay() {
    ended_ = true;
    thread_.join();
    for (auto& each : wires_)
      each.close();
    ::close(listener_);
  }
  relay(const relay&) = delete;
  relay& operator=(const relay&) = delete;

  [[nodiscard]] const std::string& address() const { return address_; }
  void delay(std::chrono::milliseconds by) { delay_ = by.count(); }
  /// Both ways; connections stay.
  void stall(bool is_on) { stalls_ = is_on; }
  /// All connections end.
  void cut() { cuts_ = true; }

private:
  struct piece {
    clock::time_point due;
    std::string content;
  };
  /// One way of a connection.
  struct way {
    std::deque<piece> waiting;
    bool ended = false; // nothing more comes
  };
  struct wire {
    int ends[2];
    way from[2]; // what has come from this end
    void close() const {
      ::close(ends[0]);
      ::close(ends[1]);
    }
  };

  static in_port_t parse(const std::string& address) {
    return static_cast<in_port_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  static sockaddr_in loopback(in_port_t port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(port);
    made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return made;
  }

  void run() {
    constexpr int tick_ms = 5;
    while (!ended_) {
      if (cuts_.exchange(false)) {
        for (auto& each : wires_)
          each.close();
        wires_.clear();
      }
      std::vector<pollfd> watched{{listener_, POLLIN, 0}};
      if (!stalls_)
        for (const auto& each : wires_)
          for (const int end : each.ends)
            watched.push_back({end, POLLIN, 0});
      ::poll(watched.data(), watched.size(), tick_ms);
      accept_all();
      if (stalls_)
        continue;
      std::erase_if(wires_, [&](wire& one) {
        const bool goes_on = read_from(one, 0) && read_from(one, 1) && write_to(one, 0) && write_to(one, 1);
        if (!goes_on)
          one.close();
        return !goes_on;
      });
    }
  }

  void accept_all() {
    while (true) {
      const int from = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (from < 0)
        return;
      const int to = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const auto address = loopback(to_);
      if (::connect(to, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(from);
        ::close(to);
        continue;
      }
      ::fcntl(to, F_SETFL, O_NONBLOCK);
      wires_.push_back({{from, to}, {}});
    }
  }

  bool read_from(wire& one, int end) const {
    char buffer[1U << 16U];
    const auto size = ::recv(one.ends[end], buffer, sizeof buffer, 0);
    if (size > 0)
      one.from[end].waiting.push_back(
          {clock::now() + std::chrono::milliseconds{delay_}, std::string{buffer, static_cast<std::size_t>(size)}});
    else if (size == 0 || (errno != EAGAIN && errno != EINTR))
      one.from[end].ended = true;
    return true;
  }

  static bool write_to(wire& one, int end) {
    auto& way = one.from[1 - end];
    while (!way.waiting.empty() && way.waiting.front().due <= clock::now()) {
      auto& next = way.waiting.front().content;
      const auto size = ::send(one.ends[end], next.data(), next.size(), MSG_NOSIGNAL);
      if (size < 0)
        return errno == EAGAIN || errno == EINTR;
      next.erase(0, static_cast<std::size_t>(size));
      if (!next.empty())
        return true;
      way.waiting.pop_front();
    }
    return !way.ended || !way.waiting.empty();
  }

  in_port_t to_;
  int listener_;
  std::string address_;
  std::vector<wire> wires_;
  std::atomic<long> delay_{0};
  std::atomic<bool> stalls_{false}, cuts_{false}, ended_{false};
  std::thread thread_;
};

} // namespace carillon::system_test
