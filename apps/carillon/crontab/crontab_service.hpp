#pragma once

#include "crontab/read_crontabs.hpp"

#include "carillon/runtime/node.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace carillon::crontab {

/// What a load did.
struct load_report {
  std::size_t added = 0;
  std::size_t replaced = 0;
  std::size_t removed = 0;
  std::size_t unchanged = 0;
  /// One line each for people: `FILE:LINE:COLUMN: what is wrong`, or `FILE: what is wrong`. Everything else was carried out.
  std::vector<std::string> faults;
};

/// Keeps the schedules of a node the same as what crontabs say. The files named are the whole truth: a schedule that an
/// earlier load, also of an earlier process, made from a crontab and that no file asks for any more is removed; but a file
/// that can't be read, or has wrong lines and no entry, keeps its schedules as they are. Schedules from elsewhere are never touched.
///
/// Used by one thread at a time. The members block (not from a task or a callback of the node).
class crontab_service {
public:
  /// `target` outlives the service.
  crontab_service(node& target, crontab_config config);

  /// Reads the files and applies them: before `node::start`, so that nothing fires that isn't asked for any more.
  /// Errors: of the store (what was done stays done: load again); ec::not_found if a file or folder that was named isn't there.
  [[nodiscard]] result<load_report> load();

  /// The same while the node runs (SIGHUP): what didn't change goes on undisturbed. A file that was removed since is a
  /// fault, no error, and its entries end. Errors: of the store.
  [[nodiscard]] result<load_report> reload();

private:
  enum class occasion { start, reload };
  [[nodiscard]] result<load_report> apply(occasion when);

  node& node_;
  crontab_config config_;
};

} // namespace carillon::crontab
