#include "commands/run.hpp"

#include "carillon/base/version.hpp"
#include "cli/render.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace carillon::app {
namespace {

constexpr const char* default_socket = "carillon-data/control.sock";

// Of the first write to standard output that failed.
std::atomic<int> output_fault = 0;

exit_code run_version(bool json) {
  print(json ? to_json_text(value::map{{"version", std::string{version()}}}) + "\n"
             : fmt::format("carillon {}\n", version()));
  return exit_code::success;
}

result<exit_code> run_client(const client_context& context, const command& what) {
  struct visitor {
    const client_context& context;
    result<exit_code> operator()(const add_schedule_command& x) const { return run_add_schedule(context, x); }
    result<exit_code> operator()(const run_job_command& x) const { return run_job(context, x); }
    result<exit_code> operator()(const list_command& x) const { return run_list(context, x); }
    result<exit_code> operator()(const follow_command& x) const { return run_follow(context, x); }
    result<exit_code> operator()(const show_command& x) const { return run_show(context, x); }
    result<exit_code> operator()(const set_task_command& x) const { return run_set_task(context, x); }
    result<exit_code> operator()(const drain_node_command& x) const { return run_drain(context, x); }
    result<exit_code> operator()(const change_command& x) const { return run_change(context, x); }
    result<exit_code> operator()(const job_result_command& x) const { return run_job_result(context, x); }
    result<exit_code> operator()(const job_logs_command& x) const { return run_job_logs(context, x); }
    result<exit_code> operator()(const backfill_command& x) const { return run_backfill(context, x); }
    result<exit_code> operator()(const status_command&) const { return run_status(context); }
    result<exit_code> operator()(const check_command&) const { return run_check(context); }
    result<exit_code> operator()(const explain_command& x) const { return run_explain(context, x); }
    result<exit_code> operator()(const preview_command& x) const { return run_preview(context, x); }
    result<exit_code> operator()(const clean_command&) const { return run_clean(context); }
    result<exit_code> operator()(const backup_command& x) const { return run_backup(context, x); }
    result<exit_code> operator()(const serve_command&) const { return exit_code::internal; } // those do without a node
    result<exit_code> operator()(const next_command&) const { return exit_code::internal; }
    result<exit_code> operator()(const version_command&) const { return exit_code::internal; }
    result<exit_code> operator()(const verify_command&) const { return exit_code::internal; }
    result<exit_code> operator()(const bench_command&) const { return exit_code::internal; }
    result<exit_code> operator()(const sim_command&) const { return exit_code::internal; }
    result<exit_code> operator()(const simulate_command&) const { return exit_code::internal; }
    result<exit_code> operator()(const make_authority_command&) const { return exit_code::internal; }
    result<exit_code> operator()(const issue_certificate_command&) const { return exit_code::internal; }
    result<exit_code> operator()(const restore_command&) const { return exit_code::internal; }
    result<exit_code> operator()(const dump_command&) const { return exit_code::internal; }
    result<exit_code> operator()(const inspect_command&) const { return exit_code::internal; }
    result<exit_code> operator()(const repair_command&) const { return exit_code::internal; }
    result<exit_code> operator()(const doctor_command&) const { return exit_code::internal; }
    result<exit_code> operator()(const import_command&) const { return exit_code::internal; }
    result<exit_code> operator()(const export_command&) const { return run_export(context); }
  };
  return std::visit(visitor{context}, what);
}

result<exit_code> dispatch(const invocation& said) {
  if (const auto* serve = std::get_if<serve_command>(&said.what))
    return run_serve(*serve, said.socket);
  if (const auto* next = std::get_if<next_command>(&said.what))
    return run_next(*next);
  if (const auto* verify = std::get_if<verify_command>(&said.what))
    return run_verify(*verify, said.json);
  if (const auto* measured = std::get_if<bench_command>(&said.what))
    return run_bench(*measured, said.json);
  if (const auto* sim = std::get_if<sim_command>(&said.what))
    return run_sim(*sim, said.json);
  if (const auto* simulation = std::get_if<simulate_command>(&said.what))
    return run_simulate(*simulation, said.json);
  if (const auto* made = std::get_if<make_authority_command>(&said.what))
    return run_make_authority(*made, said.json);
  if (const auto* issued = std::get_if<issue_certificate_command>(&said.what))
    return run_issue_certificate(*issued, said.json);
  if (const auto* check = std::get_if<check_command>(&said.what); check != nullptr && !check->files.empty())
    return run_check_files(*check, said.json);
  if (const auto* doctor = std::get_if<doctor_command>(&said.what))
    return run_doctor(*doctor, said.socket, said.json);
  if (const auto* backup = std::get_if<backup_command>(&said.what); backup != nullptr && !backup->data.empty())
    return run_backup_of_folder(*backup, said.json);
  if (const auto* restore = std::get_if<restore_command>(&said.what))
    return run_restore(*restore, said.json);
  if (const auto* dump = std::get_if<dump_command>(&said.what))
    return run_dump(*dump);
  if (const auto* inspected = std::get_if<inspect_command>(&said.what))
    return run_inspect(*inspected, said.json);
  if (const auto* repaired = std::get_if<repair_command>(&said.what))
    return run_repair(*repaired, said.json);
  if (std::holds_alternative<version_command>(said.what))
    return run_version(said.json);
  const auto socket = said.socket.empty() ? default_socket : said.socket;
  if (const auto* imported = std::get_if<import_command>(&said.what))
    return run_import(*imported, socket, said.json);
  auto node = control_client::connect(socket);
  if (!node)
    return node.err();
  return run_client({*node, said.json, has_colours(STDOUT_FILENO)}, said.what);
}

} // namespace

exit_code exit_code_of(ec code) noexcept {
  switch (code) {
    case ec::timed_out:
    case ec::unavailable: return exit_code::unreachable;
    case ec::store_io:
    case ec::store_corrupt:
    case ec::internal: return exit_code::internal;
    default: return exit_code::refused;
  }
}

exit_code run(const invocation& what) {
  const auto ended = dispatch(what);
  if (!ended) {
    print_error(ended.err());
    return exit_code_of(ended.err().code());
  }
  // A reader that has seen enough has gone on purpose; a node has done its work, whoever saw it.
  if (*ended == exit_code::success && output_fault != 0 && output_fault != EPIPE &&
      !std::holds_alternative<serve_command>(what.what)) {
    print_error({ec::internal, fmt::format("standard output: {}: what was printed isn't whole; if the command changes "
                                           "something, that was done",
                                           std::strerror(output_fault))});
    return exit_code::internal;
  }
  return *ended;
}

void print(std::string_view text) {
  if (output_fault == 0 &&
      (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0))
    output_fault = errno;
}

bool output_has_failed() noexcept { return output_fault != 0; }

void print_error(const error& what) {
  fmt::print(stderr, "{} {}\n", paint("carillon:", colour::red, has_colours(STDERR_FILENO)), printable(what.text()));
}

void print_document(const client_context& context, const value& document) {
  print(context.json ? to_json_text(document) + "\n" : render_fields(document, context.colours));
}

} // namespace carillon::app
