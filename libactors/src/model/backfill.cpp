#include "carillon/model/backfill.hpp"

#include "carillon/model/follow_up.hpp"

#include <fmt/format.h>

namespace carillon {

result<void> check_backfill(const backfill& what, timestamp now) {
  const auto bad = [](std::string text) -> result<void> { return {ec::invalid_argument, std::move(text)}; };
  if (what.id == job_id{})
    return bad("id: a backfill needs one");
  if (what.to <= what.from)
    return bad(
        fmt::format("from: {} isn't before the end of the range, {}", to_iso8601(what.from), to_iso8601(what.to)));
  if (what.to > now)
    return bad(fmt::format("to: {} lies in the future; those fire times come by themselves", to_iso8601(what.to)));
  if (to_string(what.which) == "unknown")
    return bad(fmt::format("which: there is no number {}", static_cast<int>(what.which)));
  if (what.overlap != overlap_policy::allow && what.overlap != overlap_policy::queue_all)
    return bad(fmt::format("overlap: a backfill's is allow or queue_all, not {}", to_string(what.overlap)));
  if (what.max_running_jobs == 0)
    return bad("max_running_jobs: must be at least 1");
  return what.priority ? check_priority(*what.priority) : result<void>{};
}

} // namespace carillon
