#include "actor/errors.hpp"
#include "actor/spawn.hpp"
#include "carillon/base/log.hpp"
#include "engine/explain.hpp"

#include <caf/actor_system.hpp>
#include <caf/result.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <algorithm>

namespace carillon::actor {
namespace {

// What has expired lies in files for a quarter longer than it was kept, so that a store is little larger than what it keeps. Each time
// what is kept is written anew.
duration cleaning_interval(duration retention) {
  return std::clamp<duration>(retention / 4, std::chrono::minutes{1}, std::chrono::hours{24});
}
// Soon, for nodes that don't live for a day.
constexpr std::chrono::hours first_cleaning{1};

long_reader_actor::behavior_type long_reader(long_reader_actor::pointer self,
                                             const std::shared_ptr<const data_store>& store, duration retention) {
  set_failure_handlers(*self, "store reader");
  const auto interval = cleaning_interval(retention);
  self->delayed_send(self, std::min<duration>(first_cleaning, interval), timer_rang{});
  return {
      [store](const clean_up&) -> caf::result<done> {
        if (auto cleaned = store->clean_up(); !cleaned)
          return to_caf(cleaned.err());
        return done{};
      },
      [store](const check_store&) { return answer(store->check()); },
      [store](const back_up_store& wanted) -> caf::result<done> {
        if (auto made = store->back_up(wanted.folder); !made)
          return to_caf(made.err());
        return done{};
      },
      [self, store, interval](const timer_rang&) {
        self->delayed_send(self, interval, timer_rang{});
        if (auto cleaned = store->clean_up(); !cleaned && cleaned.err().code() != ec::unavailable) // the store closes
          log(log_level::warning, "what has expired can't be removed: " + cleaned.err().text());
      },
  };
}

store_reader_actor::behavior_type store_reader(store_reader_actor::pointer self,
                                               const std::shared_ptr<const data_store>& store,
                                               const long_reader_actor& beside, const clock* time,
                                               const reader_settings& settings) {
  set_failure_handlers(*self, "store reader");
  self->link_to(beside);
  const auto context = [time, settings] {
    return engine::explain_context{time->now().wall, settings.history_retention, settings.bounds};
  };
  return {
      [store](const find_task& wanted) { return answer(store->find_task(wanted.id)); },
      [store](const list_tasks& wanted) { return answer(store->list_tasks(wanted.request)); },
      [store](const find_schedule& wanted) { return answer(store->find_schedule(wanted.id)); },
      [store](const list_schedules& wanted) { return answer(store->list_schedules(wanted.request)); },
      [store](const find_job& wanted) { return answer(store->find_job(wanted.id)); },
      [store](const list_jobs& wanted) { return answer(store->list_jobs(wanted.filter, wanted.request)); },
      [store](const list_dead_letters& wanted) { return answer(store->list_dead_letters(wanted.request)); },
      [store, context](const explain_schedule& wanted) {
        return answer(engine::explain(*store, wanted.id, wanted.decisions, wanted.coming, context()));
      },
      [store, context](const preview_schedule& wanted) {
        const auto from = wanted.has_resume_from ? std::optional{wanted.resume_from} : std::nullopt;
        return answer(engine::preview(*store, wanted.id, from, wanted.coming, context()));
      },
      [store](const list_past_definitions& wanted) {
        return answer(store->list_past_definitions(wanted.schedule_id, wanted.request));
      },
      [self, beside](const clean_up& request) { return self->delegate(beside, request); },
      [store](const list_skips& wanted) { return answer(store->list_skips(wanted.schedule_id, wanted.request)); },
      [store](const list_quarantined& wanted) { return answer(store->list_quarantined(wanted.request)); },
      [store](const get_status&) { return answer(store->status()); },
      [self, beside](const check_store& request) { return self->delegate(beside, request); },
  };
}

} // namespace

long_reader_actor spawn_long_reader(caf::actor_system& system, std::shared_ptr<const data_store> store,
                                    duration retention, threading thread) {
  return thread == threading::own ? system.spawn<caf::detached>(long_reader, std::move(store), retention)
                                  : system.spawn(long_reader, std::move(store), retention);
}

store_reader_actor spawn_store_reader(caf::actor_system& system, std::shared_ptr<const data_store> store,
                                      long_reader_actor beside, const clock& time, const reader_settings& settings,
                                      threading thread) {
  return thread == threading::own
             ? system.spawn<caf::detached>(store_reader, std::move(store), std::move(beside), &time, settings)
             : system.spawn(store_reader, std::move(store), std::move(beside), &time, settings);
}

} // namespace carillon::actor
