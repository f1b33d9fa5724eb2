// Tasks, limits by key and runners on the command line and by the control API.
#include "system/program.hpp"

#include "carillon/model/value.hpp"

#include <fstream>

#include <sys/stat.h>

using namespace carillon;
using namespace carillon::system_test;

namespace {

struct node_fixture {
  scratch_folder folder;
  served_node node{folder / "data"};

  std::string ask(std::vector<std::string> words) const {
    const auto said = node.ask(std::move(words));
    BOOST_TEST(said.code == 0, said.err);
    return said.out;
  }
  std::string field(std::vector<std::string> words, const std::string& name) const {
    words.emplace_back("--json");
    const auto document = parse_json_text(ask(std::move(words))).or_throw();
    const auto* found = document.find(name);
    return found != nullptr ? to_json_text(*found) : "(missing)";
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(task_commands)

BOOST_FIXTURE_TEST_CASE(a_task_is_set_shown_and_removed, node_fixture) {
  BOOST_TEST(ask({"task", "set", "mail", "--max-running", "3", "--misfire-grace", "1h", "--on-loss", "abandon",
                  "--metadata", R"({"owner": "ops"})"}) == "mail recorded\n");
  const std::vector<std::string> show{"task", "show", "mail"};
  BOOST_TEST(field(show, "max_running_jobs") == "3");
  BOOST_TEST(field(show, "misfire_grace_time") == "3600");
  BOOST_TEST(field(show, "on_loss") == R"("abandon")");
  BOOST_TEST(field(show, "metadata") == R"({"owner":"ops"})");
  BOOST_TEST(field(show, "runner") == R"("thread_pool")");
  ask({"task", "set", "mail", "--max-running", "none", "--runner", "inline", "--time-limit", "30s"});
  BOOST_TEST(field(show, "max_running_jobs") == "null");
  BOOST_TEST(field(show, "misfire_grace_time") == "3600"); // wasn't named
  BOOST_TEST(field(show, "time_limit") == "30");
  BOOST_TEST(field(show, "runner") == R"("inline")");
  BOOST_TEST(has(http(node.socket(), "PUT", "/v1/tasks/mail", R"({"metadata": null, "on_loss": null})"),
                 R"("on_loss":"run_again")"));
  BOOST_TEST(field(show, "metadata") == "{}");

  ask({"schedule", "add", "s", "--at", "2099-12-31T23:00Z", "--task", "mail"});
  const auto in_use = node.ask({"task", "remove", "mail"});
  BOOST_TEST(in_use.code == 2);
  BOOST_TEST(has(in_use.err, "schedule \"s\""), in_use.err);
  BOOST_TEST(ask({"task", "remove", "mail", "--force"}) == "mail removed\n");
  BOOST_TEST(node.ask({"task", "show", "mail"}).code == 2);
  BOOST_TEST(node.ask({"schedule", "show", "s"}).code == 2);
  BOOST_TEST(node.ask({"check"}).code == 0);
}

BOOST_FIXTURE_TEST_CASE(settings_outlive_a_restart_of_the_node, node_fixture) {
  ask({"task", "set", "command", "--max-running", "2"});
  node.program().signal(SIGTERM);
  BOOST_TEST(node.program().wait() == 0);
  const served_node again{folder / "data"};
  BOOST_TEST(has(again.ask({"task", "show", "command", "--json"}).out, R"("max_running_jobs":2)"));
}

BOOST_FIXTURE_TEST_CASE(bad_values_are_refused_by_the_name_of_the_field, node_fixture) {
  const auto schedule = [](const std::string& more) {
    return R"({"id": "s", "task": "command", "arguments": {"argv": ["true"]},
               "trigger": {"type": "interval", "seconds": 10}, )" +
           more + "}";
  };
  struct bad_request {
    std::string method, target, body, field;
  };
  const std::vector<bad_request> requests{
      {"POST", "/v1/schedules", schedule(R"("max_jitter": 10)"), "max_jitter"},
      {"POST", "/v1/schedules", schedule(R"("max_jitter": -1)"), "max_jitter"},
      {"POST", "/v1/schedules", schedule(R"("misfire_grace_time": -1)"), "misfire_grace_time"},
      {"POST", "/v1/schedules", schedule(R"("overlap": "maybe")"), "overlap"},
      {"POST", "/v1/schedules", schedule(R"("coalesce": "maybe")"), "coalesce"},
      {"POST", "/v1/schedules", schedule(R"("limit": {"key": "", "maximum": 1})"), "limit"},
      {"POST", "/v1/schedules", schedule(R"("limit": {"key": "k", "maximum": 0})"), "limit"},
      {"POST", "/v1/schedules", schedule(R"("limit": {"key": "k", "most": 2})"), "limit"},
      {"POST", "/v1/schedules", schedule(R"("limit": 3)"), "limit"},
      {"POST", "/v1/schedules", schedule(R"("runner": "thread_pool")"), "runner"},
      {"POST", "/v1/jobs", R"({"task": "command", "arguments": {"argv": ["true"]}, "runner": "inline"})", "runner"},
      {"PUT", "/v1/tasks/mail", R"({"max_running_jobs": 0})", "max_running_jobs"},
      {"PUT", "/v1/tasks/mail", R"({"max_running_jobs": -1})", "max_running_jobs"},
      {"PUT", "/v1/tasks/mail", R"({"on_loss": "cry"})", "on_loss"},
      {"PUT", "/v1/tasks/mail", R"({"time_limit": "5 parsecs"})", "time_limit"},
      {"PUT", "/v1/tasks/mail", R"({"runner": "teleport"})", "runner"},
      {"PUT", "/v1/tasks/mail", R"({"colour": 1})", "colour"},
      {"PUT", "/v1/tasks/mail", R"({"id": "fax"})", "id"},
      {"PUT", "/v1/tasks/command", R"({"runner": "inline"})", "runner"},
      {"DELETE", "/v1/tasks/mail?force=maybe", "", "force"},
  };
  for (const auto& request : requests) {
    const auto said = http(node.socket(), request.method, request.target, request.body);
    BOOST_TEST(has(said, "HTTP/1.1 400"), request.body << ": " << said);
    BOOST_TEST(has(said, R"("field":")" + request.field + "\""), request.body << ": " << said);
  }
  BOOST_TEST(has(node.ask({"task", "list"}).out, "command"));
  BOOST_TEST(!has(node.ask({"task", "list"}).out, "mail")); // nothing was recorded
  const auto said = node.ask({"schedule", "add", "s", "--every", "10s", "--max-jitter", "10s", "--", "true"});
  BOOST_TEST(said.code == 2);
  BOOST_TEST(has(said.err, "max_jitter: "), said.err);
}

BOOST_FIXTURE_TEST_CASE(jobs_of_a_key_run_one_after_the_other, node_fixture) {
  const auto gate = folder / "gate";
  BOOST_REQUIRE(::mkfifo(gate.c_str(), 0600) == 0);
  const auto id_of = [&](std::vector<std::string> words) {
    auto id = ask(std::move(words));
    return id.substr(0, id.find('\n'));
  };
  const auto first = id_of({"job", "run", "--limit-key", "database", "--", "cat", gate});
  const auto second = id_of({"job", "run", "--limit-key", "database", "--limit-max", "1", "--", "echo", "second"});
  BOOST_TEST(ask({"job", "run", "--wait", "--runner", "command", "--", "echo", "free"}) == "free\n");
  BOOST_TEST(field({"job", "show", first}, "state") == R"("running")");
  BOOST_TEST(field({"job", "show", second}, "state") == R"("pending")"); // though it came before the one that has run
  BOOST_TEST(field({"job", "show", second}, "limit") == R"({"key":"database","maximum":1})");
  std::ofstream{gate} << "first\n"; // the command ends with its input
  BOOST_TEST(ask({"job", "result", "--wait", second}) == "second\n");
  BOOST_TEST(ask({"job", "result", first}) == "first\n");
}

BOOST_AUTO_TEST_SUITE_END()
