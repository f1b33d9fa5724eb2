#include "cli/option_sets.hpp"

namespace carillon::app {
namespace {

void add_policies(CLI::App& sub, add_schedule_command& what) {
  sub.add_option("--coalesce", what.coalesce, "What becomes of several fire times that are due at once")
      ->type_name("POLICY")
      ->check(CLI::IsMember({"latest", "earliest", "all"}));
  sub.add_option("--overlap", what.overlap, "What becomes of a run when the one before hasn't ended")
      ->type_name("POLICY")
      ->check(CLI::IsMember({"queue_one", "queue_all", "skip", "cancel_running", "allow"}));
  add_duration_option(sub, "--misfire-grace", what.misfire_grace, "How late a run may be and still begin");
  add_duration_option(sub, "--max-jitter", what.max_jitter, "Delay each run by up to this, at random");
  sub.add_option("--max-catch-up", what.max_catch_up, "Make up for at most so many missed runs")->type_name("N");
  sub.add_flag("--paused", what.paused, "Add it paused");
  sub.add_flag("--replace", what.replace, "Replace one of that name, which keeps its history");
}

void add_backfill_command(CLI::App& group, parse_state& state) {
  add_command<backfill_command>(
      group, state,
      {"backfill", "Add its jobs for fire times that lie behind",
       "carillon schedule backfill report --from 2026-03-01T00:00Z --to 2026-04-01T00:00Z --max-running 4\n\n"
       "They are beside what the schedule has decided, and begin in the order of their fire times. Repeat one that "
       "was\n"
       "interrupted with --as and its id: no job is added twice."},
      [&](CLI::App& sub, backfill_command& what) {
        sub.add_option("id", what.id, "Which one")->required()->type_name("ID");
        sub.add_option("--from", what.from, "From this fire time on")->required()->type_name("TIME");
        sub.add_option("--to", what.to, "Before this one; now if not given")->type_name("TIME");
        sub.add_option(
               "--which", what.which,
               "Those without a job (missing, which it is if not given), also those whose job has failed, or all")
            ->type_name("WHICH")
            ->check(CLI::IsMember({"missing", "failed", "all"}));
        sub.add_option("--max-running", what.max_running, "At most so many of them run at once; 1 if not given")
            ->type_name("N")
            ->check(CLI::Range(std::uint32_t{1}, std::uint32_t{1'000'000}));
        sub.add_option(
               "--overlap", what.overlap,
               "They run beside the schedule's other jobs (allow, if not given), or in line with them (queue_all)")
            ->type_name("POLICY")
            ->check(CLI::IsMember({"allow", "queue_all"}));
        sub.add_option("--priority", what.priority, "Theirs; the schedule's if not given")
            ->type_name("N")
            ->check(CLI::Range(lowest_priority, highest_priority));
        sub.add_option("--as", what.backfill_id, "Its id, a UUID: the same twice adds no job twice")->type_name("UUID");
        add_json_option(sub, state);
      });
}

} // namespace

void add_schedule_commands(CLI::App& app, parse_state& state) {
  auto& group = add_group(app, "schedule", "Add, look at and change schedules", "carillon schedule list");
  add_command<add_schedule_command>(
      group, state,
      {"add", "Add a schedule: an id, a trigger, and what to run",
       "carillon schedule add backup --cron '0 3 * * *' --timezone Europe/Berlin -- /usr/bin/rsync -a /a /b\n"
       "  carillon schedule add tick --every 5s -- date\n"
       "  carillon schedule add ping --cron '*/5 * * * *' --http https://example.org/alive --http-success 200,204"},
      [&](CLI::App& sub, add_schedule_command& what) {
        sub.add_option("id", what.id, "Its name")->required()->type_name("ID");
        add_trigger_options(sub, what.when);
        add_work_options(sub, what.work);
        add_retry_options(sub, what.retry);
        add_policies(sub, what);
        add_json_option(sub, state);
      },
      [&state](add_schedule_command& what) {
        check_trigger(what.when);
        complete_work(what.work, state);
      });
  add_command<list_command>(group, state, {"list", "List schedules", "carillon schedule list --limit 20"},
                            [&](CLI::App& sub, list_command& list) {
                              list.kind = "schedules";
                              list.what.segments = {"schedules"};
                              add_list_options(sub, state, list);
                            });
  add_show_command(group, state, "schedule", "carillon schedule show backup --json");
  add_history_commands(group, state);
  using verb = change_command::verb;
  add_change_command(group, state, verb::pause,
                     {"pause", "Stop firing until resumed", "carillon schedule pause backup"});
  add_change_command(group, state, verb::resume, {"resume", "Fire again", "carillon schedule resume backup"});
  add_change_command(
      group, state, verb::run,
      {"run", "Run schedules now, beside their fire times, as new jobs", "carillon schedule run backup"});
  add_backfill_command(group, state);
  add_change_command(group, state, verb::remove,
                     {"remove", "Remove schedules; their jobs stay", "carillon schedule remove backup tick"});
}

} // namespace carillon::app
