// `carillon sim`.
#include "system/program.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>

using namespace carillon::system_test;

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file{path};
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(simulator)

BOOST_AUTO_TEST_CASE(a_run_is_told_in_figures) {
  const auto said = run({"sim", "--seed", "3", "--hours", "0.05", "--json"});
  BOOST_TEST(said.code == 0, said.err);
  BOOST_TEST(has(said.out, "\"seed\":3"), said.out);
  BOOST_TEST(has(said.out, "\"violations\":[]"), said.out);
  const auto words = run({"sim", "--seed", "3", "--hours", "0.05"});
  BOOST_TEST(words.code == 0, words.err);
  BOOST_TEST(has(words.out, "no violation"), words.out);
}

BOOST_AUTO_TEST_CASE(the_same_seed_writes_the_same_trace) {
  const scratch_folder folder;
  const auto traced = [&](const std::string& seed, const std::string& name) {
    const auto said = run({"sim", "--seed", seed, "--hours", "0.05", "--trace", folder / name});
    BOOST_TEST(said.code == 0, said.err);
    return read_file(folder / name);
  };
  const auto first = traced("5", "first");
  BOOST_TEST(first.size() > 1'000u);
  BOOST_TEST((first == traced("5", "again")));
  BOOST_TEST((first != traced("6", "other")));
}

BOOST_AUTO_TEST_CASE(what_it_does_not_know_is_refused) {
  BOOST_TEST(run({"sim", "--faults", "everything"}).code == 1);
  BOOST_TEST(run({"sim", "--nodes", "0"}).code == 1);
  const auto said = run({"sim", "--seed", "1", "--hours", "0.05", "--trace", "/nowhere/at/all"});
  BOOST_TEST(said.code == 2);
  BOOST_TEST(has(said.err, "/nowhere/at/all"), said.err);
}

BOOST_AUTO_TEST_SUITE_END()
