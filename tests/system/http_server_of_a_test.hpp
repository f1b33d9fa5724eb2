#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

// A real HTTP server on a free port of this machine, for tests of what makes requests.

namespace carillon_tests {

/// Answers by path:
///
///     /echo            200, the body that came, and the header X-Answer: yes
///     /status/N        the status N
///     /redirect/N      to /redirect/N-1, and at last to /echo
///     /to/X            a redirect to X, as it stands there
///     /silent          nothing, until the client goes away
///     /slow            the first half of a body, then nothing until the client goes away
///     /large/N         a body of N bytes
///     /text/N          a body of N characters of two bytes each
///     /bytes           a body that is no text
///     /headers/N       N headers of 200 bytes each
///     /hangup          nothing, and closes the connection
class http_server {
public:
  struct request {
    std::string method;
    std::string path;
    std::string body;
    std::map<std::string, std::string> headers; ///< names in small letters
  };

  enum class security { none, self_signed };

  explicit http_server(security how = security::none);
  ~http_server(); ///< ends all connections
  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// `http://127.0.0.1:PORT` + path, or `https://localhost:PORT` + path: its certificate is for that name.
  [[nodiscard]] std::string url(const std::string& path) const;
  [[nodiscard]] unsigned short port() const;

  /// The next request that came, in order; fails the test if none comes.
  [[nodiscard]] request next();
  /// How many requests have come.
  [[nodiscard]] std::size_t count() const;
  /// Whether so many clients have gone away from /silent or /slow, now or soon.
  [[nodiscard]] bool have_gone(std::size_t clients);

private:
  struct implementation;
  std::unique_ptr<implementation> body_;
};

} // namespace carillon_tests
