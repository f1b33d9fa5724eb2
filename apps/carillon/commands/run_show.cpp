#include "cli/bodies.hpp"
#include "cli/render.hpp"
#include "commands/answer_fields.hpp"
#include "commands/run.hpp"

#include <fmt/format.h>

namespace carillon::app {
namespace {

struct change_words {
  std::string_view method;
  const char* collection;
  const char* action; // the last segment of the path, null: none
  const char* done;
};

change_words words_of(change_command::verb what) {
  switch (what) {
    case change_command::verb::pause: return {"POST", "schedules", "pause", "paused"};
    case change_command::verb::resume: return {"POST", "schedules", "resume", "resumed"};
    case change_command::verb::remove: return {"DELETE", "schedules", nullptr, "removed"};
    case change_command::verb::run: return {"POST", "schedules", "run", "runs now as"};
    case change_command::verb::cancel: return {"POST", "jobs", "cancel", "cancelled"};
    case change_command::verb::remove_task: return {"DELETE", "tasks", nullptr, "removed"};
    case change_command::verb::rerun: return {"POST", "jobs", "rerun", "runs again as"};
    case change_command::verb::resume_node: return {"POST", "nodes", "resume", "gets jobs again"};
    case change_command::verb::remove_node: return {"DELETE", "nodes", nullptr, "removed"};
    case change_command::verb::drop: return {"DELETE", "dead_letters", nullptr, "dropped"};
  }
  return {};
}

// `ID paused`; with the id of the job that it has added.
std::string show_line(const change_command& what, const std::string& id, const value& answer) {
  if (what.what == change_command::verb::cancel && text_of(answer, "state") == "running")
    return id + " asked to stop\n"; // it may run on for a while, and even succeed
  const auto* given = what.adds_job() ? answer.find("id") : nullptr;
  const auto* new_id = given != nullptr ? given->get_if<std::string>() : nullptr;
  return fmt::format("{} {}{}{}\n", id, words_of(what.what).done, new_id != nullptr ? " " : "",
                     new_id != nullptr ? *new_id : "");
}

} // namespace

result<exit_code> run_show(const client_context& context, const show_command& what) {
  const auto document = context.node.ask("GET", {{what.kind + "s", what.id}, {}});
  if (!document)
    return document.err();
  print_document(context, *document);
  return exit_code::success;
}

result<exit_code> run_change(const client_context& context, const change_command& what) {
  const auto words = words_of(what.what);
  value body;
  if (!what.from.empty())
    body = value::map{{"from", what.from}};
  if (!what.new_id.empty())
    body = value::map{{"id", what.new_id}};
  auto code = exit_code::success;
  value::list changed;
  for (const auto& id : what.ids) {
    target path{{words.collection, id}, {}};
    if (words.action != nullptr)
      path.segments.emplace_back(words.action);
    if (what.force)
      path.query.emplace_back("force", "true");
    const auto answer = context.node.ask(words.method, std::move(path), body);
    if (!answer) {
      print_error(answer.err());
      code = exit_code_of(answer.err().code());
      if (code == exit_code::unreachable)
        break;
      continue;
    }
    if (!context.json)
      print(show_line(what, id, *answer));
    changed.push_back(answer->is_null() ? value{value::map{{"id", id}}} : *answer);
  }
  if (context.json)
    print(to_json_text(value::map{{what.adds_job() ? "jobs" : words.collection, std::move(changed)}, {"next", {}}}) +
          "\n");
  return code;
}

result<exit_code> run_add_schedule(const client_context& context, const add_schedule_command& what) {
  const auto body = schedule_body(what);
  if (!body)
    return body.err();
  const auto added = context.node.ask("POST", {{"schedules"}, {}}, *body);
  if (!added)
    return added.err();
  if (context.json) {
    print_document(context, *added);
    return exit_code::success;
  }
  const auto* next = added->find("next_fire_time");
  const auto* instant = next != nullptr ? next->get_if<std::string>() : nullptr;
  print(fmt::format("{} added, {}\n", what.id,
                    instant == nullptr ? std::string{"with no fire time to come"} : "next at " + local_time(*instant)));
  return exit_code::success;
}

result<exit_code> run_set_task(const client_context& context, const set_task_command& what) {
  const auto body = task_body(what);
  if (!body)
    return body.err();
  const auto recorded = context.node.ask("PUT", {{"tasks", what.id}, {}}, *body);
  if (!recorded)
    return recorded.err();
  if (context.json)
    print_document(context, *recorded);
  else
    print(fmt::format("{} recorded\n", what.id));
  return exit_code::success;
}

result<exit_code> run_status(const client_context& context) {
  const auto document = context.node.ask("GET", {{"status"}, {}});
  if (!document)
    return document.err();
  print_document(context, *document);
  return exit_code::success;
}

result<exit_code> run_check(const client_context& context) {
  const auto document = ask_for_long_work(context, "checking", {{"check"}, {}});
  if (!document)
    return document.err();
  print_document(context, *document);
  const auto* ok = document->find("ok");
  return ok != nullptr && *ok == value{true} ? exit_code::success : exit_code::internal;
}

} // namespace carillon::app
