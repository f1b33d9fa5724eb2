#include "runtime/job_adder.hpp"

#include "runtime/client.hpp"

#include <utility>
#include <vector>

namespace carillon::runtime {

/// Jobs that travel together, and who waits for them.
class job_adder::batch final : public open_request {
public:
  batch() = default;
  batch(const batch&) = delete;
  batch& operator=(const batch&) = delete;
  ~batch() override { refuse(node_has_stopped()); }

  void expire() override { refuse(request_timed_out()); }

  void add(job what, const pending<job>::promise& asker) {
    size_bytes_ += size_bytes(what);
    jobs_.push_back(std::move(what));
    askers_.push_back(asker);
  }
  [[nodiscard]] bool is_full(const limits& bounds) const {
    return jobs_.size() >= bounds.batch_items || size_bytes_ >= bounds.batch_size_bytes;
  }
  [[nodiscard]] std::vector<job> take_jobs() { return std::move(jobs_); }

  void answer(result<jobs_added> told) {
    if (!told)
      return refuse(told.err());
    auto added = told->whole.begin();
    auto next = told->jobs.begin();
    for (const auto& asker : std::exchange(askers_, {})) {
      asker.resolve(next->refused == ec::none ? result<job>{std::move(*added++)}
                                              : error{next->refused, std::move(next->why)});
      ++next;
    }
  }

private:
  void refuse(const error& why) {
    for (const auto& asker : std::exchange(askers_, {}))
      asker.resolve(why);
  }

  std::vector<job> jobs_;
  std::vector<pending<job>::promise> askers_;
  std::size_t size_bytes_ = 0;
};

pending<job> job_adder::add(job what, duration limit) {
  pending<job>::promise promise;
  std::shared_ptr<batch> open; // goes after the lock, should it be the last to hold it
  const std::lock_guard guard{mutex_};
  open = latest_.lock();
  if (!open || open->is_full(bounds_)) {
    latest_ = open = std::make_shared<batch>();
    caf::anon_send(client_, run_within{[self = shared_from_this(), open, limit](caf::event_based_actor* client) {
                     add_jobs asked;
                     asked.tell_jobs = true;
                     {
                       const std::lock_guard closing{self->mutex_};
                       if (self->latest_.lock() == open)
                         self->latest_.reset();
                       asked.jobs = open->take_jobs();
                     }
                     ask_within<jobs_added>(client, self->store_, limit, std::move(asked), open,
                                            [open](result<jobs_added> told) { open->answer(std::move(told)); });
                   }});
  }
  open->add(std::move(what), promise);
  return promise.answer();
}

} // namespace carillon::runtime
