#include "world_kernel.hpp"

#include <caf/make_message.hpp>

#include <algorithm>

namespace carillon::testing {
namespace {

using rule = interception::rule;

/// After all that has been sent to it.
void put_last(caf::scheduled_actor& to, caf::mailbox_element_ptr element) { to.enqueue(std::move(element), nullptr); }
void put_first(caf::scheduled_actor& to, caf::mailbox_element_ptr element) {
  std::get<caf::scheduled_actor::urgent_queue_index>(to.mailbox().queue().queues()).push_back(std::move(element));
}

} // namespace

std::size_t interception::count() const noexcept { return body_->count; }
std::size_t interception::held() const noexcept { return body_->held.size(); }
void interception::release(std::size_t most) { body_->release(most); }
void interception::stop() {
  body_->times = 0;
  body_->release(world::unlimited);
}

void interception::rule::release(std::size_t most) {
  for (; most > 0 && !held.empty(); --most) {
    auto [to, element] = std::move(held.front());
    held.pop_front();
    let_go->put_on(*element);
    to->get()->enqueue(std::move(element), nullptr);
  }
}

interception world::implementation::add_rule(const message_pattern& pattern, std::size_t times, std::string_view became,
                                             decltype(rule::apply) apply) {
  auto made = std::make_shared<rule>();
  made->pattern = pattern;
  made->times = times;
  made->became = became;
  made->apply = std::move(apply);
  made->let_go = &*let_go;
  rules.push_back(made);
  return interception{std::move(made)};
}

void world::implementation::forget_held_of(const caf::actor_system& system) {
  const auto is_there = [&](const caf::strong_actor_ptr& actor) { return actor && actor->home_system == &system; };
  wires.forget_held_of(system);
  for (const auto& one : rules)
    std::erase_if(one->held, [&](const held_message& x) { return is_there(x.to) || is_there(x.element->sender); });
}

interception world::drop(const message_pattern& pattern, std::size_t times) {
  return body_->add_rule(pattern, times, "dropped", [](rule&, caf::scheduled_actor& to, const message_in_flight&) {
    (void)take_first(to);
    return rule::verdict::taken;
  });
}

interception world::hold(const message_pattern& pattern, std::size_t times) {
  return body_->add_rule(pattern, times, "held", [](rule& self, caf::scheduled_actor& to, const message_in_flight&) {
    self.held.push_back({caf::strong_actor_ptr{to.ctrl()}, take_first(to)});
    return rule::verdict::taken;
  });
}

interception world::delay(const message_pattern& pattern, duration by, std::size_t times) {
  return body_->add_rule(pattern, times, "delayed",
                         [this, by](rule&, caf::scheduled_actor& to, const message_in_flight&) {
                           auto element = take_first(to);
                           body_->let_go->put_on(*element);
                           body_->send_later(caf::strong_actor_ptr{to.ctrl()}, std::move(element), by);
                           return rule::verdict::taken;
                         });
}

interception world::duplicate(const message_pattern& pattern, std::size_t times) {
  return body_->add_rule(pattern, times, "doubled", [this](rule&, caf::scheduled_actor& to, const message_in_flight&) {
    const auto& first = *to.mailbox().peek();
    auto copy = with_content(first, first.copy_content_to_message());
    body_->let_go->put_on(*copy);
    put_last(to, std::move(copy));
    return rule::verdict::deliver;
  });
}

interception world::put_off(const message_pattern& pattern, std::size_t times) {
  return body_->add_rule(pattern, times, "put off", [this](rule&, caf::scheduled_actor& to, const message_in_flight&) {
    auto element = take_first(to);
    body_->let_go->put_on(*element);
    put_last(to, std::move(element));
    return rule::verdict::taken;
  });
}

interception world::replace_content(const message_pattern& pattern,
                                    std::function<caf::message(const caf::type_erased_tuple&)> change,
                                    std::size_t times) {
  return body_->add_rule(pattern, times, "replaced",
                         [this, change = std::move(change)](rule&, caf::scheduled_actor& to, const message_in_flight&) {
                           const auto element = take_first(to);
                           auto changed = with_content(*element, change(element->content()));
                           body_->let_go->put_on(*changed);
                           put_first(to, std::move(changed));
                           return rule::verdict::taken;
                         });
}

interception world::inspect(const message_pattern& pattern, std::function<void(const message_in_flight&)> see) {
  return body_->add_rule(pattern, unlimited, {},
                         [see = std::move(see)](rule&, caf::scheduled_actor&, const message_in_flight& message) {
                           see(message);
                           return rule::verdict::deliver;
                         });
}

} // namespace carillon::testing
