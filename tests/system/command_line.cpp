#include "system/json_answer.hpp"

#include "carillon/model/value.hpp"

#include <algorithm>
#include <fstream>

using namespace carillon;
using namespace carillon::system_test;

namespace {

std::size_t count(const value& of, const char* list) {
  const auto* found = of.find(list);
  return found == nullptr || found->get_if<value::list>() == nullptr ? 999'999 : found->get_if<value::list>()->size();
}

struct node_fixture {
  scratch_folder folder;
  served_node node{folder / "data"};
};

} // namespace

BOOST_AUTO_TEST_SUITE(command_line)

BOOST_FIXTURE_TEST_CASE(a_schedule_is_added_shown_paused_resumed_and_removed, node_fixture) {
  const auto added = node.ask({"schedule", "add", "backup", "--cron", "0 3 * * *", "--timezone", "Europe/Berlin", "--",
                               "/usr/bin/rsync", "-a", "/a", "/b"});
  BOOST_TEST(added.code == 0, added.err);
  BOOST_TEST(has(added.out, "backup added, next at "));
  BOOST_TEST(has(node.ask({"schedule", "list"}).out, "0 3 * * * Europe/Berlin"));
  const auto shown = document(node.ask({"schedule", "show", "backup", "--json"}));
  BOOST_TEST(text(shown, "task") == R"("command")");
  BOOST_TEST(text(shown, "arguments") == R"({"argv":["/usr/bin/rsync","-a","/a","/b"]})");
  BOOST_TEST(has(text(shown, "next_fire_time"), ":00:00.000000Z"));
  BOOST_TEST(text(shown, "last_fire_time") == "null");
  BOOST_TEST(node.ask({"schedule", "pause", "backup"}).out == "backup paused\n");
  BOOST_TEST(text(document(node.ask({"schedule", "show", "backup", "--json"})), "paused") == "true");
  BOOST_TEST(node.ask({"schedule", "resume", "backup"}).out == "backup resumed\n");
  BOOST_TEST(text(document(node.ask({"schedule", "show", "backup", "--json"})), "paused") == "false");
  BOOST_TEST(node.ask({"schedule", "remove", "backup"}).out == "backup removed\n");
  BOOST_TEST(node.ask({"schedule", "show", "backup"}).code == 2);
  BOOST_TEST(count(document(node.ask({"schedule", "list", "--json"})), "schedules") == 0U);
}

BOOST_FIXTURE_TEST_CASE(a_schedule_with_the_same_id_is_refused_unless_it_replaces, node_fixture) {
  BOOST_TEST(node.ask({"schedule", "add", "x", "--every", "1h", "--", "date"}).code == 0);
  const auto refused = node.ask({"schedule", "add", "x", "--every", "2h", "--", "date"});
  BOOST_TEST(refused.code == 2);
  BOOST_TEST(has(refused.err, "x"));
  BOOST_TEST(node.ask({"schedule", "add", "x", "--every", "2h", "--replace", "--", "date"}).code == 0);
}

BOOST_FIXTURE_TEST_CASE(a_schedule_that_is_added_again_in_the_same_words_is_the_same, node_fixture) {
  const auto add = [&](const std::string& id, const std::vector<std::string>& when) {
    std::vector<std::string> words{"schedule", "add", id, "--json"};
    words.insert(words.end(), when.begin(), when.end());
    words.insert(words.end(), {"--", "true"});
    return node.ask(words);
  };
  const std::pair<const char*, std::vector<std::string>> schedules[] = {
      {"nightly", {"--cron", "0 3 * * *"}},
      {"hourly", {"--every", "1h"}},
      {"both",
       {"--trigger",
        R"({"type":"or","triggers":[{"type":"cron","fields":{"hour":"4"}},{"type":"interval","hours":5}]})"}}};
  for (const auto& [id, when] : schedules) {
    const auto added = document(add(id, when));
    const auto again = document(add(id, when));
    for (const auto* field : {"incarnation", "trigger"})
      BOOST_TEST(text(again, field) == text(added, field));
  }
  const auto hourly = document(node.ask({"schedule", "show", "hourly", "--json"}));
  const auto replaced = document(add("hourly", {"--every", "1h", "--replace"}));
  BOOST_TEST(text(replaced, "trigger") != text(hourly, "trigger")); // it begins anew
  BOOST_TEST(add("nightly", {"--cron", "0 4 * * *"}).code == 2);
  BOOST_TEST(http(node.socket(), "POST", "/v1/schedules",
                  R"({"id":"hourly","task":"command","arguments":{"argv":["true"]},)"
                  R"("trigger":{"type":"interval","hours":1,"start_time":"2020-01-01T00:00Z"}})")
                 .starts_with("HTTP/1.1 409"));
}

BOOST_FIXTURE_TEST_CASE(a_schedule_fires, node_fixture) {
  BOOST_TEST(node.ask({"schedule", "add", "tick", "--every", "5s", "--", "echo", "ticked"}).code == 0);
  BOOST_TEST(node.program().out().wait_for("fired     tick"));
  BOOST_TEST(node.program().out().wait_for("success   tick"));
  BOOST_TEST(node.program().out().wait_for("ticked"));
  const auto jobs = document(node.ask({"job", "list", "--schedule", "tick", "--state", "finished", "--json"}));
  BOOST_TEST_REQUIRE(count(jobs, "jobs") >= 1U);
  const auto& job = jobs.find("jobs")->get_if<value::list>()->front();
  BOOST_TEST(text(job, "output") == R"("ticked\n")");
  BOOST_TEST(text(job, "exit_code") == "0");
  BOOST_TEST(text(job, "outcome") == R"("success")");
}

BOOST_FIXTURE_TEST_CASE(a_job_is_run_and_waited_for, node_fixture) {
  const auto failed = node.ask({"job", "run", "--wait", "--", "sh", "-c", "echo hi; exit 3"});
  BOOST_TEST(failed.code == 2);
  BOOST_TEST(failed.out == "hi\n");
  BOOST_TEST(has(failed.err, "error, exit code 3"), failed.err);
  const auto good =
      node.ask({"job", "run", "--wait", "--stdin", "spoken", "--env", "WHO=you", "--shell", "cat; echo \" to $WHO\""});
  BOOST_TEST(good.code == 0, good.err);
  BOOST_TEST(good.out == "spoken to you\n");
  const auto shown = node.ask({"job", "run", "--wait", "--json", "--", "true"});
  BOOST_TEST(text(document(shown), "exit_code") == "0");
}

BOOST_FIXTURE_TEST_CASE(the_result_of_a_job_is_asked_for_later, node_fixture) {
  const auto added = node.ask({"job", "run", "--", "echo", "later"});
  BOOST_TEST(added.code == 0, added.err);
  const auto id = added.out.substr(0, added.out.size() - 1);
  BOOST_TEST(node.ask({"job", "result", "--wait", id}).out == "later\n");
  BOOST_TEST(node.ask({"job", "result", id}).out == "later\n");
  const auto shown = document(node.ask({"job", "show", id, "--json"}));
  BOOST_TEST(text(shown, "id") == "\"" + id + "\"");
  BOOST_TEST(text(shown, "state") == R"("finished")");
}

BOOST_FIXTURE_TEST_CASE(a_running_job_is_cancelled, node_fixture) {
  const auto added = node.ask({"job", "run", "--", "sleep", "1000"});
  const auto id = added.out.substr(0, added.out.size() - 1);
  BOOST_TEST(node.ask({"events", "--follow", "--once", "--type", "job_acquired", "--since", "0"}).code == 0);
  BOOST_TEST(node.ask({"job", "cancel", id}).out == id + " asked to stop\n");
  const auto ended = node.ask({"job", "result", "--wait", id});
  BOOST_TEST(ended.code == 2);
  BOOST_TEST(has(ended.err, "cancelled"), ended.err);
}

BOOST_FIXTURE_TEST_CASE(a_pending_job_is_cancelled_at_once, node_fixture) {
  const auto added = node.ask({"job", "run", "--not-before", "2999-01-01T00:00Z", "--", "true"});
  const auto id = added.out.substr(0, added.out.size() - 1);
  BOOST_TEST(node.ask({"job", "cancel", id}).out == id + " cancelled\n");
  BOOST_TEST(node.ask({"job", "cancel", id}).out == id + " cancelled\n");
}

BOOST_FIXTURE_TEST_CASE(jobs_that_are_added_are_listed_as_jobs, node_fixture) {
  for (const auto* id : {"a", "b"})
    node.ask({"schedule", "add", id, "--every", "1h", "--paused", "--", "true"});
  const auto ran = document(node.ask({"schedule", "run", "a", "b", "--json"}));
  BOOST_TEST(count(ran, "jobs") == 2U);
  BOOST_TEST(text(ran, "schedules") == "(missing)");
  BOOST_TEST(count(document(node.ask({"schedule", "pause", "a", "--json"})), "schedules") == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_list_that_was_cut_names_the_option_to_go_on_with, node_fixture) {
  for (const auto* id : {"a", "b"})
    node.ask({"schedule", "add", id, "--every", "1h", "--paused", "--", "true"});
  BOOST_TEST(has(node.ask({"events", "--limit", "1"}).out, "go on with --since 1\n"));
  BOOST_TEST(has(node.ask({"schedule", "list", "--limit", "1"}).out, "go on with --after "));
}

BOOST_FIXTURE_TEST_CASE(every_list_is_one_json_document, node_fixture) {
  node.ask({"schedule", "add", "x", "--every", "1h", "--", "true"});
  const std::pair<std::vector<std::string>, const char*> lists[] = {{{"schedule", "list"}, "schedules"},
                                                                    {{"job", "list"}, "jobs"},
                                                                    {{"task", "list"}, "tasks"},
                                                                    {{"events"}, "events"},
                                                                    {{"schedule", "skips", "x"}, "skips"}};
  for (const auto& [words, name] : lists) {
    auto line = words;
    line.emplace_back("--json");
    const auto list = document(node.ask(line));
    BOOST_TEST(count(list, name) < 100U, name);
    BOOST_TEST(text(list, "next") == "null");
    BOOST_TEST(node.ask(words).code == 0, name);
  }
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"status"}, {"check"}, {"version"}, {"schedule", "show", "x"}}) {
    auto line = words;
    line.emplace_back("--json");
    document(node.ask(line));
    BOOST_TEST(node.ask(words).code == 0);
  }
}

BOOST_FIXTURE_TEST_CASE(a_long_list_pages_by_itself, node_fixture) {
  constexpr std::size_t many = 1'100;
  for (std::size_t i = 0; i < many; ++i)
    http(node.socket(), "POST", "/v1/schedules",
         R"({"id": "s)" + std::to_string(i) +
             R"(", "task": "command", "arguments": {"argv": ["true"]}, "trigger": {"type": "interval", "days": 1,
               "start_time": "2100-01-01T00:00Z"}})");
  BOOST_TEST(count(document(node.ask({"schedule", "list", "--json"})), "schedules") == many);
  const auto some = document(node.ask({"schedule", "list", "--json", "--limit", "700"}));
  BOOST_TEST(count(some, "schedules") == 700U);
  const auto next = text(some, "next");
  BOOST_TEST_REQUIRE(next.size() > 2U);
  const auto rest = node.ask({"schedule", "list", "--json", "--after", next.substr(1, next.size() - 2)});
  BOOST_TEST(count(document(rest), "schedules") == many - 700);
}

BOOST_FIXTURE_TEST_CASE(events_are_followed_until_the_node_stops, node_fixture) {
  process follower{
      {"--socket", node.socket(), "events", "--follow", "--type", "job_finished", "--json", "--since", "0"}};
  node.ask({"job", "run", "--wait", "--", "true"});
  BOOST_TEST(follower.out().wait_for(R"("type":"job_finished"})"));
  node.program().signal(SIGTERM);
  const auto all = follower.out().all();
  BOOST_TEST(follower.wait() == 0);
  BOOST_TEST(node.program().wait() == 0);
  BOOST_TEST(static_cast<bool>(parse_json_text(all.substr(0, all.find('\n')))), all);
}

BOOST_FIXTURE_TEST_CASE(the_next_event_is_waited_for, node_fixture) {
  node.ask({"job", "run", "--wait", "--", "true"});
  const auto first = node.ask({"events", "--follow", "--once", "--type", "job_finished", "--since", "0", "--json"});
  const auto told = document(first);
  BOOST_TEST(text(told, "type") == R"("job_finished")");
  process next{{"--socket", node.socket(), "events", "--follow", "--count", "2", "--type", "job_added", "--type",
                "job_finished", "--since", text(told, "number"), "--timeout", "1m"}};
  node.ask({"job", "run", "--wait", "--", "true"});
  node.ask({"job", "run", "--wait", "--", "true"});
  const auto lines = next.out().all();
  BOOST_TEST(next.wait() == 0);
  BOOST_TEST(std::count(lines.begin(), lines.end(), '\n') == 2);
  BOOST_TEST((has(lines, "job_added") && has(lines, "job_finished")), lines);
}

BOOST_FIXTURE_TEST_CASE(an_event_that_does_not_come_in_time_is_exit_code_3, node_fixture) {
  const auto late = node.ask({"events", "--follow", "--once", "--type", "job_finished", "--timeout", "50ms"});
  BOOST_TEST(late.code == 3);
  BOOST_TEST(has(late.err, "only 0 of 1 events came"), late.err);
  BOOST_TEST(node.ask({"events", "--follow", "--type", "job_finished", "--timeout", "50ms"}).code == 0);
  BOOST_TEST(has(http(node.socket(), "GET", "/v1/events/stream?count=0"), "count: must be at least 1"));
}

BOOST_AUTO_TEST_CASE(without_the_role_of_a_worker_jobs_wait_and_say_so) {
  const scratch_folder folder;
  std::string id;
  std::string name;
  {
    const served_node client{folder / "data", {"--role", "none"}};
    const auto status = document(client.ask({"status", "--json"}));
    BOOST_TEST(text(status, "roles") == "[]");
    name = text(status, "node");
    BOOST_TEST(client.ask({"schedule", "add", "tick", "--every", "1ms", "--", "true"}).code == 0);
    const auto added = client.ask({"job", "run", "--", "echo", "waited"});
    id = added.out.substr(0, added.out.size() - 1);
    const auto shown = document(client.ask({"job", "show", id, "--json"}));
    BOOST_TEST(text(shown, "state") == R"("pending")");
    BOOST_TEST(has(text(shown, "waiting_for"), "a worker: none offers the task"), text(shown, "waiting_for"));
    BOOST_TEST(has(client.ask({"job", "show", id}).out, "a worker: none offers"));
    BOOST_TEST(count(document(client.ask({"job", "list", "--json"})), "jobs") == 1U); // the schedule hasn't fired
  }
  served_node worker{folder / "data", {"--role", "worker"}}; // after a kill of the first
  const auto status = document(worker.ask({"status", "--json"}));
  BOOST_TEST(text(status, "roles") == R"(["worker"])");
  BOOST_TEST(text(status, "node") == name); // the identity that was made for the folder
  BOOST_TEST(worker.ask({"job", "result", "--wait", id}).out == "waited\n");
  BOOST_TEST(count(document(worker.ask({"job", "list", "--json"})), "jobs") == 1U);
}

BOOST_FIXTURE_TEST_CASE(a_scheduler_says_that_it_has_started, node_fixture) {
  process follower{{"--socket", node.socket(), "events", "--follow", "--type", "scheduler_started", "--type",
                    "scheduler_stopped", "--since", "0"}};
  BOOST_TEST(follower.out().wait_for("scheduler_started"));
}

BOOST_FIXTURE_TEST_CASE(a_node_that_stops_is_unreachable_and_a_second_signal_ends_it_at_once, node_fixture) {
  BOOST_TEST(node.ask({"job", "run", "--", "sleep", "1000"}).code == 0);
  BOOST_TEST(node.program().out().wait_for("fired"));
  node.program().signal(SIGTERM);
  BOOST_TEST(node.program().err().wait_for("stopping"));
  BOOST_TEST(node.ask({"status"}).code == 3);
  node.program().signal(SIGTERM);
  BOOST_TEST(node.program().wait() == 128 + SIGTERM);
}

BOOST_FIXTURE_TEST_CASE(what_was_said_is_there_after_a_restart, node_fixture) {
  node.ask({"schedule", "add", "x", "--every", "1h", "--", "true"});
  const auto id = node.ask({"job", "run", "--wait", "--json", "--", "echo", "kept"}).out;
  node.program().signal(SIGINT);
  BOOST_TEST(node.program().wait() == 0);
  BOOST_TEST(!std::filesystem::exists(node.socket()));
  const served_node again{folder / "data"};
  BOOST_TEST(count(document(again.ask({"schedule", "list", "--json"})), "schedules") == 1U);
  BOOST_TEST(has(again.ask({"job", "list", "--json"}).out, R"(kept)"));
}

BOOST_FIXTURE_TEST_CASE(a_command_gets_the_bytes_that_were_given, node_fixture) {
  const std::string shown = R"(printf '%s' "$1" "$X" | cat - /dev/fd/3 | od -An -tx1)";
  const auto ran = node.ask({"job", "run", "--wait", "--json", "--env", "X=\xfe", "--stdin", "\xfd", "--", "sh", "-c",
                             "exec 3<&0; " + shown, "sh", "caf\xe9"});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(text(document(ran), "output") == R"(" 63 61 66 e9 fe fd\n")", ran.out);
  BOOST_TEST(has(ran.out, R"({"$bytes":"Y2Fm6Q=="})"), ran.out);
  std::ofstream{folder / "input", std::ios::binary} << "\xff\xfe";
  const auto from_file =
      node.ask({"job", "run", "--wait", "--stdin-file", folder / "input", "--", "od", "-An", "-tx1"});
  BOOST_TEST(has(from_file.out, "ff fe"), from_file.out);
}

BOOST_AUTO_TEST_CASE(output_that_cannot_be_written_is_no_success) {
  const std::vector<std::string> to_a_full_disk{"sh", "-c", R"(exec "$@" >/dev/full)", "sh"};
  process full{{"next", "--cron", "0 3 * * *"}, "/dev/null", to_a_full_disk};
  BOOST_TEST(has(full.err().all(), "standard output: No space left on device"));
  BOOST_TEST(full.wait() == 4);
  BOOST_TEST(process({"--help"}, "/dev/null", to_a_full_disk).wait() == 4);
  const scratch_folder folder;
  const served_node node{folder / "data"};
  process follower{{"--socket", node.socket(), "events", "--follow", "--since", "0"}, "/dev/null", to_a_full_disk};
  BOOST_TEST(node.ask({"job", "run", "--wait", "--", "true"}).code == 0);
  BOOST_TEST(follower.wait() == 4);
  const std::vector<std::string> to_nobody{"sh", "-c", R"(trap '' PIPE; "$@" | true)", "sh"};
  process unread{{"next", "--every", "1s", "-n", "100000"}, "/dev/null", to_nobody};
  BOOST_TEST(unread.err().all() == "");
  BOOST_TEST(unread.wait() == 0);
}

BOOST_AUTO_TEST_CASE(next_fire_times_need_no_node) {
  const auto one =
      run({"next", "--cron", "30 2 * * *", "--timezone", "Europe/Berlin", "--from", "2026-03-28T12:00Z", "-n", "2"});
  BOOST_TEST(one.out == "2026-03-29T01:00:00.000000Z\n2026-03-30T00:30:00.000000Z\n");
  BOOST_TEST(one.code == 0);
  const scratch_folder folder;
  std::ofstream{folder / "questions"}
      << R"({"id": 1, "trigger": {"type": "interval", "hours": 1.5}, "from": "2026-01-01T00:00Z", "n": 2})"
      << "\nnonsense\n";
  const auto many = run({"next", "--stream"}, folder / "questions");
  BOOST_TEST(many.code == 0);
  BOOST_TEST(
      has(many.out, R"({"id":1,"times":["2026-01-01T00:00:00.000000Z","2026-01-01T01:30:00.000000Z"],"error":null})"));
  BOOST_TEST(has(many.out, R"({"id":null,"times":[],"error":"invalid: )"));
  BOOST_TEST(run({"next", "--trigger", R"({"type": "sundial"})", "-n", "1"}).code == 2);
}

BOOST_AUTO_TEST_CASE(a_node_in_memory_reads_a_crontab_again_on_sighup) {
  const scratch_folder folder;
  std::ofstream{folder / "crontab"} << "0 3 * * * echo one\n";
  process node{{"serve", "--memory", "--socket", folder / "s", "--crontab", folder / "crontab"}};
  BOOST_TEST_REQUIRE(node.err().wait_for("is ready"), node.err().said());
  BOOST_TEST(count(document(run({"--socket", folder / "s", "schedule", "list", "--json"})), "schedules") == 1U);
  std::ofstream{folder / "crontab"} << "0 3 * * * echo one\n0 4 * * * echo two\n";
  node.signal(SIGHUP);
  BOOST_TEST(node.err().wait_for("1 entries added, 0 changed, 0 removed, 1 as before"));
  BOOST_TEST(count(document(run({"--socket", folder / "s", "schedule", "list", "--json"})), "schedules") == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
