// HTTP requests as jobs, by the command line and the control API of a real node. Clause HT7 of docs/semantics.md.
#include "system/http_server_of_a_test.hpp"
#include "system/program.hpp"

#include "carillon/model/value.hpp"

using namespace carillon;
using namespace carillon::system_test;

namespace {

struct requests_fixture {
  carillon_tests::http_server server;
  scratch_folder folder;
  served_node node{folder / "data"};
};

} // namespace

BOOST_AUTO_TEST_SUITE(http_commands)

BOOST_FIXTURE_TEST_CASE(a_request_is_made_and_its_answer_printed, requests_fixture) {
  const auto said = node.ask({"job", "run", "--wait", "--http", server.url("/echo"), "--http-method", "POST",
                              "--http-header", "X-Colour: red", "--http-body", "a line\n"});
  BOOST_TEST(said.code == 0, said.err);
  BOOST_TEST(said.out == "a line\n");
  const auto asked = server.next();
  BOOST_TEST(asked.method == "POST");
  BOOST_TEST(asked.headers.at("x-colour") == "red");
  const auto failed = node.ask({"job", "run", "--wait", "--http", server.url("/status/503")});
  BOOST_TEST(failed.code == 2);
  BOOST_TEST(has(failed.err, "the answer's status is 503"), failed.err);
  const auto document =
      parse_json_text(
          node.ask({"job", "run", "--wait", "--json", "--http", server.url("/large/100000"), "--http-keep", "3"}).out)
          .or_throw();
  const auto* result = document.find("result");
  BOOST_REQUIRE(result != nullptr && result->find("body") != nullptr);
  BOOST_TEST((*result->find("body") == value{"xxx"}));
  BOOST_TEST((*result->find("body_bytes") == value{100'000}));
  BOOST_TEST((*result->find("status") == value{200}));
}

BOOST_FIXTURE_TEST_CASE(a_schedule_makes_requests, requests_fixture) {
  const auto added = node.ask({"schedule", "add", "ping", "--every", "1h", "--http", server.url("/echo"), "--retries",
                               "2", "--http-success", "200-204"});
  BOOST_TEST(added.code == 0, added.err);
  const auto asked = server.next();
  BOOST_TEST(asked.path == "/echo");
  BOOST_TEST(asked.headers.contains("carillon-fencing-token"));
  BOOST_TEST(has(node.ask({"schedule", "list"}).out, "GET " + server.url("/echo")));
  BOOST_TEST(has(node.ask({"task", "list"}).out, "http"));
}

BOOST_FIXTURE_TEST_CASE(what_makes_no_request_is_refused_by_name, requests_fixture) {
  const auto bad = node.ask({"job", "run", "--http", "ftp://x"});
  BOOST_TEST(bad.code == 2);
  BOOST_TEST(has(bad.err, "arguments: http: url: "), bad.err);
  for (const auto& words : {std::vector<std::string>{"--http", "http://x", "--http-header", "no colon"},
                            {"--http", "http://x", "--http-success", "2xx"},
                            {"--http-method", "POST", "--", "true"},
                            {"--http", "http://x", "--", "true"},
                            {"--http", "http://x", "--env", "A=b"}}) {
    std::vector<std::string> all{"job", "run"};
    all.insert(all.end(), words.begin(), words.end());
    BOOST_TEST(node.ask(all).code == 1, words[1]);
  }
  const auto refused = http(node.socket(), "POST", "/v1/jobs",
                            R"({"task": "http", "arguments": {"url": "http://x", "headers": {"Host": "y"}}})");
  BOOST_TEST(has(refused, "HTTP/1.1 400"), refused);
  BOOST_TEST(has(refused, R"("field":"arguments")"), refused);
  BOOST_TEST(server.count() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
