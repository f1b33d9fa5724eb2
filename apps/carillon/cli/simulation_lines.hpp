#pragma once

#include "cli/table.hpp"

#include "carillon/model/simulation.hpp"

#include <string>
#include <vector>

namespace carillon::app {

/// A decision as one JSON object, with a line end. Every key is always there, and null where there is nothing to say; instants are ISO
/// 8601 in UTC, `local_time` in the zone of the schedule.
void append_json_line(std::string& to, const simulated_decision& what);

/// `2026-10-25 02:30:00+02:00`: an instant where the clocks are so much ahead of UTC; fractions of a second are cut.
[[nodiscard]] std::string time_at_offset(timestamp when, std::chrono::seconds utc_offset);

/// A decision as a row of a table for people.
[[nodiscard]] std::vector<std::string> headings_of_decisions();
[[nodiscard]] std::vector<cell> row_of(const simulated_decision& what);

} // namespace carillon::app
