#include "crash_world/crash_run.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::testing {
namespace {

constexpr duration resolution{1};

/// What became of the fire times of one incarnation, as ranges: a job is a range of one.
struct decided {
  timestamp first;
  timestamp last;
  bool is_job;
};

std::map<revision, std::vector<decided>> collect(const std::string& id, const recorded_state& recorded) {
  std::map<revision, std::vector<decided>> all;
  for (const auto& [key, x] : recorded.jobs)
    if (x.schedule_id == id && x.scheduled_fire_time && // else it was asked for
        x.id == job_id::of_fire_time(id, x.incarnation, *x.scheduled_fire_time))
      all[x.incarnation].push_back({x.scheduled_fire_time.value(), x.scheduled_fire_time.value(), true});
  for (const auto& x : recorded.skips)
    if (x.schedule_id == id)
      all[x.incarnation].push_back({x.first, x.last, false});
  for (auto& [incarnation, ranges] : all)
    std::ranges::sort(ranges, {}, &decided::first);
  return all;
}

class account {
public:
  account(const std::string& id, revision incarnation) : name_(fmt::format("schedule {} ({})", id, incarnation)) {}

  std::vector<std::string> faults;

  /// No fire time is decided twice.
  void check_once(const std::vector<decided>& ranges) {
    for (std::size_t i = 1; i < ranges.size(); ++i)
      if (ranges[i].first <= ranges[i - 1].last)
        fault(ranges[i].first, "is decided twice");
  }

  /// The trigger's fire times from `from` to the end of `ranges` are the ranges', each one; a job's is one of them.
  /// `from`: none: the first range begins somewhere.
  void check_whole(const trigger_definition& definition, std::optional<timestamp> from,
                   const std::vector<decided>& ranges) {
    if (ranges.empty())
      return;
    auto rule = trigger::make(definition).or_throw();
    rule.skip_to(from.value_or(ranges.front().first)).or_throw();
    auto next = rule.next().or_throw();
    for (const auto& one : ranges) {
      if (next != one.first)
        return fault(one.first,
                     next ? "is decided, but the next one is " + to_iso8601(*next) : "is after the last one");
      if (one.last > one.first)
        rule.skip_to(one.last).or_throw(), next = rule.next().or_throw();
      if (next != one.last)
        return fault(one.last, "ends a range, but isn't a fire time");
      next = rule.next().or_throw();
    }
  }

  void fault(timestamp when, const std::string& text) {
    faults.push_back(fmt::format("{}: {} {}", name_, to_iso8601(when), text));
  }

private:
  std::string name_;
};

} // namespace

std::vector<std::string> account_of(const std::string& id, const std::vector<trigger_definition>& triggers,
                                    const recorded_state& recorded) {
  std::vector<std::string> faults;
  const auto present = recorded.schedules.find(id);
  const auto all = collect(id, recorded);
  for (const auto& [incarnation, ranges] : all) {
    account one{id, incarnation};
    one.check_once(ranges);
    const bool is_present = present != recorded.schedules.end() && present->second.state.incarnation == incarnation;
    const bool is_first = incarnation == all.begin()->first;
    // The first incarnation begins with the trigger's first fire time, later ones where the clock was set.
    const auto begin = is_first ? std::optional{timestamp{}} : std::nullopt;
    const auto since = is_present ? present->second.state.trigger_since : std::nullopt;
    if (!since) {
      if (triggers.size() == 1)
        one.check_whole(triggers[0], begin, ranges);
    } else {
      const auto middle = std::ranges::partition_point(ranges, [&](const decided& x) { return x.last <= *since; });
      const std::vector<decided> earlier{ranges.begin(), middle};
      const std::vector<decided> later{middle, ranges.end()};
      if (id.find("zoned") == std::string::npos) // the earlier rules are gone
        one.check_whole(triggers.front(), begin, earlier);
      one.check_whole(triggers.back(), *since + resolution, later);
    }
    if (is_present) {
      const auto& state = present->second.state;
      const auto last = ranges.empty() ? std::optional<timestamp>{} : std::optional{ranges.back().last};
      if (last && state.covered_to != last)
        one.fault(*last, "is the last that is decided, but not what the schedule says");
    }
    faults.insert(faults.end(), one.faults.begin(), one.faults.end());
  }
  return faults;
}

} // namespace carillon::testing
