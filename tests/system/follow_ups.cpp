#include "system/json_answer.hpp"

#include "carillon/model/value.hpp"

#include <fstream>
#include <iterator>

using namespace carillon;
using namespace carillon::system_test;

namespace {

struct node_fixture {
  scratch_folder folder;
  served_node node{folder / "data"};

  value::list jobs() {
    const auto listed = document(node.ask({"job", "list", "--json"}));
    return *listed.find("jobs")->get_if<value::list>();
  }
};

// Without what stands around it.
std::string plain(const value& of, const char* field) {
  const auto quoted = text(of, field);
  return quoted.substr(1, quoted.size() - 2);
}

} // namespace

BOOST_AUTO_TEST_SUITE(follow_ups)

BOOST_AUTO_TEST_CASE(the_highest_priority_begins_first) {
  const scratch_folder folder;
  const served_node node{folder / "data", {"--slots", "1"}};
  const auto go = folder / "go";
  const auto order = folder / "order";
  const auto add = [&](std::vector<std::string> options, const std::string& line) {
    options.insert(options.begin(), {"job", "run"});
    options.insert(options.end(), {"--shell", line});
    const auto added = node.ask(std::move(options));
    BOOST_TEST(added.code == 0, added.err);
  };
  // The first one holds the only slot until all are there; the last one ends after all others.
  add({}, "until test -e " + go + "; do sleep 0.01; done");
  for (const std::string priority : {"1", "3", "-5", "2"})
    add({"--priority=" + priority}, "echo " + priority + " >> " + order);
  std::ofstream{go} << '\n';
  add({"--wait", "--priority=-100"}, "true");
  std::ifstream file{order};
  const std::string lines{std::istreambuf_iterator<char>{file}, {}};
  BOOST_TEST(lines == "3\n2\n1\n-5\n");
}

BOOST_FIXTURE_TEST_CASE(a_follow_up_gets_the_outcome_and_the_result, node_fixture) {
  const auto on = [](const std::string& name) {
    return R"({"task": "command", "on": ")" + name + R"(", "arguments": {"shell_line": "echo on )" + name +
           R"( $CARILLON_PREDECESSOR_OUTCOME $CARILLON_PREDECESSOR_ID $CARILLON_PREDECESSOR_RESULT"}})";
  };
  const auto all = "[" + on("success") + "," + on("failure") + "," + on("end") + "]";
  const auto failed = node.ask({"job", "run", "--wait", "--json", "--follow-ups", all, "--", "false"});
  BOOST_TEST(failed.code == 2, failed.err);
  const auto id = plain(parse_json_text(failed.out).or_throw(), "id");
  BOOST_TEST(node.program().out().wait_for("on failure error " + id + " {"), node.program().out().said());
  BOOST_TEST(node.program().out().wait_for("on end error " + id + " {"), node.program().out().said());
  BOOST_TEST(has(node.program().out().said(), "exit_code"));
  const auto listed = jobs();
  BOOST_TEST(listed.size() == 3U); // none on success
  for (const auto& one : listed)
    if (plain(one, "id") != id)
      BOOST_TEST(plain(*one.find("follows"), "id") == id);
}

BOOST_FIXTURE_TEST_CASE(a_schedule_runs_when_asked, node_fixture) {
  BOOST_TEST(node.ask({"schedule", "add", "yearly", "--cron", "0 0 1 1 *", "--", "echo", "asked"}).code == 0);
  const std::string id = "01930000-0000-7000-8000-000000000007";
  BOOST_TEST(node.ask({"schedule", "run", "yearly", "--as", id}).out == "yearly runs now as " + id + "\n");
  BOOST_TEST(node.ask({"schedule", "run", "yearly", "--as", id}).code == 0); // asked for twice
  BOOST_TEST(node.ask({"job", "result", "--wait", id}).out == "asked\n");
  BOOST_TEST(jobs().size() == 1U);
  BOOST_TEST(text(jobs()[0], "schedule_id") == R"("yearly")");
  BOOST_TEST(text(jobs()[0], "scheduled_fire_time") == "null");
  BOOST_TEST(node.ask({"schedule", "run", "nobody"}).code == 2);
  BOOST_TEST(node.ask({"check"}).code == 0);
}

BOOST_FIXTURE_TEST_CASE(of_jobs_with_one_key_one_runs, node_fixture) {
  const auto add = [&](const std::string& line) {
    return node.ask({"job", "run", "--unique-key", "import", "--unique-for", "1h", "--wait", "--shell", line}).out;
  };
  BOOST_TEST(add("echo first") == "first\n");
  BOOST_TEST(add("echo second") == "first\n"); // the result of the first one
  BOOST_TEST(jobs().size() == 1U);
  BOOST_TEST(has(node.ask({"job", "run", "--unique-key", "x", "--unique-for", "1000d", "--", "true"}).err,
                 "unique: its window of 1000d is longer than history is kept, which is 1w"));
}

BOOST_FIXTURE_TEST_CASE(a_rate_is_kept, node_fixture) {
  const auto add = [&](const std::string& line) {
    const auto added = node.ask({"job", "run", "--rate-key", "host", "--rate", "2/1d", "--shell", line});
    BOOST_TEST(added.code == 0, added.err);
  };
  for (const std::string line : {"echo one", "echo two", "echo three"})
    add(line);
  BOOST_TEST(node.program().out().wait_for("one"));
  BOOST_TEST(node.program().out().wait_for("two"));
  BOOST_TEST(node.ask({"job", "run", "--wait", "--", "echo", "another"}).out == "another\n"); // isn't held up
  std::size_t pending = 0;
  for (const auto& one : jobs())
    pending += text(one, "state") == R"("pending")" ? 1 : 0;
  BOOST_TEST(pending == 1U);
  BOOST_TEST(node.ask({"task", "set", "command", "--rate", "5/1m"}).code == 0);
  BOOST_TEST(text(document(node.ask({"task", "show", "command", "--json"})), "rate") == R"({"count":5,"per":60})");
  BOOST_TEST(node.ask({"task", "set", "command", "--rate", "none"}).code == 0);
  BOOST_TEST(text(document(node.ask({"task", "show", "command", "--json"})), "rate") == "null");
  BOOST_TEST(has(node.ask({"task", "set", "command", "--rate", "5"}).err, "no rate such as 10/1s"));
  BOOST_TEST(has(node.ask({"task", "set", "command", "--rate", "5/1000d"}).err, "rate: 1000d isn't within 1ms to 31d"));
}

BOOST_FIXTURE_TEST_CASE(bad_priorities_and_follow_ups_are_refused_by_field, node_fixture) {
  BOOST_TEST(has(node.ask({"job", "run", "--priority", "101", "--", "true"}).err, "--priority"));
  const auto refused = node.ask({"job", "run", "--follow-ups", R"([{"task": "nobody"}])", "--", "true"});
  BOOST_TEST(refused.code == 2);
  BOOST_TEST(has(refused.err, R"(follow_ups: number 1: no node has ever registered the task "nobody")"), refused.err);
  const auto unknown =
      node.ask({"job", "run", "--follow-ups", R"([{"task": "command", "on": "monday"}])", "--", "true"});
  BOOST_TEST(has(unknown.err, R"(follow_ups: on: unknown name "monday"; there are success, failure, end)"),
             unknown.err);
}

BOOST_AUTO_TEST_SUITE_END()
