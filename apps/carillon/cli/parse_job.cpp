#include "cli/option_sets.hpp"

namespace carillon::app {
namespace {

void add_job_run(CLI::App& group, parse_state& state) {
  add_command<run_job_command>(
      group, state,
      {"run", "Add a job that runs once; prints its id, or with --wait its output",
       "carillon job run --wait -- sh -c 'echo hi; exit 3'\n"
       "  carillon job run --retries 5 --retry-delay 10s --retry-exit-code 75 -- /usr/local/bin/upload\n"
       "  carillon job run --wait --http https://example.org/hook --http-method POST --http-body '{\"a\": 1}' "
       "--http-header 'Content-Type: application/json'"},
      [&](CLI::App& sub, run_job_command& what) {
        add_work_options(sub, what.work);
        add_retry_options(sub, what.retry);
        sub.add_option("--id", what.id, "A UUID of your own: the same one twice adds one job")->type_name("UUID");
        sub.add_option("--not-before", what.not_before, "Don't begin before this time")->type_name("TIME");
        sub.add_option("--start-deadline", what.start_deadline, "Don't begin after this time")->type_name("TIME");
        auto* unique = sub.add_option("--unique-key", what.unique_key,
                                      "Add no second job with this key: the first one is taken instead, until it is "
                                      "finished, or for --unique-for");
        unique->type_name("KEY");
        add_duration_option(sub, "--unique-for", what.unique_window, "How long since the first one was added")
            ->needs(unique);
        sub.add_flag("--wait", what.wait,
                     "Wait for its end, print its output (of HTTP, the answer's body), and fail if it didn't succeed");
        add_json_option(sub, state);
      },
      [&state](run_job_command& what) { complete_work(what.work, state); });
}

} // namespace

void add_job_commands(CLI::App& app, parse_state& state) {
  auto& group = add_group(app, "job", "Run, look at and cancel jobs", "carillon job list --schedule backup");
  add_job_run(group, state);
  add_command<list_command>(
      group, state, {"list", "List jobs, the newest first", "carillon job list --schedule backup --state finished"},
      [&](CLI::App& sub, list_command& list) {
        list.kind = "jobs";
        list.what.segments = {"jobs"};
        add_parameter(sub, list.what, "--schedule", "schedule_id", "Only those of this schedule")->type_name("ID");
        add_parameter(sub, list.what, "--task", "task", "Only those of this task")->type_name("TASK");
        add_parameter(sub, list.what, "--state", "state", "Only those in this state")
            ->type_name("STATE")
            ->check(CLI::IsMember({"pending", "running", "finished"}));
        add_list_options(sub, state, list);
      });
  add_show_command(group, state, "job", "carillon job show 01930000-0000-7000-8000-000000000000");
  add_command<job_result_command>(group, state,
                                  {"result",
                                   "Print what a finished job gave: a command's output, or a task's result as JSON; "
                                   "with --json the whole job",
                                   "carillon job result --wait 01930000-0000-7000-8000-000000000000"},
                                  [&](CLI::App& sub, job_result_command& what) {
                                    sub.add_option("id", what.id, "Of which job")->required()->type_name("ID");
                                    sub.add_flag("--wait", what.wait, "Wait until it has finished");
                                    add_json_option(sub, state);
                                  });
  add_command<job_logs_command>(group, state,
                                {"logs", "Print what a job has said so far: its lines, and how far it is",
                                 "carillon job logs --follow 01930000-0000-7000-8000-000000000000"},
                                [&](CLI::App& sub, job_logs_command& what) {
                                  sub.add_option("id", what.id, "Of which job")->required()->type_name("ID");
                                  sub.add_flag(
                                      "-f,--follow", what.follow,
                                      "Go on as it says more, until it has ended; with --json a document a line");
                                  add_json_option(sub, state);
                                });
  add_change_command(group, state, change_command::verb::cancel,
                     {"cancel", "Cancel jobs: a pending one never runs, a running one is asked to stop",
                      "carillon job cancel 01930000-0000-7000-8000-000000000000"});
  add_command<list_command>(group, state,
                            {"dead-letters", "List jobs that failed at each of their attempts, the newest first",
                             "carillon job dead-letters"},
                            [&](CLI::App& sub, list_command& list) {
                              list.kind = "dead_letters";
                              list.what.segments = {"dead_letters"};
                              add_list_options(sub, state, list);
                            });
  add_change_command(group, state, change_command::verb::rerun,
                     {"rerun", "Run finished jobs again, as new jobs; dead letters are none any more",
                      "carillon job rerun 01930000-0000-7000-8000-000000000000"});
  add_change_command(group, state, change_command::verb::drop,
                     {"drop", "Drop dead letters: their history ends as that of other jobs",
                      "carillon job drop 01930000-0000-7000-8000-000000000000"});
}

} // namespace carillon::app
