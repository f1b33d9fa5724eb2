#pragma once

#include "carillon/model/cluster_node.hpp"

#include "carillon/store/write_batch.hpp"

#include <map>
#include <set>
#include <string>

namespace carillon::keyed {

/// All nodes that have joined and aren't removed, in memory (there are few), with what the open batch changed. One thread.
class node_table {
public:
  using map = std::map<std::string, cluster_node, std::less<>>;

  [[nodiscard]] const map& all() const noexcept { return nodes_; }
  /// Null: not known.
  [[nodiscard]] const cluster_node* find(std::string_view name) const noexcept;
  /// Whether the node gets no jobs.
  [[nodiscard]] bool is_draining(std::string_view name) const noexcept { return draining_.contains(name); }

  /// Read at a start.
  void load(cluster_node what);
  void put(cluster_node what);
  void remove(const std::string& name);

  /// The draining ones whose last job may have ended.
  [[nodiscard]] const std::set<std::string, std::less<>>& emptying() const noexcept { return emptying_; }
  void note_empty(const std::string& name) { emptying_.erase(name); }

  /// Writes what the batch changed.
  void flush(write_batch& to);

private:
  map nodes_;
  std::set<std::string, std::less<>> draining_;
  std::set<std::string, std::less<>> emptying_;
  std::set<std::string> changed_;
};

} // namespace carillon::keyed
