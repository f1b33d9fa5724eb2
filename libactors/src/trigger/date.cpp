// Section 2: one fire.
#include "trigger/kinds.hpp"

namespace carillon {
namespace {

class date_rule final : public simple_fire_rule {
public:
  explicit date_rule(timestamp run_time) : run_time_(run_time) {}

protected:
  [[nodiscard]] bool accepts_running(const trigger_cursor& cursor) const override {
    return !has_parts(cursor) && (cursor.at == trigger_cursor::phase::fresh || cursor.position == position());
  }

  [[nodiscard]] std::optional<timestamp> advance(trigger_cursor& cursor) const override {
    if (cursor.at != trigger_cursor::phase::fresh)
      return std::nullopt;
    cursor.at = trigger_cursor::phase::running;
    cursor.position = position();
    return run_time_;
  }

  void skip(trigger_cursor& cursor, timestamp when) const override {
    if (when > run_time_)
      finish(cursor);
  }

private:
  [[nodiscard]] std::int64_t position() const { return run_time_.time_since_epoch().count(); }

  timestamp run_time_;
};

} // namespace

compiled_rule compile(const date_definition& definition) {
  if (const auto checked = check_instant("run_time", definition.run_time); !checked)
    return checked.err();
  return std::unique_ptr<const fire_rule>{std::make_unique<date_rule>(definition.run_time)};
}

} // namespace carillon
