#pragma once

#include "carillon/base/time.hpp"

#include <string>

#pragma GCC visibility push(default)
namespace carillon {

/// What fills in the parts of a trigger that its text leaves out (trigger-semantics 1.7, 1.8): once, where it is read.
struct trigger_defaults {
  timestamp now{};                ///< the start of a trigger that names none
  std::string local_zone = "UTC"; ///< of times without an offset, and of triggers that name no zone
};

/// The IANA name of this machine's zone: from the variable TZ, /etc/timezone, or the link /etc/localtime, the first
/// that names a known zone; else `UTC`. Reads files: ask once, at the start.
[[nodiscard]] std::string machine_zone_name();

} // namespace carillon
#pragma GCC visibility pop
