#include "actor/errors.hpp"

#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

#include <fmt/format.h>

namespace carillon::actor {

caf::error to_caf(const error& what) { return caf::make_error(what.code(), what.text()); }

error from_caf(const caf::error& what) {
  if (what.category() == caf::atom("carillon")) {
    std::string text;
    if (what.context().match_elements<std::string>())
      text = what.context().get_as<std::string>(0);
    return {static_cast<ec>(what.code()), std::move(text)};
  }
  if (what.category() == caf::atom("system")) {
    switch (static_cast<caf::sec>(what.code())) {
      case caf::sec::request_timeout:
        return {ec::timed_out, "no answer within the request's time limit; it may have been carried out all the same"};
      case caf::sec::request_receiver_down: return {ec::unavailable, "the node is stopping"};
      default: break;
    }
  }
  if (what.category() == caf::atom("exit"))
    return {ec::unavailable, "the node is stopping"};
  return {ec::internal, fmt::format("unexpected error of the actor system: category {}, code {}",
                                    to_string(what.category()), what.code())};
}

caf::error from_exception(std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& what) {
    return to_caf({ec::internal, what.what()});
  } catch (...) {
    return to_caf({ec::internal, "an exception that isn't a std::exception"});
  }
}

} // namespace carillon::actor
