#include "keyed/keyed_store.hpp"

#include <fmt/format.h>

namespace carillon::keyed {
namespace {

error unknown_node(const std::string& name) { return {ec::not_found, fmt::format("no node {:?}", name)}; }

result<void> check_description(const node_description& what) {
  constexpr std::size_t longest_text = 200, most_kinds = 1'000;
  if (auto checked = check_id("node", what.name); !checked)
    return checked;
  if (what.version.size() > longest_text || what.zone_data.size() > longest_text ||
      what.trigger_kinds.size() > most_kinds)
    return {ec::limit_exceeded, fmt::format("node {:?} says too much of itself", what.name)};
  return check_labels(what.labels);
}

} // namespace

result<void> keyed_store::note_scheduler(const std::string& name, bool has_started) {
  next_revision();
  add_event(has_started ? event_type::scheduler_started : event_type::scheduler_stopped).executor = name;
  return {};
}

result<std::uint64_t> keyed_store::enrol_node(const node_description& what, std::uint64_t process) {
  if (auto checked = check_description(what); !checked)
    return checked.err();
  auto& live = *live_;
  const auto number = next_revision();
  forget_nodes_of_old();
  const auto* known = live.nodes.find(what.name);
  auto joined = known != nullptr ? *known : cluster_node{};
  joined.what = what;
  joined.joined_at = now_.wall;
  joined.left_at.reset();
  live.nodes.put(std::move(joined));
  add_event(event_type::node_joined).executor = what.name;
  if (const auto& own = live.zone_data.in_use; what.is_scheduler && what.zone_data != own) {
    auto& told = add_event(event_type::zone_data_differs);
    told.executor = what.name;
    told.text = fmt::format("time-zone data {}, and the store's are {}", what.zone_data, own);
  }
  return process != 0 ? process : number;
}

// Whoever has been gone for longer than history is kept. A node that makes up its name at each start would fill the store.
void keyed_store::forget_nodes_of_old() {
  auto& nodes = live_->nodes;
  std::vector<std::string> old;
  for (const auto& [name, known] : nodes.all())
    if (known.left_at && !known.is_draining && *known.left_at + config_.history_retention < now_.wall)
      old.push_back(name);
  for (const auto& name : old) {
    nodes.remove(name);
    add_event(event_type::node_removed).executor = name;
  }
}

result<void> keyed_store::note_node_gone(const std::string& name, bool in_order) {
  const auto* known = live_->nodes.find(name);
  if (known == nullptr)
    return unknown_node(name);
  next_revision();
  auto gone = *known;
  gone.left_at = now_.wall;
  live_->nodes.put(std::move(gone));
  add_event(in_order ? event_type::node_left : event_type::node_lost).executor = name;
  return {};
}

result<void> keyed_store::drain_node(const std::string& name, bool is_on) {
  const auto* known = live_->nodes.find(name);
  if (known == nullptr)
    return unknown_node(name);
  if (known->is_draining == is_on)
    return {};
  next_revision();
  auto changed = *known;
  changed.is_draining = is_on;
  live_->nodes.put(std::move(changed));
  add_event(is_on ? event_type::node_draining : event_type::node_resumed).executor = name;
  return {};
}

result<void> keyed_store::remove_node(const std::string& name) {
  if (live_->nodes.find(name) == nullptr)
    return unknown_node(name);
  next_revision();
  live_->nodes.remove(name);
  add_event(event_type::node_removed).executor = name;
  return {};
}

// At the end of a batch, whichever of the many ways a job has ended by.
void keyed_store::tell_drained() {
  auto& nodes = live_->nodes;
  std::vector<std::string> empty;
  for (const auto& name : nodes.emptying())
    if (live_->leases.running_on(name) == 0)
      empty.push_back(name);
  for (const auto& name : empty) {
    nodes.note_empty(name);
    next_revision();
    add_event(event_type::node_drained).executor = name;
  }
}

std::vector<node_status> keyed_store::nodes() const {
  std::vector<node_status> all;
  if (live_)
    for (const auto& [name, known] : live_->nodes.all())
      all.push_back({known, false, live_->leases.running_on(name), 0, std::nullopt, std::nullopt});
  return all;
}

} // namespace carillon::keyed
