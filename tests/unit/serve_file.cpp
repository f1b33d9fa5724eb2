#include "cli/serve_file.hpp"
#include "cli/commands.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
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
  BOOST_TEST(read("[cluster]\nroles = []\n").err().text().find("empty list") != std::string::npos);
  BOOST_TEST(read("data = \"unclosed\n").err().text().starts_with("node.toml, line 1: "));
  BOOST_TEST((read(std::string(app::max_serve_file_size_bytes + 1, '#')).err().code() == ec::limit_exceeded));
}

BOOST_AUTO_TEST_CASE(a_setting_of_the_other_section_or_by_its_options_name_is_told_where_it_belongs) {
  const auto told = [](const std::string& text, const std::string& expected) {
    const auto why = read(text).err().text();
    BOOST_TEST(why.ends_with(expected), why);
  };
  told("listen = \"a:1\"\n", "no setting \"listen\"; it belongs into [cluster], as listen (--listen)");
  told("role = \"worker\"\n", "no setting \"role\"; it belongs into [cluster], as roles (--role)");
  told("name = \"n\"\n", "it belongs into [cluster], as name (--cluster) or identity (--name)");
  told("cluster = \"c\"\n", "no setting \"cluster\"; it belongs into [cluster], as name (--cluster)");
  told("[cluster]\nrole = \"worker\"\n", "no setting \"role\" in [cluster]; here it is roles (--role)");
  told("[cluster]\nstop_grace = \"1s\"\n", "it belongs above [cluster], as stop-grace (--stop-grace)");
}

BOOST_AUTO_TEST_CASE(a_value_of_the_wrong_kind_is_refused) {
  const auto refused = [](const std::string& text, const std::string& expected) {
    const auto taken = read(text);
    BOOST_TEST(!taken, text);
    if (!taken)
      BOOST_TEST(taken.err().text().ends_with(": " + expected), taken.err().text());
  };
  for (const std::string value : {"\"yes\"", "1", "[true]"})
    refused("quiet = " + value + "\n", "quiet must be true or false");
  for (const std::string value : {"\"8\"", "1.5", "-8", "true", "[8]"})
    refused("slots = " + value + "\n", "slots must be a whole number of at least 0");
  for (const std::string value : {"5", "false", "[\"a\"]", "1979-05-27"})
    refused("data = " + value + "\n", "data must be a text");
  for (const std::string value : {"7", "true", "[\"a\", 7]", "[[\"a\"]]"})
    refused("crontab = " + value + "\n", "crontab must be a text or a list of texts");
  refused("[cluster]\nidentity = 1\n", "identity must be a text");
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
  BOOST_TEST(faults("stop-grace = \"soon\"\ndata = \"d\"\n\ndurability = \"soon\"\nfast = true\nthreads = \"2\"\n") ==
                 (std::vector<std::string>{"1:1 stop-grace:", "4:1 durability:", "5:1 there", "6:11 threads"}),
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

BOOST_AUTO_TEST_CASE(what_a_node_says_is_a_fault_of_the_setting_that_it_speaks_of) {
  const auto refuse = [](const char* why) { return result<void>{error{ec::invalid_argument, why}}; };
  const auto check = [&](const app::serve_command& what) {
    if (what.name == "a b")
      return refuse("name \"a b\": position 2");
    if (std::ranges::find(what.crontabs, "none") != what.crontabs.end())
      return refuse("crontab \"none\": there is no such file or folder");
    if (what.cluster.listen == "bogus")
      return refuse("node_config: cluster: listen: address \"bogus\": no port");
    if (what.cluster.authority_file == "gone")
      return refuse("node_config: cluster: authority_file: gone: No such file");
    return result<void>{};
  };
  const auto faults = [&](const std::string& text) {
    std::vector<std::string> all;
    for (const auto& each : app::check_serve_file(text, check))
      all.push_back(std::to_string(each.line) + ":" + std::to_string(each.column) + " " + each.text);
    return all;
  };
  BOOST_TEST(faults("slots = 8\n[cluster]\nlisten = \"127.0.0.1:7400\"\n").empty());
  // Without the crontab `system` would miss one, which isn't wrong in the file.
  BOOST_TEST(faults("system = true\ncrontab = [\"none\"]\n[cluster]\nkey = \"k\"\ncertificate = \"c\"\n"
                    "authority = \"gone\"\nlisten = \"bogus\"\nidentity = \"a b\"\n") ==
                 (std::vector<std::string>{
                     "2:12 crontab \"none\": there is no such file or folder", "6:1 authority: gone: No such file",
                     "7:1 listen: address \"bogus\": no port", "8:1 identity: name \"a b\": position 2"}),
             boost::test_tools::per_element());
  // What stands there twice is told once, and nothing else is blamed for it.
  BOOST_TEST(faults("crontab = [\"none\", \"none\"]\nslots = 8\nstop-grace = \"5s\"\n") ==
                 std::vector<std::string>{"1:12 crontab \"none\": there is no such file or folder"},
             boost::test_tools::per_element());
  BOOST_TEST(faults("data = \"\"\nslots = 0\n") == std::vector<std::string>{"1:8 data is empty"},
             boost::test_tools::per_element());
  // What isn't the file's isn't blamed on it.
  BOOST_TEST(
      app::check_serve_file("slots = 8\n", [&](const auto&) { return refuse("the machine is on fire"); }).empty());
}

BOOST_AUTO_TEST_SUITE_END()
