#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// How many labels a node may offer, or a task require.
inline constexpr std::size_t max_labels = 64;

/// At most `max_labels`, each an id. Errors: ec::invalid_argument, ec::limit_exceeded.
[[nodiscard]] result<void> check_labels(const std::vector<std::string>& labels);
/// Makes them ascending, each once.
void sort_labels(std::vector<std::string>& labels);

/// What a node says of itself when it joins.
struct node_description {
  std::string name;                  ///< an id; its identity, also after a restart: one node of a name is in at a time
  std::string version{};             ///< of Carillon
  bool has_store = false;            ///< has the role store: one node of a cluster
  bool is_scheduler = false;         ///< has the role scheduler
  bool is_worker = false;            ///< has the role worker
  std::vector<std::string> labels{}; ///< that its worker offers, ascending
  std::uint32_t slots = 0;           ///< jobs at once
  std::string zone_data{};           ///< the version of the time-zone data that it plans by
  std::vector<std::string> trigger_kinds{}; ///< of its program's own, ascending

  friend bool operator==(const node_description&, const node_description&) = default;
};

/// A node that joins, to the one with the store.
struct node_greeting {
  node_description who;      ///< what is recorded of it from now on
  std::uint64_t process = 0; ///< the number that it got when it joined before; 0: it didn't
  std::string store_id;      ///< of the store that gave it
  timestamp wall{};          ///< its clock, to be shown beside the store's and used for nothing (decision 2)
};

/// A node as it is recorded since it joined first, until it is removed. One that has been gone for longer than history
/// is kept and isn't draining is forgotten.
struct cluster_node {
  node_description what;            ///< as it said when it joined last; its zone data as it has reported since
  bool is_draining = false;         ///< it gets no jobs
  timestamp joined_at{};            ///< last, by the store's clock
  std::optional<timestamp> left_at; ///< since then; none: not that the store knew
  std::string unknown_fields;       ///< fields of a newer version, kept as they are

  friend bool operator==(const cluster_node&, const cluster_node&) = default;
};

/// And what is known of it now.
struct node_status {
  cluster_node known;             ///< what is recorded
  bool is_connected = false;      ///< isn't recorded: the gate of the node with the store sees it
  std::uint32_t running_jobs = 0; ///< live leases that it holds
  std::uint32_t free_slots = 0;   ///< as it said last
  std::optional<duration>
      clock_skew; ///< how far its wall clock is ahead of the store's, as heard last; none: not connected
  std::optional<duration> last_contact; ///< how long ago; none: not connected
};

} // namespace carillon
#pragma GCC visibility pop
