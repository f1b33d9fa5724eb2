#include "actor/errors.hpp"
#include "actor/spawn.hpp"

#include <caf/actor_system.hpp>
#include <caf/result.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace carillon::actor {
namespace {

template <class T>
caf::result<T> answer(result<T> read) {
  if (!read)
    return to_caf(read.err());
  return *std::move(read);
}

store_reader_actor::behavior_type store_reader(store_reader_actor::pointer self,
                                               std::shared_ptr<const data_store> store) {
  self->set_exception_handler(from_exception);
  return {
      [store](const find_task& wanted) { return answer(store->find_task(wanted.id)); },
      [store](const list_tasks& wanted) { return answer(store->list_tasks(wanted.request)); },
      [store](const find_schedule& wanted) { return answer(store->find_schedule(wanted.id)); },
      [store](const list_schedules& wanted) { return answer(store->list_schedules(wanted.request)); },
      [store](const find_job& wanted) { return answer(store->find_job(wanted.id)); },
      [store](const list_jobs& wanted) { return answer(store->list_jobs(wanted.filter, wanted.request)); },
      [store](const list_skips& wanted) { return answer(store->list_skips(wanted.schedule_id, wanted.request)); },
      [store](const list_quarantined& wanted) { return answer(store->list_quarantined(wanted.request)); },
      [store](const get_status&) { return answer(store->status()); },
      [store](const check_store&) { return answer(store->check()); },
  };
}

} // namespace

store_reader_actor spawn_store_reader(caf::actor_system& system, std::shared_ptr<const data_store> store,
                                      threading thread) {
  return thread == threading::own ? system.spawn<caf::detached>(store_reader, std::move(store))
                                  : system.spawn(store_reader, std::move(store));
}

} // namespace carillon::actor
