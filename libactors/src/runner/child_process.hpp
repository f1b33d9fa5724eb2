#pragma once

#include "base/file_descriptor.hpp"
#include "runner/child_program.hpp"
#include "runner/process_family.hpp"

#include <sys/resource.h>

#include <optional>
#include <string>

namespace carillon {

/// A forked child that waits to be let go, and then becomes its program.
struct child_process {
  process_identity identity;
  file_descriptor handle; ///< a pidfd: readable once it has ended
  file_descriptor status; ///< closed by the child when its program runs; before that it may say why that is impossible
  file_descriptor output; ///< what it writes to standard output and error; non-blocking
  file_descriptor input;  ///< its standard input, non-blocking; not open: it reads /dev/null
};

/// Forks a child that leads a session and a process group of its own and waits for `let_go`. The child dies with the
/// calling process (its thread, more exactly), before or after `let_go`. `open_files` is its limit. One thread only:
/// between fork and exec the child relies on nobody else's lock. Errors: ec::unavailable.
[[nodiscard]] result<child_process> fork_child(const child_program& program, bool has_input, const rlimit& open_files);

/// Lets the child become its program.
void let_go(const child_process& child);

/// Reads `status`: why the program can't run, or nothing. Doesn't wait: to be called when `status` is readable or the
/// child has ended.
[[nodiscard]] std::optional<std::string> read_refusal(const child_process& child, const child_program& program);

} // namespace carillon
