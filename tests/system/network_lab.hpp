#pragma once

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace carillon::system_test {

/// Machines of a network of their own: a network namespace each, on one bridge. Needs root, `ip` and `nft`.
class network_lab {
public:
  /// Whether this machine can have one, and if not, why.
  [[nodiscard]] static std::string obstacle() {
    if (::geteuid() != 0)
      return "it needs root";
    for (const auto* tool : {"ip", "nft"})
      if (!call({"sh", "-c", fmt::format("command -v {}", tool)}))
        return fmt::format("there is no program {}", tool);
    const auto probe = name_of("probe");
    const bool can = call({"ip", "netns", "add", probe}) &&
                     call({"ip", "netns", "exec", probe, "nft", "add", "table", "inet", "probe"});
    call({"ip", "netns", "delete", probe});
    return can ? "" : "this machine gives no network namespaces, or no nft in them";
  }

  network_lab() {
    must({"ip", "link", "add", bridge(), "type", "bridge"});
    must({"ip", "link", "set", bridge(), "up"});
  }
  ~network_lab() {
    for (const auto& [name, address] : addresses_)
      call({"ip", "netns", "delete", name_of(name)});
    call({"ip", "link", "delete", bridge()});
  }
  network_lab(const network_lab&) = delete;
  network_lab& operator=(const network_lab&) = delete;

  void add_machine(const std::string& name) {
    const auto number = addresses_.size() + 1;
    const auto inside = name_of(name);
    const auto outside = port_of(name);
    addresses_[name] = fmt::format("10.213.7.{}", number);
    must({"ip", "netns", "add", inside});
    must({"ip", "link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", inside});
    must({"ip", "link", "set", outside, "master", bridge(), "up"});
    must({"ip", "-n", inside, "address", "add", addresses_[name] + "/24", "dev", "eth0"});
    must({"ip", "-n", inside, "link", "set", "eth0", "up"});
    must({"ip", "-n", inside, "link", "set", "lo", "up"});
  }
  [[nodiscard]] const std::string& address(const std::string& name) const { return addresses_.at(name); }
  /// What a command begins with that is to run on that machine.
  [[nodiscard]] static std::vector<std::string> on(const std::string& name) {
    return {"ip", "netns", "exec", name_of(name)};
  }

  /// Its cable.
  static void unplug(const std::string& name) { must({"ip", "link", "set", port_of(name), "down"}); }
  static void plug_in(const std::string& name) { must({"ip", "link", "set", port_of(name), "up"}); }
  /// So many of a hundred packets that come to it are lost; 0: none.
  static void lose(const std::string& name, int percent) {
    const auto at = name_of(name);
    call({"ip", "netns", "exec", at, "nft", "delete", "table", "inet", "lossy"});
    if (percent > 0)
      must({"ip", "netns", "exec", at, "nft",
            fmt::format("add table inet lossy; add chain inet lossy input {{ type filter hook input priority 0; }}; "
                        "add rule inet lossy input iifname eth0 numgen random mod 100 < {} drop",
                        percent)});
  }

private:
  // Of this process, so that two don't meet. The names of links are at most 15 long.
  static std::string name_of(const std::string& machine) { return fmt::format("cl{}-{}", ::getpid(), machine); }
  static std::string port_of(const std::string& machine) {
    return fmt::format("cl{}{}", ::getpid(), machine.substr(0, 4));
  }
  static std::string bridge() { return fmt::format("cl{}br", ::getpid()); }

  static bool call(std::vector<std::string> words) {
    std::vector<char*> argv;
    for (auto& word : words)
      argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t quiet;
    ::posix_spawn_file_actions_init(&quiet);
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
      ::posix_spawn_file_actions_addopen(&quiet, stream, "/dev/null", O_WRONLY, 0);
    pid_t id = 0;
    const bool begun = ::posix_spawnp(&id, argv[0], &quiet, nullptr, argv.data(), environ) == 0;
    ::posix_spawn_file_actions_destroy(&quiet);
    int status = -1;
    return begun && ::waitpid(id, &status, 0) == id && status == 0;
  }
  static void must(const std::vector<std::string>& words) {
    BOOST_TEST_REQUIRE(call(words), fmt::format("{} ... {}", words.front(), words.back()));
  }

  std::map<std::string, std::string> addresses_;
};

} // namespace carillon::system_test
