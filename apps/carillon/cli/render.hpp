#pragma once

#include "cli/table.hpp"

#include "carillon/model/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon::app {

// The documents of the control API for people. Pure.

/// Headings and rows of a list; `kind` is its name in the answer, such as `jobs`.
[[nodiscard]] std::vector<std::string> headings_of(std::string_view kind);
[[nodiscard]] std::vector<cell> row_of(std::string_view kind, const value& item);

/// All about one thing, a line for each field, an output or another text of several lines at the end.
[[nodiscard]] std::string render_fields(const value& document, bool colours);

/// One event as a line of `events --follow`.
[[nodiscard]] std::string render_event(const value& event, bool colours);

/// A line of a job's log, and its progress, as lines of `job logs`; an attempt after the first is named.
[[nodiscard]] std::string render_log_line(const value& line, bool colours);
[[nodiscard]] std::string render_progress(const value& progress, bool colours);

/// `2026-03-29 03:00:00+02:00`: an instant of a document in this machine's zone. Anything else as it is.
[[nodiscard]] std::string local_time(const std::string& instant);

/// The same for each instant within a sentence.
[[nodiscard]] std::string with_local_times(const std::string& sentence);

/// A trigger in a few words: its expression, `every 5s`, or its JSON.
[[nodiscard]] std::string summarise_trigger(const value& trigger);

/// What a job or schedule of the task `command` runs, as a shell would be told; else the task's name.
[[nodiscard]] std::string summarise_work(const value& document);

} // namespace carillon::app
