// What running jobs say, as seen from outside while they run. Jobs wait for a file that the test makes: nothing sleeps here.
#include "carillon/runtime/node.hpp"
#include "system/json_answer.hpp"

#include <sys/stat.h>

#include <future>

using namespace carillon;
using namespace carillon::system_test;
using namespace std::chrono_literals;

namespace {

struct node_fixture {
  scratch_folder folder;
  served_node node{folder / "data"};

  // Shell code that goes on when the test has called `let_go`: a FIFO is opened by both sides at once.
  std::string wait_for_test(const std::string& name) const {
    BOOST_TEST_REQUIRE(::mkfifo((folder / name).c_str(), 0600) == 0);
    return "read -r _ < " + folder / name + "; ";
  }
  void let_go(const std::string& name) const {
    const int writer = ::open((folder / name).c_str(), O_WRONLY | O_CLOEXEC);
    BOOST_TEST_REQUIRE(writer >= 0);
    BOOST_TEST(::write(writer, "\n", 1) == 1);
    ::close(writer);
  }
  std::string add(const std::string& line) const {
    auto added = node.ask({"job", "run", "--shell", line});
    BOOST_TEST_REQUIRE(added.code == 0, added.err);
    added.out.pop_back(); // the line's end
    return added.out;
  }
  std::unique_ptr<process> follow(const std::string& id, const std::vector<std::string>& options = {}) const {
    std::vector<std::string> line{"--socket", node.socket(), "job", "logs", "--follow", id};
    line.insert(line.end(), options.begin(), options.end());
    return std::make_unique<process>(line);
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(job_logs)

BOOST_FIXTURE_TEST_CASE(a_command_is_followed_while_it_runs, node_fixture) {
  const auto id = add("echo one; " + wait_for_test("first") + "echo ::progress 0.4 half done; echo two >&2; " +
                      wait_for_test("second") + "printf three");
  const auto following = follow(id);
  BOOST_TEST_REQUIRE(following->out().wait_for("one"), following->err().said());
  BOOST_TEST(!has(following->out().said(), "two"));
  let_go("first");
  BOOST_TEST_REQUIRE(following->out().wait_for("two"));
  BOOST_TEST_REQUIRE(following->out().wait_for("40 %  half done"));
  const auto shown = document(node.ask({"job", "show", id, "--json"}));
  BOOST_TEST(text(shown, "state") == R"("running")");
  BOOST_TEST(text(*shown.find("progress"), "fraction") == "0.4");
  BOOST_TEST(text(*shown.find("progress"), "text") == R"("half done")");
  BOOST_TEST(has(node.ask({"job", "show", id}).out, "40 %  half done"));
  const auto so_far = node.ask({"job", "logs", id});
  BOOST_TEST(so_far.code == 0, so_far.err);
  BOOST_TEST(has(so_far.out, "one\n"), so_far.out);
  BOOST_TEST(has(so_far.out, "two\n"), so_far.out);
  BOOST_TEST(!has(so_far.out, "three"));
  let_go("second");
  BOOST_TEST(has(following->out().all(), "three\n")); // it ends with the job
  BOOST_TEST(following->wait() == 0);
  // The captured output is what it was.
  BOOST_TEST(node.ask({"job", "result", "--wait", id}).out == "one\n::progress 0.4 half done\ntwo\nthree");
}

BOOST_FIXTURE_TEST_CASE(json_is_one_document_or_one_a_line, node_fixture) {
  const auto id = add("echo one; " + wait_for_test("go") + "echo two");
  const auto following = follow(id, {"--json"});
  BOOST_TEST_REQUIRE(following->out().wait_for(R"("text":"one")"), following->err().said());
  let_go("go");
  const auto all = following->out().all();
  BOOST_TEST(following->wait() == 0);
  const auto last = parse_json_text(all.substr(all.rfind('\n', all.size() - 2) + 1));
  BOOST_TEST_REQUIRE(static_cast<bool>(last), all);
  BOOST_TEST(text(*last, "ended") == "true");
  const auto page = document(node.ask({"job", "logs", id, "--json"}));
  const auto& lines = *page.find("lines")->get_if<value::list>();
  BOOST_TEST_REQUIRE(lines.size() == 2u);
  BOOST_TEST(text(lines[0], "text") == R"("one")");
  BOOST_TEST(text(lines[0], "stream") == R"("output")");
  BOOST_TEST(text(lines[0], "attempt") == "1");
  BOOST_TEST(text(page, "ended") == "true");
}

BOOST_FIXTURE_TEST_CASE(a_retry_is_followed_to_the_end, node_fixture) {
  auto added = node.ask({"job", "run", "--retries", "1", "--retry-delay", "10ms", "--shell",
                         "echo attempt $CARILLON_ATTEMPT; test $CARILLON_ATTEMPT -gt 1"});
  added.out.pop_back();
  const auto following = follow(added.out);
  const auto all = following->out().all();
  BOOST_TEST(has(all, "  attempt 1\n"), all);
  BOOST_TEST(has(all, "  [attempt 2] attempt 2\n"), all);
  BOOST_TEST(following->wait() == 0);
}

BOOST_FIXTURE_TEST_CASE(a_flood_is_cut_and_counted, node_fixture) {
  const auto id = add("yes | head -n 3000000; echo last");
  BOOST_TEST(node.ask({"job", "result", "--wait", id}).code == 0);
  const auto following = follow(id);
  const auto all = following->out().all();
  BOOST_TEST(following->wait() == 0);
  BOOST_TEST(has(all, "lines are left out]"), all);
  BOOST_TEST(all.ends_with("  last\n"), all);
  BOOST_TEST(all.size() < 200'000u);
}

BOOST_FIXTURE_TEST_CASE(a_job_that_said_nothing_has_an_empty_log, node_fixture) {
  const auto id = add("true");
  BOOST_TEST(node.ask({"job", "result", "--wait", id}).code == 0);
  BOOST_TEST(node.ask({"job", "logs", id}).out == "It has said nothing, or nothing of it is kept.\n");
  const auto following = follow(id);
  BOOST_TEST(following->out().all() == "");
  BOOST_TEST(following->wait() == 0);
  BOOST_TEST(text(document(node.ask({"job", "show", id, "--json"})), "progress") == "null");
}

BOOST_FIXTURE_TEST_CASE(an_unknown_job_is_refused, node_fixture) {
  const auto refused = node.ask({"job", "logs", "01930000-0000-7000-8000-000000000000"});
  BOOST_TEST(refused.code == 2);
  BOOST_TEST(has(refused.err, "01930000-0000-7000-8000-000000000000"), refused.err);
  BOOST_TEST(node.ask({"job", "logs", "--follow", "nonsense"}).code == 2);
}

BOOST_FIXTURE_TEST_CASE(the_http_api_reads_after_a_number, node_fixture) {
  const auto id = add("echo one; echo two");
  BOOST_TEST(node.ask({"job", "result", "--wait", id}).code == 0);
  BOOST_TEST(follow(id)->out().all().size() > 0u); // to its end
  const auto answer = http(node.socket(), "GET", "/v1/jobs/" + id + "/log?after=1&limit=5&wait=1s");
  BOOST_TEST(has(answer, "200 OK"), answer);
  BOOST_TEST(!has(answer, R"("text":"one")"), answer);
  BOOST_TEST(has(answer, R"("text":"two")"), answer);
  BOOST_TEST(has(http(node.socket(), "GET", "/v1/jobs/" + id + "/log?wait=soon"), "wait: "));
  BOOST_TEST(has(http(node.socket(), "POST", "/v1/jobs/" + id + "/log"), "405"));
}

BOOST_AUTO_TEST_CASE(a_callable_in_an_embedded_node_is_followed) {
  auto node = carillon::node::open({}).or_throw();
  std::promise<void> go;
  BOOST_REQUIRE(node.register_task("import", [&](const job_context& context) {
    context.report_progress(0.5, "half");
    context.log("hello");
    go.get_future().wait();
    context.log("bye");
  }));
  BOOST_REQUIRE(node.start());
  const auto added = node.add_job({.task = "import"}).get().or_throw();
  job_log_page page;
  while (page.lines.empty()) // the progress may come first
    page = node.job_log(added.id, page.next, 100, 20s).get().or_throw();
  BOOST_TEST_REQUIRE(page.lines.size() == 1u);
  BOOST_TEST(page.lines[0].text == "hello");
  BOOST_TEST_REQUIRE(page.progress.has_value());
  BOOST_TEST(page.progress->fraction == 0.5);
  BOOST_TEST(page.progress->text == "half");
  BOOST_TEST((node.find_job(added.id).get().or_throw().state == job_state::running));
  go.set_value();
  std::vector<log_line> rest;
  while (!page.ended) {
    page = node.job_log(added.id, page.next, 100, 20s).get().or_throw();
    rest.insert(rest.end(), page.lines.begin(), page.lines.end());
  }
  BOOST_TEST_REQUIRE(rest.size() == 1u);
  BOOST_TEST(rest[0].text == "bye");
  BOOST_TEST((node.job_log(job_id::make(timestamp{}, 1, 1)).get().err().code() == ec::not_found));
  BOOST_TEST((node.job_log(added.id, 0, 100, 31s).get().err().code() == ec::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()
