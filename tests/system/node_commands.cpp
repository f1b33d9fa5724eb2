// `carillon node` on real processes. Clauses NO and LB of docs/semantics.md.
#include "system/free_address.hpp"
#include "system/json_answer.hpp"
#include "system/program.hpp"

#include <fmt/format.h>

using namespace carillon;
using namespace carillon::system_test;

namespace {

/// A node with the store that runs nothing, and workers that join it.
struct nodes_fixture {
  scratch_folder folder;
  std::string address = free_address();
  served_node hub{folder / "hub", {"--name", "hub", "--role", "scheduler", "--listen", address}};
  std::map<std::string, std::unique_ptr<served_node>> workers;

  served_node& add_worker(const std::string& name, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"--name", name, "--role", "worker", "--stop-grace", "1s", "--join", address});
    return *(workers[name] = std::make_unique<served_node>(folder / name, std::move(more)));
  }
  [[nodiscard]] value show(const std::string& name) const {
    return document(hub.ask({"node", "show", name, "--json"}));
  }
  [[nodiscard]] std::string run(std::vector<std::string> argv) const {
    argv.insert(argv.begin(), {"job", "run", "--"});
    const auto said = hub.ask(std::move(argv));
    BOOST_TEST_REQUIRE(said.code == 0, said.err);
    return said.out.substr(0, said.out.find('\n'));
  }
  /// Waits until an event of that type has come.
  void wait_for(const std::string& type) const {
    const auto seen =
        hub.ask({"events", "--follow", "--since", "0", "--type", type, "--count", "1", "--timeout", "30s"});
    BOOST_TEST_REQUIRE(seen.code == 0, type + ": " + seen.err);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(node_commands, nodes_fixture)

BOOST_AUTO_TEST_CASE(nodes_are_listed_shown_and_removed) {
  const auto& one = add_worker("one", {"--label", "gpu", "--label", "big", "--slots", "3"});
  const auto listed = one.ask({"node", "list"}); // any node of the cluster may be asked
  BOOST_TEST(listed.code == 0, listed.err);
  for (const auto* word : {"hub", "store, scheduler", "one", "big, gpu", "0/3", "connected"})
    BOOST_TEST(has(listed.out, word), listed.out);
  const auto shown = show("one");
  BOOST_TEST(text(shown, "labels") == R"(["big","gpu"])");
  BOOST_TEST(text(shown, "state") == R"("connected")");
  const auto refused = hub.ask({"node", "remove", "one"});
  BOOST_TEST(refused.code == 2);
  BOOST_TEST(has(refused.err, "is connected: stop it first"), refused.err);
  workers["one"]->program().signal(SIGTERM);
  wait_for("node_left");
  BOOST_TEST(text(show("one"), "state") == R"("gone")");
  BOOST_TEST(hub.ask({"node", "remove", "one"}).code == 0);
  BOOST_TEST(hub.ask({"node", "show", "one"}).code == 2);
  BOOST_TEST(hub.ask({"node", "drain", "one"}).code == 2);
}

BOOST_AUTO_TEST_CASE(a_killed_node_is_lost) {
  add_worker("one");
  workers["one"]->program().signal(SIGKILL);
  wait_for("node_lost");
  BOOST_TEST(text(show("one"), "state") == R"("gone")");
}

BOOST_AUTO_TEST_CASE(a_draining_node_hands_back_what_it_runs) {
  add_worker("one");
  const auto mark = folder / "mark";
  const auto id = run({"sh", "-c", fmt::format("if mkdir {}; then exec sleep 600; fi", mark)});
  wait_for("job_acquired");
  wait_until_there(mark);
  const auto patient = hub.ask({"node", "drain", "one", "--wait", "1ms"});
  BOOST_TEST(patient.code == 2);
  BOOST_TEST(has(patient.err, "1 jobs still run"), patient.err);
  add_worker("two");
  const auto drained = hub.ask({"node", "drain", "one", "--hand-back", "--wait", "30s", "--json"});
  BOOST_TEST(drained.code == 0, drained.err);
  BOOST_TEST(text(document(drained), "running_jobs") == "0");
  wait_for("node_drained");
  (void)hub.ask({"job", "result", "--wait", id});
  const auto ended = document(hub.ask({"job", "show", id, "--json"}));
  BOOST_TEST(text(ended, "outcome") == R"("success")");
  BOOST_TEST(text(ended, "lost_attempts") == "0");
  BOOST_TEST(has(hub.ask({"node", "list"}).out, "drained"));
  BOOST_TEST(hub.ask({"node", "resume", "one"}).code == 0);
  BOOST_TEST(text(show("one"), "draining") == "false");
}

BOOST_AUTO_TEST_CASE(a_job_waits_for_a_node_with_its_label) {
  add_worker("one");
  BOOST_TEST(hub.ask({"task", "set", "command", "--label", "gpu"}).code == 0);
  const auto id = run({"true"});
  const auto waits = text(document(hub.ask({"job", "show", id, "--json"})), "waiting_for");
  BOOST_TEST(has(waits, "and the labels gpu now"), waits);
  add_worker("two", {"--label", "gpu"});
  (void)hub.ask({"job", "result", "--wait", id});
  BOOST_TEST(text(document(hub.ask({"job", "show", id, "--json"})), "executor") == R"("two")");
  BOOST_TEST(hub.ask({"task", "set", "command", "--label", "none"}).code == 0);
  BOOST_TEST(text(document(hub.ask({"task", "show", "command", "--json"})), "labels") == "[]");
  const auto bad = hub.ask({"task", "set", "command", "--label", "two words"});
  BOOST_TEST(bad.code == 2);
  BOOST_TEST(has(bad.err, "label"), bad.err);
}

BOOST_AUTO_TEST_SUITE_END()
