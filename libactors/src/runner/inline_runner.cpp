#include "runner/called_attempts.hpp"

#include <fmt/format.h>

namespace carillon {
namespace {

class inline_runner final : public runner {
public:
  explicit inline_runner(std::string name) : name_(std::move(name)) {}
  ~inline_runner() override {
    called_->stop_all(stop_reason::node_stops);
    called_->give_up();
  }

  [[nodiscard]] std::string_view name() const noexcept override { return name_; }

  void start(std::shared_ptr<const job> what, const task_function* code, on_end done) override {
    if (code == nullptr)
      return done(attempt_result::failed(job_outcome::error, fmt::format("the task {} has no code here", what->task)));
    auto one = called_attempts::make(std::move(what), code, std::move(done));
    called_->call(called_->enter(one));
  }

  // Reaches those that end by a completion: whoever could stop another one is inside its `start`.
  void stop(const job_id& id, stop_reason why) override { called_->stop(id, why); }

  void give_up() override { called_->give_up(); }

private:
  const std::string name_;
  std::shared_ptr<called_attempts> called_ = std::make_shared<called_attempts>();
};

} // namespace

std::unique_ptr<runner> make_inline_runner(std::string name) {
  return std::make_unique<inline_runner>(std::move(name));
}

} // namespace carillon
