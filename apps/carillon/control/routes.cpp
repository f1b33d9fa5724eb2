#include "control/routes.hpp"

#include "api/problem.hpp"
#include "api/views.hpp"
#include "carillon/base/utf8.hpp"
#include "carillon/base/version.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>

namespace carillon::app {
namespace {

using arguments = std::vector<std::string>;

constexpr unsigned http_created = 201;
constexpr unsigned http_no_content = 204;
constexpr unsigned http_method_not_allowed = 405;

control_answer document(const value& what, unsigned status = 200) {
  return {status, "application/json", to_json_text(what) + "\n"};
}

// Answers with the view of what arrives.
template <class T>
auto show(answer_callback answer, unsigned status = 200) {
  return [answer = std::move(answer), status](result<T> arrived) {
    answer(arrived ? document(view_of(*arrived), status) : answer_with(arrived.err()));
  };
}

template <class T>
auto show_page(const char* name, answer_callback answer) {
  return [name, answer = std::move(answer)](result<page<T>> arrived) {
    answer(arrived ? document(view_of(name, *arrived)) : answer_with(arrived.err()));
  };
}

// Answers that it is done.
auto done_with(answer_callback answer) {
  return [answer = std::move(answer)](const result<void>& done) {
    answer(done ? control_answer{http_no_content, {}, {}} : answer_with(done.err()));
  };
}

// The body of a request: null if it is empty.
result<value> parse_body(const control_request& request) {
  if (request.body.empty())
    return value{};
  auto parsed = parse_json_text(request.body);
  return parsed ? std::move(parsed) : parsed.err().within("the request's body is no JSON");
}

trigger_defaults defaults_now(const control_context& context) {
  auto defaults = context.defaults;
  defaults.now = system_clock().now().wall;
  return defaults;
}

// ---- schedules

void add_schedule(const control_context& context, const control_request& request, const arguments&,
                  answer_callback answer) {
  const auto body = parse_body(request);
  const auto what = body ? parse_schedule_request(*body, defaults_now(context)) : body.err();
  if (!what)
    return answer(answer_with(what.err()));
  context.served.find_schedule(what->definition.id).then([&context, body, what, answer](result<schedule> recorded) {
    const bool may_be_the_same = recorded && what->on_conflict != conflict_policy::replace;
    const auto asked =
        may_be_the_same ? parse_schedule_request(*body, defaults_now(context), recorded->definition) : what;
    if (!asked)
      return answer(answer_with(asked.err()));
    context.served.add_schedule(asked->definition, asked->on_conflict).then(show<schedule>(answer, http_created));
  });
}

void replace_schedule(const control_context& context, const control_request& request, const arguments& path,
                      answer_callback answer) {
  auto body = parse_body(request);
  if (!body)
    return answer(answer_with(body.err()));
  if (const auto* fields = body->get_if<value::map>()) {
    auto completed = *fields;
    completed.try_emplace("id", path[0]);
    *body = std::move(completed);
  }
  auto what = parse_schedule_request(*body, defaults_now(context));
  if (!what)
    return answer(answer_with(what.err()));
  if (what->definition.id != path[0])
    return answer(answer_with({ec::invalid_argument, "id: isn't the one in the path"}));
  context.served.add_schedule(std::move(what->definition), conflict_policy::replace)
      .then(show<schedule>(std::move(answer)));
}

void list_schedules(const control_context& context, const control_request& request, const arguments&,
                    answer_callback answer) {
  auto page = parse_page_request(request.what);
  if (!page)
    return answer(answer_with(page.err()));
  context.served.list_schedules(std::move(*page)).then(show_page<schedule>("schedules", std::move(answer)));
}

void find_schedule(const control_context& context, const control_request&, const arguments& path,
                   answer_callback answer) {
  context.served.find_schedule(path[0]).then(show<schedule>(std::move(answer)));
}

void pause_schedule(const control_context& context, const control_request&, const arguments& path,
                    answer_callback answer) {
  context.served.pause_schedule(path[0]).then(show<schedule>(std::move(answer)));
}

void resume_schedule(const control_context& context, const control_request& request, const arguments& path,
                     answer_callback answer) {
  const auto body = parse_body(request);
  const auto from = body ? parse_resume_request(*body) : body.err();
  if (!from)
    return answer(answer_with(from.err()));
  context.served.resume_schedule(path[0], *from).then(show<schedule>(std::move(answer)));
}

void remove_schedule(const control_context& context, const control_request&, const arguments& path,
                     answer_callback answer) {
  context.served.remove_schedule(path[0]).then(done_with(std::move(answer)));
}

void list_skips(const control_context& context, const control_request& request, const arguments& path,
                answer_callback answer) {
  auto page = parse_page_request(request.what);
  if (!page)
    return answer(answer_with(page.err()));
  context.served.list_skips(path[0], std::move(*page)).then(show_page<skip>("skips", std::move(answer)));
}

void list_definitions(const control_context& context, const control_request& request, const arguments& path,
                      answer_callback answer) {
  auto page = parse_page_request(request.what);
  if (!page)
    return answer(answer_with(page.err()));
  context.served.list_past_definitions(path[0], std::move(*page))
      .then(show_page<past_definition>("definitions", std::move(answer)));
}

void explain_schedule(const control_context& context, const control_request& request, const arguments& path,
                      answer_callback answer) {
  const auto what = parse_explanation_request(request.what);
  if (!what)
    return answer(answer_with(what.err()));
  context.served.explain_schedule(path[0], what->decisions, what->coming)
      .then(show<schedule_explanation>(std::move(answer)));
}

void preview_schedule(const control_context& context, const control_request& request, const arguments& path,
                      answer_callback answer) {
  const auto what = parse_preview_request(request.what);
  if (!what)
    return answer(answer_with(what.err()));
  context.served.preview_schedule(path[0], what->from, what->coming).then(show<schedule_preview>(std::move(answer)));
}

// ---- jobs

void add_job(const control_context& context, const control_request& request, const arguments&, answer_callback answer) {
  const auto body = parse_body(request);
  auto what = body ? parse_job_request(*body) : body.err();
  if (!what)
    return answer(answer_with(what.err()));
  context.served.add_job(std::move(*what)).then(show<job>(std::move(answer), http_created));
}

void list_jobs(const control_context& context, const control_request& request, const arguments&,
               answer_callback answer) {
  auto what = parse_job_list_request(request.what);
  if (!what)
    return answer(answer_with(what.err()));
  context.served.list_jobs(std::move(what->filter), std::move(what->page))
      .then(show_page<job>("jobs", std::move(answer)));
}

void find_job(const control_context& context, const control_request&, const arguments& path, answer_callback answer) {
  const auto id = job_id::parse(path[0]);
  if (!id)
    return answer(answer_with(id.err().within("id")));
  context.served.explain_job(*id).then(
      [&served = context.served, id = *id, answer = std::move(answer)](result<job_explanation> found) {
        if (!found)
          return answer(answer_with(found.err()));
        served.job_log(id, 0, 0).then([answer, document_of_job = view_of(*found)](const result<job_log_page>& said) {
          auto fields = *document_of_job.get_if<value::map>();
          fields["progress"] = said && said->progress ? view_of(*said->progress) : value{};
          answer(document(fields));
        });
      });
}

void read_job_log(const control_context& context, const control_request& request, const arguments& path,
                  answer_callback answer) {
  const auto id = job_id::parse(path[0]);
  if (!id)
    return answer(answer_with(id.err().within("id")));
  const auto what = parse_job_log_request(request.what, longest_wait);
  if (!what)
    return answer(answer_with(what.err()));
  context.served.job_log(*id, what->after, what->limit, what->wait).then(show<job_log_page>(std::move(answer)));
}

void cancel_job(const control_context& context, const control_request&, const arguments& path, answer_callback answer) {
  const auto id = job_id::parse(path[0]);
  if (!id)
    return answer(answer_with(id.err().within("id")));
  context.served.cancel_job(*id).then(show<job>(std::move(answer)));
}

void wait_for_job(const control_context& context, const control_request& request, const arguments& path,
                  answer_callback answer) {
  const auto id = job_id::parse(path[0]);
  if (!id)
    return answer(answer_with(id.err().within("id")));
  const auto limit = parse_wait_limit(request.what, longest_wait);
  if (!limit)
    return answer(answer_with(limit.err()));
  context.served.wait_for_job(*id, *limit).then(show<job>(std::move(answer)));
}

void list_dead_letters(const control_context& context, const control_request& request, const arguments&,
                       answer_callback answer) {
  auto page = parse_page_request(request.what);
  if (!page)
    return answer(answer_with(page.err()));
  context.served.list_dead_letters(std::move(*page)).then(show_page<job>("dead_letters", std::move(answer)));
}

void run_schedule(const control_context& context, const control_request& request, const arguments& path,
                  answer_callback answer) {
  const auto body = parse_body(request);
  const auto new_id = body ? parse_new_id_request(*body, "a run request") : body.err();
  if (!new_id)
    return answer(answer_with(new_id.err()));
  context.served.run_schedule(path[0], *new_id).then(show<job>(std::move(answer), http_created));
}

void backfill_schedule(const control_context& context, const control_request& request, const arguments& path,
                       answer_callback answer) {
  const auto body = parse_body(request);
  auto what = body ? parse_backfill_request(*body, path[0], system_clock().now().wall) : body.err();
  if (!what)
    return answer(answer_with(what.err()));
  context.served.backfill_schedule(std::move(*what)).then(show<backfill_progress>(std::move(answer), http_created));
}

void rerun_job(const control_context& context, const control_request& request, const arguments& path,
               answer_callback answer) {
  const auto id = job_id::parse(path[0]);
  if (!id)
    return answer(answer_with(id.err().within("id")));
  const auto body = parse_body(request);
  const auto new_id = body ? parse_new_id_request(*body, "a rerun request") : body.err();
  if (!new_id)
    return answer(answer_with(new_id.err()));
  context.served.rerun_job(*id, *new_id).then(show<job>(std::move(answer), http_created));
}

void drop_dead_letter(const control_context& context, const control_request&, const arguments& path,
                      answer_callback answer) {
  const auto id = job_id::parse(path[0]);
  if (!id)
    return answer(answer_with(id.err().within("id")));
  context.served.drop_dead_letter(*id).then(show<job>(std::move(answer)));
}

// ---- tasks, events, the node

void list_tasks(const control_context& context, const control_request& request, const arguments&,
                answer_callback answer) {
  auto page = parse_page_request(request.what);
  if (!page)
    return answer(answer_with(page.err()));
  context.served.list_tasks(std::move(*page)).then(show_page<task>("tasks", std::move(answer)));
}

void find_task(const control_context& context, const control_request&, const arguments& path, answer_callback answer) {
  context.served.find_task(path[0]).then(show<task>(std::move(answer)));
}

void change_task(const control_context& context, const control_request& request, const arguments& path,
                 answer_callback answer) {
  const auto body = parse_body(request);
  auto changes = body ? parse_task_request(*body, path[0]) : body.err();
  if (!changes)
    return answer(answer_with(changes.err()));
  context.served.configure_task(path[0], [changes = *std::move(changes)](task& what) { changes.apply(what); })
      .then(show<task>(std::move(answer)));
}

void remove_task(const control_context& context, const control_request& request, const arguments& path,
                 answer_callback answer) {
  const auto force = parse_force(request.what);
  if (!force)
    return answer(answer_with(force.err()));
  context.served.remove_task(path[0], *force).then(done_with(std::move(answer)));
}

// ---- nodes

// There are few: all come at once.
void list_nodes(const control_context& context, const control_request&, const arguments&, answer_callback answer) {
  context.served.list_nodes().then([answer = std::move(answer)](result<std::vector<node_status>> found) {
    answer(found ? document(view_of("nodes", page<node_status>{*std::move(found), {}})) : answer_with(found.err()));
  });
}

void find_node(const control_context& context, const control_request&, const arguments& path, answer_callback answer) {
  context.served.list_nodes().then(
      [name = path[0], answer = std::move(answer)](const result<std::vector<node_status>>& all) {
        if (!all)
          return answer(answer_with(all.err()));
        const auto found = std::ranges::find(*all, name, [](const node_status& one) { return one.known.what.name; });
        answer(found != all->end() ? document(view_of(*found))
                                   : answer_with({ec::not_found, fmt::format("no node {}", quote(name))}));
      });
}

void drain_node(const control_context& context, const control_request& request, const arguments& path,
                answer_callback answer) {
  const auto body = parse_body(request);
  const auto hand_back = body ? parse_drain_request(*body) : body.err();
  if (!hand_back)
    return answer(answer_with(hand_back.err()));
  context.served.drain_node(path[0], *hand_back).then(done_with(std::move(answer)));
}

void resume_node(const control_context& context, const control_request&, const arguments& path,
                 answer_callback answer) {
  context.served.resume_node(path[0]).then(done_with(std::move(answer)));
}

void remove_node(const control_context& context, const control_request&, const arguments& path,
                 answer_callback answer) {
  context.served.remove_node(path[0]).then(done_with(std::move(answer)));
}

void list_events(const control_context& context, const control_request& request, const arguments&,
                 answer_callback answer) {
  auto what = parse_event_request(request.what);
  if (!what)
    return answer(answer_with(what.err()));
  context.served.list_events(std::move(what->filter), std::move(what->page))
      .then(show_page<event>("events", std::move(answer)));
}

void list_quarantined(const control_context& context, const control_request& request, const arguments&,
                      answer_callback answer) {
  auto page = parse_page_request(request.what);
  if (!page)
    return answer(answer_with(page.err()));
  context.served.list_quarantined(std::move(*page)).then(show_page<quarantined_record>("records", std::move(answer)));
}

void show_status(const control_context& context, const control_request&, const arguments&, answer_callback answer) {
  const auto& config = context.served.config();
  value::list roles;
  if (config.scheduler)
    roles.emplace_back("scheduler");
  if (config.worker)
    roles.emplace_back("worker");
  value::map about{
      {"version", std::string{version()}},
      {"node", config.name},
      {"roles", std::move(roles)},
      {"process", std::int64_t{::getpid()}},
      {"started_at", to_iso8601(context.started_at)},
      {"now", to_iso8601(system_clock().now().wall)},
      {"durability", std::string{to_string(config.store.level)}},
  };
  context.served.status().then([about = std::move(about), answer = std::move(answer)](result<store_status> arrived) {
    if (!arrived)
      return answer(answer_with(arrived.err()));
    auto all = about;
    const auto store = view_of(*arrived);
    all.insert(store.get_if<value::map>()->begin(), store.get_if<value::map>()->end());
    answer(document(all));
  });
}

void check_store(const control_context& context, const control_request&, const arguments&, answer_callback answer) {
  context.served.check_store().then(show<check_report>(std::move(answer)));
}

void clean_up(const control_context& context, const control_request&, const arguments&, answer_callback answer) {
  context.served.clean_up().then(done_with(std::move(answer)));
}

void back_up(const control_context& context, const control_request& request, const arguments&, answer_callback answer) {
  const auto body = parse_body(request);
  auto folder = body ? parse_backup_request(*body) : body.err();
  if (!folder)
    return answer(answer_with(folder.err()));
  context.served.back_up(*std::move(folder)).then([answer = std::move(answer)](const result<void>& done) {
    answer(done ? control_answer{http_no_content, {}, {}} : answer_with(done.err()));
  });
}

const std::vector<route> routes{
    {{"schedules"}, "GET", list_schedules},
    {{"schedules"}, "POST", add_schedule},
    {{"schedules", "*"}, "GET", find_schedule},
    {{"schedules", "*"}, "PUT", replace_schedule},
    {{"schedules", "*"}, "DELETE", remove_schedule},
    {{"schedules", "*", "pause"}, "POST", pause_schedule},
    {{"schedules", "*", "resume"}, "POST", resume_schedule},
    {{"schedules", "*", "run"}, "POST", run_schedule},
    {{"schedules", "*", "backfill"}, "POST", backfill_schedule},
    {{"schedules", "*", "skips"}, "GET", list_skips},
    {{"schedules", "*", "definitions"}, "GET", list_definitions},
    {{"schedules", "*", "explanation"}, "GET", explain_schedule},
    {{"schedules", "*", "preview"}, "GET", preview_schedule},
    {{"jobs"}, "GET", list_jobs},
    {{"jobs"}, "POST", add_job},
    {{"jobs", "*"}, "GET", find_job},
    {{"jobs", "*", "cancel"}, "POST", cancel_job},
    {{"jobs", "*", "wait"}, "GET", wait_for_job},
    {{"jobs", "*", "log"}, "GET", read_job_log},
    {{"jobs", "*", "rerun"}, "POST", rerun_job},
    {{"dead_letters"}, "GET", list_dead_letters},
    {{"dead_letters", "*"}, "DELETE", drop_dead_letter},
    {{"tasks"}, "GET", list_tasks},
    {{"tasks", "*"}, "GET", find_task},
    {{"tasks", "*"}, "PUT", change_task},
    {{"tasks", "*"}, "DELETE", remove_task},
    {{"nodes"}, "GET", list_nodes},
    {{"nodes", "*"}, "GET", find_node},
    {{"nodes", "*", "drain"}, "POST", drain_node},
    {{"nodes", "*", "resume"}, "POST", resume_node},
    {{"nodes", "*"}, "DELETE", remove_node},
    {{"events"}, "GET", list_events},
    {{"quarantined"}, "GET", list_quarantined},
    {{"status"}, "GET", show_status},
    {{"check"}, "POST", check_store},
    {{"clean"}, "POST", clean_up},
    {{"backup"}, "POST", back_up},
};

const std::vector<std::string> event_stream_path{"v1", "events", "stream"};

// The path's arguments, or nothing if the path isn't the route's.
std::optional<arguments> match(const route& what, const std::vector<std::string>& segments) {
  if (segments.size() != what.path.size() + 1 || segments.front() != "v1")
    return std::nullopt;
  arguments found;
  for (std::size_t i = 0; i < what.path.size(); ++i) {
    if (what.path[i] == "*")
      found.push_back(segments[i + 1]);
    else if (what.path[i] != segments[i + 1])
      return std::nullopt;
  }
  return found;
}

} // namespace

std::span<const route> control_routes() { return routes; }

control_answer answer_with(const error& what, unsigned status) {
  return {status, "application/problem+json", problem_json(what, status) + "\n"};
}

control_answer answer_with(const error& what) { return answer_with(what, http_status(what.code())); }

bool is_event_stream(const control_request& request) {
  return request.method == "GET" && request.what.segments == event_stream_path;
}

void handle_control_request(const control_context& context, const control_request& request, answer_callback answer) {
  std::vector<std::string_view> allowed;
  if (request.what.segments == event_stream_path)
    allowed.emplace_back("GET"); // which isn't answered here
  for (const auto& what : routes) {
    const auto found = match(what, request.what.segments);
    if (found && what.method == request.method)
      return what.handle(context, request, *found, std::move(answer));
    if (found)
      allowed.push_back(what.method);
  }
  const auto path = write_target(target{request.what.segments, {}});
  if (allowed.empty())
    return answer(answer_with({ec::not_found, fmt::format("there is no resource {}", path)}));
  const auto methods = fmt::format("{}", fmt::join(allowed, ", "));
  auto refused =
      answer_with({ec::unsupported, fmt::format("{} isn't possible on {}; there is {}", request.method, path, methods)},
                  http_method_not_allowed);
  refused.allow = methods;
  answer(std::move(refused));
}

} // namespace carillon::app
