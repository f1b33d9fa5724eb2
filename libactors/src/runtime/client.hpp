#pragma once

#include "actor/errors.hpp"
#include "carillon/protocol/type_ids.hpp"
#include "carillon/runtime/pending.hpp"

#include <caf/actor.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <memory>

namespace carillon::runtime {

/// The actor through which functions of the facade ask the node's actors.
[[nodiscard]] caf::actor spawn_client(caf::actor_system& system);

namespace detail {

/// Answers when it is destroyed at the latest: whatever becomes of the request, nobody waits for ever.
template <class T>
class answer_once {
public:
  explicit answer_once(typename pending<T>::promise promise) : promise_(std::move(promise)) {}
  answer_once(const answer_once&) = delete;
  answer_once& operator=(const answer_once&) = delete;
  ~answer_once() {
    resolve({ec::unavailable, "the node has stopped, or lost the store: what became of the request isn't known"});
  }

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

/// Sends `message` to `to` and gives its answer, an error after `limit` at the latest. `Reply` is what the actor answers with;
/// a `done` becomes a `pending<void>`. A null `to`: ec::unavailable.
template <class Reply, class Handle, class Message>
auto ask(const caf::actor& client, const Handle& to, duration limit, Message message) {
  using type = std::conditional_t<std::is_same_v<Reply, done>, void, Reply>;
  if (!to)
    return answered<type>({ec::unavailable, "the node with the store isn't connected now"});
  typename pending<type>::promise promise;
  auto answer = std::make_shared<detail::answer_once<type>>(promise);
  limit = std::min<duration>(limit, std::chrono::years{100}); // CAF counts nanoseconds, which end after 292 years
  caf::anon_send(client, run_within{[=, message = std::move(message)](caf::event_based_actor* self) mutable {
                   self->request(to, limit, std::move(message))
                       .then(
                           [answer](Reply& reply) {
                             if constexpr (std::is_void_v<type>)
                               answer->resolve({});
                             else
                               answer->resolve(std::move(reply));
                           },
                           [answer](const caf::error& why) { answer->resolve(actor::from_caf(why)); });
                 }});
  return promise.answer();
}

} // namespace carillon::runtime
