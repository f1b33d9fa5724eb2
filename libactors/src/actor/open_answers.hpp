#pragma once

#include "carillon/protocol/type_ids.hpp"

#include <caf/typed_response_promise.hpp>

#include <utility>
#include <vector>

namespace carillon::actor {

/// Requests for the same thing, which takes a while: all are answered when it is done, or when the actor ends.
class open_answers {
public:
  open_answers() = default;
  open_answers(const open_answers&) = delete;
  open_answers& operator=(const open_answers&) = delete;
  ~open_answers() { deliver(); }

  /// The request that is being handled joins them.
  template <class Self>
  caf::typed_response_promise<done> add(Self* self) {
    return promises_.emplace_back(self->template make_response_promise<done>());
  }
  [[nodiscard]] bool are_there() const noexcept { return !promises_.empty(); }
  void deliver() {
    for (auto& one : std::exchange(promises_, {}))
      one.deliver(done{});
  }

private:
  std::vector<caf::typed_response_promise<done>> promises_;
};

} // namespace carillon::actor
