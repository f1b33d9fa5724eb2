#include "runner/runner_registry.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;

namespace {

class named final : public runner {
public:
  explicit named(std::string name) : name_(std::move(name)) {}
  [[nodiscard]] std::string_view name() const noexcept override { return name_; }
  void start(std::shared_ptr<const job>, const task_function*, on_end done) override {
    done(attempt_result::success({}));
  }
  void stop(const job_id&, stop_reason) override {}

private:
  std::string name_;
};

std::shared_ptr<runner> make(const std::string& name) { return std::make_shared<named>(name); }

} // namespace

BOOST_AUTO_TEST_SUITE(runner_registry)

BOOST_AUTO_TEST_CASE(a_name_is_given_once_and_must_be_one) {
  carillon::runner_registry all{{make("inline")}};
  BOOST_REQUIRE(all.put(make("gpu")));
  for (const auto* taken : {"inline", "gpu", "command", "http"})
    BOOST_TEST((all.put(make(taken)).err().code() == ec::conflict), taken);
  for (const auto* bad : {"", "two words", "a\nb"})
    BOOST_TEST((all.put(make(bad)).err().code() == ec::invalid_argument), bad);
  BOOST_TEST((all.put(nullptr).err().code() == ec::invalid_argument));
  BOOST_TEST((all.names() == std::vector<std::string>{"inline", "gpu"}));
}

BOOST_AUTO_TEST_CASE(whoever_takes_them_has_them_alone_and_none_comes_later) {
  carillon::runner_registry all{{make("inline")}};
  BOOST_REQUIRE(all.put(make("gpu")));
  const auto taken = all.take();
  BOOST_REQUIRE(taken.size() == 2U);
  BOOST_TEST(taken[1].use_count() == 1);
  BOOST_TEST(taken[1]->name() == "gpu");
  BOOST_TEST((all.put(make("late")).err().code() == ec::wrong_state));
  BOOST_TEST(all.take().empty());
  BOOST_TEST((all.names() == std::vector<std::string>{"inline", "gpu"}));
}

BOOST_AUTO_TEST_SUITE_END()
