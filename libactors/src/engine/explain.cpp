#include "engine/explain.hpp"

#include "engine/decision_text.hpp"
#include "engine/decision_walk.hpp"
#include "engine/fire_sequence.hpp"
#include "engine/planner.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::engine {
namespace {

result<void> check_counts(std::size_t decisions, std::size_t coming, const limits& bounds) {
  for (const auto& [name, count] : {std::pair{"decisions", decisions}, std::pair{"coming", coming}})
    if (count > bounds.page_items)
      return {ec::limit_exceeded, fmt::format("{}: {}, allowed are 0 to {}", name, count, bounds.page_items)};
  return {};
}

// The fire times from a schedule's cursor on: none where the trigger doesn't work any more, which its next plan will tell.
std::vector<timestamp> list_coming(const trigger_definition& what, const trigger_cursor& cursor,
                                   std::optional<timestamp> head, std::size_t count) {
  std::vector<timestamp> found;
  auto rule = trigger::restore(what, cursor);
  if (!rule)
    return found;
  fire_sequence fires{std::move(*rule), head};
  while (found.size() < count && fires.head()) {
    found.push_back(*fires.head());
    if (!fires.pop())
      break;
  }
  return found;
}

// What is known of a schedule that has gone.
struct gone {
  schedule what;
  std::string text;
};
result<gone> find_gone(const data_store& store, const std::string& id, const error& not_found) {
  const auto page = store.list_past_definitions(id, {1, ""});
  if (!page)
    return page.err();
  if (page->items.empty())
    return not_found;
  const auto& last = page->items.front();
  gone found;
  found.what.definition = last.what;
  found.what.state.incarnation = last.incarnation;
  found.what.state.definition_changed = found.what.state.changed = last.changed;
  found.what.state.trigger_since = last.trigger_since;
  found.what.state.covered_to = last.covered_to;
  bool is_finished = false;
  if (auto rule = trigger::make(last.what.trigger); rule && last.covered_to)
    if (rule->skip_to(*last.covered_to + duration{1}))
      if (const auto next = rule->next())
        is_finished = !next->has_value();
  found.text = fmt::format("it {} {}",
                           is_finished ? "has finished: its trigger has no further fire time; it was removed at"
                                       : "was removed at",
                           to_iso8601(last.replaced_at));
  return found;
}

fire_decision to_decision(const recorded_decision& what, const job* earlier, const task* works_for,
                          std::optional<duration> grace, timestamp now) {
  fire_decision told;
  told.first = what.first;
  told.last = what.last;
  if (what.skipped) {
    told.count = what.skipped->count;
    told.reason = what.skipped->reason;
    told.text =
        describe_skip(*what.skipped, *what.by, what.by->misfire_grace_time ? what.by->misfire_grace_time : grace);
    return told;
  }
  told.count = 1;
  if (what.what) {
    told.job = what.what->id;
    told.state = what.what->state;
    told.outcome = what.what->outcome;
    told.text = describe_job(*what.what, earlier, works_for, now);
  } else {
    told.text = "nothing is recorded of it: `carillon check` says whether something is wrong";
  }
  return told;
}

// Of the newest jobs of a schedule: only they can be unfinished, but for a queue that is longer than this.
result<void> count_unfinished(const data_store& store, due_schedule& due, const explain_context& context) {
  constexpr std::size_t looked_at = 50;
  decision_walk walk{store, due.what.definition.id, due.what, context.now - context.history_retention};
  for (std::size_t i = 0; i < looked_at; ++i) {
    const auto found = walk.next();
    if (!found)
      return found.err();
    if (!*found)
      break;
    const auto& made = (*found)->what;
    if (!made || made->incarnation != due.what.state.incarnation)
      continue;
    due.running_jobs += made->state == job_state::running ? 1 : 0;
    due.waiting_jobs += made->state == job_state::pending ? 1 : 0;
  }
  return {};
}

} // namespace

result<schedule_explanation> explain(const data_store& store, const std::string& id, std::size_t decisions,
                                     std::size_t coming, const explain_context& context) {
  if (auto checked = check_counts(decisions, coming, context.bounds); !checked)
    return checked.err();
  const auto peeked = store.peek_schedule(id);
  if (!peeked && peeked.err().code() != ec::not_found)
    return peeked.err();
  schedule_explanation told;
  told.whole_since = context.now - context.history_retention;
  std::optional<schedule> present;
  if (peeked) {
    told.what = peeked->what;
    told.text = describe_standing(told.what, context.now);
    if (const auto& state = told.what.state; !state.paused)
      told.next = list_coming(told.what.definition.trigger, state.cursor, state.next_fire_time, coming);
    present = told.what;
  } else {
    auto found = find_gone(store, id, peeked.err());
    if (!found)
      return found.err();
    told.what = std::move(found->what);
    told.text = std::move(found->text);
  }

  // Beyond what is wanted up to the next job, as the last one may have waited for it.
  constexpr std::size_t looked_beyond = 50;
  std::vector<recorded_decision> found;
  decision_walk walk{store, id, present, told.whole_since};
  for (bool has_earlier = decisions == 0; found.size() < decisions + (has_earlier ? 0 : looked_beyond);) {
    auto next = walk.next();
    if (!next)
      return next.err();
    if (!*next)
      break;
    has_earlier = found.size() >= decisions && (*next)->what;
    found.push_back(std::move(**next));
  }
  const auto works_for = store.find_task(told.what.definition.task);
  const auto grace = peeked ? peeked->misfire_grace_time : told.what.definition.misfire_grace_time;
  for (std::size_t i = 0; i < std::min(decisions, found.size()); ++i) {
    const auto before = std::find_if(found.begin() + static_cast<std::ptrdiff_t>(i) + 1, found.end(),
                                     [](const recorded_decision& x) { return x.what.has_value(); });
    told.decided.push_back(to_decision(found[i], before == found.end() ? nullptr : &*before->what,
                                       works_for ? &*works_for : nullptr, grace, context.now));
  }
  return told;
}

result<schedule_preview> preview(const data_store& store, const std::string& id, std::optional<timestamp> resume_from,
                                 std::size_t coming, const explain_context& context) {
  if (auto checked = check_counts(0, coming, context.bounds); !checked)
    return checked.err();
  auto due = store.peek_schedule(id);
  if (!due)
    return due.err();
  if (auto counted = count_unfinished(store, *due, context); !counted)
    return counted.err();
  auto& state = due->what.state;
  if (state.paused || resume_from) {
    state.paused = false;
    state.pause_reason.clear();
    state.resume_from = resume_from.value_or(context.now);
  }
  auto plan = planner{context.bounds}.plan(*due, context.now);
  schedule_preview told;
  told.jobs = std::move(plan.jobs);
  told.skips = std::move(plan.skips);
  told.pause_reason = std::move(plan.pause_reason);
  if (told.pause_reason.empty())
    told.next = list_coming(due->what.definition.trigger, plan.cursor, plan.next_fire_time, coming);
  return told;
}

} // namespace carillon::engine
