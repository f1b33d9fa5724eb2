#pragma once

#include "store_world/store_model.hpp"
#include "store_world/store_world.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace carillon::testing {

inline std::vector<job> all_jobs(const data_store& store, job_state state) {
  std::vector<job> all;
  page_request request{1'000, ""};
  do {
    auto page = need(store.list_jobs({"", "", state}, request));
    all.insert(all.end(), page.items.begin(), page.items.end());
    request.after = page.next;
  } while (!request.after.empty());
  return all;
}

/// What the limits promise, looked for in the store's own records. `is_all_taken`: an executor that takes everything has
/// just been there with free slots.
inline void check_limits(const data_store& store, const store_model& model, timestamp now, bool is_all_taken) {
  const auto running = all_jobs(store, job_state::running);
  std::map<std::string, std::uint32_t> of_task, of_key, maximum_of_key;
  std::map<revision, std::uint32_t> of_schedule;
  for (const auto& x : running) {
    ++of_task[x.task];
    if (x.incarnation != 0)
      ++of_schedule[x.incarnation];
    if (!x.limit)
      continue;
    ++of_key[x.limit->key];
    // The one that began last saw all others.
    maximum_of_key[x.limit->key] = std::max(maximum_of_key[x.limit->key], x.limit->maximum);
  }
  for (const auto& x : running)
    if (x.incarnation != 0 && x.overlap != overlap_policy::allow)
      BOOST_REQUIRE_EQUAL(of_schedule[x.incarnation], 1U);
  for (const auto& [key, count] : of_key)
    BOOST_REQUIRE_LE(count, maximum_of_key[key]);
  if (!is_all_taken)
    return;
  for (const auto& x : all_jobs(store, job_state::pending)) {
    const auto& maximum = model.tasks.at(x.task).max_running_jobs;
    const bool is_held_back = x.not_before > now || (maximum && of_task[x.task] >= *maximum) ||
                              (x.overlap != overlap_policy::allow && of_schedule[x.incarnation] > 0) ||
                              (x.limit && of_key[x.limit->key] >= x.limit->maximum);
    BOOST_REQUIRE_MESSAGE(is_held_back, "job " << x.id.to_string() << " waits for nothing");
  }
}

} // namespace carillon::testing
