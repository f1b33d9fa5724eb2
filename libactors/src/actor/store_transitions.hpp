#pragma once

#include "carillon/protocol/messages.hpp"
#include "carillon/store/data_store.hpp"

// What requests of many items do within a batch of the store: each item's error is its own.
namespace carillon::actor {

[[nodiscard]] jobs_added add_all(data_store& store, add_jobs& request);
[[nodiscard]] fire_plans_committed commit_plans(data_store& store, std::vector<fire_plan>& plans);
void record_reports(data_store& store, report_attempts& reports);

} // namespace carillon::actor
