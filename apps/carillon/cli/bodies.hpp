#pragma once

#include "cli/commands.hpp"

#include "carillon/model/value.hpp"

namespace carillon::app {

// Command lines as the documents that the control API takes. Errors: ec::invalid_argument, naming the option; those of
// reading a file that an option names.

[[nodiscard]] result<value> trigger_body(const trigger_options& when);
[[nodiscard]] result<value> schedule_body(const add_schedule_command& what);
[[nodiscard]] result<value> job_body(const run_job_command& what);
[[nodiscard]] value::map backfill_body(const backfill_command& what);
[[nodiscard]] result<value> task_body(const set_task_command& what);

/// The text of an option: itself, what the file FILE holds for `@FILE`, what standard input holds for `-`.
[[nodiscard]] result<std::string> read_text(const std::string& given);

} // namespace carillon::app
