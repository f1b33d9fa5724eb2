// The main of the system tests. The same program is what the tests start: the launcher of commands, and a node that is
// killed.
#define BOOST_TEST_MODULE carillon
#define BOOST_TEST_NO_MAIN
#include "carillon/runner/runner.hpp"
#include "system/commands_of_a_test.hpp"
#include "system/isolated_tasks_of_a_test.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <string_view>

int main(int argc, char** argv) {
  const std::string_view role = argc > 1 ? argv[1] : "";
  if (role == "launcher" && argc == 3)
    return carillon::run_command_launcher(std::atoi(argv[2]));
  if (role == "node" && argc == 4)
    return carillon_tests::run_node_until_killed(argv[2], argv[3]);
  if (role == "without-the-line" && argc == 3)
    return carillon_tests::register_without_the_line(argv[2]);
  if (const auto code = carillon::run_if_isolated(argc, argv, carillon_tests::make_isolated_tasks()))
    return *code;
  if (role == "isolated-node" && argc == 4)
    return carillon_tests::run_isolated_node_until_killed(argv[2], argv[3]);
  return boost::unit_test::unit_test_main(&init_unit_test, argc, argv);
}
