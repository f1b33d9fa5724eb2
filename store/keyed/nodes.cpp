#include "keyed/keyed_store.hpp"

#include "carillon/base/utf8.hpp"
#include "carillon/trigger/zone_data.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::keyed {
namespace {

error unknown_node(const std::string& name) { return {ec::not_found, fmt::format("no node {}", quote(name))}; }

result<void> check_description(const node_description& what) {
  constexpr std::size_t longest_text = 200, most_kinds = 1'000, longest_kind = 100;
  if (auto checked = check_id("node", what.name); !checked)
    return checked;
  if (what.version.size() > longest_text || what.zone_data.size() > longest_text ||
      what.trigger_kinds.size() > most_kinds ||
      std::ranges::any_of(what.trigger_kinds, [](const std::string& kind) { return kind.size() > longest_kind; }))
    return {ec::limit_exceeded, fmt::format("node {} says too much of itself", quote(what.name))};
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
  // The process that serves the store begins: who had joined the one before has gone with it, or joins again.
  if (what.has_store && !std::exchange(is_enrolled_, true))
    for (const auto& [name, known] : node_table::map{live.nodes.all()})
      if (!known.left_at && name != what.name) {
        auto gone = known;
        gone.left_at = now_.wall;
        live.nodes.put(std::move(gone));
      }
  forget_nodes_of_old();
  const auto* known = live.nodes.find(what.name);
  auto joined = known != nullptr ? *known : cluster_node{};
  joined.what = what;
  joined.joined_at = now_.wall;
  joined.left_at.reset();
  live.nodes.put(std::move(joined));
  add_event(event_type::node_joined).executor = what.name;
  tell_other_zone_data(what);
  return process != 0 ? process : number;
}

void keyed_store::tell_other_zone_data(const node_description& of) {
  const auto own = zone_data_version();
  if (!of.is_scheduler || of.has_store || of.zone_data == own)
    return;
  auto& told = add_event(event_type::zone_data_differs);
  told.executor = of.name;
  told.text = fmt::format("time-zone data {}, and the store's are {}", of.zone_data, own);
}

result<void> keyed_store::note_zone_data(const std::string& name, const std::string& version) {
  const auto* known = live_->nodes.find(name);
  if (known == nullptr)
    return unknown_node(name);
  auto changed = *known;
  changed.what.zone_data = version;
  if (auto checked = check_description(changed.what); !checked)
    return checked;
  next_revision();
  tell_other_zone_data(changed.what);
  live_->nodes.put(std::move(changed));
  return {};
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
