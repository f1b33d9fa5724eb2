// `carillon doctor`: what of this machine would keep a node from its work.
#include "system/json_answer.hpp"

#include <algorithm>
#include <fstream>
#include <map>

using namespace carillon;
using namespace carillon::system_test;
namespace fs = std::filesystem;

namespace {

// The finding of a subject, the worst if there are several: `error: text`.
std::map<std::string, std::string> findings_of(const ended& what) {
  const auto whole = parse_json_text(what.out);
  BOOST_TEST_REQUIRE(static_cast<bool>(whole), what.out + what.err);
  std::map<std::string, std::string> all;
  for (const auto& each : *whole->find("findings")->get_if<value::list>()) {
    const auto level = *each.find("level")->get_if<std::string>();
    auto& known = all[*each.find("subject")->get_if<std::string>()];
    if (known.empty() || !known.starts_with("error"))
      known = level + ": " + *each.find("text")->get_if<std::string>();
    if (level != "ok")
      BOOST_TEST(!each.find("advice")->is_null(), known); // whatever is wrong has something to do about it
  }
  return all;
}

struct doctor_fixture {
  scratch_folder folder;
  std::string data = folder / "data";

  std::map<std::string, std::string> look(std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"doctor", "--json", "--data", data});
    return findings_of(run(more));
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(doctor)

BOOST_FIXTURE_TEST_CASE(a_working_node_has_no_error, doctor_fixture) {
  const served_node node{data};
  const auto said = run({"doctor", "--data", data});
  BOOST_TEST(said.code == 0, said.out);
  const auto found = look();
  for (const auto* subject : {"clock", "zone data", "open files", "disk", "data folder", "socket", "node"})
    BOOST_TEST(found.contains(subject), subject);
  BOOST_TEST(found.at("data folder") == "ok: " + data + " is this user's alone");
  BOOST_TEST(found.at("node") == "ok: it answers");
  BOOST_TEST(!has(said.out, "error"), said.out);
}

BOOST_FIXTURE_TEST_CASE(a_folder_that_is_not_there_yet_is_no_fault, doctor_fixture) {
  BOOST_TEST(look().at("data folder").starts_with("ok: "));
  BOOST_TEST(!fs::exists(data));
}

BOOST_FIXTURE_TEST_CASE(a_folder_and_a_socket_that_others_may_use_are_told, doctor_fixture) {
  const served_node node{data};
  fs::permissions(data, fs::perms::others_read, fs::perm_options::add);
  fs::permissions(data + "/control.sock", fs::perms::others_all, fs::perm_options::add);
  const auto found = look();
  BOOST_TEST(found.at("data folder").starts_with("warning: others may look into"), found.at("data folder"));
  BOOST_TEST(found.at("socket").starts_with("error: others may connect"), found.at("socket"));
  const auto said = run({"doctor", "--data", data});
  BOOST_TEST(said.code == 2);
  BOOST_TEST(has(said.out, "-> `chmod 600 " + data + "/control.sock`"), said.out);
}

BOOST_FIXTURE_TEST_CASE(what_is_no_folder_is_an_error, doctor_fixture) {
  std::ofstream{data} << "a file";
  BOOST_TEST(look().at("data folder") == "error: " + data + " is no folder");
}

BOOST_FIXTURE_TEST_CASE(the_files_of_the_configuration_are_looked_at, doctor_fixture) {
  BOOST_TEST(run({"cluster", "init", "--folder", folder / "a"}).code == 0);
  BOOST_TEST(run({"cluster", "init", "--folder", folder / "b"}).code == 0);
  BOOST_TEST(run({"cluster", "issue", "hub", "--folder", folder / "a"}).code == 0);
  BOOST_TEST(run({"cluster", "issue", "soon", "--folder", folder / "a", "--validity", "10d"}).code == 0);
  const auto configure = [&](const std::string& authority, const std::string& certificate, const std::string& key) {
    std::ofstream{folder / "node.toml"} << "data = \"" << data << "\"\n[cluster]\nauthority = \"" << folder / authority
                                        << "\"\ncertificate = \"" << folder / certificate << "\"\nkey = \""
                                        << folder / key << "\"\n";
    return findings_of(run({"doctor", "--json", "--config", folder / "node.toml"}));
  };
  auto found = configure("a/authority.pem", "a/hub.pem", "a/hub.key");
  BOOST_TEST(found.at("configuration").starts_with("ok: "), found.at("configuration"));
  for (const auto* subject : {"authority", "certificate", "key"})
    BOOST_TEST(found.at(subject).starts_with("ok: "), found.at(subject));
  found = configure("a/authority.pem", "a/soon.pem", "a/hub.key");
  BOOST_TEST(has(found.at("key"), "isn't the key of"), found.at("key"));
  found = configure("b/authority.pem", "a/hub.pem", "a/hub.key");
  BOOST_TEST(found.at("certificate").starts_with("error: "), found.at("certificate"));
  BOOST_TEST(has(found.at("certificate"), "doesn't vouch for"), found.at("certificate"));
  found = configure("a/authority.pem", "a/none.pem", "a/hub.key");
  BOOST_TEST(has(found.at("certificate"), "No such file"), found.at("certificate"));
  fs::permissions(folder / "a/hub.key", fs::perms::group_read, fs::perm_options::add);
  found = configure("a/authority.pem", "a/hub.pem", "a/hub.key");
  BOOST_TEST(has(found.at("key"), "others than its owner may use"), found.at("key"));
  const auto wrong = run({"doctor", "--config", folder / "none.toml"});
  BOOST_TEST(wrong.code == 2);
  BOOST_TEST(has(wrong.out, "none.toml: No such file"), wrong.out);
}

BOOST_FIXTURE_TEST_CASE(a_certificate_that_runs_out_soon_is_told, doctor_fixture) {
  BOOST_TEST(run({"cluster", "init", "--folder", folder / "a"}).code == 0);
  BOOST_TEST(run({"cluster", "issue", "soon", "--folder", folder / "a", "--validity", "10d"}).code == 0);
  std::ofstream{folder / "node.toml"} << "[cluster]\nauthority = \"" << folder / "a/authority.pem"
                                      << "\"\ncertificate = \"" << folder / "a/soon.pem"
                                      << "\"\nkey = \"" << folder / "a/soon.key"
                                      << "\"\n";
  const auto said = run({"doctor", "--config", folder / "node.toml", "--data", data});
  BOOST_TEST(said.code == 0, said.out);
  BOOST_TEST(has(said.out, "soon.pem runs out at "), said.out);
}

BOOST_AUTO_TEST_SUITE_END()
