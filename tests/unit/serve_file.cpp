#include "cli/serve_file.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace carillon;

namespace {

result<std::vector<std::string>> read(const std::string& text, const std::vector<std::string>& said = {}) {
  std::istringstream lines{text};
  return app::read_serve_file(lines, "node.toml", said);
}

} // namespace

BOOST_AUTO_TEST_SUITE(serve_file)

BOOST_AUTO_TEST_CASE(its_settings_become_options) {
  const auto words =
      read("# a worker\n"
           "data = \"/var/lib/carillon\"\n"
           "slots = 8\nquiet = true\nmemory = false\nstop_grace = \"30s\"\n"
           "crontab = [\"a.crontab\", \"b.crontab\"]\n\n"
           "[cluster]\nidentity = \"worker-1\"\njoin = \"10.0.0.1:7400\"\nroles = [\"worker\", \"scheduler\"]\n")
          .or_throw();
  const std::vector<std::string> expected{"--data=/var/lib/carillon",
                                          "--slots=8",
                                          "--quiet",
                                          "--stop-grace=30s",
                                          "--crontab=a.crontab",
                                          "--crontab=b.crontab",
                                          "--name=worker-1",
                                          "--join=10.0.0.1:7400",
                                          "--role=worker",
                                          "--role=scheduler"};
  BOOST_TEST(words == expected, boost::test_tools::per_element());
  BOOST_TEST(read("").or_throw().empty());
}

BOOST_AUTO_TEST_CASE(what_the_command_line_says_counts) {
  auto words =
      read("slots = 8\nthreads = 2\n[cluster]\nroles = [\"worker\"]\n", {"serve", "--slots", "9", "--role=none"});
  BOOST_TEST(std::move(words).or_throw() == std::vector<std::string>{"--threads=2"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  BOOST_TEST(read("slot = 8\n").err().text().starts_with("node.toml: there is no setting \"slot\"; there are data, "));
  BOOST_TEST(read("[cluster]\nlisten_at = \"a:1\"\n").err().text().find("in [cluster]; there are name, listen") !=
             std::string::npos);
  BOOST_TEST(read("[tls]\nkey = \"a\"\n").err().text() == "node.toml: there is no section [tls]; there is [cluster]");
  BOOST_TEST(read("quiet = \"perhaps\"\n").err().text() == "node.toml: quiet must be true or false");
  BOOST_TEST((read(std::string(app::max_serve_file_size_bytes + 1, '#')).err().code() == ec::limit_exceeded));
}

BOOST_AUTO_TEST_SUITE_END()
