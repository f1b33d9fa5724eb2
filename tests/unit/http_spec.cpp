#include "carillon/model/http.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

carillon::http_spec full() {
  return {.url = "https://example.org/a?b=c",
          .method = "POST",
          .headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}},
          .body = "{}",
          .time_limit = 5s,
          .success = {{200, 204}, {404, 404}},
          .follow_redirects = true,
          .keep_body_bytes = 100};
}

std::string refusal(const std::function<void(carillon::http_spec&)>& change) {
  auto spec = full();
  change(spec);
  const auto read = to_http_spec(to_value(spec));
  return read ? std::string{"accepted"} : read.err().text();
}

std::string refusal(const char* field, value content) {
  value::map fields{{"url", "http://x"}};
  fields[field] = std::move(content);
  const auto read = to_http_spec(fields);
  BOOST_TEST((read || read.err().code() == ec::invalid_argument));
  return read ? std::string{"accepted"} : read.err().text();
}

} // namespace

BOOST_AUTO_TEST_SUITE(http_spec)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again) {
  BOOST_TEST((to_http_spec(to_value(full())).or_throw() == full()));
  const carillon::http_spec least{.url = "http://localhost"};
  BOOST_TEST((to_value(least) == value{value::map{{"url", "http://localhost"}}}));
  BOOST_TEST((to_http_spec(to_value(least)).or_throw() == least));
  http_result answer{200, {{"a", "b"}}, value{"body"}, 4, "http://x/y"};
  BOOST_TEST((to_http_result(to_value(answer)) == answer));
  BOOST_TEST(!to_http_result(value{}));
}

BOOST_AUTO_TEST_CASE(a_url_is_http_or_https_and_of_printable_characters) {
  for (const auto* good : {"http://x", "HTTPS://x", "http://[::1]:80/", "http://x/@", "https://x?user=a@b"})
    BOOST_TEST(refusal([&](auto& x) { x.url = good; }) == "accepted", good);
  for (const auto* bad : {"", "x", "ftp://x", "file:///etc/passwd", "http:/x", "http://", "http:///x", "http://x/a b",
                          "http://x/\r\nHost: y", "http://x/\u00e4"})
    BOOST_TEST(refusal([&](auto& x) { x.url = bad; }).starts_with("http: url: "), bad);
  BOOST_TEST(refusal([](auto& x) { x.url = "http://me:secret@x/"; }) ==
             "http: url: a user and a password go into the header Authorization");
  BOOST_TEST(
      refusal([](auto& x) { x.url = "http://x/" + std::string(8 << 10, 'a'); }).starts_with("http: url: 8201 bytes"));
}

BOOST_AUTO_TEST_CASE(headers_are_one_line_each_and_say_nothing_that_is_said_already) {
  for (const auto* name : {"", "a b", "a:", "\u00e4", "a\n"})
    BOOST_TEST(refusal([&](auto& x) { x.headers = {{name, "c"}}; }).starts_with("http: headers: "), name);
  for (const auto* name : {"Host", "content-length", "Transfer-Encoding", "Carillon-Job", "carillon-fencing-token"})
    BOOST_TEST(refusal([&](auto& x) {
                 x.headers = {{name, "c"}};
               }) == "http: headers: " + std::string{name} + " isn't for a job to set");
  for (const auto& content : {std::string{"a\r\nX: y"}, std::string{"a\n"}, std::string{"a\0b", 3}})
    BOOST_TEST(refusal([&](auto& x) {
                 x.headers = {{"X", content}};
               }) == "http: headers: X: its content must be one line");
  BOOST_TEST(refusal([](auto& x) { x.headers = {{"X", std::string(65 << 10, 'a')}}; }).starts_with("http: headers: "));
  BOOST_TEST(refusal([](auto& x) {
               for (int i = 0; i < 101; ++i)
                 x.headers["X-" + std::to_string(i)] = "a";
             }).starts_with("http: headers: 103"));
}

BOOST_AUTO_TEST_CASE(what_is_out_of_bounds_is_refused_by_name) {
  for (const auto* method : {"", "get", "G T", "CONNECT"})
    BOOST_TEST(refusal([&](auto& x) { x.method = method; }).starts_with("http: method: "), method);
  BOOST_TEST(refusal([](auto& x) { x.method = "GET"; }) == "http: body: GET has none");
  for (const auto limit : {duration{0}, duration{-1}, duration{24h} + duration{1}})
    BOOST_TEST(refusal([&](auto& x) { x.time_limit = limit; }).starts_with("http: time_limit_us: "));
  BOOST_TEST(refusal([](auto& x) { x.time_limit = 24h; }) == "accepted");
  BOOST_TEST(refusal("keep_body_bytes", std::int64_t{512 << 10}) == "accepted");
  BOOST_TEST(refusal("keep_body_bytes", std::int64_t{(512 << 10) + 1}).starts_with("http: keep_body_bytes: "));
  BOOST_TEST(refusal("keep_body_bytes", std::int64_t{-1}).starts_with("http: keep_body_bytes: "));
}

BOOST_AUTO_TEST_CASE(fields_of_another_type_or_name_are_refused) {
  BOOST_TEST(refusal("url", 1).starts_with("http: url: "));
  BOOST_TEST(refusal("headers", "a").starts_with("http: headers: "));
  BOOST_TEST(refusal("headers", value::map{{"a", 1}}).starts_with("http: headers: "));
  BOOST_TEST(refusal("follow_redirects", 1).starts_with("http: follow_redirects: "));
  BOOST_TEST(refusal("time_limit_us", "a").starts_with("http: time_limit_us: "));
  BOOST_TEST(refusal("verify", false) == "http: unknown field \"verify\"");
  BOOST_TEST(to_http_spec(value{}).err().text().starts_with("http: arguments: "));
}

BOOST_AUTO_TEST_CASE(statuses_are_numbers_and_ranges) {
  BOOST_TEST((parse_status_ranges("200-299,304").or_throw() == std::vector<status_range>{{200, 299}, {304, 304}}));
  BOOST_TEST(to_text(std::vector<status_range>{{200, 299}, {304, 304}}) == "200-299,304");
  for (const auto* bad : {"", "2xx", "200-", "-200", "99", "600", "300-200", "200,", "200 ", "200,,201"})
    BOOST_TEST(!parse_status_ranges(bad), bad);
  BOOST_TEST(refusal("success", "200-").starts_with("http: success: "));
}

BOOST_AUTO_TEST_SUITE_END()
