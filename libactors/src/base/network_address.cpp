#include "base/network_address.hpp"

#include "carillon/base/utf8.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <charconv>

namespace carillon {
namespace {

constexpr std::size_t max_host_size_bytes = 253; // of a name in the DNS

error bad_address(std::string_view text, std::string_view why) {
  return {ec::invalid_argument, fmt::format("address {}: {}: expected HOST:PORT, such as 127.0.0.1:7400 or [::1]:7400",
                                            quote(text.substr(0, max_host_size_bytes + 10)), why)};
}

bool is_host_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-';
}

bool is_v6(const std::string& host) {
  in6_addr raw{};
  return ::inet_pton(AF_INET6, host.c_str(), &raw) == 1;
}

} // namespace

result<network_address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return bad_address(text, "no port");
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  network_address address;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (fault != std::errc{} || end != digits.data() + digits.size() || address.port == 0)
    return bad_address(text, "the port must be a number from 1 to 65535");
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (in_brackets)
    host = host.substr(1, host.size() - 2);
  address.host = host;
  if (in_brackets)
    return is_v6(address.host) ? result<network_address>{std::move(address)}
                               : bad_address(text, "no IPv6 address in the brackets");
  if (is_v6(address.host))
    return bad_address(text, "an IPv6 address needs brackets");
  if (host.empty() || host.size() > max_host_size_bytes)
    return bad_address(text, host.empty() ? "no host" : "the host is too long");
  for (const char c : host)
    if (!is_host_character(c))
      return bad_address(text, fmt::format("{} can't be in a host's name", quote({&c, 1})));
  return address;
}

std::string to_string(const network_address& address) {
  return is_v6(address.host) ? fmt::format("[{}]:{}", address.host, address.port)
                             : fmt::format("{}:{}", address.host, address.port);
}

bool is_loopback(const network_address& address) {
  in_addr v4{};
  if (::inet_pton(AF_INET, address.host.c_str(), &v4) == 1)
    return (ntohl(v4.s_addr) >> 24) == IN_LOOPBACKNET;
  in6_addr v6{};
  if (::inet_pton(AF_INET6, address.host.c_str(), &v6) == 1)
    return IN6_IS_ADDR_LOOPBACK(&v6) != 0;
  return address.host == "localhost";
}

} // namespace carillon
