#pragma once

#include "carillon/base/time.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#pragma GCC visibility push(default)
namespace carillon {

/// The store's one counter (decision 1): a schedule's version and incarnation, an event's number, a fencing token.
/// 0 means "none yet".
using revision = std::uint64_t;

/// Longest id of a task, a schedule, a node or an executor, in bytes.
inline constexpr std::size_t max_id_size_bytes = 200;

/// Checks an id against `[A-Za-z0-9._:@#/-]{1,200}` (decision 16). Errors, whose text names `what`:
/// ec::invalid_argument; ec::limit_exceeded if it is too long.
[[nodiscard]] result<void> check_id(std::string_view what, std::string_view id);

/// Names one job for ever: 128 bits whose first 48 are milliseconds, so that ids sort by time. Printed as a UUID.
class job_id {
public:
  using bytes_type = std::array<std::uint8_t, 16>; ///< in the order in which they are printed, the time first

  /// The nil id, which no job has.
  constexpr job_id() noexcept = default;
  constexpr explicit job_id(bytes_type bytes) noexcept : bytes_(bytes) {} ///< any bytes: nothing is checked

  /// The id of the job of one fire time (decision 8): a function of its arguments (UUID version 8), so that planning the
  /// same fire time twice gives the same id.
  [[nodiscard]] static job_id of_fire_time(std::string_view schedule_id, revision incarnation, timestamp fire_time);

  /// The id of an extra run, from the id of the request that asked for it: the same request gives the same id.
  [[nodiscard]] static job_id of_request(std::string_view request_id, timestamp when);

  /// The id of the follow-up number `index` of a job that ended at `when` (UUID version 8).
  [[nodiscard]] static job_id of_follow_up(const job_id& predecessor, std::size_t index, timestamp when);

  /// The id of the job that the backfill `backfill` adds for a fire time (UUID version 8): those of one backfill are in the
  /// order of their fire times. Two backfills of the same millisecond may have one in common.
  [[nodiscard]] static job_id of_backfill(const job_id& backfill, std::string_view schedule_id, timestamp fire_time);

  /// A new UUIDv7 of `now` and 74 random bits: the last 12 of `random_high` and the last 62 of `random_low`.
  [[nodiscard]] static job_id make(timestamp now, std::uint64_t random_high, std::uint64_t random_low);

  /// Reads the 36-character form. Errors: ec::invalid_argument.
  [[nodiscard]] static result<job_id> parse(std::string_view text);

  [[nodiscard]] const bytes_type& bytes() const noexcept { return bytes_; } ///< as records and messages carry it
  /// The instant in its first 48 bits, in milliseconds.
  [[nodiscard]] timestamp time() const noexcept;
  /// The 36-character form.
  [[nodiscard]] std::string to_string() const;

  friend auto operator<=>(const job_id&, const job_id&) = default;

private:
  bytes_type bytes_{};
};

/// The 36-character form.
[[nodiscard]] inline std::string to_string(const job_id& id) { return id.to_string(); }

} // namespace carillon
#pragma GCC visibility pop

/// For unordered containers. A schedule's jitter is made of it too: another hash would move the starts of its jobs.
template <>
struct std::hash<carillon::job_id> {
  /// The last eight bytes of the id, read as this machine orders them.
  std::size_t operator()(const carillon::job_id& id) const noexcept {
    std::uint64_t low = 0;
    std::memcpy(&low, id.bytes().data() + sizeof low, sizeof low); // the random half
    return low;
  }
};
