#pragma once

#include "carillon/store/data_store.hpp"

#include <optional>
#include <string>

/// One sentence for a person about what became of a fire time. Pure. Lengths below a second count as none.
namespace carillon::engine {

/// `earlier`: the schedule's job before it, if it is known; `works_for`: the job's task, null if it isn't recorded.
[[nodiscard]] std::string describe_job(const job& what, const job* earlier, const task* works_for, timestamp now);

/// `by`: the settings that decided it; `grace`: the misfire grace time, of the schedule or else of its task.
[[nodiscard]] std::string describe_skip(const skip& what, const schedule_definition& by, std::optional<duration> grace);

/// How a schedule stands.
[[nodiscard]] std::string describe_standing(const schedule& what, timestamp now);

} // namespace carillon::engine
