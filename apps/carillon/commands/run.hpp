#pragma once

#include "cli/commands.hpp"
#include "client/control_client.hpp"

namespace carillon::app {

/// Carries a command line out, on standard output and standard error.
[[nodiscard]] exit_code run(const invocation& what);

/// How the program ends for an error: refused, unreachable, or internal.
[[nodiscard]] exit_code exit_code_of(ec code) noexcept;

// ---- the commands, each in a file of its own. They print what they give; an error they return is printed by `run`.

/// What a client command works with.
struct client_context {
  control_client& node;
  bool json = false;
  bool colours = false;
};

/// Has the node do what may take hours, a check, a clean-up or a backup (POST), and shows how long it takes (`checking 12 s`).
[[nodiscard]] result<value> ask_for_long_work(const client_context& context, const std::string& doing, target what,
                                              const value& body = {});

[[nodiscard]] result<exit_code> run_serve(const serve_command& what, const std::string& socket);
[[nodiscard]] result<exit_code> run_next(const next_command& what);
[[nodiscard]] result<exit_code> run_add_schedule(const client_context& context, const add_schedule_command& what);
[[nodiscard]] result<exit_code> run_set_task(const client_context& context, const set_task_command& what);
[[nodiscard]] result<exit_code> run_drain(const client_context& context, const drain_node_command& what);
[[nodiscard]] result<exit_code> run_change(const client_context& context, const change_command& what);
[[nodiscard]] result<exit_code> run_backfill(const client_context& context, const backfill_command& what);
[[nodiscard]] result<exit_code> run_job(const client_context& context, const run_job_command& what);
[[nodiscard]] result<exit_code> run_job_result(const client_context& context, const job_result_command& what);
[[nodiscard]] result<exit_code> run_job_logs(const client_context& context, const job_logs_command& what);
[[nodiscard]] result<exit_code> run_list(const client_context& context, const list_command& what);
[[nodiscard]] result<exit_code> run_follow(const client_context& context, const follow_command& what);
[[nodiscard]] result<exit_code> run_show(const client_context& context, const show_command& what);
[[nodiscard]] result<exit_code> run_status(const client_context& context);
[[nodiscard]] result<exit_code> run_check(const client_context& context);
[[nodiscard]] result<exit_code> run_explain(const client_context& context, const explain_command& what);
[[nodiscard]] result<exit_code> run_preview(const client_context& context, const preview_command& what);
[[nodiscard]] result<exit_code> run_clean(const client_context& context);
[[nodiscard]] exit_code run_check_files(const check_command& what, bool json);
[[nodiscard]] result<exit_code> run_import(const import_command& what, const std::string& socket, bool json);
[[nodiscard]] result<exit_code> run_export(const client_context& context);
[[nodiscard]] result<exit_code> run_doctor(const doctor_command& what, const std::string& socket, bool json);
[[nodiscard]] result<exit_code> run_backup(const client_context& context, const backup_command& what);
[[nodiscard]] result<exit_code> run_backup_of_folder(const backup_command& what, bool json);
[[nodiscard]] result<exit_code> run_restore(const restore_command& what, bool json);
[[nodiscard]] result<exit_code> run_dump(const dump_command& what);
[[nodiscard]] exit_code run_inspect(const inspect_command& what, bool json);
[[nodiscard]] exit_code run_repair(const repair_command& what, bool json);
[[nodiscard]] result<exit_code> run_make_authority(const make_authority_command& what, bool json);
[[nodiscard]] result<exit_code> run_issue_certificate(const issue_certificate_command& what, bool json);
[[nodiscard]] result<exit_code> run_bench(const bench_command& what, bool json);
[[nodiscard]] result<exit_code> run_sim(const sim_command& what, bool json);
[[nodiscard]] result<exit_code> run_simulate(const simulate_command& what, bool json);
/// Whatever keeps it from reading the store is an internal fault: a program must not take it for faults found.
[[nodiscard]] exit_code run_verify(const verify_command& what, bool json);

// ---- printing

/// Writes to standard output. A write that fails (the disk is full, the reader has gone) ends the program's output: what
/// follows is dropped, and `run` says so in the end. On any thread, one at a time.
void print(std::string_view text);
/// Whether a write has failed: whoever has no end of its own ends then.
[[nodiscard]] bool output_has_failed() noexcept;

/// One line on standard error: what is wrong, where, what to do.
void print_error(const error& what);

/// One document: as JSON, or as lines of fields.
void print_document(const client_context& context, const value& document);

} // namespace carillon::app
