#pragma once

#include "carillon/base/time.hpp"
#include "carillon/model/value.hpp"

#include <string>
#include <vector>

namespace carillon::app {

/// A schedule that stands somewhere else.
struct imported_schedule {
  std::string from;               ///< where: `my.crontab:12`
  value body;                     ///< as the control API takes it
  std::vector<timestamp> before;  ///< when it fires next there; empty: that can't be asked
  std::vector<std::string> notes; ///< what isn't the same here, a sentence each
};

/// What a source has, and what can't be taken over from it.
struct import_plan {
  std::vector<value> tasks; ///< as the control API takes them, with their `id`
  std::vector<imported_schedule> schedules;
  std::vector<std::string> faults; ///< where and why, a line each
};

/// How many of the next fire times are looked at.
inline constexpr std::size_t shown_fire_times = 3;

/// Gives ids that only one has: the second `backup` is `backup#2`. Characters that an id can't have become `_`.
class id_chooser {
public:
  [[nodiscard]] std::string choose(std::string_view wanted);

private:
  std::vector<std::string> taken_;
};

} // namespace carillon::app
