#pragma once

#include "carillon/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace carillon {

/// Where a node listens.
struct network_address {
  std::string host; ///< a name or a number; without brackets
  std::uint16_t port = 0;

  friend bool operator==(const network_address&, const network_address&) = default;
};

/// Reads `HOST:PORT`; an IPv6 address stands in brackets, as in a URL. Errors: ec::invalid_argument.
[[nodiscard]] result<network_address> parse_address(std::string_view text);

/// `HOST:PORT`, as `parse_address` reads it.
[[nodiscard]] std::string to_string(const network_address& address);

/// Whether only this machine reaches it: 127.0.0.0/8, ::1, localhost.
[[nodiscard]] bool is_loopback(const network_address& address);

} // namespace carillon
