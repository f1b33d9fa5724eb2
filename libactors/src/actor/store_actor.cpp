#include "actor/spawn.hpp"
#include "actor/store_state.hpp"

#include <caf/actor_system.hpp>

namespace carillon::actor {
namespace {

store_implementation::behavior_type store(store_implementation::stateful_pointer<store_state> self,
                                          std::shared_ptr<data_store> data, const clock* time,
                                          event_broker_actor broker, const store_settings& settings) {
  auto& state = self->state;
  set_failure_handlers(*self, "store");
  self->set_down_handler([&state](const caf::down_msg& down) { state.on_down(down); });
  state.start(self, std::move(data), *time, std::move(broker), settings);
  return {
      [&state](const put_task& request) {
        return state.transact_done([&](data_store& s) { return s.put_task(request.what); });
      },
      [&state](const remove_task& request) {
        return state.transact_done([&](data_store& s) { return s.remove_task(request.id, request.force); });
      },
      [&state](const add_schedule& request) {
        return state.transact<schedule>(
            [&](data_store& s) { return s.add_schedule(request.what, request.on_conflict); });
      },
      [&state](const pause_schedule& request) {
        return state.transact<schedule>([&](data_store& s) { return s.pause_schedule(request.id); });
      },
      [&state](const resume_schedule& request) {
        const auto from = request.has_from ? std::optional{request.from} : std::nullopt;
        return state.transact<schedule>([&](data_store& s) { return s.resume_schedule(request.id, from); });
      },
      [&state](const remove_schedule& request) {
        return state.transact_done([&](data_store& s) { return s.remove_schedule(request.id); });
      },
      [&state](add_job& request) {
        return state.transact<job>([&](data_store& s) -> result<job> {
          const auto added = s.add_job(std::move(request.what));
          return added ? result<job>{**added} : added.err();
        });
      },
      [&state](add_jobs& request) { return state.add(request); },
      [&state](const cancel_job& request) {
        return state.transact<job>([&](data_store& s) { return s.cancel_job(request.id); });
      },
      [&state](const run_schedule& request) {
        return state.transact<job>([&](data_store& s) { return s.run_schedule(request.id, request.new_id); });
      },
      [&state](const backfill_schedule& request) {
        return state.transact<backfill_progress>([&](data_store& s) { return s.backfill_schedule(request.what); });
      },
      [&state](const rerun_job& request) {
        return state.transact<job>([&](data_store& s) { return s.rerun_job(request.id, request.new_id); });
      },
      [&state](const drop_dead_letter& request) {
        return state.transact<job>([&](data_store& s) { return s.drop_dead_letter(request.id); });
      },
      [&state](const explain_job& request) { return state.explain(request.id); },
      [&state](const wait_for_job& request) { return state.park(request); },
      [&state](const hello_scheduler& hello) { state.on_hello(hello); },
      [&state](const note_scheduler& note) {
        return state.transact_done([&](data_store& s) { return s.note_scheduler(note.name, note.has_started); });
      },
      [self, &state](const claim_due_schedules& request) { return state.claim(request, self->current_sender()); },
      [&state](commit_fire_plans& request) {
        return state.transact<fire_plans_committed>(
            [&](data_store& s) { return result<fire_plans_committed>{commit_plans(s, request.plans)}; },
            request.plans.size());
      },
      [&state](hold_fire_plans& request) { state.hold(request); },
      [&state](const hello_executor& hello) { state.on_hello(hello); },
      [self, &state](const offer_demand& offer) { state.on_demand(offer.level, self->current_sender()); },
      [self, &state](const renew_leases& request) {
        state.note_worker(request.holder, self->current_sender());
        return state.transact<leases_renewed>(
            [&](data_store& s) { return s.renew_leases(request.holder, request.held, request.seen_token); },
            [](result<std::vector<attempt_id>>& lost) { return leases_renewed{*std::move(lost)}; });
      },
      [self, &state](report_attempts& request) { return state.record(request, self->current_sender()); },
      [&state](const enrol_node& request) {
        return state.transact<node_enrolled>(
            [&](data_store& s) { return s.enrol_node(request.what, request.process); },
            [](const result<std::uint64_t>& process) { return node_enrolled{*process}; });
      },
      [&state](const note_zone_data& note) {
        return state.transact_done([&](data_store& s) { return s.note_zone_data(note.name, note.version); });
      },
      [&state](const note_node_gone& note) {
        return state.transact_done([&](data_store& s) { return s.note_node_gone(note.name, note.in_order); });
      },
      [&state](const drain_node& request) { return state.drain(request); },
      [&state](const remove_node& request) {
        return state.transact_done([&](data_store& s) { return s.remove_node(request.name); });
      },
      [&state](list_nodes) { return state.nodes(); },
      [&state](const clock_changed&) { state.on_clock_changed(); },
      [&state](flush_batch) { state.on_flush(); },
      [&state](const timer_rang& ring) { state.on_timer(ring); },
  };
}

} // namespace

store_actor spawn_store(caf::actor_system& system, std::shared_ptr<data_store> data, const clock& time,
                        event_broker_actor broker, const store_settings& settings) {
  return settings.thread == threading::own
             ? system.spawn<caf::detached>(store, std::move(data), &time, std::move(broker), settings)
             : system.spawn(store, std::move(data), &time, std::move(broker), settings);
}

} // namespace carillon::actor
