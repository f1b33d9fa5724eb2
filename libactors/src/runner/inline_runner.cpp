#include "carillon/runner/runner.hpp"

#include <fmt/format.h>

namespace carillon {
namespace {

class inline_runner final : public runner {
public:
  [[nodiscard]] std::string_view name() const noexcept override { return "inline"; }

  void start(std::shared_ptr<const job> what, const task_function* code, on_end done) override {
    if (code == nullptr)
      return done(attempt_result::failed(job_outcome::error, fmt::format("the task {} has no code here", what->task)));
    done(run_task_function(*code, *what, std::stop_token{}));
  }

  // Whoever could call it is inside `start`.
  void stop(const job_id&, stop_reason) override {}
};

} // namespace

std::unique_ptr<runner> make_inline_runner() { return std::make_unique<inline_runner>(); }

} // namespace carillon
