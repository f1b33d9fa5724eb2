#pragma once

#include "import/imported.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace carillon::app {

/// One specification of `OnCalendar=`, as systemd prints it (`Mon..Fri *-*-* 06:00:00`), as a trigger of the control API. `zone`: where
/// it names none. Errors: ec::unsupported for what no cron trigger can say, ec::invalid_argument for anything else.
[[nodiscard]] result<value> parse_calendar(std::string_view text, const std::string& zone);

/// The timers of this machine's systemd, each as a schedule that starts its unit. Errors: those of `ask_program`.
[[nodiscard]] result<import_plan> read_systemd_timers(const std::string& zone);

/// The same from what `systemctl show '*.timer'` says. `ask_next` gives the next times of a specification, if that is all that a timer
/// has; none: the one that systemctl says.
[[nodiscard]] import_plan
parse_systemd_timers(const std::string& shown, const std::string& zone,
                     const std::function<std::vector<timestamp>(const std::string& calendar)>& ask_next);

/// The times in what `systemd-analyze calendar --iterations=N` says of one specification. Pure.
[[nodiscard]] std::vector<timestamp> parse_elapses(const std::string& said);

} // namespace carillon::app
