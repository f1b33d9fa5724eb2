// What stands in the query of a request's path.
#include "api/parse_name.hpp"
#include "api/requests.hpp"
#include "carillon/base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>

namespace carillon::app {
namespace {

result<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || end != text.data() + text.size())
    return bad(fmt::format("expected a whole number, not {}", quote(text)));
  return number;
}

result<void> check_parameters(const target& from, std::span<const std::string_view> known) {
  for (const auto& [name, ignored] : from.query)
    if (std::find(known.begin(), known.end(), name) == known.end())
      return bad(fmt::format("{}: unknown parameter; there are {}", name, fmt::join(known, ", ")));
  return {};
}

result<page_request> read_page(const target& from) {
  page_request page;
  if (const auto limit = from.parameter("limit")) {
    const auto number = parse_number(*limit);
    if (!number)
      return number.err().within("limit");
    if (*number == 0 || *number > limits{}.page_items)
      return bad(fmt::format("limit: must be 1 to {}", limits{}.page_items));
    page.limit = *number;
  }
  page.after = from.parameter("after").value_or("");
  return page;
}

// How many of something; as it is if the parameter isn't given.
result<void> read_count(const target& from, const char* name, std::size_t& into) {
  const auto text = from.parameter(name);
  if (!text)
    return {};
  const auto number = parse_number(*text);
  if (!number)
    return number.err().within(name);
  if (*number > limits{}.page_items)
    return bad(fmt::format("{}: must be 0 to {}", name, limits{}.page_items));
  into = *number;
  return {};
}

std::string names_of_event_types() {
  std::string names;
  for (int number = 1; to_string(static_cast<event_type>(number)) != "unknown"; ++number)
    names += (number == 1 ? "" : ", ") + std::string{to_string(static_cast<event_type>(number))};
  return names;
}

// What a page and a stream of events have in common.
result<void> read_events_wanted(const target& from, event_filter& filter, std::optional<revision>& since) {
  for (const auto& [name, content] : from.query) {
    if (name != "type")
      continue;
    const auto type = parse_event_type(content);
    if (!type)
      return bad(fmt::format("type: there is no event {}; there are {}", quote(content), names_of_event_types()));
    filter.types.push_back(*type);
  }
  filter.schedule_id = from.parameter("schedule_id").value_or("");
  filter.task = from.parameter("task").value_or("");
  if (const auto text = from.parameter("since")) {
    const auto number = parse_number(*text);
    if (!number)
      return number.err().within("since");
    since = *number;
  }
  return {};
}

} // namespace

result<bool> parse_force(const target& from) {
  constexpr std::string_view known[] = {"force"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  const auto force = from.parameter("force").value_or("false");
  if (force != "true" && force != "false")
    return bad(fmt::format("force: expected true or false, not {}", quote(force)));
  return force == "true";
}

result<explanation_request> parse_explanation_request(const target& from) {
  constexpr std::string_view known[] = {"limit", "coming"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  explanation_request request;
  for (const auto& [name, field] : {std::pair{"limit", &request.decisions}, std::pair{"coming", &request.coming}})
    if (auto read = read_count(from, name, *field); !read)
      return read.err();
  return request;
}

result<preview_request> parse_preview_request(const target& from) {
  constexpr std::string_view known[] = {"from", "coming"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  preview_request request;
  if (const auto text = from.parameter("from")) {
    const auto parsed = parse_iso8601(*text);
    if (!parsed)
      return parsed.err().within("from");
    request.from = *parsed;
  }
  if (auto read = read_count(from, "coming", request.coming); !read)
    return read.err();
  return request;
}

result<page_request> parse_page_request(const target& from) {
  constexpr std::string_view known[] = {"limit", "after"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  return read_page(from);
}

result<job_list_request> parse_job_list_request(const target& from) {
  constexpr std::string_view known[] = {"schedule_id", "task", "state", "limit", "after"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  job_list_request request;
  request.filter.schedule_id = from.parameter("schedule_id").value_or("");
  request.filter.task = from.parameter("task").value_or("");
  if (const auto state = from.parameter("state")) {
    const auto parsed = parse_name<job_state>(value{*state});
    if (!parsed)
      return parsed.err().within("state");
    request.filter.state = *parsed;
  }
  auto page = read_page(from);
  if (!page)
    return page.err();
  request.page = std::move(*page);
  return request;
}

result<event_request> parse_event_request(const target& from) {
  constexpr std::string_view known[] = {"type", "schedule_id", "task", "since", "limit"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  event_request request;
  if (auto read = read_events_wanted(from, request.filter, request.since); !read)
    return read.err();
  auto page = read_page(from);
  if (!page)
    return page.err();
  request.page = std::move(*page);
  if (request.since)
    request.page.after = std::to_string(*request.since);
  return request;
}

result<event_stream_request> parse_event_stream_request(const target& from) {
  constexpr std::string_view known[] = {"type", "schedule_id", "task", "since", "count", "timeout"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  event_stream_request request;
  if (auto read = read_events_wanted(from, request.filter, request.since); !read)
    return read.err();
  if (const auto count = from.parameter("count")) {
    const auto number = parse_number(*count);
    if (!number)
      return number.err().within("count");
    if (*number == 0)
      return bad("count: must be at least 1");
    request.count = *number;
  }
  if (const auto timeout = from.parameter("timeout")) {
    const auto length = parse_duration(*timeout);
    if (!length)
      return length.err().within("timeout");
    request.timeout = *length;
  }
  return request;
}

result<duration> parse_wait_limit(const target& from, duration longest) {
  constexpr std::string_view known[] = {"limit"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  const auto text = from.parameter("limit");
  if (!text)
    return longest;
  const auto limit = parse_duration(*text);
  if (!limit)
    return limit.err().within("limit");
  return std::min(*limit, longest);
}

result<job_log_request> parse_job_log_request(const target& from, duration longest) {
  constexpr std::string_view known[] = {"after", "limit", "wait"};
  if (auto checked = check_parameters(from, known); !checked)
    return checked.err();
  job_log_request request;
  if (const auto after = from.parameter("after")) {
    const auto number = parse_number(*after);
    if (!number)
      return number.err().within("after");
    request.after = *number;
  }
  if (const auto wait = from.parameter("wait")) {
    const auto length = parse_duration(*wait);
    if (!length)
      return length.err().within("wait");
    request.wait = std::min(*length, longest);
  }
  const auto page = read_page(from);
  if (!page)
    return page.err();
  request.limit = page->limit;
  return request;
}

} // namespace carillon::app
