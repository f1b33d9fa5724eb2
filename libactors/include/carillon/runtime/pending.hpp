#pragma once

#include "carillon/base/result.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#pragma GCC visibility push(default)
namespace carillon {

namespace detail {
/// Within a handler: what a callback of the user's has thrown becomes a log line.
void log_thrown_by_callback() noexcept;
} // namespace detail

/// The answer to a request that is under way: wait for it with `get`, or have it delivered with `then`. Every request has
/// a time limit, so the answer always comes (ec::timed_out, ec::unavailable at the worst). Dropping it leaves the request
/// under way. Use one of the two, once.
template <class T>
class [[nodiscard]] pending {
public:
  /// Takes the answer, or why there is none.
  using callback = std::function<void(result<T>)>;

  /// Blocks until the answer is there. Not from a task of the `inline` runner or a callback: they run on the node's threads.
  result<T> get() && {
    std::unique_lock lock{state_->mutex};
    state_->arrived.wait(lock, [&] { return state_->answer.has_value(); });
    return std::move(*state_->answer);
  }

  /// Calls `deliver` on one of the node's threads, or at once if the answer is there already. It must not block. What it throws is
  /// logged if it is called later; else it is the caller's.
  void then(callback deliver) && {
    std::unique_lock lock{state_->mutex};
    if (!state_->answer) {
      state_->deliver = std::move(deliver);
      return;
    }
    lock.unlock();
    deliver(std::move(*state_->answer));
  }

  /// Both ends: what `resolve` is given is the answer. For those who implement requests.
  struct promise {
    /// To be called once, on any thread: wakes who waits, or calls what `then` was given. What that throws is logged.
    void resolve(result<T> answer) const {
      std::unique_lock lock{state->mutex};
      if (auto deliver = std::move(state->deliver)) {
        lock.unlock();
        try {
          deliver(std::move(answer));
        } catch (...) {
          detail::log_thrown_by_callback();
        }
        return;
      }
      state->answer.emplace(std::move(answer));
      state->arrived.notify_all();
    }
    /// For the one who asked. It may be taken before or after `resolve`.
    [[nodiscard]] pending answer() const { return pending{state}; }

    /// @cond
    struct shared {
      std::mutex mutex;
      std::condition_variable arrived;
      std::optional<result<T>> answer;
      callback deliver;
    };
    std::shared_ptr<shared> state = std::make_shared<shared>();
    /// @endcond
  };

private:
  explicit pending(std::shared_ptr<typename promise::shared> state) : state_(std::move(state)) {}
  std::shared_ptr<typename promise::shared> state_;
};

} // namespace carillon
#pragma GCC visibility pop
