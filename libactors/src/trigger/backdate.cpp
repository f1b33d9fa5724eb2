#include "trigger/backdate.hpp"

#include <algorithm>

namespace carillon {
namespace {

struct mover {
  timestamp from;

  void operator()(interval_definition& x) const {
    if (x.interval <= duration{0} || x.start_time <= from)
      return;
    const auto steps = (x.start_time - from) / x.interval; // as many whole ones as fit
    x.start_time -= steps * x.interval;
  }
  void operator()(cron_definition& x) const { x.start_time = std::min(x.start_time, from); }
  void operator()(classic_cron_definition& x) const { x.start_time = std::min(x.start_time, from); }
  void operator()(all_of_definition& x) const { move_all(x.triggers); }
  void operator()(any_of_definition& x) const { move_all(x.triggers); }
  template <class Other>
  void operator()(Other&) const {}

  void move_all(std::vector<trigger_definition>& parts) const { // NOLINT(misc-no-recursion): as deep as the definition
    for (auto& part : parts)
      part = backdated(std::move(part), from);
  }
};

} // namespace

trigger_definition backdated(trigger_definition what, timestamp from) { // NOLINT(misc-no-recursion)
  std::visit(mover{from}, what.kind);
  return what;
}

} // namespace carillon
