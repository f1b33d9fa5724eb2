#pragma once

#include "carillon/runner/runner.hpp"

#include <memory>
#include <string>

#pragma GCC visibility push(default)
namespace carillon {

/// What the `http` runner is made with (`node_config::http`).
struct http_runner_config {
  std::string ca_file{}; ///< PEM: the certificates that are trusted; empty: those of the system
};

/// Makes HTTP requests, all on one thread of its own, which starts with the first. A job's arguments are an `http_spec`, its
/// result is an `http_result`.
///
/// Certificates are always verified, and only http and https are spoken. Each request carries its job: `Carillon-Job`,
/// `Carillon-Fencing-Token`, and `Idempotency-Key` with the job's id, which stays the same from one attempt to the next.
/// A proxy is taken from the environment (`http_proxy`, `https_proxy`, `no_proxy`), as curl does.
///
/// An answer with another status than those that mean success is an `error`, with the answer as its result; so is a
/// transfer that fails, without one. The spec's own time limit is `timed_out`. Arguments that are no `http_spec` are
/// `deserialization_failed`. `stop`, and the destructor, end a transfer at once, whatever the server does.
[[nodiscard]] std::unique_ptr<runner> make_http_runner(http_runner_config config = {});

} // namespace carillon
#pragma GCC visibility pop
