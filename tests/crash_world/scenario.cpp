#include "crash_world/crash_run.hpp"

#include "carillon/trigger/custom.hpp"

namespace carillon::testing {
namespace {

using namespace std::chrono_literals;

/// Every 35 seconds, from the instant that its parameters say, in seconds.
class own_kind final : public custom_trigger {
public:
  explicit own_kind(timestamp start) : start_(start) {}
  [[nodiscard]] std::optional<timestamp> next(std::string& state) const override {
    const auto given = state.empty() ? 0 : std::stoll(state);
    state = std::to_string(given + 1);
    return start_ + given * 35s;
  }
  [[nodiscard]] bool skip_to(std::string& state, timestamp when) const override {
    const auto given = state.empty() ? 0 : std::stoll(state);
    if (when > start_ + given * 35s)
      state = std::to_string((when - start_ + 35s - duration{1}) / 35s);
    return true;
  }

private:
  timestamp start_;
};

trigger_definition own_trigger(timestamp start) {
  [[maybe_unused]] static const bool is_known =
      register_trigger_kind("crash_world.own", [](std::string_view parameters) {
        return result<std::unique_ptr<const custom_trigger>>{
            std::make_unique<own_kind>(timestamp{std::chrono::seconds{std::stoll(std::string{parameters})}})};
      }).has_value();
  return {custom_definition{"crash_world.own", std::to_string(start.time_since_epoch() / 1s)}};
}

trigger_definition grid(duration period, timestamp start) { return {interval_definition{period, start, std::nullopt}}; }

trigger_definition minutely(timestamp start) {
  cron_definition made;
  made.second = "15";
  made.start_time = start;
  made.timezone = "UTC";
  return {made};
}

trigger_definition noon(timestamp start) {
  cron_definition made;
  made.hour = "12";
  made.start_time = start;
  made.timezone = "Test/Zone";
  return {made};
}

trigger_definition daily() {
  calendar_interval_definition made;
  made.days = 1;
  made.hour = 18;
  made.start_date = {2026, 9, 20};
  made.timezone = "UTC";
  return {made};
}

schedule_definition with(schedule_definition what, const std::function<void(schedule_definition&)>& change) {
  change(what);
  return what;
}

schedule_definition with_trigger(const crash_run& run, const std::string& id, trigger_definition trigger) {
  auto what = run.every(1min, id);
  what.trigger = std::move(trigger);
  return what;
}

retry_policy again(std::uint32_t attempts, duration delay) {
  retry_policy made;
  made.max_attempts = attempts;
  made.backoff = backoff_kind::fixed;
  made.delay = delay;
  return made;
}

schedule_definition with_overlap(const crash_run& run, const std::string& id, overlap_policy overlap) {
  auto what = run.every(40s, id, "slow");
  what.overlap = overlap;
  return what;
}

} // namespace

std::vector<crash_run::step> crash_scenario() {
  using run = crash_run;
  return {
      [](run& r) { r.add_tasks(); },
      // Each kind of trigger.
      [](run& r) { r.add(with_trigger(r, "date", {date_definition{r.begin() + 20s}})); },
      [](run& r) { r.add(r.every(30s, "interval")); },
      [](run& r) { r.add(with_trigger(r, "calendar", daily())); },
      [](run& r) { r.add(with_trigger(r, "cron", minutely(r.begin()))); },
      [](run& r) { r.add(with_trigger(r, "cron.zoned", noon(r.begin()))); },
      [](run& r) {
        r.add(with_trigger(r, "classic", {classic_cron_definition{"* * * * *", r.begin(), std::nullopt, "UTC", {}}}));
      },
      [](run& r) {
        r.add(with_trigger(r, "and", {all_of_definition{{grid(20s, r.begin()), grid(40s, r.begin() + 20s)}, 1s, 100}}));
      },
      [](run& r) {
        r.add(with_trigger(r, "or",
                           {any_of_definition{{grid(1min, r.begin() + 25s), {date_definition{r.begin() + 50s}}}}}));
      },
      [](run& r) { r.add(with_trigger(r, "own", own_trigger(r.begin() + 5s))); },
      // Each overlap policy, with jobs that don't end by themselves.
      [](run& r) { r.add(with_overlap(r, "queue_one", overlap_policy::queue_one)); },
      [](run& r) { r.add(with_overlap(r, "queue_all", overlap_policy::queue_all)); },
      [](run& r) { r.add(with_overlap(r, "skip", overlap_policy::skip)); },
      [](run& r) { r.add(with_overlap(r, "cancel_running", overlap_policy::cancel_running)); },
      // Each way to catch up.
      [](run& r) { r.add(with(r.every(45s, "earliest"), [](auto& x) { x.coalesce = coalesce_policy::earliest; })); },
      [](run& r) {
        r.add(with(r.every(45s, "all"), [](auto& x) {
          x.coalesce = coalesce_policy::all;
          x.max_catch_up = 3;
          x.overlap = overlap_policy::allow;
        }));
      },
      [](run& r) { r.add(with(r.every(50s, "misfire"), [](auto& x) { x.misfire_grace_time = 10s; })); },
      [](run& r) { r.add(with(r.every(50s, "jitter"), [](auto& x) { x.max_jitter = 20s; })); },
      // Those that are paused, replaced and removed later.
      [](run& r) { r.add(with(r.every(30s, "paused"), [](auto& x) { x.paused = true; })); },
      [](run& r) { r.add(r.every(30s, "replaced")); },
      [](run& r) { r.add(r.every(30s, "removed")); },
      // What fails and is tried again, and what waits for a key.
      [](run& r) { r.add(with(r.every(55s, "retried", "fail"), [](auto& x) { x.retry = again(2, 3s); })); },
      [](run& r) {
        r.add(with(r.every(40s, "key.a", "slow"), [](auto& x) {
          x.overlap = overlap_policy::allow;
          x.limit = concurrency_limit{"key", 1};
        }));
      },
      [](run& r) { r.add_job(11, "fail", 0s, [](job& x) { x.retry = again(3, 2s); }); },
      [](run& r) { r.add_job(12, "fail", 0s, [](job& x) { x.retry = again(2, 1s); }); },
      [](run& r) { r.add_job(13, "slow", 0s, [](job& x) {
                     x.limit = concurrency_limit{"key", 1};
                   }); },
      [](run& r) { r.add_job(14, "work", 0s, [](job& x) {
                     x.limit = concurrency_limit{"key", 1};
                   }); },
      // What comes first, and what follows.
      [](run& r) {
        r.add_job(16, "work", 0s, [](job& x) {
          x.priority = 50;
          x.follow_ups = {
              {follow_up_trigger::success, "work", "after", 0, {{follow_up_trigger::end, "work", {}, 0, {}}}}};
        });
      },
      [](run& r) {
        r.add_job(17, "fail", 0s, [](job& x) {
          x.retry = again(2, 1s);
          x.follow_ups = {{follow_up_trigger::failure, "work", "after", 0, {}}};
        });
      },
      [](run& r) { r.run_schedule("queue_all", 22); },
      // A task that goes with all that uses it.
      [](run& r) { r.add_task("gone"); },
      [](run& r) { r.add(r.every(1min, "of.gone", "gone")); },
      [](run& r) { r.add_job(15, "gone", 5min); },
      [](run& r) { r.remove_task("gone"); },
      // Direct jobs.
      [](run& r) { r.add_job(1, "work"); },
      [](run& r) { r.add_job(2, "fail"); },
      [](run& r) { r.add_job(3, "slow"); },
      [](run& r) { r.add_job(4, "work", 5min); },
      [](run& r) { r.pass(32s); },
      [](run& r) { r.cancel_job(3); },
      [](run& r) { r.cancel_job(4); },
      [](run& r) { r.resume("paused", r.begin() + 40s); },
      [](run& r) { r.rerun_job(11, 21); },
      [](run& r) { r.drop_dead_letter(12); },
      [](run& r) { r.pause("interval"); },
      [](run& r) { r.add(with(r.every(30s, "replaced"), [](auto& x) { x.arguments = value{7}; })); },
      [](run& r) { r.add(with_trigger(r, "replaced", grid(55s, r.begin() + 55s))); },
      [](run& r) { r.remove("removed"); },
      [](run& r) { r.pass(30s); },
      [](run& r) { r.backfill("queue_all", 23, overlap_policy::queue_all); },
      [](run& r) { r.backfill("misfire", 24, overlap_policy::allow); },
      [](run& r) { r.resume("interval"); },
      // What goes wrong around it.
      [](run& r) { r.add_job(5, "slow"); },
      [](run& r) { r.lose_leases(); },
      [](run& r) { r.restart(); },
      [](run& r) { r.pass(20s); },
      [](run& r) { r.step_clock(25h); },
      [](run& r) { r.step_clock(-2h); },
      [](run& r) { r.change_zone_data(); },
      [](run& r) { r.restart(); },
  };
}

} // namespace carillon::testing
