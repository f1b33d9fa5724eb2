#include "carillon/model/http.hpp"

#include "carillon/base/utf8.hpp"
#include "carillon/model/built_in.hpp"
#include "model/field_of_arguments.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace carillon {
namespace {

constexpr std::size_t longest_url_bytes = 8 << 10;
constexpr std::size_t longest_method_bytes = 32;
constexpr std::size_t most_headers = 100;
constexpr std::size_t most_header_bytes = 64 << 10;
constexpr std::size_t most_kept_bytes = 512 << 10; // with the headers it stays below the limit of a result
constexpr duration longest_time_limit = std::chrono::hours{24};
constexpr int first_status = 100;
constexpr int last_status = 599;

error bad_http(std::string_view field, std::string_view expected) { return bad_field(http_task, field, expected); }

template <class T>
bool read_http(const value& arguments, const char* field, std::string_view expected, T& into,
               std::optional<error>& fault) {
  return read_field(http_task, arguments, field, expected, into, fault);
}

char small(char x) { return x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x; }

std::string small(std::string_view text) {
  std::string made{text};
  std::ranges::transform(made, made.begin(), [](char x) { return small(x); });
  return made;
}

// A token of RFC 9110: what names of headers are made of.
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char x) {
    return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') || (x >= '0' && x <= '9') ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(x) != std::string_view::npos;
  });
}

// Printable, and no blank: nothing of it can become another line or another part of the request.
bool is_visible_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char x) { return x > ' ' && x < '\x7f'; });
}

std::optional<error> check_url(const std::string& url) {
  if (url.size() > longest_url_bytes)
    return error{ec::invalid_argument,
                 fmt::format("http: url: {} bytes, of which {} are allowed", url.size(), longest_url_bytes)};
  const auto start = small(std::string_view{url}.substr(0, std::string_view{"https://"}.size()));
  const bool is_known = start == "https://" || start.starts_with("http://");
  if (!is_known || !is_visible_ascii(url))
    return bad_http("url", "http:// or https://, a host and a path, with anything but ASCII as %XX");
  const auto rest = std::string_view{url}.substr(url.find("//") + 2);
  const auto authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.empty())
    return bad_http("url", "a host");
  if (authority.find('@') != std::string_view::npos)
    return error{ec::invalid_argument, "http: url: a user and a password go into the header Authorization"};
  return std::nullopt;
}

std::optional<error> check_headers(const std::map<std::string, std::string>& headers) {
  constexpr std::array<std::string_view, 9> kept{
      "connection",        "content-length", "expect",          "host", "te", "trailer",
      "transfer-encoding", "upgrade",        "proxy-connection"};
  std::size_t size = 0;
  for (const auto& [name, content] : headers) {
    const auto lower = small(name);
    if (!is_token(name))
      return bad_http("headers", "a map of texts, with names such as Content-Type");
    if (lower.starts_with("carillon-") || std::ranges::find(kept, lower) != kept.end())
      return error{ec::invalid_argument, fmt::format("http: headers: {} isn't for a job to set", name)};
    if (content.find_first_of(std::string_view{"\r\n\0", 3}) != std::string::npos)
      return error{ec::invalid_argument, fmt::format("http: headers: {}: its content must be one line", name)};
    size += name.size() + content.size();
  }
  if (headers.size() > most_headers || size > most_header_bytes)
    return error{ec::invalid_argument, fmt::format("http: headers: {} of them with {} bytes, of which {} with {} are "
                                                   "allowed",
                                                   headers.size(), size, most_headers, most_header_bytes)};
  return std::nullopt;
}

std::optional<error> check(const http_spec& spec) {
  if (auto wrong = check_url(spec.url))
    return wrong;
  const bool is_named = !spec.method.empty() && spec.method.size() <= longest_method_bytes &&
                        std::ranges::all_of(spec.method, [](char x) { return x >= 'A' && x <= 'Z'; });
  if (!is_named || spec.method == "CONNECT")
    return bad_http("method", "a word in capital letters such as POST, and not CONNECT");
  if (!spec.body.empty() && (spec.method == "GET" || spec.method == "HEAD"))
    return error{ec::invalid_argument, fmt::format("http: body: {} has none", spec.method)};
  if (auto wrong = check_headers(spec.headers))
    return wrong;
  if (spec.time_limit <= duration{0} || spec.time_limit > longest_time_limit)
    return bad_http("time_limit_us", "more than 0 and at most a day");
  if (spec.keep_body_bytes > most_kept_bytes)
    return bad_http("keep_body_bytes", fmt::format("0 to {}", most_kept_bytes));
  return std::nullopt;
}

std::optional<error> read_headers(const value& arguments, http_spec& spec) {
  std::optional<error> fault;
  value::map headers;
  if (!read_http(arguments, "headers", "a map of texts", headers, fault))
    return fault;
  for (const auto& [name, item] : headers) {
    const auto* text = item.get_if<std::string>();
    if (text == nullptr)
      return bad_http("headers", "a map of texts");
    spec.headers[name] = *text;
  }
  return std::nullopt;
}

std::optional<int> parse_status(std::string_view text) {
  int number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = fault == std::errc{} && end == text.data() + text.size();
  return is_whole && number >= first_status && number <= last_status ? std::optional{number} : std::nullopt;
}

} // namespace

result<std::vector<status_range>> parse_status_ranges(std::string_view text) {
  constexpr std::size_t most = 100;
  std::vector<status_range> ranges;
  for (bool is_more = true; is_more;) {
    const auto comma = text.find(',');
    const auto part = text.substr(0, comma);
    is_more = comma != std::string_view::npos;
    text.remove_prefix(is_more ? comma + 1 : text.size());
    const auto dash = part.find('-');
    const auto first = parse_status(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : parse_status(part.substr(dash + 1));
    if (!first || !last || *first > *last || ranges.size() == most)
      return {ec::invalid_argument, fmt::format("{} is no list of statuses such as 200-299,304, each {} to {}",
                                                quote(part), first_status, last_status)};
    ranges.push_back({*first, *last});
  }
  return ranges;
}

std::string to_text(const std::vector<status_range>& ranges) {
  std::string text;
  for (const auto& one : ranges)
    text += fmt::format("{}{}{}", text.empty() ? "" : ",", one.first,
                        one.last == one.first ? std::string{} : fmt::format("-{}", one.last));
  return text;
}

value to_value(const http_spec& spec) {
  const http_spec usual;
  value::map fields{{"url", spec.url}};
  if (spec.method != usual.method)
    fields["method"] = spec.method;
  if (!spec.headers.empty())
    fields["headers"] = value::map(spec.headers.begin(), spec.headers.end());
  if (!spec.body.empty())
    fields["body"] = text_or_bytes(spec.body);
  if (spec.time_limit != usual.time_limit)
    fields["time_limit_us"] = spec.time_limit.count();
  if (spec.success != usual.success)
    fields["success"] = to_text(spec.success);
  if (spec.follow_redirects)
    fields["follow_redirects"] = true;
  if (spec.keep_body_bytes != usual.keep_body_bytes)
    fields["keep_body_bytes"] = static_cast<std::int64_t>(spec.keep_body_bytes);
  return fields;
}

result<http_spec> to_http_spec(const value& arguments) {
  const auto* fields = arguments.get_if<value::map>();
  if (fields == nullptr)
    return bad_http("arguments", "a map with url");
  for (const auto& [name, ignored] : *fields)
    if (constexpr std::string_view known =
            " url method headers body time_limit_us success follow_redirects keep_body_bytes ";
        known.find(" " + name + " ") == std::string_view::npos)
      return {ec::invalid_argument, fmt::format("http: unknown field {}", quote(name))};
  http_spec spec;
  if (auto fault = read_headers(arguments, spec))
    return *fault;
  std::optional<error> fault;
  auto time_limit = spec.time_limit.count();
  auto kept = static_cast<std::int64_t>(spec.keep_body_bytes);
  std::string success = to_text(spec.success);
  const bool all_fit = read_http(arguments, "url", "a text", spec.url, fault) &&
                       read_http(arguments, "method", "a text", spec.method, fault) &&
                       read_bytes(http_task, arguments, "body", spec.body, fault) &&
                       read_http(arguments, "time_limit_us", "a whole number of microseconds", time_limit, fault) &&
                       read_http(arguments, "success", "a text such as 200-299", success, fault) &&
                       read_http(arguments, "follow_redirects", "true or false", spec.follow_redirects, fault) &&
                       read_http(arguments, "keep_body_bytes", "a whole number", kept, fault);
  if (!all_fit)
    return *fault;
  spec.time_limit = duration{time_limit};
  spec.keep_body_bytes = static_cast<std::uint64_t>(kept); // what was negative is too large
  auto ranges = parse_status_ranges(success);
  if (!ranges)
    return ranges.err().within("http: success");
  spec.success = *std::move(ranges);
  if (auto wrong = check(spec))
    return *wrong;
  return spec;
}

value to_value(const http_result& outcome) {
  value::map fields{{"status", outcome.status},
                    {"headers", value::map(outcome.headers.begin(), outcome.headers.end())},
                    {"body", outcome.body},
                    {"body_bytes", static_cast<std::int64_t>(outcome.body_bytes)}};
  if (!outcome.url.empty())
    fields["url"] = outcome.url;
  return fields;
}

std::optional<http_result> to_http_result(const value& result) {
  const auto* status = result.find("status");
  const auto* headers = result.find("headers");
  const auto* body = result.find("body");
  const auto* size = result.find("body_bytes");
  if (status == nullptr || status->get_if<std::int64_t>() == nullptr || headers == nullptr ||
      headers->get_if<value::map>() == nullptr || body == nullptr || size == nullptr ||
      size->get_if<std::int64_t>() == nullptr)
    return std::nullopt;
  http_result outcome;
  outcome.status = static_cast<int>(*status->get_if<std::int64_t>());
  for (const auto& [name, content] : *headers->get_if<value::map>())
    if (const auto* text = content.get_if<std::string>())
      outcome.headers[name] = *text;
  outcome.body = *body;
  outcome.body_bytes = static_cast<std::uint64_t>(*size->get_if<std::int64_t>());
  if (const auto* url = result.find("url"); url != nullptr && url->get_if<std::string>() != nullptr)
    outcome.url = *url->get_if<std::string>();
  return outcome;
}

} // namespace carillon
