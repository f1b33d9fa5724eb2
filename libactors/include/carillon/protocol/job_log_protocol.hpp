#pragma once

#include "carillon/protocol/inspect.hpp"

#pragma GCC visibility push(default)
/// @file
/// The job log: what running jobs say of themselves, in memory, for a while. Beside the store, whose node it belongs to.
namespace carillon {

/// What an executor needs.
using job_report_facet = caf::typed_actor<caf::replies_to<put_job_reports>::with<done>>;

/// The job log, also for those who read it.
using job_log_actor = job_report_facet::extend<
    /// Errors: ec::not_found for a job that the store doesn't know and that has said nothing, ec::invalid_argument for a bad
    /// `wait`, ec::limit_exceeded if too many wait.
    caf::replies_to<read_job_log>::with<job_log_page>>;

} // namespace carillon
#pragma GCC visibility pop
