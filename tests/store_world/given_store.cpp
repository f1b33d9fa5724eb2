// One store of somebody else's.
#include "carillon/testing/store_conformance.hpp"

#include "store_world/store_world.hpp"

namespace carillon::testing {
namespace {

store_opener& given() {
  static store_opener one;
  return one;
}

} // namespace

std::vector<backend> tested_backends() { return {backend::given, backend::given_reopened}; }
std::vector<backend> some_tested_backends() { return {backend::given}; }

result<std::unique_ptr<data_store>> open_given_store(const std::string& folder, const store_config& config) {
  return given()(folder, config);
}

int run_store_conformance(store_opener open, int argc, char** argv) {
  given() = std::move(open);
  return boost::unit_test::unit_test_main([] { return true; }, argc, argv);
}

} // namespace carillon::testing
