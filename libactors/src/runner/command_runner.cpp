#include "carillon/runner/runner.hpp"
#include "runner/command_attempt.hpp"
#include "runner/launcher_process.hpp"
#include "runner/leftovers.hpp"
#include "runner/line_feed.hpp"
#include "runner/quiet_thread.hpp"
#include "runner/request_queue.hpp"
#include "runner/stopped_outcome.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <deque>
#include <thread>
#include <unordered_map>

namespace carillon {
namespace {

// Longer than a launcher needs, which kills at once: what isn't gone then hangs in the kernel.
constexpr duration patience = std::chrono::seconds{10};

struct command_attempt {
  std::shared_ptr<const job> what;
  start_command start;
  runner::on_end done;
  std::optional<stop_reason> stopped; // the first reason
};

struct stop_request {
  job_id id;
  stop_reason why;
};

using request = std::variant<command_attempt, stop_request>;

// The runner's thread: owns the launcher and all attempts; everything comes to it by `requests`. It never waits for the
// launcher, and the launcher never for it, so that any number of starts and reports can be under way.
class command_desk {
public:
  explicit command_desk(command_runner_config config) : config_(std::move(config)) {}

  void take(request what) {
    if (auto* attempt = std::get_if<command_attempt>(&what))
      take_start(std::move(*attempt));
    else
      take_stop(std::get<stop_request>(what));
  }

  [[nodiscard]] int fd() { return launcher_ ? launcher_->socket().fd() : -1; }
  [[nodiscard]] bool has_unsent() { return launcher_ && launcher_->socket().has_unsent(); }

  // Sends and receives what can be without waiting.
  void turn() {
    if (launcher_ && !(launcher_->socket().send() && read_reports()))
      lose_launcher();
  }

  // Kills what still runs, and ends every attempt.
  void close() {
    if (launcher_)
      launcher_->close(patience);
    launcher_.reset();
    for (auto& [number, attempt] : std::exchange(running_, {}))
      attempt.done(attempt_result::failed(stopped_outcome(stop_reason::node_stops),
                                          std::string{stopped_text(stop_reason::node_stops)}));
    for (auto& attempt : std::exchange(held_, {}))
      end_unstarted(attempt, stop_reason::node_stops);
  }

private:
  void take_start(command_attempt attempt) {
    if (by_job_.contains(attempt.what->id)) {
      // An attempt whose lease was lost is still being killed. Nothing runs beside its own leftover.
      held_.push_back(std::move(attempt));
      return;
    }
    if (auto there = have_launcher(); !there) {
      attempt.done(attempt_result::failed(job_outcome::error, there.err().text()));
      return;
    }
    attempt.start.attempt = ++last_number_;
    auto frame = to_frame(to_launcher{std::move(attempt.start)});
    if (frame.size() > max_launcher_frame_bytes) {
      attempt.done(attempt_result::failed(job_outcome::error, "the command's arguments are too large"));
      return;
    }
    launcher_->socket().queue(std::move(frame));
    by_job_.emplace(attempt.what->id, last_number_);
    running_.emplace(last_number_, std::move(attempt));
  }

  void take_stop(const stop_request& stop) {
    if (const auto number = by_job_.find(stop.id); number != by_job_.end()) {
      auto& attempt = running_.at(number->second);
      if (!attempt.stopped)
        attempt.stopped = stop.why;
      const auto limit = static_cast<std::uint64_t>(kill_after(*attempt.what, stop.why).count());
      launcher_->socket().queue(to_frame(to_launcher{stop_command{number->second, limit}}));
    }
    for (auto held = held_.begin(); held != held_.end();) {
      if (held->what->id != stop.id) {
        ++held;
        continue;
      }
      auto attempt = std::move(*held);
      held = held_.erase(held);
      end_unstarted(attempt, stop.why);
    }
  }

  static void end_unstarted(command_attempt& attempt, stop_reason why) {
    attempt.done(attempt_result::failed(stopped_outcome(why), fmt::format("{} before it ran", stopped_text(why))));
  }

  result<void> have_launcher() {
    if (launcher_)
      return {};
    auto spawned = launcher_process::spawn(config_.launcher);
    if (!spawned)
      return spawned.err();
    launcher_ = std::move(*spawned);
    unusable_.clear();
    launcher_->socket().queue(to_frame(
        to_launcher{launcher_hello{launcher_wire_version, config_.leftovers_file, config_.output_size_bytes}}));
    return {};
  }

  // False: the launcher is gone.
  bool read_reports() {
    auto& socket = launcher_->socket();
    const bool is_there = socket.receive();
    while (true) {
      const auto content = socket.next();
      if (content && !*content)
        return is_there;
      auto message = content ? parse_from_launcher(**content) : result<from_launcher>{content.err()};
      if (!message) {
        unusable_ = message.err().text();
        return false;
      }
      if (auto* ended = std::get_if<command_ended>(&*message))
        on_ended(std::move(*ended));
      else if (const auto* said = std::get_if<command_said>(&*message))
        on_said(*said);
      else if (const auto* unusable = std::get_if<launcher_unusable>(&*message))
        unusable_ = unusable->why;
    }
  }

  void on_said(const command_said& said) {
    const auto found = running_.find(said.attempt);
    if (found == running_.end() || !found->second.done.reports())
      return;
    auto& reports = *found->second.done.reports();
    if (said.left_out > 0)
      reports.left_out(said.left_out);
    for (const auto& line : said.lines)
      if (const auto progress = parse_progress_line(line))
        reports.progress(progress->fraction, progress->text);
      else
        reports.line(log_stream::output, line);
  }

  void on_ended(command_ended ended) {
    auto found = running_.extract(ended.attempt);
    if (found.empty())
      return;
    auto& attempt = found.mapped();
    by_job_.erase(attempt.what->id);
    attempt.done(to_attempt_result(std::move(ended), attempt.stopped));
    start_held(attempt.what->id);
  }

  void start_held(const job_id& id) {
    for (auto held = held_.begin(); held != held_.end(); ++held)
      if (held->what->id == id) {
        auto attempt = std::move(*held);
        held_.erase(held);
        return take_start(std::move(attempt));
      }
  }

  // Its attempts end only when nothing of them runs any more: they may then be started again elsewhere.
  void lose_launcher() {
    const auto how = launcher_->close(patience);
    launcher_.reset();
    std::vector<process_family> families;
    for (const auto& [number, attempt] : running_)
      families.push_back(
          {{}, false, attempt.what->id.to_string(), attempt.what->held_by ? attempt.what->held_by->token : 0});
    // By their environments as well: what has just started may not be noted, or noting may be off.
    bool is_clean = kill_families(families, patience);
    if (!config_.leftovers_file.empty())
      is_clean = kill_leftovers(config_.leftovers_file, patience).has_value() && is_clean;
    const auto why = unusable_.empty() ? fmt::format("the launcher of commands {}: the command was killed", how)
                                       : fmt::format("the launcher of commands is unusable: {}", unusable_);
    const auto outcome = unusable_.empty() ? job_outcome::crashed : job_outcome::error;
    by_job_.clear();
    for (auto& [number, attempt] : std::exchange(running_, {}))
      attempt.done(attempt_result::failed(outcome, is_clean ? why : why + "; something of it may still run"));
    for (auto& attempt : std::exchange(held_, {}))
      take_start(std::move(attempt));
  }

  command_runner_config config_;
  std::optional<launcher_process> launcher_;
  std::string unusable_; // what the launcher said last
  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, command_attempt> running_;
  std::unordered_map<job_id, std::uint64_t> by_job_; // the numbers in `running_`
  std::deque<command_attempt> held_;
};

class command_runner final : public runner {
public:
  explicit command_runner(command_runner_config config)
    : leftovers_file_(config.leftovers_file), desk_(std::move(config)),
      bell_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

  ~command_runner() override {
    requests_.close();
    ring();
    if (thread_.joinable())
      thread_.join();
  }

  [[nodiscard]] std::string_view name() const noexcept override { return "command"; }

  result<void> open() override {
    return leftovers_file_.empty() ? result<void>{} : kill_leftovers(leftovers_file_, patience);
  }

  void start(std::shared_ptr<const job> what, const task_function*, on_end done) override {
    auto start = make_start_command(*what);
    if (!start)
      return done(attempt_result::failed(job_outcome::deserialization_failed, start.err().text()));
    if (auto running = have_thread(); !running)
      return done(attempt_result::failed(job_outcome::error, running.err().text()));
    hand_over(command_attempt{std::move(what), std::move(*start), std::move(done), {}});
  }

  void stop(const job_id& id, stop_reason why) override { hand_over(stop_request{id, why}); }

private:
  result<void> have_thread() {
    if (thread_.joinable())
      return {};
    if (bell_.get() < 0)
      return {ec::unavailable, "no descriptor is left for running commands"};
    auto started = start_quiet_thread([this] { work(); }, "commands");
    if (!started)
      return started.err();
    thread_ = std::move(*started);
    return {};
  }

  void hand_over(request what) {
    requests_.push(std::move(what));
    ring();
  }

  void ring() const {
    const std::uint64_t once = 1;
    [[maybe_unused]] const auto written =
        ::write(bell_.get(), &once, sizeof once); // it can only be too full: it rings already
  }

  void work() {
    while (true) {
      pollfd what[] = {{bell_.get(), POLLIN, 0}, {desk_.fd(), POLLIN, 0}};
      if (desk_.has_unsent())
        what[1].events |= POLLOUT;
      ::poll(what, 2, -1);
      std::uint64_t rung = 0;
      [[maybe_unused]] const auto read = ::read(bell_.get(), &rung, sizeof rung);
      if (!requests_.take_all([this](request one) { desk_.take(std::move(one)); }))
        return desk_.close();
      desk_.turn();
    }
  }

  const std::string leftovers_file_;
  command_desk desk_;
  const file_descriptor bell_;
  request_queue<request> requests_;
  std::thread thread_;
};

} // namespace

std::unique_ptr<runner> make_command_runner(command_runner_config config) {
  return std::make_unique<command_runner>(std::move(config));
}

} // namespace carillon
