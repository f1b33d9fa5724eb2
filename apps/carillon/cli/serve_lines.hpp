#pragma once

#include "carillon/model/event.hpp"
#include "carillon/model/job.hpp"

#include <string>

namespace carillon::app {

/// What `carillon serve` prints for an event: a line, or nothing for one that a person needn't see. `ended` is the job of a
/// job_finished, null if it is unknown. Pure.
[[nodiscard]] std::string serve_line(const event& what, const job* ended, bool colours);

} // namespace carillon::app
