#include "rocksdb/held_env.hpp"

#include <algorithm>
#include <vector>

namespace carillon::keyed {

held_env::held_env(std::shared_ptr<rocksdb::FileSystem> files)
  : EnvWrapper(rocksdb::NewCompositeEnv(files)), thread_([this] { run(); }) {
  file_system_ =
      std::move(files); // else it would be this object, seen through the older interface, which knows less of errors
}

held_env::~held_env() {
  {
    const std::lock_guard lock{mutex_};
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void held_env::set_held(bool is_held) {
  {
    const std::lock_guard lock{mutex_};
    is_held_ = is_held;
  }
  changed_.notify_all();
}

void held_env::finish() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return waiting_.empty() && !is_working_; });
  is_held_ = true;
}

void held_env::Schedule(void (*work)(void*), void* argument, Priority priority, void* tag, void (*unscheduled)(void*)) {
  {
    const std::lock_guard lock{mutex_};
    waiting_.push_back({work, argument, priority, tag, unscheduled});
  }
  changed_.notify_all();
}

int held_env::UnSchedule(void* tag, Priority priority) {
  std::vector<piece> given_up;
  {
    const std::lock_guard lock{mutex_};
    std::erase_if(waiting_, [&](const piece& one) {
      const bool is_meant = one.tag == tag && one.priority == priority;
      if (is_meant)
        given_up.push_back(one);
      return is_meant;
    });
  }
  changed_.notify_all();
  for (const auto& one : given_up)
    if (one.unscheduled != nullptr)
      one.unscheduled(one.argument);
  return static_cast<int>(given_up.size());
}

unsigned int held_env::GetThreadPoolQueueLen(Priority priority) const {
  const std::lock_guard lock{mutex_};
  return static_cast<unsigned int>(
      std::ranges::count_if(waiting_, [&](const piece& one) { return one.priority == priority; }));
}

void held_env::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return is_stopping_ || (!is_held_ && !waiting_.empty()); });
    if (is_stopping_)
      return;
    const auto next = waiting_.front();
    waiting_.pop_front();
    is_working_ = true;
    lock.unlock();
    next.work(next.argument);
    lock.lock();
    is_working_ = false;
    changed_.notify_all();
  }
}

} // namespace carillon::keyed
