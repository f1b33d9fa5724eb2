#pragma once

#include "bench/figures.hpp"

#include "carillon/base/result.hpp"

#include <cstdio>
#include <functional>
#include <vector>

#include <sys/types.h>

namespace carillon::app::bench {

/// A measurement in a process of its own: it begins without the memory and the threads of those before, and can be killed. To be used
/// where no other thread runs. The process dies with this object, and with the one that began it.
class apart {
public:
  /// How it speaks to the process that began it.
  class voice {
  public:
    explicit voice(int descriptor) : descriptor_(descriptor) {}
    void say(const figure& what) const;
    void say(const std::vector<figure>& all) const;
    void ready() const;
    void fail(const error& why) const;

  private:
    void write(const std::string& line) const;
    int descriptor_;
  };

  /// Errors: ec::unavailable, no process can be made.
  [[nodiscard]] static result<apart> begin(const std::function<result<void>(const voice&)>& work);
  ~apart();
  apart(apart&& other) noexcept;
  apart& operator=(apart&&) = delete;

  /// Waits until it is ready. Errors: what `work` gave; ec::internal, it has ended without.
  [[nodiscard]] result<void> wait_until_ready();
  /// Waits for its end, and gives what it has said. Errors: as before.
  [[nodiscard]] result<std::vector<figure>> finish();
  /// As `kill -9` does.
  void kill();

private:
  apart(pid_t id, std::FILE* from) : id_(id), from_(from) {}
  enum class heard { ready, end };
  [[nodiscard]] result<heard> listen();

  pid_t id_;
  std::FILE* from_;
  std::vector<figure> said_;
};

/// Does all of `work` apart, and gives what it said.
[[nodiscard]] result<std::vector<figure>> measure_apart(const std::function<result<void>(const apart::voice&)>& work);

} // namespace carillon::app::bench
