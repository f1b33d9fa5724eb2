#include "runner/leftovers.hpp"
#include "system/commands_of_a_test.hpp"

#include <boost/test/unit_test.hpp>

#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <fstream>

using namespace carillon;
using namespace carillon_tests;

namespace {

const std::string until_killed = "while :; do sleep 1000; done";

pid_t spawn(std::vector<std::string> argv, std::vector<std::string> environment = {}) {
  const auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (auto& text : texts)
      all.push_back(text.data());
    all.push_back(nullptr);
    return all;
  };
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t pid = 0;
  const auto names = pointers(environment);
  BOOST_REQUIRE(::posix_spawn(&pid, argv.front().c_str(), nullptr, &attributes, pointers(argv).data(),
                              environment.empty() ? environ : names.data()) == 0);
  ::posix_spawnattr_destroy(&attributes);
  return pid;
}

std::vector<std::string> marks(const process_family& family) {
  return {"PATH=/usr/bin:/bin", "CARILLON_JOB_ID=" + family.job_id,
          "CARILLON_FENCING_TOKEN=" + std::to_string(family.fencing_token)};
}

process_family a_family() { return {{}, false, make_job(shell("true"))->id.to_string(), 7}; }

void kill_and_wait(pid_t pid) {
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

// Writes the list as a launcher would that was then killed.
void note(const std::string& path, const process_family& family) {
  auto file = leftovers_file::open_for_launcher(path, long_enough).or_throw();
  BOOST_REQUIRE(file.note(family));
}

// A process that lives until killed and holds the sign: `environment` empty for the test's own.
pid_t spawn_living(sign_of_life& life, const std::vector<std::string>& environment = {}) {
  const auto pid = spawn({"/bin/sh", "-c", life.shell_code() + until_killed}, environment);
  BOOST_REQUIRE(life.begins());
  return pid;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(command_leftovers, fixture)

BOOST_AUTO_TEST_CASE(a_node_killed_with_kill_9_leaves_nothing_running) {
  sign_of_life life{folder / "life"};
  const auto node =
      spawn({"/proc/self/exe", "node", leftovers_file,
             "trap '' TERM; (setsid sh -c '" + until_killed + "') & " + life.shell_code() + until_killed});
  BOOST_REQUIRE(life.begins());
  const auto launcher = launcher_pid();
  kill_and_wait(node);
  BOOST_TEST(life.ends());
  BOOST_TEST(is_gone_soon(launcher.value()));
  // And nothing is left to do for the next one.
  BOOST_TEST(commands->open().has_value());
}

BOOST_AUTO_TEST_CASE(opening_returns_only_when_the_earlier_nodes_commands_are_gone) {
  sign_of_life life{folder / "life"};
  const auto node = spawn({"/proc/self/exe", "node", leftovers_file, life.shell_code() + until_killed});
  BOOST_REQUIRE(life.begins());
  std::ifstream file{leftovers_file};
  file.seekg(128); // past the launcher's line
  pid_t command = 0;
  BOOST_REQUIRE(file >> command);
  BOOST_TEST(is_living(command));
  kill_and_wait(node);
  BOOST_REQUIRE(commands->open());
  BOOST_TEST(!is_living(command));
  BOOST_TEST((run(shell("exit 0")).outcome == job_outcome::success));
}

BOOST_AUTO_TEST_CASE(a_launcher_and_a_node_killed_together_leave_their_leftovers_to_the_next_one) {
  sign_of_life life{folder / "life"};
  // What lives on is no child of the launcher: that would die with it.
  const auto node =
      spawn({"/proc/self/exe", "node", leftovers_file, "(" + life.shell_code() + until_killed + ") & " + until_killed});
  BOOST_REQUIRE(life.begins());
  const auto launcher = launcher_pid().value();
  ::kill(node, SIGSTOP); // so that it can't tidy up
  ::kill(launcher, SIGKILL);
  kill_and_wait(node);
  BOOST_REQUIRE(commands->open());
  BOOST_TEST(life.ends());
}

BOOST_AUTO_TEST_CASE(when_the_launcher_is_killed_its_commands_crash_and_the_next_command_runs) {
  sign_of_life life{folder / "life"};
  auto attempt = start(shell("(" + life.shell_code() + until_killed + ") & " + until_killed));
  BOOST_REQUIRE(life.begins());
  const auto launcher = launcher_pid().value();
  ::kill(launcher, SIGKILL);
  const auto result = result_of(attempt);
  BOOST_TEST((result.outcome == job_outcome::crashed));
  BOOST_TEST(result.error_text == "the launcher of commands was ended by SIGKILL: the command was killed");
  BOOST_TEST(life.ends());
  BOOST_TEST(content(run(shell("echo again"))).output == "again\n");
  BOOST_TEST(launcher_pid().value() != launcher);
}

BOOST_AUTO_TEST_CASE(a_terminals_interrupt_and_a_services_term_do_not_end_the_launcher) {
  sign_of_life life{folder / "life"};
  const auto go = folder / "go";
  BOOST_REQUIRE(::mkfifo(go.c_str(), 0600) == 0);
  auto attempt = start(shell(life.shell_code() + "read -r line <" + go + "; exit 3"));
  BOOST_REQUIRE(life.begins());
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
    ::kill(launcher_pid().value(), signal);
  std::ofstream{go} << "on\n";
  BOOST_TEST(content(result_of(attempt)).exit_code.value() == 3);
}

BOOST_AUTO_TEST_CASE(what_runs_is_noted_and_what_has_ended_is_not) {
  BOOST_TEST((run(shell("grep -q \" $CARILLON_JOB_ID $CARILLON_FENCING_TOKEN \" " + leftovers_file)).outcome ==
              job_outcome::success));
  std::ifstream file{leftovers_file};
  file.seekg(128);
  std::string rest;
  BOOST_TEST(!(file >> rest));
}

BOOST_AUTO_TEST_CASE(a_leftover_with_the_noted_start_time_is_killed) {
  sign_of_life life{folder / "life"};
  auto family = a_family();
  const auto pid = spawn_living(life);
  family.leader = read_process(pid).value();
  note(leftovers_file, family);
  BOOST_REQUIRE(commands->open());
  int status = 0;
  ::waitpid(pid, &status, 0);
  BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
  BOOST_TEST(life.ends());
}

BOOST_AUTO_TEST_CASE(another_process_with_the_pid_of_a_leftover_is_left_alone) {
  sign_of_life life{folder / "life"};
  auto family = a_family();
  const auto pid = spawn_living(life);
  family.leader = {pid, read_process(pid)->start_time - 1};
  note(leftovers_file, family);
  BOOST_REQUIRE(commands->open());
  BOOST_TEST(is_living(pid));
  ::kill(-pid, SIGKILL);
  kill_and_wait(pid);
}

BOOST_AUTO_TEST_CASE(a_group_whose_leader_is_gone_is_killed_if_it_carries_the_job) {
  sign_of_life life{folder / "life"};
  auto family = a_family();
  const auto leader = spawn({"/bin/sh", "-c", "(" + life.shell_code() + until_killed + ") & wait"}, marks(family));
  BOOST_REQUIRE(life.begins());
  family.leader = read_process(leader).value();
  kill_and_wait(leader);
  note(leftovers_file, family);
  BOOST_REQUIRE(commands->open());
  BOOST_TEST(life.ends());
}

BOOST_AUTO_TEST_CASE(a_group_whose_leader_is_gone_is_left_alone_if_it_carries_another_job) {
  sign_of_life life{folder / "life"};
  auto family = a_family();
  const auto leader = spawn({"/bin/sh", "-c", "(" + life.shell_code() + until_killed + ") & wait"}, marks(family));
  BOOST_REQUIRE(life.begins());
  family.leader = read_process(leader).value();
  family.fencing_token = 8; // a later attempt, whose first process had the same pid
  kill_and_wait(leader);
  note(leftovers_file, family);
  BOOST_REQUIRE(commands->open());
  BOOST_TEST(::kill(-leader, SIGKILL) == 0); // the group still is there
  BOOST_TEST(life.ends());
}

BOOST_AUTO_TEST_CASE(a_list_of_another_boot_is_not_believed) {
  sign_of_life life{folder / "life"};
  auto family = a_family();
  const auto pid = spawn_living(life, marks(family));
  family.leader = read_process(pid).value();
  note(leftovers_file, family);
  std::fstream file{leftovers_file};
  file.seekp(21); // the boot id
  file << "00000000";
  file.close();
  BOOST_REQUIRE(commands->open());
  BOOST_TEST(is_living(pid));
  BOOST_TEST(std::filesystem::file_size(leftovers_file) == 0u);
  ::kill(-pid, SIGKILL);
  kill_and_wait(pid);
}

BOOST_AUTO_TEST_CASE(a_damaged_list_harms_nobody) {
  for (const auto& damaged :
       std::vector{std::string(1000, '\0'), std::string(1000, 'x'), std::string{"carillon-leftovers 1"}}) {
    std::ofstream{leftovers_file} << damaged;
    BOOST_TEST(commands->open().has_value());
  }
  BOOST_TEST((run(shell("exit 0")).outcome == job_outcome::success));
}

BOOST_AUTO_TEST_CASE(a_list_that_cannot_be_written_is_an_error_of_the_command) {
  leftovers_file = folder / "no such folder/leftovers";
  commands = make();
  BOOST_TEST(commands->open().has_value()); // there is nothing to end
  const auto result = run(shell("exit 0"));
  BOOST_TEST((result.outcome == job_outcome::error));
  BOOST_TEST(result.error_text.find("no such folder/leftovers: No such file") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
