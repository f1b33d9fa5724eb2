// `carillon check FILE...`: configuration, crontabs and exports, for editors and CI.
#include "system/json_answer.hpp"

#include <algorithm>
#include <fstream>

using namespace carillon;
using namespace carillon::system_test;

namespace {

struct files_fixture {
  scratch_folder folder;

  std::string write(const std::string& name, const std::string& text) const {
    const auto path = folder / name;
    std::ofstream{path} << text;
    return path;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(check_files)

BOOST_FIXTURE_TEST_CASE(files_without_a_fault_are_good, files_fixture) {
  const auto config = write("node.toml", "data = \"d\"\nslots = 4\n[cluster]\nroles = [\"scheduler\"]\n");
  const auto crontab = write("crontab", "# daily\n0 3 * * * backup\n@hourly fetch\n");
  const auto said = run({"check", config, crontab});
  BOOST_TEST(said.code == 0, said.out);
  BOOST_TEST(said.out == config + ": good, 3 settings\n" + crontab + ": good, 2 entries\n");
  const auto whole = document(run({"check", config, crontab, "--json"}));
  BOOST_TEST(text(whole, "ok") == "true");
  BOOST_TEST(text(whole, "faults") == "[]");
}

BOOST_FIXTURE_TEST_CASE(each_fault_has_its_place, files_fixture) {
  const auto config = write("node.toml", "data = \"d\"\nslot = 4\n\ndurability = \"soon\"\nstop-grace = \"never\"\n");
  const auto crontab = write("my-crontab", "0 3 * * * backup\n  61 * * * * fetch\nhello\n");
  const auto said = run({"check", config, crontab});
  BOOST_TEST(said.code == 2);
  for (const auto& place : {config + ":2:1: there is no setting \"slot\"", config + ":4:1: durability: ",
                            config + ":5:1: stop-grace: ", crontab + ":2:3: ", crontab + ":3:1: "})
    BOOST_TEST(has(said.out, place), said.out);
  BOOST_TEST(!has(said.out, config + ":1:"), said.out);
  const auto whole = document(run({"check", config, crontab, "--json"}), 2);
  BOOST_TEST(text(whole, "ok") == "false");
  BOOST_TEST(has(text(whole, "faults"), R"({"column":3,"file":")" + crontab + R"(","line":2,)"), text(whole, "faults"));
}

BOOST_FIXTURE_TEST_CASE(what_a_file_is_can_be_said, files_fixture) {
  const auto path = write("settings", "[cluster]\nname = \"c\"\n");
  BOOST_TEST(run({"check", path}).code == 2); // no crontab
  BOOST_TEST(run({"check", path, "--kind", "config"}).code == 0);
  const auto system = write("system", "0 3 * * * root backup\n");
  BOOST_TEST(has(run({"check", system, "--kind", "system-crontab", "--json"}).out, R"("kind":"system-crontab")"));
  const auto without_command = write("other", "0 3 * * * root\n");
  BOOST_TEST(has(run({"check", without_command, "--kind", "system-crontab"}).out, "expected a command after the user"));
  BOOST_TEST(run({"check", "--kind", "config"}).code == 1);
}

BOOST_FIXTURE_TEST_CASE(an_export_is_checked_line_by_line, files_fixture) {
  const auto path = write("all.jsonl", R"({"carillon_export": 1}
{"task": {"id": "mail", "max_running_jobs": 0.5}}
{"schedule": {"id": "s", "task": "mail"}}
nonsense
)");
  const auto said = run({"check", path});
  BOOST_TEST(said.code == 2);
  for (const auto& place :
       {path + ":2:1: tasks: entry 1: max_running_jobs", path + ":3:1: trigger: is missing", path + ":4:1: "})
    BOOST_TEST(has(said.out, place), said.out);
  const auto newer = write("newer.jsonl", "{\"carillon_export\": 2}\n{\"comet\": 1}\n");
  BOOST_TEST(has(run({"check", newer}).out, newer + ":1:1: it is of version 2"));
}

BOOST_FIXTURE_TEST_CASE(what_can_not_be_read_is_a_fault_of_its_file, files_fixture) {
  const auto none = folder / "none.toml";
  const auto good = write("good", "0 3 * * * backup\n");
  const auto said = run({"check", none, good});
  BOOST_TEST(said.code == 2);
  BOOST_TEST(has(said.out, none + ": No such file"), said.out);
  BOOST_TEST(has(said.out, good + ": good"), said.out);
}

BOOST_FIXTURE_TEST_CASE(a_folder_is_no_file, files_fixture) {
  const auto path = folder / "";
  for (const auto* kind : {"config", "export"}) {
    const auto said = run({"check", "--kind", kind, path});
    BOOST_TEST(said.code == 2);
    BOOST_TEST(said.out == path + ": it is a folder, and a file is wanted\n", said.out);
  }
  const auto doctor = run({"doctor", "--config", path, "--data", folder / "data"});
  BOOST_TEST(doctor.code == 2);
  BOOST_TEST(has(doctor.out, path + ": it is a folder, and a file is wanted"), doctor.out);
}

BOOST_FIXTURE_TEST_CASE(what_a_node_would_refuse_is_a_fault_of_its_setting, files_fixture) {
  const auto faults = [&](const std::string& text, const std::vector<std::string>& expected) {
    const auto path = write("node.toml", text);
    const auto said = run({"check", path});
    BOOST_TEST(said.code == 2, text);
    for (const auto& each : expected)
      BOOST_TEST(has(said.out, path + ":" + each), said.out);
    BOOST_TEST(std::ranges::count(said.out, '\n') == static_cast<std::ptrdiff_t>(expected.size()), said.out);
    const auto served = run({"serve", "--config", path});
    BOOST_TEST(served.code != 0);
    BOOST_TEST(!has(served.err, "is ready"), served.err);
  };
  const auto file = write("file", "");
  const auto data = "data = \"" + (folder / "data") + "\"\n";
  faults("data = \"" + file + "\"\n\n[cluster]\nlisten = \"bogus\"\nidentity = \"a b\"\nlabels = [\"gpu\", \"a=b\"]\n",
         {"1:1: data folder " + file + ": ", "4:1: listen: address \"bogus\": no port",
          "5:1: identity: name \"a b\": position 2", "6:18: labels: label \"a=b\": position 2"});
  faults(data + "[cluster]\nlisten = \"127.0.0.1:0\"\n", {"3:1: listen: address \"127.0.0.1:0\": the port"});
  faults(data + "[cluster]\nlisten = \"0.0.0.0:7400\"\n",
         {"3:1: listen: 0.0.0.0:7400 is reached from other machines: that needs authority, certificate and key"});
  const auto none = folder / "none";
  faults(data + "[cluster]\nlisten = \"0.0.0.0:7400\"\ncertificate = \"" + none + "\"\nauthority = \"" + none +
             "\"\nkey = \"" + none + "\"\n",
         {"5:1: authority: " + none + ": No such file"});
  faults(data + "http-ca = \"" + file + "\"\n", {"2:1: http-ca: " + file + ": "}); // which holds no certificate
  faults(data + "system = true\ncrontab = [\"" + file + "\", \"" + none + "\"]\n",
         {"3:" + std::to_string(file.size() + 16) + ": crontab"});
}

BOOST_FIXTURE_TEST_CASE(without_a_file_the_node_checks_its_store, files_fixture) {
  const served_node node{folder / "data"};
  BOOST_TEST(text(document(node.ask({"check", "--json"})), "ok") == "true");
}

BOOST_AUTO_TEST_SUITE_END()
