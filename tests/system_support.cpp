#include "system/commands_of_a_test.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

using namespace carillon;

namespace carillon_tests {
namespace {

constexpr int long_enough_in_milliseconds = 60'000;

} // namespace

sign_of_life::sign_of_life(const std::string& path) : path_(path) {
  BOOST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  reader_ = file_descriptor{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  BOOST_REQUIRE(reader_.is_open());
}

bool sign_of_life::begins() {
  pollfd what{reader_.get(), POLLIN, 0};
  char line[3];
  return ::poll(&what, 1, long_enough_in_milliseconds) == 1 && ::read(reader_.get(), line, sizeof line) == sizeof line;
}

bool sign_of_life::ends() {
  pollfd what{reader_.get(), POLLIN, 0};
  char more[64];
  while (::poll(&what, 1, long_enough_in_milliseconds) == 1)
    if (::read(reader_.get(), more, sizeof more) == 0)
      return true;
  return false;
}

std::unique_ptr<runner> fixture::make() const {
  command_runner_config config;
  config.launcher = {"/proc/self/exe", "launcher"};
  config.leftovers_file = leftovers_file;
  return make_command_runner(config);
}

std::future<attempt_result> fixture::start(const command_spec& spec, int number, revision token) {
  auto ended = std::make_shared<std::promise<attempt_result>>();
  auto result = ended->get_future();
  commands->start(make_job(spec, number, token), nullptr,
                  [ended](attempt_result outcome) { ended->set_value(std::move(outcome)); });
  return result;
}

attempt_result fixture::run(const command_spec& spec) {
  auto attempt = start(spec);
  return result_of(attempt);
}

std::optional<pid_t> fixture::launcher_pid() const {
  std::ifstream file{leftovers_file};
  std::string name;
  std::string version;
  std::string boot;
  std::string pid_namespace;
  pid_t pid = 0;
  if (file >> name >> version >> boot >> pid_namespace >> pid)
    return pid;
  return std::nullopt;
}

// Test programs run beside each other, and a runner ends every process that carries its job's id: so each test program has ids
// of its own, which the nodes that it starts share.
static std::string test_run() {
  ::setenv("CARILLON_TEST_RUN", std::to_string(::getpid()).c_str(), 0);
  return std::getenv("CARILLON_TEST_RUN");
}

std::shared_ptr<job> make_job(const command_spec& spec, int number, revision token) {
  auto what = std::make_shared<job>();
  what->id = job_id::of_request("request " + std::to_string(number) + " of " + test_run(), timestamp{});
  what->task = "command";
  what->schedule_id = "nightly";
  what->scheduled_fire_time = parse_iso8601("2026-01-02T03:04:05Z").or_throw();
  what->arguments = to_value(spec);
  what->attempt = 2;
  what->held_by = lease{"here", 1, token};
  return what;
}

command_spec shell(std::string line) {
  command_spec spec;
  spec.shell_line = std::move(line);
  return spec;
}

command_spec program(std::vector<std::string> argv) {
  command_spec spec;
  spec.argv = std::move(argv);
  return spec;
}

attempt_result result_of(std::future<attempt_result>& attempt) {
  BOOST_REQUIRE((attempt.wait_for(long_enough) == std::future_status::ready));
  return attempt.get();
}

command_result content(const attempt_result& result) {
  const auto read = to_command_result(result.result);
  BOOST_REQUIRE(read);
  return *read;
}

bool is_living(pid_t pid) {
  std::ifstream file{"/proc/" + std::to_string(pid) + "/stat"};
  std::string text;
  std::getline(file, text);
  const auto name_end = text.rfind(')');
  return name_end != std::string::npos && text[name_end + 2] != 'Z';
}

bool is_gone_soon(pid_t pid) {
  const auto give_up = std::chrono::steady_clock::now() + long_enough;
  while (is_living(pid)) {
    if (std::chrono::steady_clock::now() > give_up)
      return false;
    std::this_thread::yield(); // not a child of ours: nothing tells
  }
  return true;
}

int run_node_until_killed(const char* leftovers_file, const char* line) {
  command_runner_config config;
  config.launcher = {"/proc/self/exe", "launcher"};
  config.leftovers_file = leftovers_file;
  const auto commands = make_command_runner(config);
  if (!commands->open())
    return 1;
  commands->start(make_job(shell(line)), nullptr, [](const attempt_result&) {});
  while (true)
    ::pause();
}

} // namespace carillon_tests
