#pragma once

#include "carillon/model/limits.hpp"
#include "carillon/protocol/store_protocol.hpp"
#include "carillon/runtime/pending.hpp"

#include <caf/actor.hpp>

#include <memory>
#include <mutex>

namespace carillon::runtime {

/// Adds single jobs, from any thread: what comes while the client is busy goes along in one message.
class job_adder : public std::enable_shared_from_this<job_adder> {
public:
  job_adder(caf::actor client, store_actor store, const limits& bounds)
    : client_(std::move(client)), store_(std::move(store)), bounds_(bounds) {}

  /// Answered by an error after `limit` at the latest.
  [[nodiscard]] pending<job> add(job what, duration limit);

private:
  class batch;

  const caf::actor client_;
  const store_actor store_;
  const limits bounds_;
  std::mutex mutex_;            // guards what follows, and the open batch
  std::weak_ptr<batch> latest_; // the client's: it goes with it
};

} // namespace carillon::runtime
