#include "cli/simulation_summary.hpp"

#include "api/views.hpp"
#include "cli/render.hpp"
#include "cli/simulation_lines.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::app {

void simulation_summary::add(const simulated_decision& what) {
  using kind = simulated_decision::kind;
  if (what.what != kind::job && what.what != kind::skip)
    return;
  auto& its = lines_[what.schedule_id.empty() ? "(" + what.task + ")" : what.schedule_id];
  if (what.what == kind::skip) {
    const auto reason = static_cast<std::size_t>(what.reason.value_or(skip_reason::misfire));
    its.skips.at(std::min(reason, reason_count - 1)) += what.count.value_or(1);
    its.has_uncounted_skips = its.has_uncounted_skips || !what.count;
    return;
  }
  if (its.jobs++ == 0) {
    its.first = what.first;
    its.first_offset = what.utc_offset;
  } else {
    its.longest_gap = std::max<duration>(its.longest_gap, what.first - its.last);
  }
  its.last = what.first;
  its.last_offset = what.utc_offset;
  its.unfinished += what.ended_at ? 0 : 1;
  its.unsuccessful += what.ended_at && what.outcome != job_outcome::success ? 1 : 0;
}

std::vector<cell> simulation_summary::row_of(const std::string& id, const line& what, const std::string& work) {
  std::string skips;
  for (std::size_t i = 0; i < reason_count; ++i)
    if (what.skips.at(i) > 0)
      skips +=
          fmt::format("{}{} {}", skips.empty() ? "" : ", ", to_string(static_cast<skip_reason>(i)), what.skips.at(i));
  if (what.has_uncounted_skips)
    skips += " or more";
  auto jobs = std::to_string(what.jobs);
  if (what.unsuccessful > 0)
    jobs += fmt::format(", {} without success", what.unsuccessful);
  if (what.unfinished > 0)
    jobs += fmt::format(", {} not ended", what.unfinished);
  const bool fires = what.jobs > 0;
  return {{id},
          {jobs, fires ? colour::none : colour::yellow},
          {skips, colour::yellow},
          {fires ? time_at_offset(what.first, what.first_offset) : "never"},
          {fires ? time_at_offset(what.last, what.last_offset) : ""},
          {what.jobs > 1 ? to_text(what.longest_gap) : ""},
          {work}};
}

std::string simulation_summary::render(const std::vector<schedule_definition>& schedules, bool colours) const {
  auto all = lines_;
  std::map<std::string, std::string> works;
  for (const auto& what : schedules) {
    all.try_emplace(what.id);
    works.emplace(what.id, printable(summarise_work(view_of(schedule{what, {}}))));
  }
  std::vector<std::vector<cell>> rows;
  for (const auto& [id, what] : all) {
    const auto work = works.find(id);
    rows.push_back(row_of(id, what, work == works.end() ? std::string{} : work->second));
  }
  return table{{"SCHEDULE", "JOBS", "SKIPS", "FIRST", "LAST", "LONGEST GAP", "WORK"}, colours}.render(rows);
}

} // namespace carillon::app
