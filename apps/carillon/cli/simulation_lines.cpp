#include "cli/simulation_lines.hpp"

#include "carillon/model/value.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <iterator>

namespace carillon::app {
namespace {

// +02:00, and +00:19:32 where a zone once had that.
std::string offset_text(std::chrono::seconds offset) {
  constexpr int sixty = 60;
  const auto length = std::abs(offset.count());
  auto text =
      fmt::format("{}{:02}:{:02}", offset.count() < 0 ? '-' : '+', length / sixty / sixty, length / sixty % sixty);
  return length % sixty == 0 ? text : text + fmt::format(":{:02}", length % sixty);
}

// Ids have no character that JSON would escape.
std::string json_quoted(std::string_view id) { return id.empty() ? "null" : fmt::format("\"{}\"", id); }
std::string json_instant(std::optional<timestamp> when) { return when ? json_quoted(to_iso8601(*when)) : "null"; }

// What happened to it, in a few words.
cell note_of(const simulated_decision& what) {
  using kind = simulated_decision::kind;
  switch (what.what) {
    case kind::schedule_finished: return {"finished: no further fire time", colour::none};
    case kind::schedule_paused: return {"pauses itself: " + printable(what.text), colour::red};
    case kind::skip: {
      auto text = "skipped: " + std::string{to_string(what.reason.value_or(skip_reason::misfire))};
      if (what.last != what.first)
        text += fmt::format(", {} up to {}", what.count ? std::to_string(*what.count) + " times" : "also those",
                            time_at_offset(what.last, what.utc_offset));
      return {std::move(text), colour::yellow};
    }
    case kind::job: break;
  }
  if (!what.started_at)
    return what.ended_at ? cell{std::string{to_string(what.outcome)}, colour::red} : cell{"waits", colour::none};
  if (!what.ended_at)
    return {"runs", colour::none};
  return {std::string{to_string(what.outcome)}, what.outcome == job_outcome::success ? colour::green : colour::red};
}

std::string wait_between(std::optional<timestamp> begin, std::optional<timestamp> end) {
  return begin && end ? to_text(std::max(*end - *begin, duration{0})) : std::string{};
}

} // namespace

void append_json_line(std::string& to, const simulated_decision& what) {
  const bool is_job = what.job.has_value();
  auto local = to_iso8601(what.first + what.utc_offset);
  local.back() = '+'; // it was the Z
  local.replace(local.size() - 1, 1, offset_text(what.utc_offset));
  fmt::format_to(std::back_inserter(to),
                 R"({{"what":"{}","schedule_id":{},"task":{},"first":{},"last":{},"count":{},"local_time":"{}",)"
                 R"("reason":{},"job_id":{},"decided_at":{},"not_before":{},"started_at":{},"ended_at":{},)"
                 R"("attempts":{},"outcome":{},"text":{}}})"
                 "\n",
                 to_string(what.what), json_quoted(what.schedule_id), json_quoted(what.task), json_instant(what.first),
                 json_instant(what.last), what.count ? std::to_string(*what.count) : "null", local,
                 what.reason ? json_quoted(to_string(*what.reason)) : "null",
                 is_job ? json_quoted(what.job->to_string()) : "null", json_instant(what.decided_at),
                 is_job ? json_instant(what.not_before) : "null", json_instant(what.started_at),
                 json_instant(what.ended_at), what.attempts,
                 what.outcome == job_outcome::none ? "null" : json_quoted(to_string(what.outcome)),
                 what.text.empty() ? "null" : to_json_text(value{what.text}));
}

std::string time_at_offset(timestamp when, std::chrono::seconds utc_offset) {
  constexpr std::size_t date_size = 10;
  constexpr std::size_t size_to_the_second = 19;
  auto text = to_iso8601(when + utc_offset).substr(0, size_to_the_second);
  text[date_size] = ' ';
  return text + offset_text(utc_offset);
}

std::vector<std::string> headings_of_decisions() { return {"FIRE TIME", "SCHEDULE", "WAITS FOR", "RUNS FOR", ""}; }

std::vector<cell> row_of(const simulated_decision& what) {
  return {{time_at_offset(what.first, what.utc_offset)},
          {what.schedule_id.empty() ? what.task : what.schedule_id},
          {wait_between(what.first, what.started_at)},
          {wait_between(what.started_at, what.ended_at)},
          note_of(what)};
}

} // namespace carillon::app
