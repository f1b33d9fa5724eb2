#pragma once

#include "carillon/base/time.hpp"
#include "carillon/model/job_log.hpp"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace carillon::engine {

struct job_log_bounds {
  std::size_t lines_of_a_job = 1'000; ///< the newest
  std::size_t size_bytes_of_a_job = 256 << 10;
  std::size_t size_bytes =
      64
      << 20; ///< of all: then jobs go, those that have ended first, and of them the one that was heard last longest ago
  duration kept = std::chrono::hours{1}; ///< after the last word of an attempt that has ended
  duration first_words =
      std::chrono::seconds{1}; ///< for what an attempt that wasn't heard may have said, after its job's end
  duration last_words = std::chrono::seconds{5}; ///< and for the last words of one that was heard
};

/// What jobs say of themselves, as far as it is kept. Pure. `boot` is this node's CLOCK_BOOTTIME, `wall` its clock.
class job_log_book {
public:
  explicit job_log_book(job_log_bounds bounds = {}) : bounds_(bounds) {}

  void put(const job_report& said, timestamp wall, duration boot);

  /// The job has finished with this attempt, so long `ago`, as the store says. Its last report may still be under way:
  /// nothing follows once that has come, or the time for it has passed.
  void finish(const job_id& id, std::uint32_t attempt, duration ago, duration boot);

  struct reading {
    job_log_page page;
    bool is_news = false; ///< something has a number above `after`, or it has ended
  };
  /// At most `limit` lines after number `after`. A number that the job hasn't reached is one of an earlier book: it then
  /// begins anew. Of a job that isn't known: nothing.
  [[nodiscard]] reading read(const job_id& id, std::uint64_t after, std::size_t limit, duration boot) const;

  /// When a job that has finished has ended at the latest; none: it hasn't finished.
  [[nodiscard]] std::optional<duration> settles_at(const job_id& id) const;
  [[nodiscard]] bool has(const job_id& id) const { return jobs_.contains(id); }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return size_bytes_; }

  /// Forgets what was kept long enough.
  void expire(duration boot);
  /// Until `expire` has something to do.
  [[nodiscard]] std::optional<duration> next_expiry(duration boot) const;

private:
  struct entry {
    std::uint64_t newest = 0; // number
    std::optional<job_progress> progress;
    std::deque<log_line> lines;
    std::size_t lines_size_bytes = 0;
    std::uint64_t forgotten = 0;               // lines that aren't kept any more
    std::uint64_t newest_forgotten = 0;        // their last number
    std::uint32_t ended_attempt = 0;           // the newest that said that it says no more
    std::uint32_t attempt = 0;                 // the newest that said something
    std::optional<std::uint32_t> last_attempt; // of a job that has finished
    duration settled{};                        // when that is all
    bool is_over = false;                      // in `over_`, else in `open_`
    std::uint64_t turn = 0;                    // its key there
    duration heard{};
  };
  using order = std::map<std::uint64_t, job_id>; // longest ago first

  [[nodiscard]] static std::size_t size_of(const entry& what);
  [[nodiscard]] static bool has_ended(const entry& what, duration boot);
  void add_line(entry& to, log_line line) const;
  entry& touch(const job_id& id, duration boot);
  void settle(entry& what, const job_id& id, std::size_t size_before);
  void forget(order& of);

  job_log_bounds bounds_;
  std::map<job_id, entry> jobs_;
  order open_;
  order over_;
  std::uint64_t turns_ = 0;
  std::size_t size_bytes_ = 0;
};

} // namespace carillon::engine
