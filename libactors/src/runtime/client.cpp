#include "runtime/client.hpp"

#include "actor/errors.hpp"
#include "carillon/base/time.hpp"

#include <caf/actor_system.hpp>
#include <caf/scheduled_actor.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace carillon::runtime {
namespace {

duration boot_now() { return system_clock().now().boot; }

caf::behavior client(client_actor* self) {
  actor::set_failure_handlers(*self, "client");
  return {
      [self](const run_within& request) { request.what(self); },
      [self](const timer_rang& ring) { self->state.on_timer(self, ring); },
  };
}

} // namespace

void open_requests::add(caf::event_based_actor* self, const std::shared_ptr<open_request>& what, duration limit) {
  const auto now = boot_now();
  const auto end = now + std::min<duration>(limit, std::chrono::years{100}); // more would overflow
  what->place_ = by_end_.emplace(end, what);
  timer_.arm(self, now, end - now);
}

void open_requests::remove(open_request& what) {
  if (const auto place = std::exchange(what.place_, std::nullopt))
    by_end_.erase(*place);
}

void open_requests::on_timer(caf::event_based_actor* self, const timer_rang& ring) {
  if (!timer_.rang(ring))
    return;
  const auto now = boot_now();
  while (!by_end_.empty() && by_end_.begin()->first <= now) {
    const auto late = by_end_.begin()->second;
    remove(*late);
    late->expire();
  }
  if (!by_end_.empty())
    timer_.arm(self, now, by_end_.begin()->first - now);
}

caf::actor spawn_client(caf::actor_system& system) { return system.spawn(client); }

error node_has_stopped() {
  return {ec::unavailable, "the node has stopped, or lost the store: what became of the request isn't known"};
}

error request_timed_out() {
  return {ec::timed_out, "no answer within the request's time limit; it may have been carried out all the same"};
}

} // namespace carillon::runtime
