#include "carillon/runtime/node_handles.hpp"

#include "runtime/node_body.hpp"

namespace carillon {

node_handles handles_of(const node& of) {
  const auto reached = of.body_->reached();
  const auto& own = of.body_->actors;
  return {reached->store, reached->reader, reached->broker, reached->job_log, own.scheduler, own.executor};
}

} // namespace carillon
