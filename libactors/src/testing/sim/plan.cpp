#include "testing/sim/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace carillon::testing::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::array names{"add schedule",
                           "replace schedule",
                           "change trigger of",
                           "pause schedule",
                           "resume schedule",
                           "remove schedule",
                           "run schedule",
                           "backfill schedule",
                           "add job",
                           "cancel job",
                           "rerun job",
                           "drop dead letter of job",
                           "change task",
                           "wait for job",
                           "kill node",
                           "cut the power of node",
                           "stop node",
                           "cut link of node",
                           "bad link of node",
                           "slow node",
                           "set all clocks",
                           "set the clock of node",
                           "drift of node",
                           "suspend the machine",
                           "fail writes of node",
                           "fill the disk of node",
                           "drain node"};

trigger_definition simple_trigger(draws& draw, timestamp now, duration shortest) {
  const auto start = now + draw.between(0s, 30s, 1s);
  const std::vector<duration> periods{shortest,      2 * shortest,  3 * shortest,   6 * shortest,
                                      12 * shortest, 60 * shortest, 120 * shortest, 720 * shortest};
  const std::vector<std::string> zones{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"};
  switch (draw.below(10)) {
    case 0: {
      cron_definition made;
      made.second = fmt::format("{}", draw.below(60));
      made.minute =
          fmt::format("*/{}", std::clamp<std::int64_t>(shortest / 1min, 1, 6) * (draw.of<std::int64_t>({1, 2, 5, 10})));
      made.start_time = start;
      made.timezone = draw.of(zones);
      return {made};
    }
    case 1: {
      const auto* expression = shortest > 1min ? "7,37 * * * *" : draw.chance(50) ? "*/2 * * * *" : "*/5 * * * *";
      return {classic_cron_definition{expression, start, std::nullopt, draw.of(zones), {}}};
    }
    case 2: {
      calendar_interval_definition made;
      made.days = 1;
      made.hour = static_cast<std::uint8_t>(draw.below(24));
      made.minute = static_cast<std::uint8_t>(draw.below(60));
      made.start_date = {2026, 9, 20};
      made.timezone = draw.of(zones);
      return {made};
    }
    case 3: return {date_definition{now + draw.between(0s, 10min, 1s)}};
    default: {
      const auto end = draw.chance(10) ? std::optional{start + 30min} : std::nullopt;
      return {interval_definition{draw.of(periods), start, end}};
    }
  }
}

trigger_definition make_trigger(draws& draw, timestamp now, duration shortest) {
  switch (draw.below(12)) {
    case 0: return {any_of_definition{{simple_trigger(draw, now, shortest), simple_trigger(draw, now, shortest)}}};
    case 1: {
      const auto start = now + draw.between(0s, 30s, 1s);
      return {all_of_definition{{{interval_definition{2 * shortest, start, std::nullopt}},
                                 {interval_definition{3 * shortest, start, std::nullopt}}},
                                1s,
                                1000}};
    }
    default: return simple_trigger(draw, now, shortest);
  }
}

retry_policy make_retry(draws& draw) {
  retry_policy made;
  made.max_attempts = static_cast<std::uint32_t>(draw.below(4) + 1);
  made.backoff = draw.of<backoff_kind>({backoff_kind::fixed, backoff_kind::linear, backoff_kind::exponential});
  made.delay = draw.between(0s, 5s, 500ms);
  made.max_delay = 1min;
  made.jitter_percent = draw.chance(30) ? 50 : 0;
  return made;
}

// A key has one maximum.
concurrency_limit make_limit(draws& draw) {
  const auto number = draw.below(3) + 1;
  return {fmt::format("key.{}", number), static_cast<std::uint32_t>(number)};
}

// A key has one rate, by which a run of some minutes ends all that waits.
rate_limit make_rate(draws& draw) {
  const auto number = static_cast<std::uint32_t>(draw.below(3) + 1);
  return {fmt::format("rate.{}", number), {8 * number, number * 5s}};
}

std::int32_t make_priority(draws& draw) {
  return draw.chance(60) ? 0 : static_cast<std::int32_t>(draw.below(201)) + lowest_priority;
}

std::vector<follow_up> make_follow_ups(draws& draw) {
  std::vector<follow_up> made;
  for (auto left = draw.below(3); left > 0; --left) {
    auto& one = made.emplace_back();
    one.on =
        draw.of<follow_up_trigger>({follow_up_trigger::success, follow_up_trigger::failure, follow_up_trigger::end});
    one.task = fmt::format("t{}", draw.below(task_count));
    one.arguments = static_cast<std::int64_t>(draw.below(100));
    one.priority = make_priority(draw);
    if (draw.chance(20))
      one.follow_ups = {{follow_up_trigger::end, one.task, {}, 0, {}}};
  }
  return made;
}

struct share {
  kind what;
  std::uint64_t weight;
};

kind pick(draws& draw, const std::vector<share>& shares) {
  std::uint64_t all = 0;
  for (const auto& one : shares)
    all += one.weight;
  auto at = draw.below(all);
  for (const auto& one : shares) {
    if (at < one.weight)
      return one.what;
    at -= one.weight;
  }
  return shares.back().what;
}

std::vector<share> faults_of(fault_profile profile, std::size_t nodes) {
  std::vector<share> all;
  const auto add = [&](fault_profile of, std::vector<share> more) {
    if (profile == of || profile == fault_profile::full)
      all.insert(all.end(), more.begin(), more.end());
  };
  if (nodes > 1)
    add(fault_profile::network, {{kind::cut_link, 4}, {kind::bad_link, 5}});
  add(fault_profile::network, {{kind::slow_node, 1}});
  add(fault_profile::crashes,
      {{kind::kill_node, 4}, {kind::cut_power, 3}, {kind::stop_node, 2}, {kind::drain_node, 2}});
  add(fault_profile::clocks, {{kind::set_clocks, 2}, {kind::set_one_clock, 2}, {kind::drift, 2}, {kind::suspend, 1}});
  add(fault_profile::disk, {{kind::fail_writes, 3}, {kind::fill_disk, 2}});
  return all;
}

action make_fault(draws& draw, kind what, std::size_t nodes, duration at) {
  action made{at, what, draw.below(nodes), 0, draw.next(), draw.between(1s, 40s, 1s)};
  if (what == kind::cut_link || what == kind::bad_link) { // all links end at the store's node
    made.other = 0;
    made.subject = 1 + draw.below(nodes - 1);
  }
  if (what == kind::bad_link)
    made.length = draw.between(5s, 2min, 1s);
  if (what == kind::fail_writes || what == kind::fill_disk)
    made.subject = 0;
  return made;
}

const std::vector<share> workload{{kind::add_schedule, 6},   {kind::replace_schedule, 2},  {kind::change_trigger, 2},
                                  {kind::pause_schedule, 3}, {kind::resume_schedule, 4},   {kind::remove_schedule, 3},
                                  {kind::run_schedule, 3},   {kind::backfill_schedule, 2}, {kind::add_job, 40},
                                  {kind::cancel_job, 6},     {kind::rerun_job, 4},         {kind::drop_dead_letter, 3},
                                  {kind::change_task, 2},    {kind::wait_for_job, 5}};

} // namespace

bool is_fault(kind x) noexcept { return x >= kind::kill_node; }

std::string describe(const action& x) {
  std::string text = names.at(static_cast<std::size_t>(x.what));
  if (x.what == kind::cut_link || x.what == kind::bad_link)
    text += fmt::format(" {} to {}", node_name(x.subject), node_name(x.other));
  else if (!is_fault(x.what))
    text += fmt::format(" {}", x.subject);
  else if (x.what != kind::set_clocks && x.what != kind::suspend)
    text += " " + node_name(x.subject);
  if (is_fault(x.what) && x.length > duration{0})
    text += fmt::format(" for {}", to_text(x.length));
  return text;
}

std::vector<action> make_plan(const simulation_settings& settings) {
  draws draw{settings.seed};
  std::vector<action> plan;
  for (std::size_t number = 0; number < settings.schedules; ++number)
    plan.push_back({duration{0}, kind::add_schedule, number, 0, draw.next(), {}});
  // Something every 20 s, and a fault a minute: much more than in reality, and never so little that a run shows nothing.
  const auto actions = std::max<std::int64_t>(settings.length / 20s, 1);
  std::size_t schedules = settings.schedules;
  std::size_t jobs = 0;
  for (std::int64_t n = 0; n < actions; ++n) {
    action made{draw.between(0s, settings.length, 100ms), pick(draw, workload), 0, 0, draw.next(), {}};
    switch (made.what) {
      case kind::add_schedule: made.subject = schedules++; break;
      case kind::replace_schedule:
      case kind::change_trigger:
      case kind::pause_schedule:
      case kind::resume_schedule:
      case kind::remove_schedule:
      case kind::run_schedule:
      case kind::backfill_schedule: made.subject = schedules == 0 ? 0 : draw.below(schedules); break;
      case kind::change_task: made.subject = draw.below(task_count); break;
      default: made.subject = jobs++; // a job of its own: what is done to jobs comes soon after their adding
    }
    if (made.what == kind::cancel_job || made.what == kind::rerun_job || made.what == kind::drop_dead_letter ||
        made.what == kind::wait_for_job) {
      auto first = made;
      first.what = kind::add_job;
      plan.push_back(first);
      made.at += draw.between(0s, 20s, 100ms);
    }
    plan.push_back(made);
  }
  if (const auto shares = faults_of(settings.faults, settings.nodes); !shares.empty()) {
    const auto faults = std::max<std::int64_t>(settings.length / 60s, 1);
    for (std::int64_t n = 0; n < faults; ++n) {
      // One draw after the other: compilers order arguments as they like.
      const auto at = draw.between(5s, settings.length, 100ms);
      const auto what = pick(draw, shares);
      plan.push_back(make_fault(draw, what, settings.nodes, at));
    }
  }
  std::ranges::stable_sort(plan, {}, &action::at);
  return plan;
}

std::string schedule_name(std::size_t number) { return fmt::format("s{}", number); }
std::string node_name(std::size_t number) { return fmt::format("n{}", number + 1); }
job_id direct_job_id(std::size_t number) {
  return job_id::make(timestamp{std::chrono::seconds{1'790'000'000}}, 0, static_cast<std::uint64_t>(number) + 1);
}

task make_task(std::size_t number, std::uint64_t seed) {
  draws draw{seed};
  task made;
  made.id = fmt::format("t{}", number);
  made.runner = "simulated";
  if (number == 1)
    made.max_running_jobs = 2; // never less than what runs already
  if (number == 2)
    made.on_loss = loss_policy::abandon;
  if (number == 3)
    made.retry = make_retry(draw);
  if (number == 4)
    made.time_limit = draw.between(2s, 10s, 1s);
  if (number == 0 && draw.chance(50))
    made.rate = start_rate{static_cast<std::uint32_t>(draw.below(10) + 5), draw.between(1s, 5s, 1s)};
  if (number == 3 && draw.chance(50))
    made.labels = {"gpu"}; // which every second node offers
  return made;
}

schedule_definition make_definition(std::size_t number, std::uint64_t seed, timestamp now, duration shortest) {
  draws draw{seed};
  schedule_definition made;
  made.id = schedule_name(number);
  made.task = fmt::format("t{}", draw.below(task_count));
  made.trigger = make_trigger(draw, now, shortest);
  made.arguments = static_cast<std::int64_t>(draw.below(100));
  made.coalesce = draw.of<coalesce_policy>({coalesce_policy::latest, coalesce_policy::earliest, coalesce_policy::all});
  made.overlap = draw.of<overlap_policy>({overlap_policy::queue_one, overlap_policy::queue_all, overlap_policy::skip,
                                          overlap_policy::cancel_running, overlap_policy::allow});
  if (draw.chance(30))
    made.misfire_grace_time = draw.between(0s, 30s, 1s);
  if (draw.chance(20))
    made.time_limit = draw.between(1s, 20s, 1s);
  if (draw.chance(30))
    made.retry = make_retry(draw);
  if (draw.chance(30))
    made.limit = make_limit(draw);
  if (draw.chance(20))
    made.max_jitter = draw.between(0s, 10s, 1s);
  if (draw.chance(20))
    made.rate = make_rate(draw);
  made.priority = make_priority(draw);
  if (draw.chance(20))
    made.follow_ups = make_follow_ups(draw);
  made.max_catch_up = static_cast<std::uint32_t>(draw.below(5) + 1);
  made.paused = draw.chance(5);
  return made;
}

job make_direct_job(std::size_t number, std::uint64_t seed, timestamp now) {
  draws draw{seed};
  job made;
  made.id = direct_job_id(number);
  made.task = fmt::format("t{}", draw.below(task_count));
  made.arguments = static_cast<std::int64_t>(number);
  made.not_before = now + (draw.chance(50) ? duration{0} : draw.between(0s, 1min, 1s));
  if (draw.chance(30))
    made.start_deadline = made.not_before + draw.between(0s, 5s, 1s);
  if (draw.chance(30))
    made.limit = make_limit(draw);
  if (draw.chance(20))
    made.rate = make_rate(draw);
  if (draw.chance(20))
    made.unique = unique_key{fmt::format("unique.{}", draw.below(3)),
                             draw.chance(50) ? std::nullopt : std::optional{draw.between(1s, 1min, 1s)}};
  made.priority = make_priority(draw);
  if (draw.chance(30))
    made.follow_ups = make_follow_ups(draw);
  made.retry = draw.chance(50) ? make_retry(draw) : retry_policy{.max_attempts = 0};
  made.result_expiration = duration{0};
  return made;
}

attempt_script script_of(const job& what, std::uint64_t seed) {
  std::uint64_t mixed = seed ^ what.attempt;
  for (const auto byte : what.id.bytes())
    mixed = (mixed ^ byte) * 1'099'511'628'211U;
  draws draw{mixed};
  attempt_script made;
  made.length = draw.chance(70) ? draw.between(0s, 2s, 100ms) : draw.between(0s, draw.chance(10) ? 60s : 15s, 1s);
  made.outcome = draw.chance(80) ? job_outcome::success : draw.chance(50) ? job_outcome::error : job_outcome::crashed;
  made.to_stop = draw.between(0s, 1s, 100ms);
  return made;
}

} // namespace carillon::testing::sim
