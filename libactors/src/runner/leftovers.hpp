#pragma once

#include "base/file_descriptor.hpp"
#include "carillon/base/result.hpp"
#include "carillon/base/time.hpp"
#include "runner/process_family.hpp"

#include <string>
#include <vector>

// The file in which a launcher notes what it runs, so that a later process of its node can end what outlived it.
//
// Lines of 128 bytes, padded with spaces, each written by one write in its place:
//   first     carillon-leftovers 1 <boot id> <pid namespace> <pid of the launcher> <its start time>
//   the rest  <pid of the command> <its start time> <job id> <fencing token>, or blank
//
// The launcher holds the file's lock (flock) while it lives. A damaged line is skipped: writes of a killed process are
// whole, so only a crash of the machine can have damaged it, which no command survives.

namespace carillon {

class leftovers_file {
public:
  /// Nothing is noted anywhere.
  leftovers_file() = default;

  /// Takes the lock, waiting for it for `patience`, and empties the file. Errors: ec::unavailable (locked),
  /// ec::store_io.
  [[nodiscard]] static result<leftovers_file> open_for_launcher(const std::string& path, duration patience);

  /// Gives the line to be handed to `forget`. Errors: ec::store_io; then nothing is noted.
  [[nodiscard]] result<std::size_t> note(const process_family& command);
  void forget(std::size_t line);

private:
  file_descriptor file_;
  std::vector<std::size_t> free_lines_;
  std::size_t lines_ = 1;
};

/// Ends what an earlier launcher of this file left running and returns when it is gone; then the file is empty. Waits
/// for that launcher itself first, which ends by itself when its node is gone. Errors: ec::unavailable if something
/// still lives after `patience`, ec::store_io.
[[nodiscard]] result<void> kill_leftovers(const std::string& path, duration patience);

} // namespace carillon
