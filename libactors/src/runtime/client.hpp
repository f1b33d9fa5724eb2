#pragma once

#include "actor/errors.hpp"
#include "actor/one_timer.hpp"
#include "carillon/protocol/type_ids.hpp"
#include "carillon/runtime/pending.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>

#include <map>
#include <memory>
#include <optional>

namespace carillon::runtime {

/// Something that was asked, and isn't answered yet. Whatever becomes of it, nobody waits for ever: its destructor answers at the latest.
class open_request {
public:
  virtual ~open_request() = default;
  /// Its time is up.
  virtual void expire() = 0;

private:
  friend class open_requests;
  std::optional<std::multimap<duration, std::shared_ptr<open_request>>::iterator> place_;
};

/// The requests of a client and when their time is up. A time limit of CAF's own stays behind in its clock, with some 200 bytes, until it
/// is over, also when the answer has come.
class open_requests {
public:
  void add(caf::event_based_actor* self, const std::shared_ptr<open_request>& what, duration limit);
  /// It has its answer.
  void remove(open_request& what);
  void on_timer(caf::event_based_actor* self, const timer_rang& ring);

private:
  std::multimap<duration, std::shared_ptr<open_request>> by_end_;
  actor::one_timer timer_;
};

/// The actor through which functions of the facade ask the node's actors.
using client_actor = caf::stateful_actor<open_requests>;
[[nodiscard]] caf::actor spawn_client(caf::actor_system& system);

[[nodiscard]] error node_has_stopped();
[[nodiscard]] error request_timed_out();

namespace detail {

template <class T>
class answer_once final : public open_request {
public:
  explicit answer_once(typename pending<T>::promise promise) : promise_(std::move(promise)) {}
  answer_once(const answer_once&) = delete;
  answer_once& operator=(const answer_once&) = delete;
  ~answer_once() override { resolve(node_has_stopped()); }

  void expire() override { resolve(request_timed_out()); }

  void resolve(result<T> answer) {
    if (!std::exchange(answered_, true))
      promise_.resolve(std::move(answer));
  }

private:
  typename pending<T>::promise promise_;
  bool answered_ = false;
};

} // namespace detail

/// What needs nobody to be asked.
template <class T>
pending<T> answered(error why) {
  typename pending<T>::promise promise;
  promise.resolve(std::move(why));
  return promise.answer();
}

[[nodiscard]] inline error not_connected() { return {ec::unavailable, "the node with the store isn't connected now"}; }

/// Within a client: sends `message` to `to`. `on_answer(result<Reply>)` is called when the answer comes, unless `what` has expired.
template <class Reply, class Handle, class Message, class OnAnswer>
void ask_within(caf::event_based_actor* self, const Handle& to, duration limit, Message message,
                const std::shared_ptr<open_request>& what, OnAnswer on_answer) {
  auto& open = static_cast<client_actor*>(self)->state;
  open.add(self, what, limit);
  self->request(to, caf::infinite, std::move(message))
      .then(
          [&open, what, on_answer](Reply& reply) {
            open.remove(*what);
            on_answer(result<Reply>{std::move(reply)});
          },
          [&open, what, on_answer](const caf::error& why) {
            open.remove(*what);
            on_answer(result<Reply>{actor::from_caf(why)});
          });
}

/// Sends `message` to `to` and gives its answer, an error after `limit` at the latest. `Reply` is what the actor answers with;
/// a `done` becomes a `pending<void>`. A null `to`: ec::unavailable.
template <class Reply, class Handle, class Message>
auto ask(const caf::actor& client, const Handle& to, duration limit, Message message) {
  using type = std::conditional_t<std::is_same_v<Reply, done>, void, Reply>;
  if (!to)
    return answered<type>(not_connected());
  typename pending<type>::promise promise;
  auto answer = std::make_shared<detail::answer_once<type>>(promise);
  caf::anon_send(client, run_within{[=, message = std::move(message)](caf::event_based_actor* self) mutable {
                   ask_within<Reply>(self, to, limit, std::move(message), answer, [answer](result<Reply> reply) {
                     if constexpr (std::is_void_v<type>)
                       answer->resolve(reply ? result<void>{} : reply.err());
                     else
                       answer->resolve(std::move(reply));
                   });
                 }});
  return promise.answer();
}

} // namespace carillon::runtime
