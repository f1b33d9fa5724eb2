#pragma once

#include "trigger/fire_rule.hpp"
#include "trigger/local_rule.hpp"
#include "trigger/zone.hpp"

namespace carillon {

/// When local times fire: which of them, where, and between which instants.
struct local_fire_plan {
  local_rule rule;
  std::shared_ptr<const zone> where;
  dst_policy dst;
  timestamp start_time{};
  std::optional<timestamp> end_time;
};

/// The rule of both kinds of cron trigger: the instants of all local times that a `local_rule` allows
/// (trigger-semantics 5.7, 5.8, 11, 12.6). No allocation.
class local_fire_rule final : public simple_fire_rule {
public:
  explicit local_fire_rule(local_fire_plan plan);

protected:
  [[nodiscard]] bool accepts_running(const trigger_cursor& cursor) const override;
  [[nodiscard]] std::optional<timestamp> advance(trigger_cursor& cursor) const override;
  void skip(trigger_cursor& cursor, timestamp when) const override;

private:
  void find_last();
  [[nodiscard]] std::optional<zone_seconds> first_from(zone_seconds instant) const noexcept;
  [[nodiscard]] std::optional<zone_seconds> first_within(const zone_segment& segment, zone_seconds from) const noexcept;
  [[nodiscard]] std::optional<zone_seconds> first_of_gaps(const zone_segment& segment,
                                                          zone_seconds from) const noexcept;
  [[nodiscard]] bool has_match_between(zone_seconds local_begin, zone_seconds local_end) const noexcept;

  local_rule rule_;
  std::shared_ptr<const zone> zone_;
  dst_policy dst_;
  zone_seconds first_; ///< no fire before
  zone_seconds last_;  ///< no fire after
};

} // namespace carillon
