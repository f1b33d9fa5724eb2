// What a node tells systemd (sd_notify(3)), heard on a socket in its place. Clauses SM of docs/semantics.md.
#include "system/program.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>

using namespace carillon::system_test;

namespace {

// Listens as the service manager does, and starts nodes that tell it.
class fake_manager {
public:
  fake_manager() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)), path_(folder_ / "notify") {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof address.sun_path - 1);
    BOOST_TEST_REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    const timeval limit{.tv_sec = deadline.count(), .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setenv("NOTIFY_SOCKET", path_.c_str(), 1);
  }
  ~fake_manager() {
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
    ::close(socket_);
  }
  fake_manager(const fake_manager&) = delete;
  fake_manager& operator=(const fake_manager&) = delete;

  [[nodiscard]] process start() const {
    return process{{"serve", "--data", data(), "--crontab", crontab(), "--quiet", "--log-level", "error"}};
  }
  [[nodiscard]] std::string data() const { return folder_ / "data"; }
  [[nodiscard]] std::string crontab() const { return folder_ / "crontab"; }

  /// The next message; it comes within the deadline.
  std::string hear() const {
    char text[4096];
    const auto size = ::recv(socket_, text, sizeof text, 0);
    BOOST_TEST_REQUIRE(size > 0, "nothing was said");
    return {text, static_cast<std::size_t>(size)};
  }

private:
  scratch_folder folder_;
  int socket_;
  std::string path_;
};

bool says(const std::string& message, const std::string& word) {
  return ("\n" + message + "\n").find("\n" + word) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(service_manager)

BOOST_AUTO_TEST_CASE(it_is_told_of_the_start_each_reload_and_the_stop) {
  const fake_manager manager;
  std::ofstream{manager.crontab()} << "0 3 * * * true\n";
  auto node = manager.start();
  BOOST_TEST(says(manager.hear(), "READY=1"));
  const auto ask = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"--socket", manager.data() + "/control.sock"});
    return run(std::move(words));
  };
  BOOST_TEST(ask({"status"}).code == 0); // it is ready indeed

  std::ofstream{manager.crontab()} << "0 3 * * * true\n0 4 * * * false\n";
  node.signal(SIGHUP);
  const auto reloading = manager.hear();
  BOOST_TEST(says(reloading, "RELOADING=1"));
  BOOST_TEST(says(reloading, "MONOTONIC_USEC="));
  BOOST_TEST(says(manager.hear(), "READY=1"));
  BOOST_TEST(ask({"schedule", "list", "--json"}).out.find("0 4 * * *") !=
             std::string::npos); // the reload is over indeed

  node.signal(SIGTERM);
  BOOST_TEST(says(manager.hear(), "STOPPING=1"));
  BOOST_TEST(node.wait() == 0);
}

BOOST_AUTO_TEST_CASE(it_hears_that_the_node_is_alive_until_the_stop) {
  const fake_manager manager;
  std::ofstream{manager.crontab()} << "0 3 * * * true\n";
  ::setenv("WATCHDOG_USEC", "100000", 1);
  auto node = manager.start();
  BOOST_TEST(says(manager.hear(), "READY=1"));
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(says(manager.hear(), "WATCHDOG=1"));
  node.signal(SIGTERM);
  auto last = manager.hear();
  while (says(last, "WATCHDOG=1"))
    last = manager.hear();
  BOOST_TEST(says(last, "STOPPING=1"));
  BOOST_TEST(node.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_node_that_crashed_is_ready_again_on_its_folder) {
  const fake_manager manager;
  std::ofstream{manager.crontab()} << "0 3 * * * true\n";
  for (int i = 0; i < 2; ++i) {
    auto node = manager.start();
    BOOST_TEST(says(manager.hear(), "READY=1"));
    node.signal(SIGKILL);
    BOOST_TEST(node.wait() == 128 + SIGKILL);
  }
}

BOOST_AUTO_TEST_SUITE_END()
