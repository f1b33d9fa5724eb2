#include "cli/bodies.hpp"
#include "commands/answer_fields.hpp"
#include "commands/run.hpp"

#include "carillon/model/built_in.hpp"

#include <fmt/format.h>

namespace carillon::app {
namespace {

result<value> wait_for(const client_context& context, const std::string& id) {
  while (true) {
    auto answer = context.node.ask("GET", {{"jobs", id, "wait"}, {{"limit", "20s"}}});
    if (answer || answer.err().code() != ec::timed_out)
      return answer;
  }
}

// `error, exit code 3: ...`
std::string ending(const value& job) {
  auto text = text_of(job, "outcome");
  for (const auto* key : {"exit_code", "signal"})
    if (const auto* number = job.find(key); number != nullptr && !number->is_null())
      text += fmt::format(", {} {}", std::string_view{key} == "signal" ? key : "exit code", to_json_text(*number));
  if (const auto why = text_of(job, "error"); !why.empty())
    text += ": " + why;
  return text;
}

// What a finished job gave: the output of a command, the result of a task. How it failed goes to standard error.
exit_code print_finished(const client_context& context, const value& job) {
  const bool succeeded = text_of(job, "outcome") == "success";
  if (context.json) {
    print_document(context, job);
    return succeeded ? exit_code::success : exit_code::refused;
  }
  const auto* output = job.find("output");
  const auto* given = job.find("result");
  const auto* body = given != nullptr && text_of(job, "task") == http_task ? given->find("body") : nullptr;
  if (output != nullptr && output->get_if<std::string>() != nullptr)
    print(*output->get_if<std::string>());
  else if (body != nullptr && body->get_if<std::string>() != nullptr)
    print(*body->get_if<std::string>());
  else if (given != nullptr && (succeeded || !given->is_null()))
    print(to_json_text(*given) + "\n");
  if (succeeded)
    return exit_code::success;
  print_error({ec::none, fmt::format("job {}: {}", text_of(job, "id"), ending(job))});
  return exit_code::refused;
}

} // namespace

result<exit_code> run_job(const client_context& context, const run_job_command& what) {
  const auto body = job_body(what);
  if (!body)
    return body.err();
  const auto added = context.node.ask("POST", {{"jobs"}, {}}, *body);
  if (!added)
    return added.err();
  const auto id = text_of(*added, "id");
  if (what.wait) {
    const auto finished = wait_for(context, id);
    return finished ? result<exit_code>{print_finished(context, *finished)} : finished.err();
  }
  if (context.json)
    print_document(context, *added);
  else
    print(id + "\n");
  return exit_code::success;
}

result<exit_code> run_job_result(const client_context& context, const job_result_command& what) {
  const auto found = what.wait ? wait_for(context, what.id) : context.node.ask("GET", {{"jobs", what.id}, {}});
  if (!found)
    return found.err();
  if (text_of(*found, "state") != "finished")
    return {ec::wrong_state,
            fmt::format("job {} is {}: ask again later, or with --wait", what.id, text_of(*found, "state"))};
  return print_finished(context, *found);
}

} // namespace carillon::app
