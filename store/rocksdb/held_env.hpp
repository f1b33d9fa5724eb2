#pragma once

#include <rocksdb/env.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

namespace carillon::keyed {

/// RocksDB's environment with files of one's own, in which its background work is held back: it is done, piece by piece, while a
/// caller says so and waits. So the same calls give the same operations on files in the same order.
class held_env final : public rocksdb::EnvWrapper {
public:
  explicit held_env(std::shared_ptr<rocksdb::FileSystem> files);
  ~held_env() override;
  held_env(const held_env&) = delete;
  held_env& operator=(const held_env&) = delete;

  /// While it lives background work goes on, for a caller who waits for it within RocksDB. Its end waits until none is left.
  class turn {
  public:
    explicit turn(held_env& of) : of_(of) { of_.set_held(false); }
    ~turn() { of_.finish(); }
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;

  private:
    held_env& of_;
  };

  const char* Name() const override { return "carillon.held_env"; }
  void Schedule(void (*work)(void*), void* argument, Priority priority, void* tag, void (*unscheduled)(void*)) override;
  int UnSchedule(void* tag, Priority priority) override;
  unsigned int GetThreadPoolQueueLen(Priority priority) const override;
  int ReserveThreads(int, Priority) override { return 0; }
  int ReleaseThreads(int, Priority) override { return 0; }
  void SetBackgroundThreads(int, Priority) override {}
  int GetBackgroundThreads(Priority) override { return 1; }
  void IncBackgroundThreadsIfNeeded(int, Priority) override {}
  void SleepForMicroseconds(int) override {} // RocksDB waits a second after each failure: nobody is waited for here

private:
  struct piece {
    void (*work)(void*);
    void* argument;
    Priority priority;
    void* tag;
    void (*unscheduled)(void*);
  };

  void set_held(bool is_held);
  void finish();
  void run();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<piece> waiting_;
  bool is_held_ = true;
  bool is_working_ = false;
  bool is_stopping_ = false;
  std::thread thread_; // last: it uses the others
};

} // namespace carillon::keyed
