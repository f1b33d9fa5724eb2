// store_probe FOLDER: opens the RocksDB store there in a process of its own, reads everything in it and prints what came of
// it: `ok JOBS QUARANTINED`, or the name of the error and its text. Exit code 0 in both cases: any other way to end is a crash.
// store_probe FOLDER hold: opens it, prints `ok`, and keeps it until its standard input ends.
#include "carillon/store/data_store.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <string_view>

using namespace carillon;

namespace {

result<std::size_t> count_jobs(const data_store& store) {
  std::size_t count = 0;
  page_request request{1'000, {}};
  do {
    auto found = store.list_jobs({}, request);
    if (!found)
      return found.err();
    count += found->items.size();
    request.after = std::move(found->next);
  } while (!request.after.empty());
  return count;
}

result<std::string> probe(const std::string& folder, bool is_held) {
  auto store = open_rocksdb_store(folder, {});
  if (!store)
    return store.err();
  if (is_held) {
    std::puts("ok");
    std::fflush(stdout);
    while (std::getchar() != EOF)
      ;
    return std::string{};
  }
  if (auto begun = (*store)->begin(system_clock().now()); !begun)
    return begun.err();
  const auto committed = (*store)->commit();
  if (!committed)
    return committed.err();
  const auto jobs = count_jobs(**store);
  if (!jobs)
    return jobs.err();
  if (const auto listed = (*store)->list_schedules({1'000, {}}); !listed)
    return listed.err();
  const auto status = (*store)->status();
  if (!status)
    return status.err();
  return fmt::format("ok {} {}", *jobs, status->quarantined);
}

} // namespace

int main(int count, char** arguments) {
  const auto told = probe(count > 1 ? arguments[1] : "", count > 2 && std::string_view{arguments[2]} == "hold");
  fmt::print("{}\n", told ? *told : to_string(told.err()));
  return 0;
}
