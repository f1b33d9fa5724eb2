#include "engine/decision_walk.hpp"

#include "engine/fire_sequence.hpp"

#include <algorithm>

namespace carillon::engine {
namespace {

constexpr duration resolution{1};
constexpr std::size_t at_a_time = 32;

// Where an `and` is asked from changes what it gives: a time without a record may be none at all.
bool has_and(const trigger_definition& what) {
  if (std::holds_alternative<all_of_definition>(what.kind))
    return true;
  const auto* any = std::get_if<any_of_definition>(&what.kind);
  return any != nullptr && std::ranges::any_of(any->triggers, has_and);
}

// The last fire times of a trigger from `from` on and before `when`, ascending. None if the trigger doesn't work any more.
std::vector<timestamp> last_fire_times(const trigger_definition& what, timestamp from, timestamp when) {
  auto rule = trigger::make(what);
  if (!rule || !rule->skip_to(from))
    return {};
  const auto head = rule->next();
  if (!head || !*head || **head >= when)
    return {};
  fire_sequence fires{std::move(*rule), *head};
  if (!fires.skip_to_last(at_a_time, when))
    return {};
  std::vector<timestamp> found;
  while (fires.is_before(when)) {
    found.push_back(*fires.head());
    if (!fires.pop())
      break;
  }
  return found;
}

} // namespace

decision_walk::decision_walk(const data_store& store, std::string id, const std::optional<schedule>& now_so,
                             timestamp whole_since)
  : store_(store), id_(std::move(id)), whole_since_(whole_since) {
  if (now_so && now_so->state.covered_to)
    at_ = stretch{std::make_shared<schedule_definition>(now_so->definition), now_so->state.incarnation,
                  now_so->state.trigger_since, *now_so->state.covered_to + resolution, true};
}

result<const past_definition*> decision_walk::peek_definition() {
  constexpr std::size_t definitions_at_a_time = 10; // each may be large
  while (definitions_.empty() && definitions_after_) {
    auto page = store_.list_past_definitions(id_, {definitions_at_a_time, *definitions_after_});
    if (!page)
      return page.err();
    std::ranges::move(page->items, std::back_inserter(definitions_));
    definitions_after_ = page->next.empty() ? std::nullopt : std::optional{std::move(page->next)};
  }
  return definitions_.empty() ? nullptr : &definitions_.front();
}

result<const skip*> decision_walk::peek_skip() {
  while (skips_.empty() && skips_after_) {
    auto page = store_.list_skips(id_, {at_a_time, *skips_after_});
    if (!page)
      return page.err();
    std::ranges::move(page->items, std::back_inserter(skips_));
    skips_after_ = page->next.empty() ? std::nullopt : std::optional{std::move(page->next)};
  }
  return skips_.empty() ? nullptr : &skips_.front();
}

// What the definition before had decided isn't this one's, also if the trigger is the same.
result<void> decision_walk::begin() {
  fire_times_.clear();
  has_fire_times_ = true;
  const auto older = peek_definition();
  if (!older)
    return older.err();
  if (at_ && *older != nullptr && (*older)->incarnation == at_->incarnation)
    at_->since = std::max(at_->since, (*older)->covered_to);
  return {};
}

result<bool> decision_walk::next_stretch() {
  const auto older = peek_definition();
  if (!older)
    return older.err();
  if (*older == nullptr)
    return false;
  auto past = std::move(definitions_.front());
  definitions_.pop_front();
  at_ = stretch{std::make_shared<schedule_definition>(std::move(past.what)), past.incarnation, past.trigger_since,
                past.covered_to.value_or(timestamp::min()) + resolution, false};
  auto begun = begin();
  return begun ? result<bool>{true} : begun.err();
}

std::optional<timestamp> decision_walk::latest_fire_time() {
  while (!fire_times_.empty() && fire_times_.back() >= at_->before)
    fire_times_.pop_back();
  if (fire_times_.empty() && has_fire_times_) {
    const auto from = at_->since ? std::max(whole_since_, *at_->since + resolution) : whole_since_;
    fire_times_ = last_fire_times(at_->what->trigger, from, at_->before);
    has_fire_times_ = !fire_times_.empty();
  }
  return fire_times_.empty() ? std::nullopt : std::optional{fire_times_.back()};
}

bool decision_walk::belongs_here(const skip& x) const {
  return x.incarnation > at_->incarnation ||
         (x.incarnation == at_->incarnation && (!at_->since || x.last > *at_->since));
}

result<std::optional<recorded_decision>> decision_walk::next() {
  if (!std::exchange(has_begun_, true))
    if (auto begun = begin(); !begun)
      return begun.err();
  for (;;) {
    if (at_) {
      const auto skipped = peek_skip();
      if (!skipped)
        return skipped.err();
      const auto fire_time = latest_fire_time();
      if (*skipped != nullptr && belongs_here(**skipped) && (!fire_time || (*skipped)->last >= *fire_time)) {
        recorded_decision found{(*skipped)->first, (*skipped)->last, {}, **skipped, at_->what};
        at_->before = std::min(at_->before, found.first);
        skips_.pop_front();
        return std::optional{std::move(found)};
      }
      if (fire_time && looks_left_ > 0) {
        --looks_left_;
        at_->before = *fire_time;
        recorded_decision found{*fire_time, *fire_time, {}, {}, at_->what};
        auto made = store_.find_job(job_id::of_fire_time(id_, at_->incarnation, *fire_time));
        if (made)
          found.what = std::move(*made);
        else if (made.err().code() != ec::not_found)
          return made.err();
        else if (!at_->is_present || has_and(at_->what->trigger))
          continue; // by the rules of then it was perhaps none
        return std::optional{std::move(found)};
      }
    }
    const auto goes_on = next_stretch();
    if (!goes_on)
      return goes_on.err();
    if (!*goes_on)
      return std::optional<recorded_decision>{};
  }
}

} // namespace carillon::engine
