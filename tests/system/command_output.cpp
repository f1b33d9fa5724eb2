#include "system/commands_of_a_test.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fstream>

using namespace carillon;
using namespace carillon_tests;

namespace {

std::size_t peak_memory_kib(pid_t pid) {
  std::ifstream status{"/proc/" + std::to_string(pid) + "/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:"))
      return static_cast<std::size_t>(std::stoul(line.substr(6)));
  return 0;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(command_output, fixture)

BOOST_AUTO_TEST_CASE(a_gibibyte_of_output_is_cut_and_counted_in_little_memory) {
  BOOST_REQUIRE((run(program({"true"})).outcome == job_outcome::success));
  const auto before = peak_memory_kib(launcher_pid().value());
  const auto result = run(program({"head", "-c", "1073741824", "/dev/zero"}));
  BOOST_TEST((result.outcome == job_outcome::success));
  BOOST_TEST(content(result).output_bytes == 1'073'741'824u);
  BOOST_TEST(content(result).output.size() == 65'536u);
#ifndef __SANITIZE_ADDRESS__
  BOOST_TEST(peak_memory_kib(launcher_pid().value()) < before + 2'048);
#endif
}

BOOST_AUTO_TEST_CASE(the_first_and_the_last_half_are_kept) {
  const auto result = content(run(shell("echo first; head -c 1000000 /dev/zero | tr '\\0' x; echo; echo last")));
  BOOST_TEST(result.output.starts_with("first\nxxx"));
  BOOST_TEST(result.output.ends_with("xxx\nlast\n"));
  BOOST_TEST(result.output.find("bytes left out]") != std::string::npos);
  BOOST_TEST(result.output_bytes == 1'000'012u);
}

BOOST_AUTO_TEST_CASE(output_stays_text) {
  BOOST_TEST(content(run(shell("printf 'a\\377b'"))).output == "a\xEF\xBF\xBD"
                                                               "b");
}

BOOST_AUTO_TEST_CASE(a_background_process_that_holds_the_output_does_not_hold_the_job) {
  sign_of_life daemon{folder / "daemon"};
  const auto result = run(shell("(" + daemon.shell_code() + "exec sleep 1000) & echo $!"));
  BOOST_TEST((result.outcome == job_outcome::success));
  const auto pid = std::stoi(content(result).output);
  BOOST_REQUIRE(daemon.begins());
  // And it lives on, as under cron, even when the node stops.
  commands.reset();
  BOOST_TEST(is_living(pid));
  ::kill(pid, SIGKILL);
  BOOST_TEST(daemon.ends());
}

BOOST_AUTO_TEST_CASE(a_background_process_that_writes_without_end_does_not_hold_the_job) {
  const auto result = run(shell("yes & echo $! >" + (folder / "pid")));
  BOOST_TEST((result.outcome == job_outcome::success));
  pid_t pid = 0;
  std::ifstream{folder / "pid"} >> pid;
  BOOST_TEST(is_gone_soon(pid)); // by SIGPIPE
}

BOOST_AUTO_TEST_CASE(a_command_that_closes_its_output_runs_on) {
  BOOST_TEST(content(run(shell("echo one; exec >&- 2>&-; cat /proc/version >/dev/null; exit 5"))).exit_code.value() ==
             5);
}

BOOST_AUTO_TEST_SUITE_END()
