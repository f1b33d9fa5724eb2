#pragma once

#include "carillon/base/time.hpp"
#include "carillon/model/value.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// From `first` to `last`, both within 100 to 599.
struct status_range {
  int first = 200; ///< <= last
  int last = 299;  ///< included

  friend bool operator==(const status_range&, const status_range&) = default;
};

/// The arguments of the `http` task: one request. Kept in a job as a `value`.
struct http_spec {
  std::string url{};          ///< http or https, without user and password; at most 8 KiB
  std::string method = "GET"; ///< capital letters
  /// At most 100 of them, 64 KiB in all. Those that say how the request is sent, and those that name the job, aren't a
  /// user's to set.
  std::map<std::string, std::string> headers{};
  std::string body{};                             ///< any bytes; none with GET and HEAD
  duration time_limit = std::chrono::seconds{30}; ///< of the whole exchange, > 0 and at most a day
  std::vector<status_range> success = {{}};       ///< the statuses that mean success
  bool follow_redirects = false;                  ///< up to 10 of them, never from https to http
  std::uint64_t keep_body_bytes = 64 << 10; ///< how much of the answer's body is kept, its beginning; at most 512 KiB

  friend bool operator==(const http_spec&, const http_spec&) = default;
};

/// As the arguments of a job: what is as by default is left out. Doesn't check: `to_http_spec` does.
[[nodiscard]] value to_value(const http_spec& spec);
/// Errors: ec::invalid_argument, naming the field.
[[nodiscard]] result<http_spec> to_http_spec(const value& arguments);

/// Reads `200-299`, `304`, or several of them with commas between. Errors: ec::invalid_argument.
[[nodiscard]] result<std::vector<status_range>> parse_status_ranges(std::string_view text);
/// Writes what that reads.
[[nodiscard]] std::string to_text(const std::vector<status_range>& ranges);

/// What the `http` runner records as a job's result: the answer.
struct http_result {
  int status = 0; ///< of the last answer, if redirects were followed
  /// Names in small letters; what came several times is joined by ", ". At most 100 of them and 16 KiB in all: the rest
  /// is left out.
  std::map<std::string, std::string> headers;
  value body;                   ///< its beginning: a text if it is UTF-8, else bytes
  std::uint64_t body_bytes = 0; ///< how much there was
  std::string url;              ///< who answered in the end, if redirects were followed; else empty

  friend bool operator==(const http_result&, const http_result&) = default;
};

/// As the result of a job, which `to_http_result` reads back.
[[nodiscard]] value to_value(const http_result& outcome);
/// Nothing if the value isn't one of an `http` job.
[[nodiscard]] std::optional<http_result> to_http_result(const value& result);

} // namespace carillon
#pragma GCC visibility pop
