// Section 3: start_time + k * interval, in elapsed time.
#include "trigger/kinds.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon {
namespace {

class interval_rule final : public simple_fire_rule {
public:
  explicit interval_rule(const interval_definition& definition)
    : interval_(definition.interval), start_(definition.start_time),
      end_(std::min(definition.end_time.value_or(last_instant), last_instant)) {}

protected:
  [[nodiscard]] bool accepts_running(const trigger_cursor& cursor) const override {
    if (has_parts(cursor))
      return false;
    const timestamp last{duration{cursor.position}};
    return cursor.at == trigger_cursor::phase::fresh ||
           (last >= start_ && last <= end_ && (last - start_) % interval_ == duration::zero());
  }

  [[nodiscard]] std::optional<timestamp> advance(trigger_cursor& cursor) const override {
    auto time = start_;
    if (cursor.at == trigger_cursor::phase::running) {
      const timestamp last{duration{cursor.position}};
      if (interval_ > end_ - last) // and not `last + interval_ > end_`: the sum may exceed what a timestamp holds
        return std::nullopt;
      time = last + interval_;
    }
    if (time > end_)
      return std::nullopt;
    cursor.at = trigger_cursor::phase::running;
    cursor.position = time.time_since_epoch().count();
    return time;
  }

  void skip(trigger_cursor& cursor, timestamp when) const override {
    if (when <= start_)
      return;
    // The last fire time before `when` is taken as given.
    const auto last = start_ + (when - start_ - duration{1}) / interval_ * interval_;
    if (cursor.at == trigger_cursor::phase::running && last.time_since_epoch().count() <= cursor.position)
      return;
    if (last > end_)
      return finish(cursor);
    cursor.at = trigger_cursor::phase::running;
    cursor.position = last.time_since_epoch().count();
  }

private:
  duration interval_;
  timestamp start_;
  timestamp end_;
};

} // namespace

compiled_rule compile(const interval_definition& definition) {
  if (definition.interval <= duration::zero())
    return {ec::invalid_argument,
            fmt::format("the interval is {}: it must be longer than 0", to_text(definition.interval))};
  if (const auto checked = check_instant("start_time", definition.start_time); !checked)
    return checked.err();
  if (definition.end_time && *definition.end_time < definition.start_time)
    return {ec::invalid_argument, "end_time lies before start_time"};
  return std::unique_ptr<const fire_rule>{std::make_unique<interval_rule>(definition)};
}

} // namespace carillon
