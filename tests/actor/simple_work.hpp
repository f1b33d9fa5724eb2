#pragma once

#include "carillon/testing/world.hpp"

#include <string>

/// The schedule and the job that most tests of actors begin with.
namespace carillon::testing {

/// Fires first when `interval` has passed.
inline schedule_definition every(const world& world, duration interval, const std::string& id = "s") {
  schedule_definition made;
  made.id = id;
  made.task = "work";
  made.trigger = {interval_definition{interval, world.time().now().wall + interval, std::nullopt}};
  return made;
}

/// A direct job; the same number, the same id.
inline job direct(int n, const std::string& task = "work") {
  job made;
  made.id = job_id::make(timestamp{std::chrono::seconds{1'790'000'000}}, 1, static_cast<std::uint64_t>(n));
  made.task = task;
  return made;
}

} // namespace carillon::testing
