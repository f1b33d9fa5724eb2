#include "api/problem.hpp"

#include "carillon/model/value.hpp"

#include <fmt/format.h>

namespace carillon::app {
namespace {

constexpr int last_code = static_cast<int>(ec::internal);

// `max_jitter: must be >= 0` names its field; a sentence doesn't.
std::string field_of(const error& what) {
  if (what.code() != ec::invalid_argument)
    return {};
  const auto end = what.text().find(": ");
  const auto name = what.text().substr(0, end == std::string::npos ? 0 : end);
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz_";
  return name.find_first_not_of(letters) == std::string::npos ? name : std::string{};
}

std::string title(ec code) {
  std::string words{to_string(code)};
  for (auto& letter : words)
    if (letter == '_')
      letter = ' ';
  return words;
}

ec code_named(std::string_view name) {
  for (int number = 1; number <= last_code; ++number)
    if (to_string(static_cast<ec>(number)) == name)
      return static_cast<ec>(number);
  return ec::internal;
}

} // namespace

unsigned http_status(ec code) noexcept {
  switch (code) {
    case ec::none: return 200;
    case ec::invalid_argument: return 400;
    case ec::permission_denied: return 403;
    case ec::not_found: return 404;
    case ec::conflict:
    case ec::stale_revision:
    case ec::stale_token:
    case ec::wrong_state: return 409;
    case ec::limit_exceeded: return 413;
    case ec::unknown_task:
    case ec::iteration_limit: return 422;
    case ec::unsupported: return 501;
    case ec::store_in_use:
    case ec::unavailable: return 503;
    case ec::timed_out: return 504;
    case ec::disk_full: return 507;
    case ec::store_io:
    case ec::store_corrupt:
    case ec::store_version:
    case ec::internal: return 500;
  }
  return 500;
}

std::string problem_json(const error& what, unsigned status) {
  value::map document{
      {"type", "about:blank"},
      {"title", title(what.code())},
      {"status", static_cast<std::int64_t>(status)},
      {"detail", what.text()},
      {"code", std::string{to_string(what.code())}},
  };
  if (auto field = field_of(what); !field.empty())
    document["field"] = std::move(field);
  return to_json_text(document);
}

error parse_problem(unsigned status, std::string_view body) {
  if (const auto document = parse_json_text(body)) {
    const auto* code = document->find("code");
    const auto* detail = document->find("detail");
    if (code != nullptr && code->get_if<std::string>() != nullptr && detail != nullptr &&
        detail->get_if<std::string>() != nullptr)
      return {code_named(*code->get_if<std::string>()), *detail->get_if<std::string>()};
  }
  return {ec::internal, fmt::format("the node answered with HTTP status {}: {:.200}", status, body)};
}

} // namespace carillon::app
