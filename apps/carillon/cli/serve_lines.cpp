#include "cli/serve_lines.hpp"

#include "cli/render.hpp"

#include "carillon/model/command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace carillon::app {
namespace {

constexpr std::size_t longest_output = 100;

std::string subject_of(const event& what) {
  if (!what.schedule_id.empty())
    return what.schedule_id;
  return what.job ? what.job->to_string() : what.task;
}

std::string first_line(const std::string& output) {
  auto line = output.substr(0, output.find('\n'));
  const bool cut = line.size() > longest_output;
  line.resize(std::min(line.size(), longest_output));
  return printable(line) + (cut || line.size() + 1 < output.size() ? " ..." : "");
}

// How long the last attempt took, how it ended, and the beginning of what it wrote.
std::string ending(const event& what, const job* ended) {
  std::string text;
  if (ended != nullptr && ended->started_at && ended->finished_at) {
    constexpr double micro = 1e6;
    text = fmt::format("{:.3f}s", static_cast<double>((*ended->finished_at - *ended->started_at).count()) / micro);
  }
  const auto add = [&](const std::string& more) {
    if (!more.empty())
      text += (text.empty() ? "" : "  ") + more;
  };
  const auto command = ended != nullptr ? to_command_result(ended->result) : std::nullopt;
  if (command && command->exit_code.value_or(0) != 0)
    add(fmt::format("exit code {}", *command->exit_code));
  if (command && command->signal)
    add(fmt::format("signal {}", *command->signal));
  if (what.outcome != job_outcome::success && !(command && command->exit_code))
    add(printable(ended != nullptr && !ended->error_text.empty() ? ended->error_text : what.text));
  if (command)
    add(first_line(command->output));
  return text;
}

struct shown {
  std::string word;
  colour with = colour::none;
  std::string details;
};

std::optional<shown> show(const event& what, const job* ended) {
  switch (what.type) {
    case event_type::job_added: return shown{"fired", colour::none, {}};
    case event_type::job_finished:
      return shown{std::string{to_string(what.outcome)},
                   what.outcome == job_outcome::success ? colour::green : colour::red, ending(what, ended)};
    case event_type::job_retry_scheduled:
      return shown{"retry", colour::yellow, fmt::format("{}: {}", to_string(what.outcome), printable(what.text))};
    case event_type::fire_skipped:
      return shown{"skipped", colour::yellow, std::string{what.reason ? to_string(*what.reason) : ""}};
    case event_type::schedule_paused: return shown{"paused", colour::yellow, printable(what.text)};
    case event_type::schedule_finished: return shown{"finished", colour::none, "no further fire time"};
    case event_type::stale_finish_refused: return shown{"too late", colour::yellow, printable(what.text)};
    case event_type::record_quarantined: return shown{"quarantine", colour::red, printable(what.text)};
    case event_type::events_lost: return shown{"...", colour::dim, "some lines are left out: they came too fast"};
    default: return std::nullopt;
  }
}

} // namespace

std::string serve_line(const event& what, const job* ended, bool colours) {
  const auto line = show(what, ended);
  if (!line)
    return {};
  constexpr std::size_t width = 8;
  const std::string gap(line->word.size() < width ? width - line->word.size() : 0, ' ');
  const auto second = std::chrono::floor<std::chrono::seconds>(what.at);
  return fmt::format("{}  {}{}  {}{}{}\n", local_time(to_iso8601(second)), paint(line->word, line->with, colours), gap,
                     subject_of(what), line->details.empty() ? "" : "  ", line->details);
}

} // namespace carillon::app
