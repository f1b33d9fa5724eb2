#include "world_kernel.hpp"

#include <caf/send.hpp>

namespace carillon::testing {
namespace {

// A connection that is silent for so long is given up.
constexpr duration connection_timeout = std::chrono::seconds{20};
constexpr std::uint64_t longest_overtaking = 1'000'000; // microseconds

template <class To, class Who>
void tell_down(const To& to, const Who& who) {
  if (to && who)
    caf::anon_send(caf::actor_cast<caf::actor>(to),
                   caf::down_msg{who.address(), caf::exit_reason::remote_link_unreachable});
}

} // namespace

std::size_t network::number_of(const std::string& node) {
  return numbers_.try_emplace(node, numbers_.size()).first->second;
}

network::wire& network::between(std::size_t a, std::size_t b) {
  return wires_.try_emplace(pair(a, b), wire{mark{world_.own_system()}}).first->second;
}

bool network::is_cut(std::size_t a, std::size_t b) const {
  const auto found = wires_.find(pair(a, b));
  return found != wires_.end() && found->second.is_cut;
}

void network::cut(std::size_t a, std::size_t b) {
  auto& link = between(a, b);
  if (std::exchange(link.is_cut, true))
    return;
  world_.call_later(connection_timeout, [this, a, b, number = ++link.cuts] {
    auto& then = between(a, b);
    if (then.is_cut && then.cuts == number)
      break_connection(a, b);
  });
}

void network::mend(std::size_t a, std::size_t b) {
  auto& link = between(a, b);
  link.is_cut = false;
  link.is_broken = false;
  for (auto& [to, element] : std::exchange(link.held, {}))
    send_later(link, std::move(to), std::move(element), {});
}

void network::forget_held_of(const caf::actor_system& system) {
  for (auto& [ends, link] : wires_)
    std::erase_if(link.held, [&](const held_message& one) { return one.to->home_system == &system; });
}

void network::break_connection(std::size_t a, std::size_t b) {
  auto& link = between(a, b);
  link.is_broken = true;
  // That somebody has died while nothing passed is known now.
  auto held = std::exchange(link.held, {});
  std::erase_if(held, [](const held_message& one) { return !one.element->content().match_elements<caf::down_msg>(); });
  for (auto& [to, element] : held)
    send_later(link, std::move(to), std::move(element), {});
  const auto tell = [this](std::size_t here, std::size_t there) {
    auto* node = world_.find_node(here);
    auto* other = world_.find_node(there);
    if (node == nullptr || other == nullptr)
      return;
    tell_down(node->store, other->executor);
    tell_down(node->store, other->scheduler);
    tell_down(world::implementation::link_of(*node), other->store);
  };
  tell(a, b);
  tell(b, a);
}

bool network::happens(std::uint32_t thousandths) {
  return thousandths > 0 && world_.random.next() % 1000 < thousandths;
}

void network::send_later(wire& over, caf::strong_actor_ptr to, caf::mailbox_element_ptr element, duration in) {
  over.passes.put_on(*element);
  ++over.under_way;
  world_.send_later(std::move(to), std::move(element), in);
}

bool network::pass(caf::scheduled_actor& to, std::size_t from_node, std::size_t to_node) {
  if (wires_.empty())
    return true;
  auto* element = to.mailbox().peek();
  for (auto& [ends, link] : wires_)
    if (link.passes.take_from(*element)) {
      --link.under_way;
      return true;
    }
  const auto found = wires_.find(pair(from_node, to_node));
  if (found == wires_.end())
    return true;
  auto& link = found->second;
  const auto& quality = link.quality;
  const auto note = [&](std::string_view became) {
    world_.past.note(in_flight(to, *element), world_.time.now().boot, became);
  };
  const bool is_down = element->content().match_elements<caf::down_msg>(); // the connection itself says it
  if (link.is_cut && !link.is_broken) {
    note("held up");
    link.held.push_back({caf::strong_actor_ptr{to.ctrl()}, take_first(to)});
    return false;
  }
  if (!is_down && (link.is_cut || happens(quality.lost))) {
    note(link.is_cut ? "cut off" : "lost");
    (void)take_first(to);
    return false;
  }
  if (!is_down && happens(quality.doubled)) {
    note("doubled");
    send_later(link, caf::strong_actor_ptr{to.ctrl()}, with_content(*element, element->copy_content_to_message()),
               quality.delay + duration{static_cast<std::int64_t>(world_.random.next() % longest_overtaking)});
  }
  auto in = quality.delay;
  if (quality.jitter > duration{0})
    in +=
        duration{static_cast<std::int64_t>(world_.random.next() % static_cast<std::uint64_t>(quality.jitter.count()))};
  const auto now = world_.current;
  if (!is_down && happens(quality.overtaken))
    in += duration{static_cast<std::int64_t>(world_.random.next() % longest_overtaking)};
  else {
    auto& last = link.last_due[to_node];
    last = std::max(last, now + in);
    in = std::chrono::duration_cast<duration>(last - now);
  }
  if (in <= duration{0} && link.under_way == 0) // else it would overtake what comes at this very moment
    return true;
  note("under way");
  send_later(link, caf::strong_actor_ptr{to.ctrl()}, take_first(to), in);
  return false;
}

} // namespace carillon::testing
