#pragma once

#include "carillon/store/data_store.hpp"

#include <functional>
#include <memory>
#include <string>

#pragma GCC visibility push(default)
namespace carillon::testing {

/// Opens the store in `folder`, which isn't there at first, or again as an earlier one left it. One at a time in each folder.
using store_opener =
    std::function<result<std::unique_ptr<data_store>>(const std::string& folder, const store_config& config)>;

/// The tests that Carillon's own stores have to pass, for one of yours: tasks, schedules, planning, jobs, running, limits, rates, follow-ups,
/// backfills, newer zone data, and random operations against a model. Each runs twice: with a store that stays open, and with one
/// that is opened again after each commit.
///
/// The arguments are those of Boost.Test (`--run_test=store_jobs`, `--list_content`). Gives the exit code of the process. Once in a
/// program, on its main thread; link `carillon::conformance`.
int run_store_conformance(store_opener open, int argc, char** argv);

} // namespace carillon::testing
#pragma GCC visibility pop
