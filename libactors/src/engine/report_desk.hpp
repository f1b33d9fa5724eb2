#pragma once

#include "carillon/base/time.hpp"
#include "carillon/model/job.hpp"
#include "carillon/model/job_log.hpp"
#include "carillon/runner/report_sink.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace carillon::engine {

struct report_bounds {
  std::size_t line_bytes = 4 << 10;     ///< a longer line, or text of a progress, is cut
  std::size_t lines = 256;              ///< of one attempt that wait: then its oldest goes
  std::size_t size_bytes = 64 << 10;    ///< and of the same
  std::size_t all_size_bytes = 4 << 20; ///< of all attempts
  std::size_t ended_attempts = 4'096;   ///< that wait to be told: another one isn't told at all
  std::size_t batch_lines = 1'000;
  std::size_t batch_size_bytes = 1 << 20;
};

/// What the attempts of one executor say until it is told, batch by batch, one batch under way at a time. Bounded whatever is
/// said and however slow the other side is. Attempts speak from any thread; the executor alone opens, takes and shuts.
class report_desk : public std::enable_shared_from_this<report_desk> {
public:
  /// One attempt's voice. May outlive the desk's executor.
  class voice;

  /// `on_first` is called, on the speaker's thread, when something waits and nothing did: a reason to `take`.
  report_desk(const clock& time, std::function<void()> on_first, report_bounds bounds = {})
    : time_(&time), on_first_(std::move(on_first)), bounds_(bounds) {}

  [[nodiscard]] std::shared_ptr<voice> open(const job& what);
  /// Nobody is heard any more, nor is `time` read.
  void shut();

  [[nodiscard]] bool has_reports() const;
  /// The next batch, of whoever has waited longest; not while one is under way.
  [[nodiscard]] std::vector<job_report> take();
  void on_answered();
  /// It may not have arrived: its lines count as left out, the rest is told again.
  void on_lost();

private:
  struct waiting_line {
    log_stream stream;
    duration said_at;
    std::string text;
    std::uint64_t counts = 1; // so many are lost if it goes
  };
  struct content {
    std::optional<said_progress> progress; // `age` is when it was said
    std::uint64_t left_out = 0;
    std::list<waiting_line> lines; // which takes no memory when it is empty, as nearly all are
    std::size_t size_bytes = 0;
  };

  void say(voice& who, const std::function<void(content&)>& what);
  void close(voice& who);
  void add_line(content& into, log_stream from, std::string_view text, std::uint64_t counts = 1);
  void drop_oldest(content& from);
  bool enqueue(voice& who); // true: it is the first
  [[nodiscard]] static job_report report_of(const voice& who, duration now);

  const clock* time_;
  const std::function<void()> on_first_;
  const report_bounds bounds_;
  mutable std::mutex mutex_; // guards what follows, and what voices hold
  std::list<std::shared_ptr<voice>> waiting_;
  std::vector<std::shared_ptr<voice>> under_way_;
  std::size_t size_bytes_ = 0; // of all content
  std::size_t ended_ = 0;      // of `waiting_`
  bool is_shut_ = false;
};

class report_desk::voice final : public report_sink, public std::enable_shared_from_this<report_desk::voice> {
public:
  voice(std::shared_ptr<report_desk> desk, const job& what)
    : desk_(std::move(desk)), job_(what.id), attempt_(what.attempt) {}

  void progress(double fraction, std::string_view text) noexcept override;
  void line(log_stream from, std::string_view text) noexcept override;
  void left_out(std::uint64_t lines) noexcept override;
  /// The attempt has ended.
  void close() noexcept;

private:
  friend class report_desk;
  enum class phase : std::uint8_t { silent, heard, closed };
  [[nodiscard]] bool is_closed() const noexcept { return phase_ == phase::closed; }

  const std::shared_ptr<report_desk> desk_;
  const job_id job_;
  const std::uint32_t attempt_;
  content said_;
  std::optional<std::list<std::shared_ptr<voice>>::iterator> place_; // in `waiting_`
  std::atomic<phase> phase_ = phase::silent;                         // without the mutex only from `silent` to `closed`
  struct {
    std::uint64_t lines = 0;
    std::optional<said_progress> progress;
  } told_; // by the batch under way
};

} // namespace carillon::engine
