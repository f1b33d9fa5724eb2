#pragma once

#include "carillon/base/result.hpp"
#include "carillon/base/time.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace carillon::app {

struct http_answer {
  unsigned status = 0;
  std::string body;
};

/// HTTP/1.1 over a Unix socket, one request at a time, kept open in between. Blocks. One thread.
class http_client {
public:
  /// Errors: ec::unavailable if nobody listens (the text says what to do), ec::limit_exceeded for too long a path.
  [[nodiscard]] static result<http_client> connect(const std::string& socket_path);

  http_client(http_client&&) noexcept;
  http_client& operator=(http_client&&) noexcept;
  ~http_client();

  /// Errors: ec::unavailable if the other side goes or isn't HTTP, ec::timed_out if it takes nothing or gives nothing for
  /// `limit`.
  [[nodiscard]] result<http_answer> ask(std::string_view method, const std::string& target, std::string body,
                                        duration limit);

  /// A GET whose answer, if it comes in chunks, is taken line by line, until it ends (success) or `take` gives false; another
  /// answer is given back whole. Waits for ever for the next line.
  [[nodiscard]] result<http_answer> stream(const std::string& target,
                                           const std::function<bool(std::string_view line)>& take);

private:
  struct implementation;
  explicit http_client(std::unique_ptr<implementation> body) noexcept;
  std::unique_ptr<implementation> body_;
};

} // namespace carillon::app
