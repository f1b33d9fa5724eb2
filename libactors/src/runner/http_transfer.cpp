#include "runner/http_transfer.hpp"

#include "carillon/base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon {
namespace {

constexpr std::size_t most_answer_headers = 100;
constexpr std::size_t most_answer_header_bytes = 16 << 10;
constexpr long most_redirects = 10;

std::string_view trimmed(std::string_view text) {
  constexpr const char* blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  return first == std::string_view::npos ? std::string_view{}
                                         : text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string lower_case(std::string_view text) {
  std::string made{text};
  std::ranges::transform(made, made.begin(),
                         [](char x) { return x >= 'A' && x <= 'Z' ? static_cast<char>(x - 'A' + 'a') : x; });
  return made;
}

value as_text_or_bytes(std::string body, bool is_cut) {
  constexpr std::size_t longest_rest = 3; // of a character that was cut
  for (std::size_t left_out = 0; left_out <= (is_cut ? longest_rest : 0) && left_out <= body.size(); ++left_out)
    if (auto text = body.substr(0, body.size() - left_out); to_utf8(text) == text)
      return text;
  return bytes{std::move(body)};
}

bool has_header(const http_spec& spec, std::string_view name) {
  return std::ranges::any_of(spec.headers, [&](const auto& one) { return lower_case(one.first) == name; });
}

template <class T>
bool set_option(CURL* easy, CURLoption option, T content) {
  return curl_easy_setopt(easy, option, content) == CURLE_OK;
}

} // namespace

result<std::unique_ptr<http_transfer>> http_transfer::open(const job& what, http_spec spec,
                                                           const http_runner_config& config) {
  std::unique_ptr<http_transfer> made{new http_transfer{std::move(spec)}};
  if (made->easy_ == nullptr || !made->set_request(what) || !made->set_rules(config))
    return {ec::internal, "http: the request can't be made ready: curl refuses one of its settings"};
  return made;
}

http_transfer::~http_transfer() {
  curl_easy_cleanup(easy_);
  curl_slist_free_all(headers_);
}

bool http_transfer::add_header(const std::string& line) {
  auto* const longer = curl_slist_append(headers_, line.c_str());
  if (longer != nullptr)
    headers_ = longer;
  return longer != nullptr;
}

bool http_transfer::set_request(const job& what) {
  bool good = set_option(easy_, CURLOPT_URL, spec_.url.c_str());
  const bool has_body = !spec_.body.empty() || spec_.method == "POST";
  if (spec_.method == "HEAD")
    good = good && set_option(easy_, CURLOPT_NOBODY, 1L);
  else if (has_body)
    good = good && set_option(easy_, CURLOPT_POST, 1L) &&
           set_option(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(spec_.body.size())) &&
           set_option(easy_, CURLOPT_POSTFIELDS, spec_.body.c_str());
  // Only where it is needed: it would also be the method of a request that follows a redirect.
  if (spec_.method != "GET" && spec_.method != "HEAD" && spec_.method != "POST")
    good = good && set_option(easy_, CURLOPT_CUSTOMREQUEST, spec_.method.c_str());
  for (const auto& [name, content] : spec_.headers)
    good = good && add_header(content.empty() ? name + ";" : fmt::format("{}: {}", name, content));
  if (has_body && !has_header(spec_, "content-type"))
    good = good && add_header("Content-Type:"); // else curl says it is a form
  const auto id = what.id.to_string();
  good = good && add_header("Expect:") && add_header("Carillon-Job: " + id) &&
         add_header(fmt::format("Carillon-Fencing-Token: {}", what.held_by ? what.held_by->token : 0));
  if (!has_header(spec_, "idempotency-key"))
    good = good && add_header("Idempotency-Key: " + id);
  if (!has_header(spec_, "user-agent"))
    good = good && add_header("User-Agent: carillon");
  return good && set_option(easy_, CURLOPT_HTTPHEADER, headers_);
}

bool http_transfer::set_rules(const http_runner_config& config) {
  const auto limit = std::chrono::ceil<std::chrono::milliseconds>(spec_.time_limit).count();
  const bool is_secure = lower_case(std::string_view{spec_.url}.substr(0, 6)) == "https:";
  bool good = set_option(easy_, CURLOPT_PROTOCOLS_STR, "http,https") && set_option(easy_, CURLOPT_SSL_VERIFYPEER, 1L) &&
              set_option(easy_, CURLOPT_SSL_VERIFYHOST, 2L) && set_option(easy_, CURLOPT_NOSIGNAL, 1L) &&
              set_option(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(limit)) &&
              set_option(easy_, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limit)) &&
              set_option(easy_, CURLOPT_QUICK_EXIT, 1L) && // a name that isn't resolved yet holds nobody up
              set_option(easy_, CURLOPT_ERRORBUFFER, fault_.data()) && set_option(easy_, CURLOPT_PRIVATE, this) &&
              set_option(easy_, CURLOPT_HEADERFUNCTION, &http_transfer::take_header) &&
              set_option(easy_, CURLOPT_HEADERDATA, this) &&
              set_option(easy_, CURLOPT_WRITEFUNCTION, &http_transfer::take_body) &&
              set_option(easy_, CURLOPT_WRITEDATA, this);
  if (spec_.follow_redirects)
    good = good && set_option(easy_, CURLOPT_FOLLOWLOCATION, 1L) &&
           set_option(easy_, CURLOPT_MAXREDIRS, most_redirects) &&
           set_option(easy_, CURLOPT_REDIR_PROTOCOLS_STR, is_secure ? "https" : "http,https");
  if (!config.ca_file.empty())
    good = good && set_option(easy_, CURLOPT_CAINFO, config.ca_file.c_str()) &&
           set_option(easy_, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  return good;
}

// The headers of each answer come here, also those of redirects that are followed: the last answer counts.
void http_transfer::on_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    const char* scheme = nullptr; // once it was https it stays so
    if (curl_easy_getinfo(easy_, CURLINFO_SCHEME, &scheme) == CURLE_OK && scheme != nullptr &&
        lower_case(scheme) == "https")
      set_option(easy_, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    answer_.headers.clear();
    header_bytes_ = 0;
    return;
  }
  const auto colon = line.find(':');
  if (colon == std::string_view::npos)
    return;
  const auto name = lower_case(trimmed(line.substr(0, colon)));
  const auto content = to_utf8(trimmed(line.substr(colon + 1)));
  header_bytes_ += name.size() + content.size() + 2;
  const auto known = answer_.headers.find(name);
  if (header_bytes_ > most_answer_header_bytes ||
      (known == answer_.headers.end() && answer_.headers.size() == most_answer_headers))
    return;
  if (known == answer_.headers.end())
    answer_.headers.emplace(to_utf8(name), content);
  else
    known->second += ", " + content;
}

void http_transfer::on_body(std::string_view part) {
  answer_.body_bytes += part.size();
  body_.append(part.substr(0, spec_.keep_body_bytes - std::min<std::size_t>(spec_.keep_body_bytes, body_.size())));
}

std::size_t http_transfer::take_header(char* data, std::size_t size, std::size_t count, void* self) {
  static_cast<http_transfer*>(self)->on_header({data, size * count});
  return size * count;
}

std::size_t http_transfer::take_body(char* data, std::size_t size, std::size_t count, void* self) {
  static_cast<http_transfer*>(self)->on_body({data, size * count});
  return size * count;
}

std::string http_transfer::failure(CURLcode code) const {
  const std::string_view detail = fault_[0] != '\0' ? std::string_view{fault_.data()} : curl_easy_strerror(code);
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR: return fmt::format("http: no trusted connection: {}", detail);
    case CURLE_TOO_MANY_REDIRECTS: return fmt::format("http: more than {} redirects", most_redirects);
    default: return fmt::format("http: {}", to_utf8(detail));
  }
}

attempt_result http_transfer::end(CURLcode code) {
  if (code == CURLE_OPERATION_TIMEDOUT)
    return attempt_result::failed(job_outcome::timed_out,
                                  fmt::format("http: no whole answer within {}; {} bytes of its body came",
                                              to_text(spec_.time_limit), answer_.body_bytes));
  if (code != CURLE_OK)
    return attempt_result::failed(job_outcome::error, failure(code));
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  answer_.status = static_cast<int>(status);
  long redirects = 0;
  curl_easy_getinfo(easy_, CURLINFO_REDIRECT_COUNT, &redirects);
  char* url = nullptr;
  if (redirects > 0 && curl_easy_getinfo(easy_, CURLINFO_EFFECTIVE_URL, &url) == CURLE_OK && url != nullptr)
    answer_.url = to_utf8(url);
  answer_.body = as_text_or_bytes(std::move(body_), answer_.body_bytes > spec_.keep_body_bytes);
  const auto is_success = std::ranges::any_of(spec_.success, [&](const status_range& one) {
    return answer_.status >= one.first && answer_.status <= one.last;
  });
  if (is_success)
    return attempt_result::success(to_value(answer_));
  return attempt_result::failed(
      job_outcome::error,
      fmt::format("http: the answer's status is {}, and {} would be success", answer_.status, to_text(spec_.success)),
      to_value(answer_));
}

} // namespace carillon
