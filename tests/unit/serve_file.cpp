#include "cli/serve_file.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
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
           "data = \"/srv/c#1\"\n"
           "slots = 8\nquiet = true\nmemory = false\nstop_grace = \"30s\"\n"
           "crontab = [\"a.crontab\", \"b.crontab\"]\n\n"
           "[cluster]\nidentity = \"worker-1\"\njoin = \"10.0.0.1:7400\"\nroles = [\"worker\", \"scheduler\"]\n")
          .or_throw();
  const std::set<std::string> expected{
      "--data=/srv/c#1",     "--slots=8",       "--quiet",       "--stop-grace=30s",     "--crontab=a.crontab",
      "--crontab=b.crontab", "--name=worker-1", "--role=worker", "--join=10.0.0.1:7400", "--role=scheduler"};
  BOOST_TEST((std::set(words.begin(), words.end()) == expected));
  BOOST_TEST(read("").or_throw().empty());
}

BOOST_AUTO_TEST_CASE(what_the_command_line_says_counts) {
  const auto words =
      read("slots = 8\nthreads = 2\n[cluster]\nroles = [\"worker\"]\n", {"serve", "--slots", "9", "--role=none"})
          .or_throw();
  BOOST_TEST(words == std::vector<std::string>{"--threads=2"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_does_not_go_with_the_command_line_is_left_out) {
  const auto words =
      read("data = \"d\"\n[cluster]\nlisten = \"a:1\"\n", {"serve", "--memory", "--join=b:2"}).or_throw();
  BOOST_TEST(words.empty());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  BOOST_TEST(
      read("data = \"d\"\nslot = 8\n").err().text().starts_with("node.toml, line 2: there is no setting \"slot\"; "));
  BOOST_TEST(read("[cluster]\nlisten_at = \"a:1\"\n").err().text().find("in [cluster]; there are name, listen") !=
             std::string::npos);
  BOOST_TEST(read("[tls]\nkey = \"a\"\n").err().text().find("no setting \"tls\"") != std::string::npos);
  BOOST_TEST(read("slots = 1.5\n").err().text().find("slots must be a text") != std::string::npos);
  BOOST_TEST(read("[cluster]\nroles = []\n").err().text().find("empty list") != std::string::npos);
  BOOST_TEST(read("data = \"unclosed\n").err().text().starts_with("node.toml, line 1: "));
  BOOST_TEST((read(std::string(app::max_serve_file_size_bytes + 1, '#')).err().code() == ec::limit_exceeded));
}

BOOST_AUTO_TEST_CASE(a_check_says_all_that_is_wrong_in_the_order_of_the_file) {
  const auto faults = [](const std::string& text) {
    std::vector<std::string> all;
    for (const auto& each : app::check_serve_file(text))
      all.push_back(std::to_string(each.line) + ":" + std::to_string(each.column) + " " +
                    each.text.substr(0, each.text.find(' ')));
    return all;
  };
  const auto none = std::vector<std::string>{};
  BOOST_TEST(faults("") == none);
  BOOST_TEST(faults("data = \"d\"\nslots = 8\n[cluster]\nroles = [\"worker\"]\n") == none);
  BOOST_TEST(faults("slots = \"many\"\ndata = \"d\"\n\ndurability = \"soon\"\nfast = true\n") ==
                 (std::vector<std::string>{"1:1 Could", "4:1 durability:", "5:1 there"}),
             boost::test_tools::per_element());
  // Two that don't go together: one of them.
  BOOST_TEST(faults("data = \"d\"\nmemory = true\n").size() == 1U);
  BOOST_TEST(faults("system = true\n").size() == 1U);
  BOOST_TEST(faults("system = true\ncrontab = \"c\"\n") == none);
  BOOST_TEST(faults("[cluster]\nroles = [\"worker\", \"boss\"]\n") == std::vector<std::string>{"2:20 roles:"},
             boost::test_tools::per_element());
  BOOST_TEST(faults("[cluster]\nkey = \"k\"\n") == (std::vector<std::string>{"2:1 key", "2:1 key"}),
             boost::test_tools::per_element());
  BOOST_TEST(faults("data = \"unclosed\n").size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
