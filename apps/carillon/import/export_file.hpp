#pragma once

#include "import/imported.hpp"

#include "cli/serve_file.hpp"

#include <string>
#include <string_view>

/// The file that `carillon export` writes and `carillon import` reads: JSON, one object a line:
///
///     {"carillon_export": 1, "exported_at": TIME, "node": NAME, "store_id": UUID}
///     {"task": {"id": ..., ...}}              all settings of a task, as `PUT /v1/tasks/ID` takes them
///     {"schedule": {"id": ..., ...}, "next_fire_time": TIME or null}
///                                             all that was said of a schedule, as `POST /v1/schedules` takes it
///
/// Tasks come before schedules. A reader refuses a version that it doesn't know, and other kinds of lines.
namespace carillon::app {

inline constexpr std::int64_t export_version = 1;

[[nodiscard]] std::string export_head(const value& status, timestamp now);
/// What was said of a schedule, without what it has done. `shown`: as the control API shows it.
[[nodiscard]] value said_of_schedule(const value& shown);
[[nodiscard]] std::string export_task_line(const value& shown);
[[nodiscard]] std::string export_schedule_line(const value& shown);

/// What the file `path` says; its faults begin with `path:LINE:COLUMN`.
[[nodiscard]] import_plan parse_export(std::string_view text, const std::string& path);

/// All that is wrong with such a file, for editors.
[[nodiscard]] std::vector<file_fault> check_export(std::string_view text);

} // namespace carillon::app
