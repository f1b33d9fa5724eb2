#include "actor/errors.hpp"
#include "actor/one_timer.hpp"
#include "actor/spawn.hpp"
#include "engine/job_log_book.hpp"

#include <caf/actor_system.hpp>
#include <caf/result.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace carillon::actor {
namespace {

using job_log_implementation = job_log_actor::extend<caf::reacts_to<timer_rang>>;

constexpr duration lookup_limit = std::chrono::seconds{10};
constexpr std::size_t longest_page = 1'000;
constexpr std::size_t most_readers = 1'000;

/// Keeps what jobs say in an engine::job_log_book, and those who wait for more of it. When a job has finished it asks the
/// store, which knows also of executors that are gone, and only of jobs that somebody waits for.
class job_log_state {
public:
  using self_pointer = job_log_implementation::stateful_pointer<job_log_state>;

  job_log_state() = default;
  job_log_state(const job_log_state&) = delete;
  job_log_state& operator=(const job_log_state&) = delete;
  ~job_log_state() {
    for (auto& [id, readers] : parked_)
      for (auto& one : readers)
        one.answer.deliver(to_caf({ec::unavailable, "the node is stopping"}));
  }

  void start(self_pointer self, job_facet store, const clock& time) {
    self_ = self;
    store_ = std::move(store);
    time_ = &time;
  }

  void on_reports(const put_job_reports& told) {
    const auto now = time_->now();
    for (const auto& report : told.reports)
      book_.put(report, now.wall, now.boot);
    for (const auto& report : told.reports)
      look_at(report.job);
    arm();
  }

  caf::result<job_log_page> on_read(const read_job_log& wanted) {
    if (wanted.wait < duration{0} || wanted.wait > longest_log_wait)
      return to_caf({ec::invalid_argument, "wait: must be at least 0 and at most 30 s"});
    const auto boot = time_->now().boot;
    auto found = book_.read(wanted.id, wanted.after, std::min(wanted.limit, longest_page), boot);
    if (found.is_news)
      return std::move(found.page);
    const auto asked = asked_.find(wanted.id);
    if (wanted.wait == duration{0} && asked != asked_.end() && asked->second > duration{0})
      return std::move(found.page); // the store would tell if it had finished
    if (readers_ == most_readers)
      return to_caf({ec::limit_exceeded, fmt::format("{} requests wait for what jobs say: try again later", readers_)});
    reader made{wanted, self_->make_response_promise<job_log_page>(), boot + wanted.wait};
    parked_[wanted.id].push_back(made);
    ++readers_;
    if (asked == asked_.end())
      ask(wanted.id, wanted.wait == duration{0} ? duration{0} : longest_log_wait);
    arm();
    return made.answer;
  }

  void on_timer(const timer_rang& ring) {
    if (!timer_.rang(ring))
      return;
    std::vector<job_id> all;
    for (const auto& [id, readers] : parked_)
      all.push_back(id);
    for (const auto& id : all)
      look_at(id);
    book_.expire(time_->now().boot);
    arm();
  }

private:
  struct reader {
    read_job_log what;
    caf::typed_response_promise<job_log_page> answer;
    duration until; // without a wait: when the store has answered
  };

  // Answers those who wait for this job and needn't any more.
  void look_at(const job_id& id) {
    const auto found = parked_.find(id);
    if (found == parked_.end())
      return;
    const auto boot = time_->now().boot;
    std::erase_if(found->second, [&](reader& one) {
      auto now = book_.read(id, one.what.after, std::min(one.what.limit, longest_page), boot);
      const bool is_over = one.what.wait == duration{0} ? !asked_.contains(id) : one.until <= boot;
      if (!now.is_news && !is_over)
        return false;
      one.answer.deliver(std::move(now.page));
      --readers_;
      return true;
    });
    if (found->second.empty())
      parked_.erase(found);
  }

  // Whether the job has finished, or when it has within `limit`.
  void ask(const job_id& id, duration limit) {
    asked_[id] = limit;
    self_->request(store_, limit + lookup_limit, wait_for_job{id, limit})
        .then([this](const job& what) { on_finished(what); },
              [this, id](const caf::error& why) { on_unfinished(id, from_caf(why)); });
  }

  void on_finished(const job& what) {
    asked_.erase(what.id);
    const auto now = time_->now();
    book_.finish(what.id, what.attempt, what.finished_at ? now.wall - *what.finished_at : duration{0}, now.boot);
    look_at(what.id);
    arm();
  }

  void on_unfinished(const job_id& id, const error& why) {
    asked_.erase(id);
    if (why.code() == ec::not_found && !book_.has(id)) {
      const auto found = parked_.extract(id);
      for (auto& one : found ? found.mapped() : std::vector<reader>{}) {
        one.answer.deliver(to_caf(why));
        --readers_;
      }
      return;
    }
    if (why.code() == ec::not_found) // its record has expired
      book_.finish(id, 0, duration{0}, time_->now().boot);
    look_at(id);
    if (why.code() == ec::timed_out && parked_.contains(id))
      ask(id, longest_log_wait);
    arm();
  }

  void arm() {
    const auto boot = time_->now().boot;
    for (const auto& [id, readers] : parked_)
      for (const auto& one : readers)
        if (one.what.wait > duration{0})
          timer_.arm(self_, boot,
                     std::max(std::min(one.until, book_.settles_at(id).value_or(one.until)) - boot, duration{0}));
    timer_.arm(self_, boot, book_.next_expiry(boot));
  }

  self_pointer self_ = nullptr;
  job_facet store_;
  const clock* time_ = nullptr;
  engine::job_log_book book_;
  std::map<job_id, std::vector<reader>> parked_;
  std::map<job_id, duration> asked_; // the store, and for how long
  std::size_t readers_ = 0;
  one_timer timer_;
};

job_log_implementation::behavior_type job_log(job_log_implementation::stateful_pointer<job_log_state> self,
                                              job_facet store, const clock* time) {
  auto& state = self->state;
  set_failure_handlers(*self, "job log");
  state.start(self, std::move(store), *time);
  return {
      [&state](const put_job_reports& told) {
        state.on_reports(told);
        return done{};
      },
      [&state](const read_job_log& wanted) { return state.on_read(wanted); },
      [&state](const timer_rang& ring) { state.on_timer(ring); },
  };
}

} // namespace

job_log_actor spawn_job_log(caf::actor_system& system, job_facet store, const clock& time) {
  return system.spawn(job_log, std::move(store), &time);
}

} // namespace carillon::actor
