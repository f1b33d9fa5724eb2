#include "keyed/node_table.hpp"

#include "keyed/record_format.hpp"

namespace carillon::keyed {

const cluster_node* node_table::find(std::string_view name) const noexcept {
  const auto found = nodes_.find(name);
  return found == nodes_.end() ? nullptr : &found->second;
}

void node_table::load(cluster_node what) {
  const auto name = what.what.name;
  if (!what.is_draining) {
    draining_.erase(name);
    emptying_.erase(name);
  } else if (draining_.insert(name).second) {
    emptying_.insert(name);
  }
  nodes_[name] = std::move(what);
}

void node_table::put(cluster_node what) {
  changed_.insert(what.what.name);
  load(std::move(what));
}

void node_table::remove(const std::string& name) {
  changed_.insert(name);
  nodes_.erase(name);
  draining_.erase(name);
  emptying_.erase(name);
}

void node_table::flush(write_batch& to) {
  for (const auto& name : changed_)
    if (const auto* known = find(name))
      put_node(to, *known);
    else
      to.erase(family::nodes, name);
  changed_.clear();
}

} // namespace carillon::keyed
