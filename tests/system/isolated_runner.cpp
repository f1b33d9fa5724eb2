// Tasks in processes of their own, which crash, eat memory, never end and fork. Clauses IS of docs/semantics.md.
#include "carillon/runtime/isolated_task.hpp"
#include "system/commands_of_a_test.hpp"
#include "system/isolated_tasks_of_a_test.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <fstream>
#include <future>
#include <iterator>
#include <set>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace carillon;
using namespace carillon_tests;
using namespace std::chrono_literals;

namespace {

struct isolated_fixture;

// A FIFO of a process's own (see sign_of_life): a new one for each, as an old one has ended already.
struct fifo : sign_of_life {
  explicit fifo(const isolated_fixture& where, const std::string& name = "life");
  std::string path;
};

struct isolated_fixture {
  std::future<attempt_result> start(const std::string& task, value arguments = {}, int number = 1, revision token = 7) {
    const auto what = make_job(command_spec{}, number, token);
    what->task = task;
    what->arguments = std::move(arguments);
    auto ended = std::make_shared<std::promise<attempt_result>>();
    isolated->start(what, nullptr, [ended](attempt_result result) { ended->set_value(std::move(result)); });
    return ended->get_future();
  }
  attempt_result run(const std::string& task, value arguments = {}) {
    auto attempt = start(task, std::move(arguments));
    return result_of(attempt);
  }
  pid_t pid() { return static_cast<pid_t>(*run("pid").result.get_if<std::int64_t>()); }
  void stop(stop_reason why, int number = 1) { isolated->stop(make_job(command_spec{}, number)->id, why); }
  std::unique_ptr<runner> make(duration kill_after) const {
    isolated_runner_config config;
    config.tasks = isolated_tasks_of_program();
    config.leftovers_file = folder / "leftovers";
    config.idle_processes = 1;
    config.kill_after = kill_after;
    return make_isolated_runner(config);
  }
  void kill_soon() { isolated = make(100ms); }

  scratch_folder folder;
  std::unique_ptr<runner> isolated = make(long_enough);
};

fifo::fifo(const isolated_fixture& where, const std::string& name)
  : sign_of_life(where.folder / name), path(where.folder / name) {}

pid_t start_this_program(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "/proc/self/exe");
  std::vector<char*> argv;
  for (auto& each : arguments)
    argv.push_back(each.data());
  argv.push_back(nullptr);
  pid_t started = 0;
  BOOST_REQUIRE(::posix_spawn(&started, "/proc/self/exe", nullptr, nullptr, argv.data(), environ) == 0);
  return started;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::optional<int> signal_of(const attempt_result& ended) {
  const auto process = to_command_result(ended.result);
  return process ? process->signal : std::nullopt;
}

} // namespace

BOOST_AUTO_TEST_SUITE(isolated_runner)

BOOST_FIXTURE_TEST_CASE(code_runs_in_another_process_with_its_arguments_and_its_job, isolated_fixture) {
  BOOST_TEST((run("add", arguments(40, 2)).result == value{42}));
  BOOST_TEST(pid() != ::getpid());
  const auto seen = run("describe").result;
  BOOST_TEST((seen.find("id") != nullptr && *seen.find("id") == value{make_job(command_spec{})->id.to_string()}));
  BOOST_TEST((*seen.find("token") == value{7}));
  BOOST_TEST((*seen.find("attempt") == value{2}));
  BOOST_TEST((*seen.find("schedule") == value{"nightly"}));
  BOOST_TEST((run("later").result == value{"later"}));
}

BOOST_FIXTURE_TEST_CASE(a_process_takes_one_job_after_the_other, isolated_fixture) {
  const auto first = pid();
  BOOST_TEST((run("throw").outcome == job_outcome::error));
  BOOST_TEST(has(run("throw").error_text, "out of paper"));
  BOOST_TEST((run("add", arguments("x", 2)).outcome == job_outcome::deserialization_failed));
  BOOST_TEST(pid() == first);
}

BOOST_FIXTURE_TEST_CASE(what_the_code_says_of_itself_comes_before_its_end, isolated_fixture) {
  struct listener final : report_sink {
    void progress(double fraction, std::string_view text) noexcept override {
      progress_at = fraction, progress_text = text;
    }
    void line(log_stream from, std::string_view text) noexcept override {
      BOOST_TEST((from == log_stream::log));
      lines.emplace_back(text);
    }
    void left_out(std::uint64_t count) noexcept override { left += count; }
    std::vector<std::string> lines;
    std::uint64_t left = 0;
    double progress_at = 0;
    std::string progress_text;
  };
  const auto talk = [&](int lines) {
    auto heard = std::make_shared<listener>();
    const auto what = make_job(command_spec{});
    what->task = "talk";
    what->arguments = arguments(lines);
    std::promise<attempt_result> ended;
    isolated->start(what, nullptr, {[&](attempt_result result) { ended.set_value(std::move(result)); }, heard});
    auto attempt = ended.get_future();
    BOOST_TEST((result_of(attempt).outcome == job_outcome::success));
    return heard;
  };
  const auto few = talk(2);
  BOOST_TEST((few->lines == std::vector<std::string>{"line 1", "line 2"}));
  BOOST_TEST(few->progress_at == 0.5);
  BOOST_TEST(few->progress_text == "half");
  const auto many = talk(100'000); // however slow we are: what isn't told is counted
  BOOST_TEST(many->lines.size() + many->left == 100'000U);
}

BOOST_FIXTURE_TEST_CASE(at_most_so_many_processes_wait_for_jobs, isolated_fixture) {
  fifo first{*this, "first"};
  fifo second{*this, "second"};
  auto one = start("wait", arguments(true, first.path), 1);
  auto other = start("wait", arguments(true, second.path), 2);
  BOOST_TEST((first.begins() && second.begins()));
  std::set<pid_t> pids;
  for (int round = 0; round < 2; ++round) { // a third and a fourth process beside the two
    auto again = start("pid", {}, 3);
    auto too = start("pid", {}, 4);
    for (auto* each : {&again, &too})
      pids.insert(static_cast<pid_t>(*result_of(*each).result.get_if<std::int64_t>()));
  }
  const auto kept = pid();
  for (const auto each : pids)
    BOOST_TEST((each == kept || is_gone_soon(each)));
  stop(stop_reason::cancelled, 1);
  stop(stop_reason::cancelled, 2);
  BOOST_TEST((result_of(one).outcome == job_outcome::success));
  BOOST_TEST((result_of(other).outcome == job_outcome::success));
}

BOOST_FIXTURE_TEST_CASE(a_segmentation_fault_is_the_outcome_crashed_with_its_signal, isolated_fixture) {
  const auto before = pid();
  const auto ended = run("segfault");
  BOOST_TEST((ended.outcome == job_outcome::crashed));
  BOOST_TEST(ended.error_text.starts_with("the task's process ended by SIGSEGV"), ended.error_text);
  BOOST_TEST((signal_of(ended) == SIGSEGV));
  BOOST_TEST(is_gone_soon(before));
  BOOST_TEST(pid() != before); // the next one has another process
}

BOOST_FIXTURE_TEST_CASE(a_crash_says_what_the_process_wrote_last, isolated_fixture) {
  const auto ended = run("abort");
  BOOST_TEST((ended.outcome == job_outcome::crashed));
  BOOST_TEST((signal_of(ended) == SIGABRT));
  BOOST_TEST(has(ended.error_text, "SIGABRT"), ended.error_text);
  BOOST_TEST(ended.error_text.ends_with(": the table is broken"), ended.error_text);
  for (const int code : {0, 3}) {
    const auto exited = run("exit", arguments(code));
    BOOST_TEST((exited.outcome == job_outcome::crashed));
    BOOST_TEST(has(exited.error_text, "exited with code " + std::to_string(code)), exited.error_text);
  }
}

BOOST_FIXTURE_TEST_CASE(one_that_takes_more_memory_than_it_may_is_killed_and_one_that_does_not_is_not,
                        isolated_fixture) {
  BOOST_TEST((run("eat", arguments(32)).outcome == job_outcome::success));
  const auto ended = run("eat", arguments(128));
  BOOST_TEST((ended.outcome == job_outcome::crashed));
  BOOST_TEST((signal_of(ended) == SIGKILL));
  BOOST_TEST(has(ended.error_text, "out of memory"), ended.error_text);
  BOOST_TEST((run("eat", arguments(32)).outcome == job_outcome::success)); // and the next isn't held responsible
  BOOST_TEST((run("eat", arguments(32)).outcome == job_outcome::success));
}

BOOST_FIXTURE_TEST_CASE(one_that_is_asked_to_stop_may_end_by_itself_and_what_it_says_counts, isolated_fixture) {
  for (const bool good : {true, false}) {
    const auto process = pid();
    fifo life{*this, good ? "good" : "bad"};
    auto attempt = start("wait", arguments(good, life.path));
    BOOST_TEST(life.begins());
    stop(stop_reason::cancelled);
    const auto ended = result_of(attempt);
    BOOST_TEST((ended.outcome == (good ? job_outcome::success : job_outcome::cancelled)));
    BOOST_TEST((good || ended.error_text == "cancelled: half done"), ended.error_text);
    BOOST_TEST(is_gone_soon(process));
  }
}

BOOST_FIXTURE_TEST_CASE(one_that_never_returns_and_ignores_term_is_killed, isolated_fixture) {
  kill_soon();
  for (const auto& [why, outcome] : {std::pair{stop_reason::timed_out, job_outcome::timed_out},
                                     {stop_reason::cancelled, job_outcome::cancelled},
                                     {stop_reason::lease_lost, job_outcome::cancelled}}) {
    fifo life{*this, std::string{"life"} + std::to_string(static_cast<int>(why))};
    auto attempt = start("deaf", arguments(life.path));
    BOOST_TEST(life.begins());
    stop(why);
    const auto ended = result_of(attempt);
    BOOST_TEST((ended.outcome == outcome));
    BOOST_TEST((signal_of(ended) == SIGKILL));
    BOOST_TEST(life.ends()); // already: nothing of it lives
  }
}

BOOST_FIXTURE_TEST_CASE(what_a_job_forked_ends_with_it, isolated_fixture) {
  kill_soon();
  fifo left{*this, "left"};
  const auto done = run("fork", arguments(left.path));
  BOOST_TEST((done.outcome == job_outcome::success));
  BOOST_TEST((done.result == value{"done"}));
  BOOST_TEST((left.begins() && left.ends()));
  fifo of_a_crash{*this, "of_a_crash"};
  const auto crashed = run("fork_and_crash", arguments(of_a_crash.path));
  BOOST_TEST((crashed.outcome == job_outcome::crashed));
  BOOST_TEST((signal_of(crashed) == SIGSEGV));
  BOOST_TEST((of_a_crash.begins() && of_a_crash.ends()));
  fifo stopped{*this, "stopped"};
  auto attempt = start("fork_and_wait", arguments(stopped.path));
  BOOST_TEST(stopped.begins());
  stop(stop_reason::timed_out);
  BOOST_TEST((result_of(attempt).outcome == job_outcome::timed_out));
  BOOST_TEST(stopped.ends());
}

BOOST_FIXTURE_TEST_CASE(a_fork_that_comes_back_from_the_code_says_nothing, isolated_fixture) {
  const auto ended = run("come_back_twice");
  BOOST_TEST((ended.result == value{1}));
  BOOST_TEST((run("add", arguments(1, 2)).result == value{3}));
}

BOOST_FIXTURE_TEST_CASE(the_end_of_the_runner_is_a_kill, isolated_fixture) {
  fifo life{*this};
  auto attempt = start("deaf", arguments(life.path));
  BOOST_TEST(life.begins());
  isolated.reset();
  const auto ended = result_of(attempt);
  BOOST_TEST((ended.outcome == job_outcome::cancelled));
  BOOST_TEST(has(ended.error_text, "the node stops"), ended.error_text);
  BOOST_TEST(life.ends());
}

BOOST_FIXTURE_TEST_CASE(a_node_that_is_killed_takes_them_along, isolated_fixture) {
  fifo life{*this};
  const auto node = start_this_program({"isolated-node", folder / "of_the_node", life.path});
  BOOST_TEST(life.begins());
  ::kill(node, SIGKILL);
  ::waitpid(node, nullptr, 0);
  BOOST_TEST(life.ends());
}

BOOST_FIXTURE_TEST_CASE(crashes_of_some_are_nothing_to_the_others_nor_to_the_node, isolated_fixture) {
  constexpr auto limit = 60s;
  auto node = node::open({.slots = 8, .stop_grace = 100ms}).or_throw();
  for (const auto* id : {"add", "segfault", "abort", "eat", "fork_and_crash", "wait"}) {
    task settings;
    settings.id = id;
    BOOST_REQUIRE(register_isolated_task(node, settings));
  }
  BOOST_REQUIRE(node.register_task("here", [](int a, int b) { return a + b; }));
  BOOST_REQUIRE(node.start());
  const auto add = [&](const std::string& task, value given = {}) {
    return node.add_job({.task = task, .arguments = std::move(given)}).get().or_throw().id;
  };
  const auto outcome = [&](const job_id& id) { return node.wait_for_job(id, limit).get().or_throw().outcome; };
  fifo life{*this};
  const auto waiting = add("wait", arguments(true, life.path));
  BOOST_TEST(life.begins());
  std::vector<job_id> bad;
  std::vector<job_id> good;
  std::vector<std::unique_ptr<fifo>> left;
  for (int round = 0; round < 3; ++round) {
    left.push_back(std::make_unique<fifo>(*this, "left" + std::to_string(round)));
    bad.insert(bad.end(), {add("segfault"), add("abort"), add("eat", arguments(128)),
                           add("fork_and_crash", arguments(left.back()->path))});
    good.insert(good.end(), {add("add", arguments(1, 2)), add("here", arguments(1, 2)), add("eat", arguments(1))});
  }
  for (const auto& id : bad)
    BOOST_TEST((outcome(id) == job_outcome::crashed));
  for (const auto& id : good)
    BOOST_TEST((outcome(id) == job_outcome::success));
  for (const auto& one : left)
    BOOST_TEST((one->begins() && one->ends()));
  BOOST_TEST((node.find_job(waiting).get().or_throw().state == job_state::running));
  const auto crashed = node.find_job(bad.front()).get().or_throw();
  BOOST_TEST((signal_of(attempt_result::success(crashed.result)) == SIGSEGV));
  const auto refused = node.add_job({.task = "add", .arguments = arguments("x")}).get();
  BOOST_TEST((refused.err().code() == ec::invalid_argument)); // by the code that this process has too
}

BOOST_FIXTURE_TEST_CASE(without_the_first_line_of_main_an_isolated_task_is_refused, isolated_fixture) {
  const auto program = start_this_program({"without-the-line", folder / "told"});
  int status = 0;
  ::waitpid(program, &status, 0);
  BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  std::ifstream file{folder / "told"};
  const std::string told{std::istreambuf_iterator<char>{file}, {}};
  BOOST_TEST(has(told, "carillon::run_if_isolated(argc, argv, tasks)"), told);
  auto node = node::open({}).or_throw();
  task unknown;
  unknown.id = "nobody";
  const auto refused = register_isolated_task(node, unknown);
  BOOST_TEST((refused.err().code() == ec::invalid_argument));
  BOOST_TEST(has(refused.err().text(), "isn't among those that run_if_isolated was given"), refused.err().text());
  BOOST_TEST((run("nobody").outcome == job_outcome::error));
}

BOOST_AUTO_TEST_SUITE_END()
