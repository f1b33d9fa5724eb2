#include "runtime/subscriber.hpp"

#include "carillon/runtime/pending.hpp"
#include "runtime/client.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <mutex>
#include <optional>

namespace carillon::runtime {

/// What a subscriber's function gets, and whether it may still be called. Each broker that it goes on with is a generation.
class subscriptions::one : public std::enable_shared_from_this<one> {
public:
  one(event_filter filter, std::function<void(const event&)> deliver, std::optional<revision> since)
    : filter_(std::move(filter)), deliver_(std::move(deliver)), since_(since) {}

  void begin(caf::actor_system& system, const event_broker_actor& broker);

  void pass(const event& what, std::uint64_t generation) {
    const std::lock_guard calling{calling_};
    {
      const std::lock_guard guard{mutex_};
      // A broker begins with the whole transition of which another had told a part.
      const std::pair place{what.number, what.index};
      if (closed_ || generation != generation_ || (what.type != event_type::events_lost && seen_ && place <= *seen_))
        return;
      seen_ = place;
    }
    try {
      deliver_(what);
    } catch (...) {
      carillon::detail::log_thrown_by_callback();
    }
  }
  void end() {
    {
      const std::lock_guard guard{mutex_};
      closed_ = true;
      end_actor();
    }
    const std::lock_guard calling{calling_}; // a call that has begun is over then, unless this is within it
  }

private:
  void end_actor() {
    if (auto alive = caf::actor_cast<caf::strong_actor_ptr>(who_))
      caf::anon_send_exit(alive, caf::exit_reason::user_shutdown);
  }

  std::recursive_mutex calling_; // held while the function runs, which may end its own subscription, and make others
  const event_filter filter_;
  const std::function<void(const event&)> deliver_;

  std::mutex mutex_; // guards what follows
  std::optional<revision> since_;
  std::optional<std::pair<revision, std::uint32_t>> seen_;
  std::uint64_t generation_ = 0;
  caf::weak_actor_ptr who_;
  bool closed_ = false;
};

namespace {

subscriber_facet::behavior_type subscriber(subscriber_facet::pointer self, const event_broker_actor& broker,
                                           const std::shared_ptr<subscriptions::one>& to, std::uint64_t generation) {
  actor::set_failure_handlers(*self, "subscriber");
  self->monitor(broker);
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); }); // it has stopped, or is lost
  return {[self, broker, to, generation](const deliver_events& delivered) {
    for (const auto& what : delivered.events)
      to->pass(what, generation);
    self->send(broker, acknowledge_events{subscriber_facet{self}, delivered.events.size()});
  }};
}

/// Waits for one event.
using one_shot_actor = subscriber_facet::extend<caf::replies_to<take_event>::with<event>>;

struct one_shot_state {
  std::optional<event> first;
  caf::typed_response_promise<event> wanted;
};

one_shot_actor::behavior_type one_shot(one_shot_actor::stateful_pointer<one_shot_state> self,
                                       const event_broker_actor& broker) {
  actor::set_failure_handlers(*self, "subscriber");
  self->monitor(broker);
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  return {
      [self](const deliver_events& delivered) {
        auto& state = self->state;
        if (state.first)
          return;
        state.first = delivered.events.front();
        if (state.wanted.pending())
          state.wanted.deliver(*state.first);
      },
      [self](take_event) -> caf::result<event> {
        if (self->state.first)
          return *self->state.first;
        self->state.wanted = self->make_response_promise<event>();
        return self->state.wanted;
      },
  };
}

// Sent by the caller, so that "from now on" means from this call on: whatever the caller asks for next comes later.
void send_subscription(const event_broker_actor& broker, const subscriber_facet& who, event_filter filter,
                       std::optional<revision> since) {
  caf::anon_send(broker, subscribe_events{who, std::move(filter), since.has_value(), since.value_or(0)});
}

} // namespace

void subscriptions::one::begin(caf::actor_system& system, const event_broker_actor& broker) {
  const std::lock_guard guard{mutex_};
  if (closed_)
    return;
  end_actor();
  const auto who = system.spawn(subscriber, broker, shared_from_this(), ++generation_);
  who_ = caf::actor_cast<caf::weak_actor_ptr>(who);
  send_subscription(broker, who, filter_, seen_ ? std::optional{seen_->first - 1} : since_);
}

subscription subscriptions::add(event_filter filter, std::function<void(const event&)> deliver,
                                std::optional<revision> since) {
  auto made = std::make_shared<one>(std::move(filter), std::move(deliver), since);
  const std::lock_guard guard{mutex_};
  if (closed_)
    return {};
  std::erase_if(open_, [](const auto& known) { return known.expired(); });
  open_.push_back(made);
  if (broker_)
    made->begin(system_, broker_);
  return subscription{[made] { made->end(); }};
}

void subscriptions::use(const event_broker_actor& broker) {
  const std::lock_guard guard{mutex_};
  broker_ = broker;
  if (closed_ || !broker_)
    return;
  for (const auto& known : open_)
    if (const auto alive = known.lock())
      alive->begin(system_, broker_);
}

void subscriptions::close() {
  std::vector<std::weak_ptr<one>> all;
  {
    const std::lock_guard guard{mutex_};
    closed_ = true;
    broker_ = nullptr;
    all.swap(open_);
  }
  for (const auto& known : all)
    if (const auto alive = known.lock())
      alive->end();
}

pending<event> next_event(caf::actor_system& system, const caf::actor& client, const event_broker_actor& broker,
                          event_filter filter, duration limit, std::optional<revision> since) {
  const auto who = system.spawn(one_shot, broker);
  send_subscription(broker, who, std::move(filter), since);
  pending<event>::promise promise;
  ask<event>(client, who, limit, take_event{}).then([promise, who](result<event> first) {
    caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
    const bool is_late = !first && first.err().code() == ec::timed_out;
    promise.resolve(is_late ? error{ec::timed_out, "no such event within the time limit"} : std::move(first));
  });
  return promise.answer();
}

} // namespace carillon::runtime
