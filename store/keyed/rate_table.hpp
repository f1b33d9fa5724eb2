#pragma once

#include "carillon/model/retry.hpp"
#include "carillon/store/data_store.hpp"
#include "carillon/store/write_batch.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace carillon::keyed {

/// When attempts began that a rate limits, of tasks and of users' keys, as far back as the rates look: so a rate is exact for any
/// span of its length, and not for those of a clock. Spans are of the boot clock; what was recorded before the start is counted by
/// the wall clock. One thread.
class rate_table {
public:
  /// Of a key and a rate, for as long as an unfinished job has them; 0: none.
  using number = std::uint32_t;

  number acquire(const rate_limit& what);
  void release(number x);
  /// 0: no unfinished job has it.
  [[nodiscard]] number find(const rate_limit& what) const noexcept;

  /// Whether another attempt may begin at `boot`. If not it is remembered that somebody waits for it.
  [[nodiscard]] bool has_room(number x, duration boot);
  [[nodiscard]] bool has_room(const std::string& task, const start_rate& rate, duration boot);

  /// An attempt begins.
  void note_start(number x, duration boot);
  void note_start(const std::string& task, const start_rate& rate, duration boot);

  /// Those of keys that somebody waited for and that have room by now; those of tasks are only looked at again.
  [[nodiscard]] std::vector<number> take_opened(duration boot);
  /// When the next of them has; none: nobody waits.
  [[nodiscard]] std::optional<duration> next_opening() const;

  /// A record of family::starts. False: its key is of no kind that there is.
  [[nodiscard]] bool load(std::string_view key, timestamp at, std::uint32_t count, timestamp until);
  /// The first batch: what was loaded began as long ago as the wall clock says.
  void begin(clock_reading now);
  /// Records what began in this batch, by the revision `changed`.
  void flush(write_batch& to, clock_reading now, revision changed);

private:
  struct start {
    duration at;
    std::uint64_t total; // all that ever began, up to this one
  };
  struct log {
    std::deque<start> starts{}; // the earliest first
    std::uint64_t total = 0;
    std::uint64_t dropped = 0; // so many of them aren't in `starts` any more
    duration longest{};        // of all rates that look at it
    std::uint32_t unwritten = 0;
    std::uint32_t users = 0; // numbers

    void add(duration at, std::uint32_t count);
    [[nodiscard]] std::uint64_t used(duration per, duration boot) const;
    [[nodiscard]] duration opens_at(const start_rate& rate) const;
  };
  struct entry {
    std::string name;
    start_rate rate;
    std::uint64_t jobs = 0;
  };
  using closed = std::tuple<std::string, std::uint32_t, duration, number>; // name, rate, whose
  struct loaded {
    std::string name;
    timestamp at;
    std::uint32_t count;
    duration longest;
  };

  [[nodiscard]] bool has_room(const std::string& name, const start_rate& rate, number whose, duration boot);
  void note(const std::string& name, const start_rate& rate, duration boot);
  void forget_old(duration boot);

  std::unordered_map<std::string, log> logs_; // by kind and name
  std::map<std::tuple<std::string, std::uint32_t, duration>, number> numbers_;
  std::vector<entry> entries_; // by number - 1
  std::vector<number> free_;
  std::set<closed> closed_;
  std::vector<std::string> changed_; // by the batch
  std::vector<loaded> loaded_;
  std::size_t forget_at_ = 1'024; // so many logs
};

} // namespace carillon::keyed
