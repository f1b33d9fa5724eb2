#pragma once

#include "carillon/base/time.hpp"

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Which processes belong to a command. Linux only: read from /proc.

namespace carillon {

inline constexpr const char* job_id_variable = "CARILLON_JOB_ID";
inline constexpr const char* fencing_token_variable = "CARILLON_FENCING_TOKEN";

/// Names one process for as long as the machine runs: pids are used again, pids with their start times aren't.
struct process_identity {
  pid_t pid = 0;
  std::uint64_t start_time = 0; ///< clock ticks since boot, field 22 of /proc/<pid>/stat

  friend bool operator==(const process_identity&, const process_identity&) = default;
};

/// The process with this pid, if there is one (also one that has ended and wasn't waited for).
[[nodiscard]] std::optional<process_identity> read_process(pid_t pid);

/// Sends a signal to that very process, never to another that got its pid. False if it is gone or not ours to signal.
bool signal_process(const process_identity& process, int signal);

/// A command and what it started: the session that its first process leads, and every process that carries the job's id
/// and fencing token in its environment, whatever session or group it has moved to.
struct process_family {
  process_identity leader; ///< of the session and of a process group, both with its pid as their id; pid 0: not known
  bool is_leader_held = false; ///< the leader is a child that wasn't waited for, so that its pid can't be another's
  std::string job_id;
  std::uint64_t fencing_token = 0;
};

struct family_member {
  process_identity identity;
  pid_t group = 0;
};

/// The living members of each family, in the families' order, found in one pass over all processes; never the caller
/// itself.
///
/// Safe when pids are used again: a session counts as the family's only if the leader is held or has the recorded start
/// time, or if one of the session's processes carries the job's id and token. (A pid is never given away while a
/// session or a group of that number has members.)
[[nodiscard]] std::vector<std::vector<family_member>> find_members(const std::vector<process_family>& families);

/// Kills (KILL) all members of the families and returns when they are gone. False if some still live after `patience`.
[[nodiscard]] bool kill_families(const std::vector<process_family>& families, duration patience);

} // namespace carillon
