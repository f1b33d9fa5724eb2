#include "cli/bodies.hpp"
#include "cli/terminal.hpp"
#include "commands/run.hpp"

#include "carillon/base/entropy.hpp"
#include "carillon/base/ids.hpp"
#include "carillon/base/time.hpp"

#include <fmt/format.h>

namespace carillon::app {
namespace {

// Nothing was added, and the same again would be refused again: then there is nothing to go on with.
bool can_go_on(std::int64_t added, const error& why) {
  return added > 0 || why.code() == ec::timed_out || why.code() == ec::unavailable;
}

// What a repetition of the command line says, so that it goes on where this one ended.
std::string options_to_go_on(const value::map& body) {
  const auto text = [&](const char* key) { return *body.find(key)->second.get_if<std::string>(); };
  return fmt::format("--as {} --from {}{}", text("id"), text("from"),
                     body.contains("to") ? " --to " + text("to") : std::string{});
}

} // namespace

// Page by page; under an id that is known from the first one, so that it can be repeated whatever happens.
result<exit_code> run_backfill(const client_context& context, const backfill_command& what) {
  auto body = backfill_body(what);
  if (what.backfill_id.empty()) {
    auto& random = system_entropy();
    const auto high = random.next();
    body["id"] = job_id::make(system_clock().now().wall, high, random.next()).to_string();
  }
  const auto id = *body["id"].get_if<std::string>();
  std::int64_t added = 0, left_out = 0;
  progress_line progress;
  for (;;) {
    const auto page = context.node.ask("POST", {{"schedules", what.id, "backfill"}, {}}, body);
    if (!page && !can_go_on(added, page.err()))
      return page.err();
    if (!page)
      return page.err().within(fmt::format("{} jobs were added; to go on: {}", added, options_to_go_on(body)));
    added += *page->find("added")->get_if<std::int64_t>();
    left_out += *page->find("left_out")->get_if<std::int64_t>();
    const auto& next = *page->find("next");
    if (next.is_null())
      break;
    progress.show(fmt::format("{} jobs added, up to {}", added, *next.get_if<std::string>()));
    body["from"] = next;
  }
  progress.clear();
  if (context.json)
    print_document(context, value::map{{"id", id}, {"added", added}, {"left_out", left_out}, {"next", {}}});
  else
    print(fmt::format("backfill {}: {} jobs added, {} fire times left out\n", id, added, left_out));
  return exit_code::success;
}

} // namespace carillon::app
