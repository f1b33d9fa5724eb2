// One node has the store, and others, in processes of their own, join it over TCP. They are killed, cut off, and turned away.
#include "system/free_address.hpp"
#include "system/json_answer.hpp"
#include "system/program.hpp"

#include <fmt/format.h>

#include <fstream>
#include <optional>

#include <netinet/in.h>
#include <sys/stat.h>

using namespace carillon;
using namespace carillon::system_test;

namespace {

/// A hub that fires and has no worker, and those that join it.
struct cluster_fixture {
  scratch_folder folder;
  std::string address = free_address();
  std::optional<served_node> hub;
  std::map<std::string, std::unique_ptr<served_node>> workers;

  cluster_fixture() { start_hub(); }
  void start_hub() {
    hub.reset();
    hub.emplace(folder / "hub", std::vector<std::string>{"--name", "hub", "--role", "scheduler", "--listen", address});
  }
  served_node& add_worker(const std::string& name) {
    auto& made = workers[name];
    made.reset(); // the one before it
    made =
        std::make_unique<served_node>(folder / name, std::vector<std::string>{"--name", name, "--role", "worker",
                                                                              "--stop-grace", "1s", "--join", address});
    return *made;
  }

  static std::string add(const served_node& through, std::vector<std::string> argv) {
    argv.insert(argv.begin(), {"job", "run", "--"});
    const auto said = through.ask(std::move(argv));
    BOOST_TEST_REQUIRE(said.code == 0, said.err);
    return said.out.substr(0, said.out.find('\n'));
  }
  /// The job when it has finished.
  static value wait_for(const served_node& through, const std::string& id) {
    (void)through.ask({"job", "result", "--wait", id});
    return document(through.ask({"job", "show", id, "--json"}));
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(cluster)

BOOST_FIXTURE_TEST_CASE(a_worker_in_another_process_runs_the_jobs_and_answers_for_the_store, cluster_fixture) {
  const auto& worker = add_worker("one");
  const auto id = add(*hub, {"sh", "-c", "echo hello"});
  const auto ended = wait_for(*hub, id);
  BOOST_TEST(text(ended, "outcome") == R"("success")");
  BOOST_TEST(text(document(worker.ask({"job", "show", id, "--json"})), "outcome") == R"("success")");
  const auto other = add(worker, {"true"});
  BOOST_TEST(text(wait_for(worker, other), "outcome") == R"("success")");
  BOOST_TEST(has(hub->ask({"job", "list"}).out, other));
}

BOOST_FIXTURE_TEST_CASE(the_jobs_of_a_killed_worker_go_on_at_another, cluster_fixture) {
  auto& first = add_worker("one");
  const auto mark = folder / "mark";
  const auto id = add(*hub, {"sh", "-c", fmt::format("if mkdir {}; then exec sleep 600; fi", mark)});
  wait_until_there(mark);
  add_worker("two");
  first.program().signal(SIGKILL);
  const auto ended = wait_for(*hub, id);
  BOOST_TEST(text(ended, "outcome") == R"("success")");
  BOOST_TEST(text(ended, "attempt") == "2");
}

BOOST_FIXTURE_TEST_CASE(a_worker_finds_the_store_again_after_it_was_killed, cluster_fixture) {
  auto& worker = add_worker("one");
  const auto go = folder / "go";
  const auto mark = folder / "mark";
  const auto id = add(*hub, {"sh", "-c", fmt::format("mkdir {}; while [ ! -e {} ]; do sleep 0.05; done", mark, go)});
  wait_until_there(mark);
  hub->program().signal(SIGKILL);
  BOOST_TEST(worker.program().err().wait_for("the store is lost"));
  const auto meanwhile = worker.ask({"job", "list"});
  BOOST_TEST(meanwhile.code != 0);
  BOOST_TEST(has(meanwhile.err, "isn't connected"), meanwhile.err);
  start_hub();
  std::filesystem::create_directory(go); // it has run on, and still has its lease
  const auto ended = wait_for(*hub, id);
  BOOST_TEST(text(ended, "outcome") == R"("success")");
  BOOST_TEST(text(ended, "attempt") == "1");
  BOOST_TEST(text(wait_for(*hub, add(*hub, {"true"})), "outcome") == R"("success")");
  const auto listed = worker.ask({"job", "list"});
  BOOST_TEST(listed.code == 0, listed.err);
}

BOOST_FIXTURE_TEST_CASE(subscribers_of_several_nodes_get_all_and_go_on_with_the_store_that_is_found_again,
                        cluster_fixture) {
  const auto& one = add_worker("one");
  const auto& two = add_worker("two");
  const auto follow = [](const served_node& at) {
    return std::make_unique<process>(std::vector<std::string>{"--socket", at.socket(), "events", "--follow", "--json",
                                                              "--type", "job_finished", "--since", "0"});
  };
  const auto first = follow(one);
  const auto second = follow(two);
  const auto before = add(*hub, {"true"});
  for (const auto* each : {&first, &second})
    BOOST_TEST((*each)->out().wait_for(before));
  hub->program().signal(SIGKILL);
  start_hub();
  const auto after = add(*hub, {"true"});
  for (const auto* each : {&first, &second}) {
    BOOST_TEST((*each)->out().wait_for(after));
    const auto said = (*each)->out().said();
    BOOST_TEST(said.find(before) == said.rfind(before));
  }
}

BOOST_AUTO_TEST_CASE(a_node_that_waits_for_its_store_can_be_stopped) {
  const scratch_folder folder;
  process lonely{{"serve", "--data", folder / "lonely", "--join", free_address()}};
  BOOST_TEST_REQUIRE(lonely.err().wait_for("the store isn't found"));
  lonely.signal(SIGTERM);
  BOOST_TEST(lonely.wait() == 128 + SIGTERM);
}

BOOST_FIXTURE_TEST_CASE(a_worker_that_stops_hands_back_what_it_runs, cluster_fixture) {
  auto& first = add_worker("one");
  const auto mark = folder / "mark";
  const auto id = add(*hub, {"sh", "-c", fmt::format("if mkdir {}; then exec sleep 600; fi", mark)});
  wait_until_there(mark);
  first.program().signal(SIGTERM);
  add_worker("two");
  const auto ended = wait_for(*hub, id);
  BOOST_TEST(text(ended, "outcome") == R"("success")");
  BOOST_TEST(first.program().wait() == 0);
}

BOOST_FIXTURE_TEST_CASE(who_does_not_belong_is_turned_away, cluster_fixture) {
  add_worker("one");
  const auto join = [&](const std::string& data, std::vector<std::string> options) {
    options.insert(options.begin(), {"serve", "--data", folder / data, "--join", address});
    return run(std::move(options));
  };
  const auto other = join("a", {"--cluster", "theirs"});
  BOOST_TEST(other.code != 0);
  BOOST_TEST(has(other.err, R"(is of the cluster "theirs", and this one of "carillon")"), other.err);
  BOOST_TEST(hub->program().err().wait_for("a node is turned away"));
  const auto taken = run({"serve", "--memory", "--socket", folder / "s", "--listen", address});
  BOOST_TEST(taken.code == 2, taken.err);
  BOOST_TEST(has(taken.err, "can't listen at " + address + ": another program does"), taken.err);
  const auto same = join("b", {"--name", "hub"});
  BOOST_TEST(has(same.err, "has the name of the node with the store"), same.err);
  process twin{{"serve", "--data", folder / "c", "--join", address, "--name", "one"}};
  BOOST_TEST(twin.err().wait_for("is here already"));
  workers.at("one")->program().signal(SIGKILL);
  BOOST_TEST(twin.err().wait_for("is ready"));
}

BOOST_FIXTURE_TEST_CASE(garbage_at_the_port_hurts_nobody, cluster_fixture) {
  const auto& worker = add_worker("one");
  for (const auto& what :
       {std::string(64, '\xff'), std::string("GET / HTTP/1.1\r\n\r\n"), std::string(1U << 20U, 'x')}) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    BOOST_TEST_REQUIRE(::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    (void)::send(socket, what.data(), what.size(), MSG_NOSIGNAL);
    ::close(socket);
  }
  BOOST_TEST(text(wait_for(worker, add(worker, {"true"})), "outcome") == R"("success")");
}

BOOST_AUTO_TEST_CASE(nodes_with_certificates_of_one_authority_meet_and_others_do_not) {
  const scratch_folder folder;
  const auto address = free_address();
  const auto issue = [&](const std::string& authority, const std::vector<std::string>& names) {
    BOOST_TEST_REQUIRE(run({"cluster", "init", "--folder", folder / authority}).code == 0);
    for (const auto& name : names)
      BOOST_TEST_REQUIRE(run({"cluster", "issue", name, "--folder", folder / authority}).code == 0);
  };
  issue("ours", {"hub", "one"});
  issue("theirs", {"two"});
  const auto with = [&](const std::string& authority, const std::string& name, const std::string& option) {
    const auto file = [&](const std::string& which) { return folder / (authority + "/" + which); };
    return std::vector<std::string>{"--name",        name,
                                    option,          address,
                                    "--authority",   file("authority.pem"),
                                    "--certificate", file(name + ".pem"),
                                    "--key",         file(name + ".key")};
  };
  const auto start = [&](const std::string& name, std::vector<std::string> options) {
    options.insert(options.begin(), {"serve", "--data", folder / name});
    return std::make_unique<process>(std::move(options));
  };
  const auto hub = start("hub", with("ours", "hub", "--listen"));
  BOOST_TEST_REQUIRE(hub->err().wait_for("is ready"), hub->err().said());
  const auto two = start("two", with("theirs", "two", "--join"));
  const auto bare = start("three", {"--join", address});
  served_node one{folder / "one", with("ours", "one", "--join")};
  const auto id = cluster_fixture::add(one, {"true"});
  BOOST_TEST(text(cluster_fixture::wait_for(one, id), "outcome") == R"("success")");
  for (const auto* stranger : {&two, &bare})
    BOOST_TEST((*stranger)->err().wait_for("the store isn't found"), (*stranger)->err().said());
  BOOST_TEST(!has(one.program().err().said(), "is lost"));
  BOOST_TEST(!has(two->err().said(), "is ready"));
  BOOST_TEST(!has(bare->err().said(), "is ready"));

  BOOST_TEST_REQUIRE(::chmod((folder / "ours/one.key").c_str(), 0644) == 0);
  const auto loose = start("four", with("ours", "one", "--join"));
  BOOST_TEST(has(loose->err().all(), "chmod 600"));
  BOOST_TEST(loose->wait() == 2);
  auto mixed = with("ours", "one", "--join");
  mixed.back() = folder / "ours/hub.key";
  BOOST_TEST(has(start("five", mixed)->err().all(), "isn't the key of the certificate"));
  mixed = with("theirs", "two", "--join");
  mixed[5] = folder / "ours/authority.pem";
  BOOST_TEST(has(start("six", mixed)->err().all(), "doesn't vouch for it"));
}

BOOST_AUTO_TEST_CASE(a_file_says_how_a_node_is_started) {
  const scratch_folder folder;
  std::ofstream{folder / "node.toml"} << "data = \"" << folder / "data"
                                      << "\"\n[cluster]\nlisten = \"" << free_address()
                                      << "\"\nidentity = \"hub\"\nroles = [\"none\"]\n";
  process node{{"serve", "--config", folder / "node.toml"}};
  BOOST_TEST(node.err().wait_for("node hub is ready: neither scheduler nor worker"), node.err().said());
  BOOST_TEST(has(run({"serve", "--config", folder / "none"}).err, "none: No such file"));
}

BOOST_AUTO_TEST_CASE(bad_settings_are_refused_by_name) {
  const scratch_folder folder;
  const auto refused = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {"serve", "--data", folder / "data"});
    const auto said = run(std::move(options));
    BOOST_TEST(said.code != 0);
    return said.err;
  };
  BOOST_TEST(has(refused({"--listen", "0.0.0.0:7400"}), "authority_file"));
  BOOST_TEST(has(refused({"--join", "node"}), "no port"));
  BOOST_TEST(has(refused({"--join", "127.0.0.1:1", "--listen", "127.0.0.1:2"}), "excludes"));
  BOOST_TEST(has(refused({"--join", "127.0.0.1:7400", "--key", folder / "none"}), "authority_file"));
  BOOST_TEST(has(refused({"--join", "127.0.0.1:7400", "--cluster", "a b"}), "position 2"));
}

BOOST_AUTO_TEST_SUITE_END()
