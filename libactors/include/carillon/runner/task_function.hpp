#pragma once

#include "carillon/model/job.hpp"
#include "carillon/runner/report_sink.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>

#pragma GCC visibility push(default)
/// @file
/// What the code of a task is given, and how it says how it ended.
namespace carillon {

/// What running code may know of its job. Cheap to copy: a copy may be kept after the call, and used on any thread.
class job_context {
public:
  /// `reports` takes what the code says of itself; null: nobody does.
  job_context(std::shared_ptr<const job> what, std::stop_token cancelled,
              std::shared_ptr<report_sink> reports = nullptr)
    : what_(std::move(what)), cancelled_(std::move(cancelled)), reports_(std::move(reports)) {}

  /// All of it, as it was handed out; `runner` may be empty if it is its task's.
  [[nodiscard]] const job& what() const noexcept { return *what_; }
  /// The same in each attempt.
  [[nodiscard]] const job_id& id() const noexcept { return what_->id; }
  /// Its name.
  [[nodiscard]] const std::string& task() const noexcept { return what_->task; }
  /// Empty: a direct job.
  [[nodiscard]] const std::string& schedule_id() const noexcept { return what_->schedule_id; }
  /// Nominal, without jitter; none: a direct job, or an extra run of its schedule.
  [[nodiscard]] std::optional<timestamp> scheduled_fire_time() const noexcept { return what_->scheduled_fire_time; }
  /// The job whose end added this one as a follow-up, with its outcome and result; null: none.
  [[nodiscard]] const carillon::predecessor* predecessor() const noexcept {
    return what_->follows ? &*what_->follows : nullptr;
  }
  /// From 1; attempts that were lost, or handed back, count too.
  [[nodiscard]] std::uint32_t attempt() const noexcept { return what_->attempt; }
  /// Its own, with that of its schedule and its task below.
  [[nodiscard]] const value::map& metadata() const noexcept { return what_->metadata; }
  /// Rises with each attempt of any job: hand it to what the job writes to, so that a late attempt can be turned away
  /// (I4).
  [[nodiscard]] revision fencing_token() const noexcept { return what_->held_by ? what_->held_by->token : 0; }
  /// The worker that runs it.
  [[nodiscard]] std::string executor() const { return what_->held_by ? what_->held_by->executor : std::string{}; }
  /// How long this attempt may take; none: unlimited.
  [[nodiscard]] std::optional<duration> time_limit() const noexcept { return what_->time_limit; }
  /// When that is over, by the store's wall clock: to plan with. The executor counts by a clock that doesn't step, from
  /// when the job reached it, and then asks to stop.
  [[nodiscard]] std::optional<timestamp> deadline() const noexcept { return deadline_of(*what_); }
  /// Asks to end soon: the job was cancelled, its time is up, its lease is lost, or the node stops.
  [[nodiscard]] const std::stop_token& cancelled() const noexcept { return cancelled_; }

  /// Says how far the job is, 0 to 1, and what it does just now: `job show` tells it while the job runs. Cheap, and never
  /// waits: of what is said within a quarter of a second only the newest is told. Nothing after the attempt has ended.
  void report_progress(double fraction, std::string_view text = {}) const noexcept {
    if (reports_)
      reports_->progress(fraction, text);
  }
  /// Says a line for `job logs`; several, if it has line breaks. As cheap; of too many at once the oldest are left out.
  void log(std::string_view text) const noexcept {
    if (reports_)
      reports_->line(log_stream::log, text);
  }

  /// `deadline` of the newest attempt of any job; none: unlimited, or never handed out.
  [[nodiscard]] static std::optional<timestamp> deadline_of(const job& what) noexcept {
    return what.time_limit && what.started_at ? std::optional{*what.started_at + *what.time_limit} : std::nullopt;
  }

private:
  std::shared_ptr<const job> what_;
  std::stop_token cancelled_;
  std::shared_ptr<report_sink> reports_;
};

/// How an attempt ended.
struct attempt_result {
  job_outcome outcome = job_outcome::success; ///< never `none`, which the store refuses
  value result{};           ///< of a failure too; above `limits::argument_size_bytes` the job ends as `error`
  std::string error_text{}; ///< why it didn't succeed, for a person; cut when it is recorded

  /// The outcome `success`.
  [[nodiscard]] static attempt_result success(value result) { return {job_outcome::success, std::move(result), {}}; }
  /// Any other outcome.
  [[nodiscard]] static attempt_result failed(job_outcome outcome, std::string why, value result = {}) {
    return {outcome, std::move(result), std::move(why)};
  }
};

/// The end of an attempt that may come after its callable has returned, so that no thread waits for it. Copies mean the
/// same attempt; any thread. The first end counts and the others are dropped. When the last copy goes without one, the
/// outcome is `error`. Its job keeps its slot and its lease until then; when `job_context::cancelled` asks to stop, end it
/// soon. A node that stops waits for it no longer than for other code, and hands the job back.
class completion {
public:
  /// Takes how the attempt ended.
  using on_end = std::function<void(attempt_result)>;

  /// For those who call code: `end` is called exactly once, on the thread of whoever ends it. It must not throw.
  explicit completion(on_end end);

  /// The attempt has ended so.
  void finish(attempt_result outcome) const;
  /// The outcome `success`.
  void success(value result = {}) const { finish(attempt_result::success(std::move(result))); }
  /// The outcome `error`.
  void fail(std::string why) const { finish(attempt_result::failed(job_outcome::error, std::move(why))); }

private:
  class shared;
  std::shared_ptr<shared> shared_;
};

/// A registered task's code, and which arguments it takes. Called from several threads at once.
class task_function {
public:
  /// Ends the attempt by `done`, before it returns or later; what it throws is the outcome `error`.
  using code = std::function<void(const value& arguments, const job_context& context, const completion& done)>;
  /// Says which arguments the code doesn't take: ec::invalid_argument. A node calls it on the thread of whoever adds a
  /// job or a schedule.
  using argument_check = std::function<result<void>(const value& arguments)>;

  /// Code that has ended when it returns, and takes any arguments.
  template <class F>
  requires std::is_invocable_r_v<attempt_result, const F&, const value&, const job_context&>
  task_function(F ends) // NOLINT(google-explicit-constructor)
    : task_function(code{[ends = std::move(ends)](const value& arguments, const job_context& context,
                                                  const completion& done) { done.finish(ends(arguments, context)); }}) {
  }
  /// Code that ends by its completion. Without a check it takes any arguments.
  template <class F>
  requires std::is_invocable_v<const F&, const value&, const job_context&, const completion&>
  task_function(F begins, argument_check fits = {}) // NOLINT(google-explicit-constructor)
    : code_(std::move(begins)), fits_(std::move(fits)) {}

  /// Whether it can be called with these; it isn't. Errors: ec::invalid_argument, naming the argument.
  [[nodiscard]] result<void> check(const value& arguments) const;

  /// Calls it on this thread. `end` is called exactly once, when it ends; an exception is the outcome `error`. `reports`
  /// (may be null) takes what it says while it runs.
  void start(const std::shared_ptr<const job>& what, std::stop_token cancelled, completion::on_end end,
             std::shared_ptr<report_sink> reports = nullptr) const;

private:
  code code_;
  argument_check fits_;
};

} // namespace carillon
#pragma GCC visibility pop
