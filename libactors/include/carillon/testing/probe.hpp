#pragma once

#include "carillon/testing/world.hpp"

#include <caf/response_promise.hpp>
#include <caf/send.hpp>

#include <deque>

#pragma GCC visibility push(default)
namespace carillon::testing {

/// What a probe has received and the test hasn't looked at.
class probe_mailbox {
public:
  /// A message that came.
  struct received {
    caf::message content;         ///< of any type
    caf::response_promise answer; ///< open: nothing was said yet
  };
  std::deque<received> waiting; ///< the oldest first
};

/// An actor that stands in for any other, typed or not: it takes every message, and the test decides what it says. It belongs
/// to the world that it was made in, and must not be used after it.
template <class Handle = caf::actor>
class probe {
public:
  /// `name` is what charts call it. The world outlives it.
  explicit probe(world& where, const std::string& name = "probe") : world_(&where) {
    const auto made = spawn(where.system(), mailbox_);
    where.name(made, name);
    self_ = made;
    handle_ = caf::actor_cast<Handle>(caf::actor_cast<caf::strong_actor_ptr>(made));
  }

  /// To be given to the actors under test.
  [[nodiscard]] const Handle& handle() const noexcept { return handle_; }

  /// The oldest message that the test hasn't taken, which must be one of this type. The world runs until there is one, for
  /// at most `limit` of virtual time. Throws expectation_failed.
  template <class Message>
  Message expect(duration limit = {}) {
    if (mailbox_->waiting.empty())
      world_->run_until([&] { return !mailbox_->waiting.empty(); }, limit);
    const auto pattern = message<Message>().to(handle_);
    if (mailbox_->waiting.empty())
      world_->fail(pattern, "nothing came");
    auto first = std::move(mailbox_->waiting.front());
    mailbox_->waiting.pop_front();
    if (!first.content.template match_elements<Message>())
      world_->fail(pattern, "the next one is " + caf::to_string(first.content));
    answer_ = std::move(first.answer);
    return first.content.template get_as<Message>(0);
  }
  /// How many messages came that the test hasn't taken.
  [[nodiscard]] std::size_t waiting() const noexcept { return mailbox_->waiting.size(); }

  /// Answers the message that was taken last; the answer goes out when the world runs.
  template <class... Answers>
  void reply(Answers... answers) {
    within([answer = answer_, ... answers = std::move(answers)]() mutable { answer.deliver(std::move(answers)...); });
  }
  /// Answers it with an error, such as make_error(ec::disk_full, "…").
  void refuse(caf::error why) {
    within([answer = answer_, why = std::move(why)]() mutable { answer.deliver(std::move(why)); });
  }

  /// Says something, one way.
  template <class To, class Message>
  void send(const To& to, Message message) const {
    caf::send_as(self_, to, std::move(message));
  }

private:
  /// CAF lets only an actor that runs answer.
  void within(std::function<void()> action) {
    caf::anon_send(self_, run_within{[action = std::move(action)](caf::event_based_actor*) { action(); }});
  }

  static caf::actor spawn(caf::actor_system& system, const std::shared_ptr<probe_mailbox>& into) {
    return system.spawn([into](caf::event_based_actor* self) -> caf::behavior {
      self->set_default_handler(
          [into](caf::scheduled_actor* me, caf::message_view& message) -> caf::result<caf::message> {
            auto answer = me->make_response_promise();
            into->waiting.push_back({message.move_content_to_message(), answer});
            return answer;
          });
      return {[self](const run_within& request) { request.what(self); }};
    });
  }

  world* world_;
  std::shared_ptr<probe_mailbox> mailbox_ = std::make_shared<probe_mailbox>();
  caf::actor self_;
  Handle handle_;
  caf::response_promise answer_;
};

} // namespace carillon::testing
#pragma GCC visibility pop
