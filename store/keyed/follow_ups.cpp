// Jobs that are added when another one has its outcome.
#include "keyed/keyed_store.hpp"

#include "carillon/base/utf8.hpp"
#include "keyed/limit_checks.hpp"

#include <fmt/format.h>

namespace carillon::keyed {
namespace {

job make_follow_up(const follow_up& what, std::size_t index, const job& before, timestamp now) {
  job made;
  made.id = job_id::of_follow_up(before.id, index, now);
  made.task = what.task;
  made.arguments = what.arguments;
  made.priority = what.priority;
  made.follow_ups = what.follow_ups;
  made.follows = predecessor{before.id, before.outcome, before.result, before.error_text};
  made.created_at = made.not_before = now;
  return made;
}

} // namespace

result<void> keyed_store::check_follow_ups_of(const std::vector<follow_up>& all) const {
  if (auto checked = check_follow_ups(all); !checked)
    return checked;
  std::size_t size = 0;
  const std::function<result<void>(const std::vector<follow_up>&)> look = [&](const auto& level) -> result<void> {
    for (std::size_t i = 0; i < level.size(); ++i) {
      const auto& one = level[i];
      const auto place = fmt::format("number {}", i + 1);
      if (auto checked = check_name("on", one.on); !checked)
        return checked.err().within(place);
      job as_job;
      as_job.task = one.task;
      as_job.arguments = one.arguments;
      as_job.priority = one.priority;
      if (auto checked = check_work(as_job, live_->tasks.find(one.task), config_.bounds); !checked)
        return checked.err().within(place);
      size += size_bytes(one.arguments);
      if (size > config_.bounds.argument_size_bytes)
        return {ec::limit_exceeded,
                fmt::format("arguments: more than {} bytes in all follow-ups", config_.bounds.argument_size_bytes)};
      if (auto checked = look(one.follow_ups); !checked)
        return checked.err().within(fmt::format("{}: follow_ups", place));
    }
    return {};
  };
  if (auto checked = look(all); !checked)
    return checked.err().within("follow_ups");
  return {};
}

bool keyed_store::add_due_follow_ups() {
  auto& live = *live_;
  const auto ended = std::exchange(live.ended_with_follow_ups, {});
  for (const auto& id : ended) {
    const auto found = load_job(id);
    if (!found)
      continue; // the database has failed: the batch will be refused
    const auto before = **found;
    for (std::size_t index = 0; index < before.follow_ups.size(); ++index) {
      const auto& what = before.follow_ups[index];
      if (!is_due(what.on, before.outcome))
        continue;
      const auto number = next_revision();
      const auto* settings = live.tasks.find(what.task);
      if (settings == nullptr) { // it was there when the job was added
        add_job_event(event_type::follow_up_refused, before).text =
            fmt::format("follow-up {} can't be added: the task {} was removed", index + 1, quote(what.task));
        continue;
      }
      auto next = make_follow_up(what, index, before, now_.wall);
      next.time_limit = settings->time_limit;
      next.result_expiration = settings->result_expiration;
      next.retry = settings->retry;
      next.metadata = settings->metadata;
      add_new_job(std::move(next), number);
    }
  }
  return !ended.empty();
}

} // namespace carillon::keyed
