#include "bench/benches.hpp"
#include "commands/run.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace carillon::app {
namespace {

using measurement = result<void> (*)(const bench_command&, bench::data_place&, bench::report&);

constexpr std::array<std::pair<std::string_view, measurement>, 7> measurements{
    {{"throughput", bench::measure_throughput},
     {"fires", bench::measure_fires},
     {"wakeup", bench::measure_wakeup},
     {"schedules", bench::measure_schedules},
     {"idle", bench::measure_idle},
     {"recovery", bench::measure_recovery}}};

result<void> measure_with_stores(const bench_command& what, bench::report& to) {
  auto where = bench::data_place::open(what.data);
  if (!where)
    return where.err();
  const auto found = std::ranges::find(measurements, what.name, &decltype(measurements)::value_type::first);
  return found->second(what, *where, to);
}

} // namespace

result<exit_code> run_bench(const bench_command& what, bool json) {
  bench::report to{what.name, json};
  auto measured = what.name == "triggers" ? bench::measure_triggers(what, to) : measure_with_stores(what, to);
  if (!measured)
    return measured.err();
  return exit_code::success;
}

} // namespace carillon::app
