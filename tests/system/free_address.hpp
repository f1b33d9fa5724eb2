#pragma once

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>

#include <string>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace carillon::system_test {

/// Nobody listens there now.
inline std::string free_address() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  BOOST_TEST_REQUIRE(::bind(probe, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  BOOST_TEST_REQUIRE(::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(probe);
  return fmt::format("127.0.0.1:{}", ntohs(address.sin_port));
}

} // namespace carillon::system_test
