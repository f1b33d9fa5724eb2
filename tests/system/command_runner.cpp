#include "system/commands_of_a_test.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <functional>

using namespace carillon;
using namespace carillon_tests;

namespace {

// The outcome must be `error`, never started; gives the text.
std::string refusal(const attempt_result& result) {
  BOOST_TEST((result.outcome == job_outcome::error));
  BOOST_TEST(!content(result).exit_code);
  BOOST_TEST(!content(result).signal);
  return result.error_text;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

BOOST_FIXTURE_TEST_SUITE(command_runner, fixture)

BOOST_AUTO_TEST_CASE(exit_code_0_is_success) {
  const auto result = run(shell("echo hello; echo again >&2"));
  BOOST_TEST((result.outcome == job_outcome::success));
  BOOST_TEST(content(result).exit_code.value() == 0);
  BOOST_TEST(content(result).output == "hello\nagain\n");
  BOOST_TEST(content(result).output_bytes == 12u);
}

BOOST_AUTO_TEST_CASE(another_exit_code_is_an_error) {
  const auto result = run(shell("echo oh; exit 3"));
  BOOST_TEST((result.outcome == job_outcome::error));
  BOOST_TEST(result.error_text == "exited with code 3");
  BOOST_TEST(content(result).exit_code.value() == 3);
  BOOST_TEST(content(result).output == "oh\n");
}

BOOST_AUTO_TEST_CASE(a_signal_is_a_crash) {
  const auto result = run(shell("ulimit -c 0; kill -SEGV $$"));
  BOOST_TEST((result.outcome == job_outcome::crashed));
  BOOST_TEST(has(result.error_text, "ended by SIGSEGV"));
  BOOST_TEST(content(result).signal.value() == SIGSEGV);
  BOOST_TEST(!content(result).exit_code);
}

BOOST_AUTO_TEST_CASE(a_job_without_a_command_fails_to_decode) {
  std::optional<attempt_result> ended;
  auto what = make_job(shell("true"));
  what->arguments = "true";
  commands->start(what, nullptr, [&](attempt_result result) { ended = std::move(result); });
  BOOST_REQUIRE(ended);
  BOOST_TEST((ended->outcome == job_outcome::deserialization_failed));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_started_is_named) {
  BOOST_TEST(
      has(refusal(run(program({"carillon-no-such-program"}))), "there is no program carillon-no-such-program in "));
  BOOST_TEST(has(refusal(run(program({"/no/such/program"}))), "/no/such/program: No such file"));
  auto in_no_folder = shell("true");
  in_no_folder.working_directory = "/no/such/folder";
  BOOST_TEST(has(refusal(run(in_no_folder)), "the working directory /no/such/folder: No such file"));
  auto as_nobody_known = shell("true");
  as_nobody_known.user = "carillon-no-such-user";
  BOOST_TEST(has(refusal(run(as_nobody_known)), "there is no user carillon-no-such-user"));
  auto with_no_shell = shell("true");
  with_no_shell.shell = "/no/such/shell";
  BOOST_TEST(has(refusal(run(with_no_shell)), "/no/such/shell: No such file"));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_program_is_refused) {
  const auto path = folder / "file";
  std::ofstream{path} << "echo hello\n";
  ::chmod(path.c_str(), 0644);
  BOOST_TEST(has(refusal(run(program({path}))), path + ": Permission denied"));
  ::chmod(path.c_str(), 0755);
  BOOST_TEST(has(refusal(run(program({path}))), "neither a binary for this machine nor a script"));
  std::ofstream{path} << "#!/no/such/interpreter\n";
  BOOST_TEST(has(refusal(run(program({path}))), "interpreter"));
  BOOST_TEST(has(refusal(run(program({folder / ""}))), "Permission denied"));
}

BOOST_AUTO_TEST_CASE(arguments_that_are_too_long_are_refused) {
  BOOST_TEST(has(refusal(run(program({"echo", std::string(900'000, 'x')}))), "too long"));
}

BOOST_AUTO_TEST_CASE(a_program_is_found_in_the_path_of_the_command) {
  const auto path = folder / "only-here";
  std::ofstream{path} << "#!/bin/sh\necho found\n";
  ::chmod(path.c_str(), 0755);
  auto spec = program({"only-here"});
  spec.environment["PATH"] = "/no/such/folder:" + (folder / "") + ":/usr/bin:/bin";
  BOOST_TEST(content(run(spec)).output == "found\n");
}

BOOST_AUTO_TEST_CASE(a_command_knows_its_job) {
  const auto result = run(shell("echo $CARILLON_JOB_ID $CARILLON_TASK $CARILLON_SCHEDULE_ID $CARILLON_ATTEMPT "
                                "$CARILLON_SCHEDULED_FIRE_TIME $CARILLON_FENCING_TOKEN"));
  const auto id = make_job(shell("true"))->id.to_string();
  BOOST_TEST(content(result).output == id + " command nightly 2 2026-01-02T03:04:05.000000Z 7\n");
}

BOOST_AUTO_TEST_CASE(a_command_knows_its_worker_its_time_and_its_metadata) {
  const auto print = shell("echo $CARILLON_EXECUTOR $CARILLON_TIME_LIMIT $CARILLON_DEADLINE $CARILLON_METADATA");
  const auto run_with = [&](const std::function<void(job&)>& change) {
    auto what = make_job(print);
    change(*what);
    auto ended = std::make_shared<std::promise<attempt_result>>();
    auto result = ended->get_future();
    commands->start(what, nullptr, [ended](attempt_result outcome) { ended->set_value(std::move(outcome)); });
    return content(result_of(result)).output;
  };
  BOOST_TEST(run_with([](job& x) {
               x.held_by->executor = "here";
               x.started_at = parse_iso8601("2026-01-02T03:04:05Z").or_throw();
               x.time_limit = std::chrono::milliseconds{90'500};
               x.metadata = {{"colour", "red"}};
             }) == "here 90.5 2026-01-02T03:05:35.500000Z {\"colour\":\"red\"}\n");
  BOOST_TEST(run_with([](job& x) {
               x.metadata = {{"text", std::string(70'000, 'x')}};
             }).find("xxx") == std::string::npos); // no variable may be so long
}

BOOST_AUTO_TEST_CASE(the_environment_is_the_nodes_and_the_commands_own) {
  auto spec = shell("echo ${PATH:+there} $COLOUR");
  spec.environment["COLOUR"] = "red=green";
  BOOST_TEST(content(run(spec)).output == "there red=green\n");
  auto alone = program({"/usr/bin/env"});
  alone.clear_environment = true;
  alone.environment["COLOUR"] = "red";
  const auto output = content(run(alone)).output;
  BOOST_TEST(has(output, "COLOUR=red\n"));
  BOOST_TEST(has(output, "CARILLON_JOB_ID="));
  BOOST_TEST(!has(output, "PATH="));
}

BOOST_AUTO_TEST_CASE(a_command_runs_in_its_folder) {
  auto spec = program({"pwd"});
  spec.working_directory = "/usr";
  BOOST_TEST(content(run(spec)).output == "/usr\n");
  spec.working_directory = "~/bin";
  spec.environment["HOME"] = "/usr";
  spec.argv = {"/bin/pwd", "-P"};
  BOOST_TEST(content(run(spec)).output == "/usr/bin\n");
}

BOOST_AUTO_TEST_CASE(a_command_leads_a_session_and_has_only_the_standard_descriptors) {
  const auto result = run(shell("read -r pid name state parent group session rest </proc/$$/stat; "
                                "[ $$ = $group ] && [ $$ = $session ] && echo leads; "
                                "for fd in /proc/$$/fd/*; do echo ${fd##*/}; done; "
                                "grep ^SigBlk /proc/self/status; grep ^SigIgn /proc/self/status | tail -c 8"));
  // 3 is the folder that is being listed. The last seven digits are the signals that have names.
  BOOST_TEST(content(result).output == "leads\n0\n1\n2\n3\nSigBlk:\t0000000000000000\n0000000\n");
}

BOOST_AUTO_TEST_CASE(standard_input_is_delivered_and_closed) {
  auto spec = program({"cat"});
  spec.standard_input = "one\ntwo";
  BOOST_TEST(content(run(spec)).output == "one\ntwo");
  spec.standard_input = std::string(800'000, 'x');
  spec.argv = {"wc", "-c"};
  BOOST_TEST(content(run(spec)).output == "800000\n");
  spec.standard_input.clear();
  BOOST_TEST(content(run(spec)).output == "0\n");
}

BOOST_AUTO_TEST_CASE(input_that_nobody_reads_holds_nothing_up) {
  auto spec = shell("exit 4");
  spec.standard_input = std::string(800'000, 'x');
  BOOST_TEST(content(run(spec)).exit_code.value() == 4);
  spec.shell_line = "exec <&-; echo closed";
  BOOST_TEST(content(run(spec)).output == "closed\n");
}

BOOST_AUTO_TEST_CASE(as_root_a_command_runs_as_its_user) {
  auto spec = shell("id -un; id -gn; id -Gn; echo $HOME $LOGNAME $USER $SHELL");
  if (::geteuid() == 0) {
    spec.user = "nobody";
    BOOST_TEST(content(run(spec)).output == "nobody\nnogroup\nnogroup\n/nonexistent nobody nobody /bin/sh\n");
    spec.environment["HOME"] = "/elsewhere";
    BOOST_TEST(has(content(run(spec)).output, "/elsewhere nobody"));
    const auto closed = folder / "closed";
    std::filesystem::create_directory(closed);
    ::chmod(closed.c_str(), 0700);
    spec.working_directory = closed;
    BOOST_TEST(has(refusal(run(spec)), closed + ": Permission denied")); // it enters it as that user
  } else {
    spec.user = "root";
    BOOST_TEST(has(refusal(run(spec)), "the node doesn't run as root"));
  }
}

BOOST_AUTO_TEST_CASE(five_hundred_short_commands_one_after_the_other) {
  for (int number = 0; number < 500; ++number) {
    auto attempt = start(program({"true"}), number);
    BOOST_REQUIRE((result_of(attempt).outcome == job_outcome::success));
  }
}

BOOST_AUTO_TEST_CASE(hundreds_of_starts_and_large_reports_at_once_do_not_block_each_other) {
  std::vector<std::future<attempt_result>> results;
  auto spec = shell("head -c 100000 /dev/zero; exit $CARILLON_FENCING_TOKEN");
  spec.environment["PADDING"] = std::string(20'000, 'x');
  for (int number = 0; number < 300; ++number)
    results.push_back(start(spec, number, static_cast<revision>(number % 100)));
  for (std::size_t number = 0; number < results.size(); ++number)
    BOOST_TEST(content(result_of(results[number])).exit_code.value() == static_cast<int>(number % 100));
}

BOOST_AUTO_TEST_CASE(a_hundred_commands_run_at_the_same_time) {
  sign_of_life gate{folder / "gate"};
  BOOST_REQUIRE(::mkfifo((folder / "wait").c_str(), 0600) == 0);
  std::vector<std::future<attempt_result>> results;
  for (int number = 0; number < 100; ++number)
    results.push_back(start(shell(gate.shell_code() + "exec cat " + (folder / "wait")), number));
  for (int number = 0; number < 100; ++number)
    BOOST_REQUIRE(gate.begins());
  for (int number = 0; number < 100; ++number)
    commands->stop(make_job(shell("true"), number)->id, stop_reason::cancelled);
  for (auto& result : results)
    BOOST_TEST((result_of(result).outcome == job_outcome::cancelled));
  BOOST_TEST(gate.ends());
}

BOOST_AUTO_TEST_CASE(a_launcher_that_cannot_be_started_is_an_error) {
  for (const auto& launcher :
       std::vector<std::vector<std::string>>{{}, {"/no/such/launcher"}, {"/bin/false"}, {"/bin/echo", "hello"}}) {
    commands = make_command_runner({launcher, leftovers_file, 1000});
    const auto result = run(program({"true"}));
    BOOST_TEST((result.outcome == job_outcome::error || result.outcome == job_outcome::crashed));
    BOOST_TEST(has(result.error_text, "the launcher of commands"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
