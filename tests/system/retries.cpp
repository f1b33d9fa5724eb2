#include "system/json_answer.hpp"

#include "carillon/model/value.hpp"
#include "carillon/runtime/node.hpp"

using namespace carillon;
using namespace carillon::system_test;
using namespace std::chrono_literals;

namespace {

value::list items(const value& of, const char* list) {
  const auto* found = of.find(list);
  BOOST_TEST_REQUIRE((found != nullptr && found->get_if<value::list>() != nullptr), list);
  return *found->get_if<value::list>();
}

// Without what stands around it.
std::string id_of(const value& job) {
  const auto quoted = text(job, "id");
  return quoted.substr(1, quoted.size() - 2);
}

struct node_fixture {
  scratch_folder folder;
  served_node node{folder / "data"};

  // A shell line that appends to a file and exits with 3 until it has `times` lines; then it says so.
  std::string fails(int times) const {
    const auto file = folder / "attempts";
    return "echo $CARILLON_ATTEMPT >> " + file + "; test $(wc -l < " + file + ") -gt " + std::to_string(times) +
           " || exit 3; echo succeeded in attempt $CARILLON_ATTEMPT";
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(retries)

BOOST_FIXTURE_TEST_CASE(a_command_that_fails_twice_is_waited_for_until_it_succeeds, node_fixture) {
  const auto waited = node.ask({"job", "run", "--wait", "--retries", "5", "--retry-delay", "10ms", "--retry-backoff",
                                "fixed", "--retry-exit-code", "3", "--shell", fails(2)});
  BOOST_TEST(waited.code == 0, waited.err);
  BOOST_TEST(waited.out == "succeeded in attempt 3\n");
  const auto shown = items(document(node.ask({"job", "list", "--json"})), "jobs").at(0);
  BOOST_TEST(text(shown, "attempt") == "3");
  BOOST_TEST(text(shown, "failed_attempts") == "2");
  BOOST_TEST(text(shown, "dead_letter") == "false");
  const auto told = items(document(node.ask({"events", "--type", "job_retry_scheduled", "--json"})), "events");
  BOOST_TEST_REQUIRE(told.size() == 2U);
  BOOST_TEST(text(told[0], "text") == R"("exited with code 3; failed 1 of 6 times, again in 10ms")");
  BOOST_TEST(node.ask({"job", "dead-letters"}).out == "There are no dead letters.\n");
}

BOOST_FIXTURE_TEST_CASE(an_exit_code_that_wasnt_chosen_ends_the_job_at_once, node_fixture) {
  const auto waited = node.ask(
      {"job", "run", "--wait", "--json", "--retries", "5", "--retry-exit-code", "75", "--", "sh", "-c", "exit 3"});
  BOOST_TEST(waited.code == 2);
  const auto ended = parse_json_text(waited.out);
  BOOST_TEST_REQUIRE(static_cast<bool>(ended), waited.out);
  BOOST_TEST(text(*ended, "attempt") == "1");
  BOOST_TEST(text(*ended, "dead_letter") == "false");
}

BOOST_FIXTURE_TEST_CASE(a_dead_letter_is_listed_run_again_and_dropped, node_fixture) {
  const auto failed = node.ask({"job", "run", "--wait", "--retries", "1", "--retry-delay", "0s", "--shell", fails(2)});
  BOOST_TEST(failed.code == 2);
  BOOST_TEST(has(failed.err, "error, exit code 3"), failed.err);
  const auto dead = items(document(node.ask({"job", "dead-letters", "--json"})), "dead_letters");
  BOOST_TEST_REQUIRE(dead.size() == 1U);
  BOOST_TEST(text(dead[0], "failed_attempts") == "2");
  BOOST_TEST(text(dead[0], "dead_letter") == "true");
  const auto id = id_of(dead[0]);
  const auto listed = node.ask({"job", "dead-letters"});
  BOOST_TEST(has(listed.out, id), listed.out);
  BOOST_TEST(has(listed.out, "exited with code 3"), listed.out);

  const std::string again = "01930000-0000-7000-8000-000000000001";
  BOOST_TEST(node.ask({"job", "rerun", "--as", again, id}).out == id + " runs again as " + again + "\n");
  BOOST_TEST(node.ask({"job", "rerun", "--as", again, id}).code == 0); // asked for twice
  BOOST_TEST(node.ask({"job", "result", "--wait", again}).out == "succeeded in attempt 1\n");
  BOOST_TEST(text(document(node.ask({"job", "show", again, "--json"})), "rerun_of") == "\"" + id + "\"");
  BOOST_TEST(items(document(node.ask({"job", "dead-letters", "--json"})), "dead_letters").empty());

  BOOST_TEST(node.ask({"job", "run", "--wait", "--retries", "1", "--retry-delay", "0s", "--", "false"}).code == 2);
  const auto other = id_of(items(document(node.ask({"job", "dead-letters", "--json"})), "dead_letters").at(0));
  BOOST_TEST(node.ask({"job", "drop", other}).out == other + " dropped\n");
  BOOST_TEST(node.ask({"job", "drop", other}).code == 0); // asked for twice
  const auto never_one = node.ask({"job", "drop", again});
  BOOST_TEST(never_one.code == 2);
  BOOST_TEST(has(never_one.err, "job " + again + " is no dead letter"), never_one.err);
  BOOST_TEST(node.ask({"job", "dead-letters"}).out == "There are no dead letters.\n");
  BOOST_TEST(text(document(node.ask({"job", "show", other, "--json"})), "outcome") == R"("error")");
  BOOST_TEST(document(node.ask({"check", "--json"})).find("ok")->get_if<bool>() != nullptr);
}

BOOST_FIXTURE_TEST_CASE(a_schedules_policy_is_shown_and_bad_ones_are_refused_by_field, node_fixture) {
  const auto added = node.ask(
      {"schedule", "add", "x", "--every", "1h", "--retries", "2", "--retry-delay", "2h", "--json", "--", "true"});
  BOOST_TEST(text(*document(added).find("retry"), "max_delay") == "7200"); // as long as the delay
  BOOST_TEST(text(*document(node.ask({"schedule", "show", "x", "--json"})).find("retry"), "max_attempts") == "3");
  const auto refused =
      node.ask({"job", "run", "--retries", "1", "--retry-delay", "2s", "--retry-max-delay", "1s", "--", "true"});
  BOOST_TEST(refused.code == 2);
  BOOST_TEST(has(refused.err, "retry: max_delay: 1s is shorter than the delay of 2s"), refused.err);
  const auto answer = http(node.socket(), "POST", "/v1/jobs",
                           R"({"task": "command", "arguments": {"argv": ["true"]}, "retry": {"max_attempts": 0}})");
  BOOST_TEST(has(answer, "400 Bad Request"), answer);
  BOOST_TEST(has(answer, R"("field":"retry")"), answer);
}

BOOST_AUTO_TEST_CASE(the_facade_does_the_same) {
  auto node = carillon::node::open({}).or_throw();
  BOOST_TEST_REQUIRE(
      static_cast<bool>(node.register_task("fail", []() -> int { throw std::runtime_error{"broken"}; })));
  task settings;
  settings.id = "fail_more";
  settings.retry.max_attempts = 3;
  settings.retry.delay = 0s;
  BOOST_TEST_REQUIRE(
      static_cast<bool>(node.register_task(settings, []() -> int { throw std::runtime_error{"broken"}; })));
  BOOST_TEST_REQUIRE(static_cast<bool>(node.start()));
  job_request wanted;
  wanted.task = "fail_more";
  const auto inherited = node.add_job(wanted).get().or_throw();
  const auto ended = node.wait_for_job(inherited.id, 60s).get().or_throw();
  BOOST_TEST(ended.failed_attempts == 3U);
  BOOST_TEST(ended.dead_letter);
  wanted.retry = retry_policy{};
  const auto said = node.add_job(wanted).get().or_throw();
  BOOST_TEST(!node.wait_for_job(said.id, 60s).get().or_throw().dead_letter);
  BOOST_TEST(node.list_dead_letters().get().or_throw().items.size() == 1U);
  const auto again = node.rerun_job(inherited.id).get().or_throw();
  BOOST_TEST(node.wait_for_job(again.id, 60s).get().or_throw().dead_letter);
  BOOST_TEST(!node.drop_dead_letter(again.id).get().or_throw().dead_letter);
  BOOST_TEST(node.list_dead_letters().get().or_throw().items.empty());
  wanted.retry->max_attempts = 0;
  BOOST_TEST(node.add_job(wanted).get().err().text() == "retry: max_attempts: must be at least 1");
}

BOOST_AUTO_TEST_SUITE_END()
