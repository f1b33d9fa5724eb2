#pragma once

#include "carillon/model/http.hpp"
#include "carillon/runner/http_runner.hpp"

#include <curl/curl.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon {

/// One HTTP request of a job, and what came of it. Owns curl's handle for it, which is given to a multi handle by whoever
/// drives it, and taken out of that before the end. One thread.
class http_transfer {
public:
  /// Errors: ec::internal, if curl refuses what a checked spec says.
  [[nodiscard]] static result<std::unique_ptr<http_transfer>> open(const job& what, http_spec spec,
                                                                   const http_runner_config& config);
  ~http_transfer();
  http_transfer(const http_transfer&) = delete;
  http_transfer& operator=(const http_transfer&) = delete;

  [[nodiscard]] CURL* handle() const noexcept { return easy_; }

  /// How the attempt ended: `code` is what curl says of a transfer that is over.
  [[nodiscard]] attempt_result end(CURLcode code);

private:
  explicit http_transfer(http_spec spec) : spec_(std::move(spec)), easy_(curl_easy_init()) {}

  [[nodiscard]] bool set_request(const job& what);
  [[nodiscard]] bool set_rules(const http_runner_config& config);
  [[nodiscard]] bool add_header(const std::string& line);
  [[nodiscard]] std::string failure(CURLcode code) const;

  void on_header(std::string_view line);
  void on_body(std::string_view part);
  static std::size_t take_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self);

  http_spec spec_;
  CURL* easy_;
  curl_slist* headers_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> fault_{};
  http_result answer_;
  std::size_t header_bytes_ = 0;
  std::string body_;
};

} // namespace carillon
