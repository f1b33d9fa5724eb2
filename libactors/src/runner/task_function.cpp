#include "carillon/runner/runner.hpp"

#include <fmt/format.h>

#include <exception>

namespace carillon {

attempt_result run_task_function(const task_function& code, const job& what, std::stop_token cancelled) {
  try {
    return code(what.arguments, job_context{what, std::move(cancelled)});
  } catch (const std::exception& thrown) {
    return attempt_result::failed(job_outcome::error, fmt::format("the task threw: {}", thrown.what()));
  } catch (...) {
    return attempt_result::failed(job_outcome::error, "the task threw something that isn't a std::exception");
  }
}

} // namespace carillon
