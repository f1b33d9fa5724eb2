#pragma once

#include "carillon/base/error.hpp"

#include <string>
#include <string_view>

namespace carillon::app {

/// The HTTP status that an error is answered with.
[[nodiscard]] unsigned http_status(ec code) noexcept;

/// The RFC 9457 document of an error, as JSON text: `type` ("about:blank"), `title`, `status`, `detail`, and of our own `code`
/// (the name of the ec) and `field` (where the detail begins with the name of one, as those of ec::invalid_argument do).
[[nodiscard]] std::string problem_json(const error& what, unsigned status);

/// The error in a problem document; for an answer that is none, ec::internal with the status and what there is of it.
[[nodiscard]] error parse_problem(unsigned status, std::string_view body);

} // namespace carillon::app
