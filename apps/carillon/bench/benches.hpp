#pragma once

#include "bench/data_place.hpp"
#include "bench/figures.hpp"
#include "cli/commands.hpp"

namespace carillon::app::bench {

// What `carillon bench` can measure, a function each: they report their figures. `where`: for stores, one after the other.
// Errors: those of the nodes; ec::timed_out: what should have happened didn't.

[[nodiscard]] result<void> measure_throughput(const bench_command& what, data_place& where, report& to);
[[nodiscard]] result<void> measure_fires(const bench_command& what, data_place& where, report& to);
[[nodiscard]] result<void> measure_wakeup(const bench_command& what, data_place& where, report& to);
[[nodiscard]] result<void> measure_schedules(const bench_command& what, data_place& where, report& to);
[[nodiscard]] result<void> measure_idle(const bench_command& what, data_place& where, report& to);
[[nodiscard]] result<void> measure_triggers(const bench_command& what, report& to);
[[nodiscard]] result<void> measure_recovery(const bench_command& what, data_place& where, report& to);

} // namespace carillon::app::bench
