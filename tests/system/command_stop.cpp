#include "system/commands_of_a_test.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

using namespace carillon;
using namespace carillon_tests;

namespace {

command_spec impatient(std::string line, duration kill_after = std::chrono::milliseconds{100}) {
  auto spec = shell(std::move(line));
  spec.kill_after = kill_after;
  return spec;
}

const std::string until_killed = "while :; do sleep 1000; done";

} // namespace

BOOST_FIXTURE_TEST_SUITE(command_stop, fixture)

BOOST_AUTO_TEST_CASE(a_command_over_its_time_gets_a_term) {
  sign_of_life life{folder / "life"};
  auto attempt = start(
      impatient("trap 'echo bye; exit 0' TERM; " + life.shell_code() + "while :; do sleep 0.02; done", long_enough));
  BOOST_REQUIRE(life.begins());
  commands->stop(make_job(shell("true"))->id, stop_reason::timed_out);
  const auto result = result_of(attempt);
  // Not a success, although it says so: it was told to end.
  BOOST_TEST((result.outcome == job_outcome::timed_out));
  BOOST_TEST(result.error_text == "stopped at its time limit: exited with code 0");
  BOOST_TEST(content(result).output.ends_with("bye\n"));
  BOOST_TEST(life.ends());
}

BOOST_AUTO_TEST_CASE(one_that_ignores_the_term_is_killed) {
  sign_of_life life{folder / "life"};
  auto attempt = start(impatient("trap '' TERM; " + life.shell_code() + until_killed));
  BOOST_REQUIRE(life.begins());
  commands->stop(make_job(shell("true"))->id, stop_reason::timed_out);
  const auto result = result_of(attempt);
  BOOST_TEST((result.outcome == job_outcome::timed_out));
  BOOST_TEST(result.error_text == "stopped at its time limit: ended by SIGKILL, as it didn't end when told to");
  BOOST_TEST(content(result).signal.value() == SIGKILL);
  BOOST_TEST(life.ends());
}

BOOST_AUTO_TEST_CASE(the_whole_group_dies_also_what_outlives_its_parent) {
  sign_of_life life{folder / "life"};
  auto attempt =
      start(impatient("(trap '' TERM; " + life.shell_code() + until_killed + ") & (" + until_killed + ") & wait"));
  BOOST_REQUIRE(life.begins());
  commands->stop(make_job(shell("true"))->id, stop_reason::cancelled);
  const auto result = result_of(attempt);
  BOOST_TEST((result.outcome == job_outcome::cancelled));
  BOOST_TEST(content(result).signal.value() == SIGTERM); // of the first process
  BOOST_TEST(life.ends());
}

BOOST_AUTO_TEST_CASE(a_process_in_a_session_of_its_own_dies_as_well) {
  sign_of_life life{folder / "life"};
  auto attempt =
      start(impatient("setsid sh -c \"trap '' TERM; " + life.shell_code() + until_killed + "\" & " + until_killed));
  BOOST_REQUIRE(life.begins());
  commands->stop(make_job(shell("true"))->id, stop_reason::timed_out);
  BOOST_TEST((result_of(attempt).outcome == job_outcome::timed_out));
  BOOST_TEST(life.ends());
}

BOOST_AUTO_TEST_CASE(a_process_without_the_environment_dies_by_its_session) {
  sign_of_life life{folder / "life"};
  auto attempt = start(
      impatient("env -i bash -c \"set -m; (trap '' TERM; " + life.shell_code() + until_killed + ") & wait\" & wait"));
  BOOST_REQUIRE(life.begins());
  commands->stop(make_job(shell("true"))->id, stop_reason::timed_out);
  BOOST_TEST((result_of(attempt).outcome == job_outcome::timed_out));
  BOOST_TEST(life.ends());
}

BOOST_AUTO_TEST_CASE(a_stopped_process_is_woken_to_end) {
  sign_of_life life{folder / "life"};
  auto attempt = start(impatient(life.shell_code() + "kill -STOP $$", long_enough));
  BOOST_REQUIRE(life.begins());
  commands->stop(make_job(shell("true"))->id, stop_reason::cancelled);
  BOOST_TEST(content(result_of(attempt)).signal.value() == SIGTERM);
}

BOOST_AUTO_TEST_CASE(without_patience_it_is_killed_at_once) {
  sign_of_life life{folder / "life"};
  auto attempt = start(impatient("trap 'echo bye' TERM; " + life.shell_code() + until_killed, duration{0}));
  BOOST_REQUIRE(life.begins());
  commands->stop(make_job(shell("true"))->id, stop_reason::timed_out);
  BOOST_TEST(content(result_of(attempt)).output == "");
}

BOOST_AUTO_TEST_CASE(with_its_lease_lost_it_is_gone_within_a_second_or_so) {
  sign_of_life life{folder / "life"};
  auto attempt = start(impatient("trap '' TERM; " + life.shell_code() + until_killed, std::chrono::hours{1}));
  BOOST_REQUIRE(life.begins());
  commands->stop(make_job(shell("true"))->id, stop_reason::lease_lost);
  BOOST_TEST((result_of(attempt).outcome == job_outcome::cancelled));
}

BOOST_AUTO_TEST_CASE(the_next_attempt_of_a_job_waits_until_the_earlier_one_is_gone) {
  sign_of_life life{folder / "life"};
  const auto mark = folder / "first_is_gone";
  auto first = start(
      impatient("trap 'sleep 0.2; : >" + mark + "; exit 1' TERM; " + life.shell_code() + "while :; do sleep 0.02; done",
                long_enough),
      1, 7);
  BOOST_REQUIRE(life.begins());
  commands->stop(make_job(shell("true"))->id, stop_reason::lease_lost);
  auto second = start(shell("[ -e " + mark + " ] && echo $CARILLON_FENCING_TOKEN"), 1, 8);
  BOOST_TEST((result_of(first).outcome == job_outcome::cancelled));
  BOOST_TEST(content(result_of(second)).output == "8\n");
}

BOOST_AUTO_TEST_CASE(an_attempt_that_still_waits_for_the_earlier_one_can_be_cancelled) {
  sign_of_life life{folder / "life"};
  auto first = start(impatient(life.shell_code() + until_killed));
  BOOST_REQUIRE(life.begins());
  auto second = start(shell("echo never"), 1, 8);
  commands->stop(make_job(shell("true"))->id, stop_reason::cancelled);
  BOOST_TEST(result_of(second).error_text == "cancelled before it ran");
  BOOST_TEST((result_of(first).outcome == job_outcome::cancelled));
}

BOOST_AUTO_TEST_CASE(stopping_what_is_unknown_or_has_ended_changes_nothing) {
  commands->stop(make_job(shell("true"), 9)->id, stop_reason::cancelled);
  BOOST_TEST((run(shell("exit 0")).outcome == job_outcome::success));
  commands->stop(make_job(shell("true"))->id, stop_reason::cancelled);
  BOOST_TEST((run(shell("exit 0")).outcome == job_outcome::success));
}

BOOST_AUTO_TEST_CASE(stopping_right_after_starting_is_never_lost) {
  std::vector<std::future<attempt_result>> attempts;
  for (int number = 0; number < 100; ++number) {
    attempts.push_back(start(impatient("sleep 1000", long_enough), number));
    commands->stop(make_job(shell("true"), number)->id, stop_reason::cancelled);
  }
  for (auto& attempt : attempts)
    BOOST_TEST((result_of(attempt).outcome == job_outcome::cancelled));
}

BOOST_AUTO_TEST_CASE(the_destructor_leaves_nothing_running_and_ends_every_attempt) {
  sign_of_life life{folder / "life"};
  auto attempt = start(impatient("trap '' TERM; " + life.shell_code() + until_killed, std::chrono::hours{1}));
  BOOST_REQUIRE(life.begins());
  commands.reset();
  BOOST_TEST(life.ends());
  const auto result = result_of(attempt);
  BOOST_TEST((result.outcome == job_outcome::cancelled));
  BOOST_TEST(result.error_text == "stopped because the node stops");
}

BOOST_AUTO_TEST_SUITE_END()
