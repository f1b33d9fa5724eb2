// The history of a node through the command line: explain, preview, definitions, verify, clean.
#include "system/json_answer.hpp"

#include "carillon/model/value.hpp"
#include "keyed/keys.hpp"
#include "rocksdb/rocksdb_key_value.hpp"

using namespace carillon;
using namespace carillon::system_test;

namespace {

const value::list& list(const value& of, const char* key) {
  const auto* found = of.find(key);
  BOOST_TEST_REQUIRE(found != nullptr);
  const auto* items = found->get_if<value::list>();
  BOOST_TEST_REQUIRE(items != nullptr);
  return *items;
}

struct history_fixture {
  scratch_folder folder;
  std::string data = folder / "data";
  std::optional<served_node> node{std::in_place, data};

  void add_tick(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words{"schedule", "add", "tick", "--every", "1s"};
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {"--", "true"});
    const auto added = node->ask(words);
    BOOST_TEST_REQUIRE(added.code == 0, added.err);
  }
  /// Waits until the schedule has decided so many fire times.
  value wait_for_decisions(std::size_t count) {
    const auto until = std::chrono::steady_clock::now() + deadline;
    for (;;) {
      auto told = document(node->ask({"schedule", "explain", "tick", "--json"}));
      if (list(told, "decided").size() >= count || std::chrono::steady_clock::now() > until)
        return told;
    }
  }
  void stop() {
    node->program().signal(SIGTERM);
    BOOST_TEST(node->program().wait() == 0);
    node.reset();
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(history)

BOOST_FIXTURE_TEST_CASE(a_schedule_is_explained, history_fixture) {
  add_tick();
  const auto told = wait_for_decisions(2);
  const auto& newest = list(told, "decided").front();
  BOOST_TEST(text(newest, "count") == "1");
  BOOST_TEST(text(newest, "reason") == "null");
  BOOST_TEST(list(told, "next").size() == 5U);
  const auto shown = node->ask({"schedule", "explain", "tick", "--limit", "1", "-n", "2"});
  BOOST_TEST(shown.code == 0, shown.err);
  for (const auto* part : {"tick (every 1s): it ", "FIRE TIME", "WHY", "Next:\n"})
    BOOST_TEST(has(shown.out, part), shown.out);
  const auto refused = node->ask({"schedule", "explain", "tick", "--limit", "5000"});
  BOOST_TEST(refused.code == 2);
  BOOST_TEST(has(refused.err, "limit: must be 0 to 1000"), refused.err);
  BOOST_TEST(node->ask({"schedule", "explain", "none"}).code == 2);
}

BOOST_FIXTURE_TEST_CASE(a_preview_is_shown_and_changes_nothing, history_fixture) {
  add_tick({"--coalesce", "all", "--max-catch-up", "2", "--overlap", "queue_all"});
  wait_for_decisions(1);
  BOOST_TEST(node->ask({"schedule", "pause", "tick"}).code == 0);
  const auto before = document(node->ask({"schedule", "show", "tick", "--json"}));
  const auto told =
      document(node->ask({"schedule", "preview", "tick", "--from", "2001-01-01T00:00Z", "-n", "3", "--json"}));
  BOOST_TEST(list(told, "jobs").size() <= 2U);
  BOOST_TEST(list(told, "next").size() == 3U);
  BOOST_TEST(text(told, "pause_reason") == "null");
  BOOST_TEST(has(node->ask({"schedule", "preview", "tick"}).out, "Next:\n"));
  BOOST_TEST((document(node->ask({"schedule", "show", "tick", "--json"})) == before));
  const auto refused = node->ask({"schedule", "preview", "tick", "--from", "yesterday"});
  BOOST_TEST(refused.code == 2);
  BOOST_TEST(has(refused.err, "from: "), refused.err);
}

BOOST_FIXTURE_TEST_CASE(earlier_settings_are_listed, history_fixture) {
  add_tick();
  wait_for_decisions(1);
  BOOST_TEST(node->ask({"schedule", "add", "tick", "--every", "1h", "--replace", "--", "true"}).code == 0);
  const auto page = document(node->ask({"schedule", "definitions", "tick", "--json"}));
  BOOST_TEST_REQUIRE(list(page, "definitions").size() == 1U);
  const auto& past = list(page, "definitions").front();
  BOOST_TEST(has(text(past, "trigger"), R"("seconds":1)"), text(past, "trigger"));
  BOOST_TEST(text(past, "covered_to") != "null");
  BOOST_TEST(has(node->ask({"schedule", "definitions", "tick"}).out, "every 1s"));
  BOOST_TEST(has(http(node->socket(), "GET", "/v1/schedules/tick/definitions"), "200 OK"));
}

BOOST_FIXTURE_TEST_CASE(the_store_is_cleaned_on_demand, history_fixture) {
  BOOST_TEST(node->ask({"store", "clean"}).out == "what had expired is gone\n");
  BOOST_TEST(text(document(node->ask({"store", "clean", "--json"})), "cleaned") == "true");
  BOOST_TEST(has(http(node->socket(), "POST", "/v1/clean"), "204"));
}

BOOST_FIXTURE_TEST_CASE(a_store_is_verified_beside_the_node_that_works_on_it, history_fixture) {
  for (int i = 0; i < 20; ++i)
    BOOST_TEST(
        node->ask({"schedule", "add", "s" + std::to_string(i), "--every", "1s", "--overlap", "skip", "--", "true"})
            .code == 0);
  add_tick();
  std::size_t checked = 0;
  for (int look = 0; look < 5; ++look) {
    wait_for_decisions(checked + 1);
    const auto report = document(run({"verify", "--data", data, "--json"}));
    BOOST_TEST(text(report, "faults") == "[]");
    BOOST_TEST(text(report, "ok") == "true");
    BOOST_TEST(list(report, "history").size() == 21U);
    for (const auto& row : list(report, "history"))
      if (text(row, "id") == R"("tick")")
        checked = static_cast<std::size_t>(*row.find("fire_times")->get_if<std::int64_t>());
  }
  BOOST_TEST(checked >= 1U);
  const auto shown = run({"verify", "--data", data});
  BOOST_TEST(shown.code == 0, shown.err);
  for (const auto* part : {"SCHEDULE", "FIRE TIMES", "MISSING", "history is whole since", "No fault: 21 schedules"})
    BOOST_TEST(has(shown.out, part), shown.out);
  BOOST_TEST(node->ask({"check"}).code == 0);
}

BOOST_FIXTURE_TEST_CASE(a_fault_of_a_stopped_store_is_found_and_named, history_fixture) {
  add_tick({"--overlap", "allow"});
  const auto told = wait_for_decisions(3);
  stop();
  const auto& lost = list(told, "decided")[1];
  {
    const auto db = keyed::make_rocksdb_source(data)->open().or_throw();
    keyed::write_batch changes;
    const auto id = job_id::parse(*lost.find("job_id")->get_if<std::string>()).or_throw();
    changes.erase(keyed::family::jobs, keyed::job_key(id));
    db->write(changes, durability::sync).or_throw();
  }
  const auto report = document(run({"verify", "--data", data, "--json"}), 2);
  BOOST_TEST(text(report, "ok") == "false");
  const auto fault = *lost.find("first")->get_if<std::string>() + " has neither a job nor a skip";
  BOOST_TEST(has(text(report, "faults"), fault), text(report, "faults"));
  BOOST_TEST(text(list(report, "history").front(), "missing") == "1");
  const auto shown = run({"verify", "--data", data});
  BOOST_TEST(shown.code == 2);
  BOOST_TEST(has(shown.out, fault), shown.out);
  node.emplace(data);
  const auto asked = node->ask({"check", "--json"});
  BOOST_TEST(has(asked.out, fault), asked.out);
}

BOOST_AUTO_TEST_CASE(what_is_no_store_can_not_be_read) {
  const scratch_folder folder;
  const auto refused = run({"verify", "--data", folder / "none"});
  BOOST_TEST(refused.code == 4);
  BOOST_TEST(has(refused.err, "there is no store in "), refused.err);
}

BOOST_AUTO_TEST_SUITE_END()
