#pragma once

#include "carillon/base/time.hpp"

#include <caf/abstract_actor.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>

namespace carillon::runtime {

/// When actors have ended. An actor tells its end to the latest first of those who want to know: one that is watched since its
/// spawn is known here to have ended once everybody else has been told. Any thread; a copy knows the same actors.
class actor_ends {
public:
  /// To be called before anybody else gets the handle. A null handle is ignored.
  template <class Handle>
  void watch(const Handle& which) {
    if (!which)
      return;
    const auto id = which->id();
    {
      const std::lock_guard guard{known_->mutex};
      known_->alive.insert(id);
    }
    which->attach_functor([known = known_, id] {
      const std::lock_guard guard{known->mutex};
      known->alive.erase(id);
      known->changed.notify_all();
    });
  }

  /// Waits at most so long for the end of one that is watched. Whether it has ended.
  [[nodiscard]] bool wait(caf::actor_id which, duration limit) const {
    std::unique_lock lock{known_->mutex};
    return known_->changed.wait_for(lock, limit, [&] { return !known_->alive.contains(which); });
  }

private:
  struct knowledge {
    std::mutex mutex;
    std::condition_variable changed;
    std::set<caf::actor_id> alive;
  };
  std::shared_ptr<knowledge> known_ = std::make_shared<knowledge>();
};

} // namespace carillon::runtime
