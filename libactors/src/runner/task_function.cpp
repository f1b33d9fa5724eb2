#include "carillon/runner/task_function.hpp"

#include <fmt/format.h>

#include <atomic>
#include <exception>

namespace carillon {
namespace {

// What is being handled, for a person.
std::string text_of_exception() {
  try {
    throw;
  } catch (const std::exception& thrown) {
    return thrown.what();
  } catch (...) {
    return "something that isn't a std::exception";
  }
}

} // namespace

class completion::shared {
public:
  explicit shared(on_end end) : end_(std::move(end)) {}
  shared(const shared&) = delete;
  shared& operator=(const shared&) = delete;
  ~shared() {
    if (!ended_)
      end_(attempt_result::failed(job_outcome::error, "the task has dropped its completion without an outcome"));
  }

  void finish(attempt_result outcome) {
    if (ended_.exchange(true))
      return;
    const auto end = std::move(end_); // what it holds goes now, not with the last copy
    end(std::move(outcome));
  }

private:
  std::atomic<bool> ended_ = false;
  on_end end_;
};

completion::completion(on_end end) : shared_(std::make_shared<shared>(std::move(end))) {}
void completion::finish(attempt_result outcome) const { shared_->finish(std::move(outcome)); }

result<void> task_function::check(const value& arguments) const {
  try {
    return fits_ ? fits_(arguments) : result<void>{};
  } catch (...) { // a user's value_traits
    return {ec::invalid_argument, fmt::format("reading them threw: {}", text_of_exception())};
  }
}

void task_function::start(const std::shared_ptr<const job>& what, std::stop_token cancelled, completion::on_end end,
                          std::shared_ptr<report_sink> reports) const {
  const completion done{std::move(end)};
  try {
    code_(what->arguments, job_context{what, std::move(cancelled), std::move(reports)}, done);
  } catch (...) {
    done.fail(fmt::format("the task threw: {}", text_of_exception()));
  }
}

} // namespace carillon
