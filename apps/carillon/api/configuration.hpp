#pragma once

#include "carillon/model/schedule.hpp"
#include "carillon/model/task.hpp"
#include "carillon/model/value.hpp"
#include "carillon/trigger/defaults.hpp"

#include <vector>

namespace carillon::app {

/// Tasks and schedules that stand in one document.
struct configuration {
  std::vector<task> tasks;
  std::vector<schedule_definition> schedules;
};

/// Reads `{"tasks": [...], "schedules": [...]}`, each as the control API takes it (a task with its `id`); either list may be missing.
/// `defaults` fill in what triggers leave out. Errors: ec::invalid_argument, naming the entry and its field; two of one id.
[[nodiscard]] result<configuration> parse_configuration(const value& document, const trigger_defaults& defaults);

} // namespace carillon::app
