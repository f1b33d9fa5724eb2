#include "carillon/runner/http_runner.hpp"

#include "runner/http_transfer.hpp"
#include "runner/quiet_thread.hpp"
#include "runner/request_queue.hpp"
#include "runner/stopped_outcome.hpp"

#include <fmt/format.h>

#include <thread>
#include <unordered_map>
#include <variant>

namespace carillon {
namespace {

constexpr long idle_connections = 16;
constexpr int longest_poll_ms = 60'000; // it is woken up for all that happens

struct http_attempt {
  std::shared_ptr<const job> what;
  std::unique_ptr<http_transfer> transfer;
  runner::on_end done;
};

struct stop_http {
  job_id id;
  stop_reason why;
};

using http_order = std::variant<http_attempt, stop_http>;

// Once for the process, and never undone: others in it may use curl too.
bool has_curl() {
  static const bool is_ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return is_ready;
}

// The runner's thread: owns all transfers; everything comes to it by `take`.
class http_desk {
public:
  http_desk() : multi_(has_curl() ? curl_multi_init() : nullptr) {
    if (multi_ != nullptr)
      curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, idle_connections);
  }
  ~http_desk() {
    if (multi_ != nullptr)
      curl_multi_cleanup(multi_);
  }
  http_desk(const http_desk&) = delete;
  http_desk& operator=(const http_desk&) = delete;

  [[nodiscard]] bool is_usable() const noexcept { return multi_ != nullptr; }

  /// Any thread.
  void wake() { curl_multi_wakeup(multi_); }

  void take(http_order what) {
    if (auto* attempt = std::get_if<http_attempt>(&what))
      return begin(std::move(*attempt));
    const auto& stop = std::get<stop_http>(what);
    end_those([&](const http_attempt& one) { return one.what->id == stop.id; }, stop.why);
  }

  // Moves on what can move without waiting, then waits for more to happen.
  void turn() {
    int running = 0;
    curl_multi_perform(multi_, &running);
    int left = 0;
    while (const auto* told = curl_multi_info_read(multi_, &left))
      if (told->msg == CURLMSG_DONE)
        on_over(told->easy_handle, told->data.result);
    curl_multi_poll(multi_, nullptr, 0, longest_poll_ms, nullptr);
  }

  void close() {
    end_those([](const http_attempt&) { return true; }, stop_reason::node_stops);
  }

private:
  void begin(http_attempt attempt) {
    auto* const handle = attempt.transfer->handle();
    if (curl_multi_add_handle(multi_, handle) != CURLM_OK)
      return attempt.done(attempt_result::failed(job_outcome::error, "http: curl takes no more requests"));
    running_.emplace(handle, std::move(attempt));
  }

  http_attempt take_out(CURL* handle) {
    curl_multi_remove_handle(multi_, handle);
    return std::move(running_.extract(handle).mapped());
  }

  void on_over(CURL* handle, CURLcode code) {
    auto attempt = take_out(handle);
    attempt.done(attempt.transfer->end(code));
  }

  template <class IsMeant>
  void end_those(IsMeant is_meant, stop_reason why) {
    std::vector<CURL*> meant;
    for (const auto& [handle, attempt] : running_)
      if (is_meant(attempt))
        meant.push_back(handle);
    for (auto* handle : meant)
      take_out(handle).done(attempt_result::failed(stopped_outcome(why), std::string{stopped_text(why)}));
  }

  CURLM* multi_;
  std::unordered_map<CURL*, http_attempt> running_;
};

class http_runner final : public runner {
public:
  explicit http_runner(http_runner_config config) : config_(std::move(config)) {}

  ~http_runner() override {
    if (!thread_.joinable())
      return;
    requests_.close();
    desk_.wake();
    thread_.join();
  }

  [[nodiscard]] std::string_view name() const noexcept override { return "http"; }

  void start(std::shared_ptr<const job> what, const task_function*, on_end done) override {
    auto spec = to_http_spec(what->arguments);
    if (!spec)
      return done(attempt_result::failed(job_outcome::deserialization_failed, spec.err().text()));
    if (auto running = have_thread(); !running)
      return done(attempt_result::failed(job_outcome::error, running.err().text()));
    auto transfer = http_transfer::open(*what, *std::move(spec), config_);
    if (!transfer)
      return done(attempt_result::failed(job_outcome::error, transfer.err().text()));
    hand_over(http_attempt{std::move(what), *std::move(transfer), std::move(done)});
  }

  void stop(const job_id& id, stop_reason why) override {
    if (thread_.joinable())
      hand_over(stop_http{id, why});
  }

private:
  result<void> have_thread() {
    if (thread_.joinable())
      return {};
    if (!desk_.is_usable())
      return {ec::unavailable, "http: curl can't be set up in this process"};
    auto started = start_quiet_thread([this] { work(); }, "requests");
    if (!started)
      return started.err();
    thread_ = std::move(*started);
    return {};
  }

  void hand_over(http_order what) {
    requests_.push(std::move(what));
    desk_.wake();
  }

  void work() {
    while (true) {
      if (!requests_.take_all([this](http_order one) { desk_.take(std::move(one)); }))
        return desk_.close();
      desk_.turn();
    }
  }

  const http_runner_config config_;
  http_desk desk_;
  request_queue<http_order> requests_;
  std::thread thread_;
};

} // namespace

std::unique_ptr<runner> make_http_runner(http_runner_config config) {
  return std::make_unique<http_runner>(std::move(config));
}

} // namespace carillon
