#include "actor/errors.hpp"

#include "carillon/base/log.hpp"

#include <caf/exit_reason.hpp>
#include <caf/scheduled_actor.hpp>
#include <caf/sec.hpp>

#include <fmt/format.h>

#include <exception>
#include <string>
#include <utility>

namespace carillon::actor {
namespace {

caf::error from_exception(std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& what) {
    return to_caf({ec::internal, what.what()});
  } catch (...) {
    return to_caf({ec::internal, "an exception that isn't a std::exception"});
  }
}

} // namespace

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
      case caf::sec::unexpected_message: return {ec::internal, "the receiver doesn't take this message"};
      default: break;
    }
  }
  if (what.category() == caf::atom("exit"))
    return {ec::unavailable, "the node is stopping"};
  return {ec::internal, fmt::format("unexpected error of the actor system: category {}, code {}",
                                    to_string(what.category()), what.code())};
}

void set_failure_handlers(caf::scheduled_actor& self, std::string_view name) {
  self.set_exception_handler(from_exception);
  self.set_error_handler([name, told = std::string{}](caf::scheduled_actor* me, caf::error& answer) mutable {
    auto text = fmt::format("{}: a message that needs no answer was answered with an error by {}: {}", name,
                            caf::to_string(me->current_sender()), from_caf(answer).text());
    if (text == told) // once is enough
      return;
    log(log_level::warning, text);
    told = std::move(text);
  });
}

} // namespace carillon::actor
