// HTTP requests as jobs, against a real server on this machine. Clauses HT of docs/semantics.md.
#include "carillon/runner/http_runner.hpp"
#include "carillon/model/http.hpp"
#include "system/commands_of_a_test.hpp"
#include "system/http_server_of_a_test.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon_tests;
using namespace std::chrono_literals;

namespace {

constexpr duration in_no_time = 100ms;

struct http_fixture {
  std::future<attempt_result> start(const http_spec& spec, int number = 1) {
    auto what = make_job(command_spec{}, number);
    what->task = "http";
    what->arguments = to_value(spec);
    return start(what);
  }
  std::future<attempt_result> start(const std::shared_ptr<const job>& what) {
    auto ended = std::make_shared<std::promise<attempt_result>>();
    requests->start(what, nullptr, [ended](attempt_result result) { ended->set_value(std::move(result)); });
    return ended->get_future();
  }
  attempt_result run(const http_spec& spec) {
    auto attempt = start(spec);
    return result_of(attempt);
  }
  attempt_result get(const std::string& path) { return run({.url = server.url(path)}); }
  static http_result answer(const attempt_result& ended) {
    const auto read = to_http_result(ended.result);
    BOOST_REQUIRE_MESSAGE(read, ended.error_text);
    return *read;
  }
  static bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

  http_server server;
  std::unique_ptr<runner> requests = make_http_runner();
};

const std::string certificate = CARILLON_TEST_DATA "/http/localhost.pem";

} // namespace

BOOST_AUTO_TEST_SUITE(http_runner)

BOOST_FIXTURE_TEST_CASE(a_request_is_sent_as_it_says_and_the_answer_is_the_result, http_fixture) {
  const auto ended = run({.url = server.url("/echo?a=b%20c"),
                          .method = "PUT",
                          .headers = {{"Content-Type", "text/plain"}, {"X-Empty", ""}},
                          .body = std::string{"two\nlines\0 and a nul", 20}});
  const auto asked = server.next();
  BOOST_TEST(asked.method == "PUT");
  BOOST_TEST(asked.path == "/echo?a=b%20c");
  BOOST_TEST(asked.body == (std::string{"two\nlines\0 and a nul", 20}));
  BOOST_TEST(asked.headers.at("content-type") == "text/plain");
  BOOST_TEST(asked.headers.at("x-empty").empty());
  BOOST_TEST((ended.outcome == job_outcome::error)); // /echo?... isn't /echo
  BOOST_TEST((run({.url = server.url("/echo"), .method = "POST", .body = "hello"}).outcome == job_outcome::success));
  const auto got = answer(run({.url = server.url("/echo"), .method = "POST", .body = "hello"}));
  BOOST_TEST(got.status == 200);
  BOOST_TEST((got.body == value{"hello"}));
  BOOST_TEST(got.body_bytes == 5U);
  BOOST_TEST(got.headers.at("x-answer") == "yes");
  BOOST_TEST(got.headers.at("x-twice") == "one, two");
  BOOST_TEST(got.url.empty());
}

BOOST_FIXTURE_TEST_CASE(each_method_is_sent_with_or_without_a_body, http_fixture) {
  for (const auto* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    BOOST_TEST((run({.url = server.url("/echo"), .method = method}).outcome == job_outcome::success), method);
    const auto asked = server.next();
    BOOST_TEST(asked.method == method);
    BOOST_TEST(!asked.headers.contains("content-type"), method); // nobody said it is a form
  }
  BOOST_TEST((run({.url = server.url("/echo"), .method = "DELETE", .body = "x"}).outcome == job_outcome::success));
  const auto asked = server.next();
  BOOST_TEST(asked.method == "DELETE");
  BOOST_TEST(asked.body == "x");
}

BOOST_FIXTURE_TEST_CASE(a_server_learns_the_job_and_its_fencing_token, http_fixture) {
  const auto what = make_job(command_spec{}, 1, 77);
  what->task = "http";
  what->arguments = to_value(http_spec{.url = server.url("/echo")});
  auto attempt = start(what);
  BOOST_TEST((result_of(attempt).outcome == job_outcome::success));
  const auto asked = server.next();
  BOOST_TEST(asked.headers.at("carillon-job") == what->id.to_string());
  BOOST_TEST(asked.headers.at("carillon-fencing-token") == "77");
  BOOST_TEST(asked.headers.at("idempotency-key") == what->id.to_string());
  what->arguments = to_value(http_spec{.url = server.url("/echo"), .headers = {{"Idempotency-Key", "mine"}}});
  auto mine = start(what);
  BOOST_TEST((result_of(mine).outcome == job_outcome::success));
  BOOST_TEST(server.next().headers.at("idempotency-key") == "mine");
}

BOOST_FIXTURE_TEST_CASE(a_status_that_does_not_mean_success_is_an_error_with_the_answer, http_fixture) {
  const auto ended = get("/status/503");
  BOOST_TEST((ended.outcome == job_outcome::error));
  BOOST_TEST(ended.error_text == "http: the answer's status is 503, and 200-299 would be success");
  BOOST_TEST(answer(ended).status == 503);
  const auto chosen = [&](int status) {
    return run({.url = server.url("/status/" + std::to_string(status)), .success = {{200, 204}, {404, 404}}}).outcome;
  };
  BOOST_TEST((chosen(204) == job_outcome::success));
  BOOST_TEST((chosen(404) == job_outcome::success));
  BOOST_TEST((chosen(205) == job_outcome::error));
}

BOOST_FIXTURE_TEST_CASE(redirects_are_followed_only_if_asked_and_not_for_ever, http_fixture) {
  const auto refused = get("/redirect/2");
  BOOST_TEST((refused.outcome == job_outcome::error));
  BOOST_TEST(answer(refused).status == 302);
  BOOST_TEST(answer(refused).headers.at("location") == "/redirect/1");
  const auto follow = [&](const std::string& path) { return run({.url = server.url(path), .follow_redirects = true}); };
  const auto followed = follow("/redirect/9");
  BOOST_TEST((followed.outcome == job_outcome::success));
  BOOST_TEST(answer(followed).url == server.url("/echo"));
  BOOST_TEST(!answer(followed).headers.contains("location")); // the last answer counts
  BOOST_TEST(follow("/redirect/10").error_text == "http: more than 10 redirects");
  const auto count = server.count();
  for (const auto* elsewhere : {"/to/file:///etc/passwd", "/to/ftp://127.0.0.1/x"})
    BOOST_TEST((follow(elsewhere).outcome == job_outcome::error), elsewhere);
  BOOST_TEST(server.count() == count + 2);
}

BOOST_FIXTURE_TEST_CASE(no_redirect_leads_from_https_to_http, http_fixture) {
  http_server secure{http_server::security::self_signed};
  requests = make_http_runner({.ca_file = certificate});
  const auto ended = run({.url = secure.url("/to/" + server.url("/echo")), .follow_redirects = true});
  BOOST_TEST((ended.outcome == job_outcome::error));
  BOOST_TEST(server.count() == 0U);
  const auto there_and_back = secure.url("/to/" + server.url("/echo"));
  const auto again = run({.url = server.url("/to/" + there_and_back), .follow_redirects = true});
  BOOST_TEST((again.outcome == job_outcome::error));
  BOOST_TEST(server.count() == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_certificate_that_is_not_trusted_is_refused, http_fixture) {
  http_server secure{http_server::security::self_signed};
  const auto refused = run({.url = secure.url("/echo")});
  BOOST_TEST((refused.outcome == job_outcome::error));
  BOOST_TEST(refused.error_text.starts_with("http: no trusted connection: "), refused.error_text);
  BOOST_TEST(secure.count() == 0U); // nothing was said before
  requests = make_http_runner({.ca_file = certificate});
  BOOST_TEST((run({.url = secure.url("/echo")}).outcome == job_outcome::success));
  const auto other_name = run({.url = "https://127.0.0.1:" + std::to_string(secure.port()) + "/echo"});
  BOOST_TEST((other_name.outcome == job_outcome::error));
  BOOST_TEST(other_name.error_text.starts_with("http: no trusted connection: "), other_name.error_text);
  BOOST_TEST((run({.url = "https://localhost:" + std::to_string(server.port()) + "/"}).outcome == job_outcome::error));
  BOOST_TEST(secure.count() == 1U);
}

BOOST_FIXTURE_TEST_CASE(its_time_limit_ends_a_request_that_nobody_answers_and_one_whose_body_does_not_come,
                        http_fixture) {
  for (const auto* path : {"/silent", "/slow"}) {
    const auto ended = run({.url = server.url(path), .time_limit = in_no_time});
    BOOST_TEST((ended.outcome == job_outcome::timed_out), path);
    BOOST_TEST(ended.error_text.starts_with("http: no whole answer within 100ms"), ended.error_text);
  }
  BOOST_TEST(server.have_gone(2));
}

BOOST_FIXTURE_TEST_CASE(a_large_answer_is_cut_and_counted, http_fixture) {
  constexpr std::size_t ten_mebibytes = 10 << 20;
  const auto large = answer(get("/large/" + std::to_string(ten_mebibytes)));
  BOOST_TEST(large.body_bytes == ten_mebibytes);
  BOOST_TEST((large.body == value{std::string(64 << 10, 'x')}));
  const auto kept = [&](const std::string& path, std::uint64_t bytes) {
    return answer(run({.url = server.url(path), .keep_body_bytes = bytes}));
  };
  BOOST_TEST((kept("/large/1000", 0).body == value{""}));
  BOOST_TEST(kept("/large/1000", 0).body_bytes == 1'000U);
  BOOST_TEST((kept("/large/1000", 1'000).body == value{std::string(1'000, 'x')}));
  BOOST_TEST((kept("/text/10", 5).body == value{"\u00e4\u00e4"})); // no half a character
  BOOST_TEST(kept("/text/10", 5).body_bytes == 20U);
  BOOST_TEST((kept("/bytes", 10).body == value{bytes{"\xff\xfe"}}));
}

BOOST_FIXTURE_TEST_CASE(of_many_headers_the_first_are_kept, http_fixture) {
  const auto got = answer(get("/headers/150"));
  std::size_t size = 0;
  for (const auto& [name, content] : got.headers)
    size += name.size() + content.size();
  BOOST_TEST(got.headers.size() > 50U);
  BOOST_TEST(size <= 16U << 10);
}

BOOST_FIXTURE_TEST_CASE(one_that_is_stopped_ends_at_once_for_the_reason_given, http_fixture) {
  int number = 0;
  for (const auto& [why, outcome] : {std::pair{stop_reason::cancelled, job_outcome::cancelled},
                                     {stop_reason::timed_out, job_outcome::timed_out},
                                     {stop_reason::lease_lost, job_outcome::cancelled}}) {
    ++number;
    auto attempt = start({.url = server.url(number == 1 ? "/slow" : "/silent")}, number);
    (void)server.next(); // it is under way
    requests->stop(make_job(command_spec{}, number)->id, why);
    BOOST_TEST((result_of(attempt).outcome == outcome));
  }
  BOOST_TEST(server.have_gone(3));
}

BOOST_FIXTURE_TEST_CASE(a_runner_that_ends_ends_what_it_runs, http_fixture) {
  auto attempt = start({.url = server.url("/silent")});
  (void)server.next();
  requests.reset();
  const auto ended = result_of(attempt);
  BOOST_TEST((ended.outcome == job_outcome::cancelled));
  BOOST_TEST(ended.error_text == "stopped because the node stops");
  BOOST_TEST(server.have_gone(1));
}

BOOST_FIXTURE_TEST_CASE(a_server_that_is_not_there_or_hangs_up_is_an_error_that_says_so, http_fixture) {
  const auto hangs_up = get("/hangup");
  BOOST_TEST((hangs_up.outcome == job_outcome::error));
  BOOST_TEST(has(hangs_up.error_text, "Empty reply"), hangs_up.error_text);
  unsigned short free_port = 0;
  {
    const http_server gone;
    free_port = gone.port();
  }
  const auto refused = run({.url = "http://127.0.0.1:" + std::to_string(free_port) + "/"});
  BOOST_TEST((refused.outcome == job_outcome::error));
  BOOST_TEST(has(refused.error_text, std::to_string(free_port)), refused.error_text);
}

BOOST_FIXTURE_TEST_CASE(many_wait_for_their_answers_at_once, http_fixture) {
  constexpr int many = 50;
  std::vector<std::future<attempt_result>> waiting;
  for (int number = 1; number <= many; ++number)
    waiting.push_back(start({.url = server.url("/silent")}, number));
  for (int number = 1; number <= many; ++number)
    (void)server.next();
  BOOST_TEST((run({.url = server.url("/echo")}).outcome == job_outcome::success));
  requests.reset();
  for (auto& one : waiting)
    BOOST_TEST((result_of(one).outcome == job_outcome::cancelled));
}

BOOST_FIXTURE_TEST_CASE(arguments_that_are_no_request_are_told_as_such, http_fixture) {
  const auto what = make_job(command_spec{});
  what->arguments = value::map{{"url", "gopher://x"}};
  auto attempt = start(what);
  const auto ended = result_of(attempt);
  BOOST_TEST((ended.outcome == job_outcome::deserialization_failed));
  BOOST_TEST(ended.error_text.starts_with("http: url: "), ended.error_text);
  BOOST_TEST(server.count() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
