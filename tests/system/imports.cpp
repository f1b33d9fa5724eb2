// `carillon import` and `carillon export`, with what other programs have left behind.
#include "system/json_answer.hpp"

#include <fstream>
#include <sstream>

#include <sys/stat.h>

using namespace carillon;
using namespace carillon::system_test;
namespace fs = std::filesystem;

namespace {

struct import_fixture {
  scratch_folder folder;

  std::string write(const std::string& name, const std::string& text) const {
    const auto path = folder / name;
    std::ofstream{path} << text;
    return path;
  }
  /// The job store that tests/data/apscheduler3.sql dumps: made by APScheduler 3.9.1.
  std::string database(const std::string& dump = "apscheduler3.sql") const {
    const auto path = folder / dump + ".db";
    const auto made =
        "python3 -c 'import sqlite3,sys; sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2]).read())' " +
        path + " " CARILLON_TEST_DATA "/" + dump;
    BOOST_TEST_REQUIRE(std::system(made.c_str()) == 0);
    return path;
  }
};

value::list list(const value& of, const char* key) {
  const auto* found = of.find(key);
  BOOST_TEST_REQUIRE((found != nullptr && found->get_if<value::list>() != nullptr));
  return *found->get_if<value::list>();
}

// By its id.
value schedule_of(const value& document, const std::string& id) {
  for (const auto& each : list(document, "schedules"))
    if (text(each, "id") == "\"" + id + "\"")
      return each;
  BOOST_FAIL("no schedule " << id << " in " << to_json_text(document));
  return {};
}

std::string without_first_line(const std::string& text) { return text.substr(text.find('\n') + 1); }

} // namespace

BOOST_AUTO_TEST_SUITE(imports)

BOOST_FIXTURE_TEST_CASE(an_export_is_imported_elsewhere_and_exported_the_same, import_fixture) {
  std::string exported;
  {
    const served_node first{folder / "first"};
    BOOST_TEST(first
                   .ask({"schedule", "add", "nightly", "--cron", "0 3 * * *", "--timezone", "Europe/Berlin",
                         "--retries", "3", "--retry-delay", "1500ms", "--limit-key", "db", "--metadata",
                         R"({"team":"ops"})", "--", "backup", "-a b"})
                   .code == 0);
    BOOST_TEST(
        first.ask({"schedule", "add", "ping", "--every", "90s", "--http", "https://example.org/", "--max-jitter", "5s"})
            .code == 0);
    BOOST_TEST(first.ask({"schedule", "pause", "ping"}).code == 0);
    BOOST_TEST(first.ask({"task", "set", "report", "--max-running", "2", "--time-limit", "1h"}).code == 0);
    const auto said = first.ask({"export"});
    BOOST_TEST(said.code == 0, said.err);
    exported = said.out;
  }
  BOOST_TEST(exported.starts_with(R"({"carillon_export":1,"exported_at":")"), exported);
  const auto file = write("all.jsonl", exported);
  BOOST_TEST(run({"check", file}).code == 0);
  const auto dry = document(run({"import", file, "--dry-run", "--json"}));
  BOOST_TEST(text(dry, "imported") == "0");
  BOOST_TEST(text(schedule_of(dry, "nightly"), "same") == "true");
  BOOST_TEST(list(schedule_of(dry, "nightly"), "after").size() == 3U);

  const served_node second{folder / "second"};
  const auto said = second.ask({"import", file});
  BOOST_TEST(said.code == 0, said.err);
  BOOST_TEST(has(said.out, "2 of 2 schedules imported"), said.out);
  BOOST_TEST(without_first_line(second.ask({"export"}).out) == without_first_line(exported));
  BOOST_TEST(second.ask({"import", file}).code == 0); // the same again is nothing new
  BOOST_TEST(second.ask({"import", "-"}, file).code == 0);
  BOOST_TEST(text(document(second.ask({"schedule", "show", "ping", "--json"})), "paused") == "true");
}

BOOST_FIXTURE_TEST_CASE(what_lies_behind_is_not_made_up_for, import_fixture) {
  const auto file =
      write("all.jsonl", R"({"carillon_export": 1}
{"schedule": {"id": "old", "task": "command", "arguments": {"argv": ["true"]}, "coalesce": "all", )"
                         R"("trigger": {"type": "interval", "hours": 1, "start_time": "2020-01-01T00:00Z"}}}
)");
  const served_node node{folder / "data"};
  BOOST_TEST(node.ask({"import", file}).code == 0);
  const auto until = std::chrono::steady_clock::now() + deadline; // until it has decided what is behind
  std::string decided;
  do
    decided = text(document(node.ask({"schedule", "skips", "old", "--json"})), "skips");
  while (decided == "[]" && std::chrono::steady_clock::now() < until);
  BOOST_TEST(has(decided, R"("reason":"paused")"), decided);
  BOOST_TEST(has(decided, R"("first":"2020-01-01T00:00:00.000000Z")"), decided);
  BOOST_TEST(text(document(node.ask({"job", "list", "--json"})), "jobs") == "[]");
  // One that somebody has paused stays paused.
  BOOST_TEST(node.ask({"schedule", "pause", "old"}).code == 0);
  BOOST_TEST(node.ask({"import", file}).code == 0);
  BOOST_TEST(text(document(node.ask({"schedule", "show", "old", "--json"})), "paused") == "true");
}

BOOST_FIXTURE_TEST_CASE(what_is_there_already_stays_unless_it_is_to_be_replaced, import_fixture) {
  const served_node node{folder / "data"};
  BOOST_TEST(node.ask({"schedule", "add", "tick", "--every", "1h", "--", "true"}).code == 0);
  BOOST_TEST(node.ask({"task", "set", "report", "--max-running", "2"}).code == 0);
  const auto before = node.ask({"export"}).out;
  const auto file = write("all.jsonl", R"({"carillon_export": 1}
{"task": {"id": "report", "max_running_jobs": 7}}
{"schedule": {"id": "tick", "task": "command", "arguments": {"argv": ["false"]}, "trigger": {"type": "interval", "hours": 2}}}
)");
  const auto refused = node.ask({"import", file});
  BOOST_TEST(refused.code == 2);
  BOOST_TEST(has(refused.err, "task report: max_running_jobs"), refused.err);
  BOOST_TEST(has(refused.err, file + ":3: "), refused.err);
  BOOST_TEST(has(refused.out, "0 of 1 schedules imported"), refused.out);
  BOOST_TEST(without_first_line(node.ask({"export"}).out) == without_first_line(before));
  BOOST_TEST(node.ask({"import", file, "--replace", "--paused"}).code == 0);
  BOOST_TEST(text(document(node.ask({"task", "show", "report", "--json"})), "max_running_jobs") == "7");
  const auto trigger = text(document(node.ask({"schedule", "show", "tick", "--json"})), "trigger");
  BOOST_TEST((has(trigger, R"("seconds":7200)") || has(trigger, R"("hours":2)")), trigger);
}

BOOST_FIXTURE_TEST_CASE(the_same_words_again_are_the_same_also_where_they_name_no_start, import_fixture) {
  const auto crontab = write("my-crontab", "CRON_TZ=UTC\n0 3 * * * backup\n");
  const served_node node{folder / "data"};
  BOOST_TEST(node.ask({"import", "--crontab", crontab}).code == 0);
  const auto before = node.ask({"export"}).out;
  const auto again = document(node.ask({"import", "--crontab", crontab, "--json"}));
  BOOST_TEST(text(again, "imported") == "1");
  BOOST_TEST(without_first_line(node.ask({"export"}).out) == without_first_line(before));
  const auto recorded = document(node.ask({"schedule", "show", "backup", "--json"}));
  const auto told = *schedule_of(again, "backup").find("schedule");
  BOOST_TEST(text(told, "trigger") == text(recorded, "trigger")); // with the start that it has
  const auto other = node.ask({"import", "--crontab", write("my-crontab", "CRON_TZ=UTC\n0 4 * * * backup\n")});
  BOOST_TEST(other.code == 2);
  BOOST_TEST(has(other.err, "it is there already, with other settings"), other.err);

  const auto path = database();
  BOOST_TEST(node.ask({"import", "--apscheduler3", path}).code == 2);
  const auto jobs = document(node.ask({"import", "--apscheduler3", path, "--json"}), 2);
  BOOST_TEST(text(jobs, "imported") == "7");
  BOOST_TEST(list(jobs, "faults").size() == 1U, text(jobs, "faults")); // the one that can't be read
}

BOOST_FIXTURE_TEST_CASE(an_import_that_was_broken_off_is_completed_by_the_next, import_fixture) {
  const auto file = write("my-crontab", "0 3 * * * backup\n");
  const served_node node{folder / "data"};
  // What one leaves that ends between adding a schedule and letting it fire.
  BOOST_TEST(node.ask({"import", "--crontab", file, "--paused"}).code == 0);
  const auto is_paused = [&] { return text(document(node.ask({"schedule", "show", "backup", "--json"})), "paused"); };
  BOOST_TEST(is_paused() == "true");
  BOOST_TEST(node.ask({"import", "--crontab", file}).code == 0);
  BOOST_TEST(is_paused() == "false");
}

BOOST_FIXTURE_TEST_CASE(where_a_schedule_stands_is_its_own_unless_it_is_to_be_paused, import_fixture) {
  const auto file = write("my-crontab", "0 3 * * * backup\n");
  const served_node node{folder / "data"};
  const auto paused_after = [&](const std::vector<std::string>& options) {
    std::vector<std::string> words{"import", "--crontab", file, "--json"};
    words.insert(words.end(), options.begin(), options.end());
    const auto told = text(*schedule_of(document(node.ask(words)), "backup").find("schedule"), "paused");
    BOOST_TEST(text(document(node.ask({"schedule", "show", "backup", "--json"})), "paused") == told);
    return told;
  };
  BOOST_TEST(paused_after({}) == "false");
  BOOST_TEST(paused_after({"--paused"}) == "true");
  BOOST_TEST(paused_after({}) == "true");
  write("my-crontab", "0 4 * * * backup\n");
  BOOST_TEST(paused_after({"--replace"}) == "true"); // nor does a replacement resume it
  BOOST_TEST(node.ask({"schedule", "resume", "backup"}).code == 0);
  BOOST_TEST(paused_after({}) == "false");
  write("my-crontab", "0 5 * * * backup\n");
  BOOST_TEST(paused_after({"--replace", "--paused"}) == "true");
}

BOOST_FIXTURE_TEST_CASE(a_crontab_becomes_schedules_of_their_own, import_fixture) {
  const auto file = write("my-crontab", "CRON_TZ=Europe/Berlin\nMAILTO=ops\n"
                                        "0 3 * * * /usr/bin/backup --all\n"
                                        "*/5 * * * * /usr/bin/backup --quick\n"
                                        "61 * * * * wrong\n"
                                        "@reboot warm-up\n");
  const auto dry = run({"import", "--crontab", file, "--dry-run", "--json"});
  const auto whole = document(dry, 2);
  BOOST_TEST(list(whole, "schedules").size() == 2U);
  BOOST_TEST(list(schedule_of(whole, "backup"), "after").size() == 3U);
  BOOST_TEST(text(schedule_of(whole, "backup#2"), "from") == "\"" + file + ":4\"");
  BOOST_TEST(has(text(whole, "faults"), file + ":5:1: "), text(whole, "faults"));
  BOOST_TEST(has(text(whole, "faults"), "@reboot is no time"), text(whole, "faults"));

  const served_node node{folder / "data"};
  const auto said = node.ask({"import", "--crontab", file});
  BOOST_TEST(said.code == 2);
  BOOST_TEST(has(said.out, "2 of 2 schedules imported"), said.out);
  const auto shown = document(node.ask({"schedule", "show", "backup", "--json"}));
  BOOST_TEST(has(text(shown, "arguments"), "/usr/bin/backup --all"), text(shown, "arguments"));
  BOOST_TEST(has(text(shown, "trigger"), "Europe/Berlin"), text(shown, "trigger"));
  BOOST_TEST(node.ask({"import", "--crontab", folder / "none"}).code == 2);
}

BOOST_FIXTURE_TEST_CASE(jobs_of_apscheduler_are_imported_without_loading_what_they_name, import_fixture) {
  const auto path = database();
  const auto whole = document(run({"import", "--apscheduler3", path, "--dry-run", "--json"}), 2);
  BOOST_TEST(list(whole, "schedules").size() == 7U);
  BOOST_TEST(text(whole, "faults") == R"([")" + path + R"(: job bad: it holds a os.stat_result, which isn't loaded"])");
  const auto report = schedule_of(whole, "report");
  BOOST_TEST(has(text(report, "schedule"), R"("task":"shop.mail:send_report")"), text(report, "schedule"));
  BOOST_TEST(has(text(report, "schedule"), R"("arguments":["daily",{"to":"ops@example.org"}])"),
             text(report, "schedule"));
  BOOST_TEST(has(text(report, "schedule"), R"("day_of_week":"mon-fri")"), text(report, "schedule"));
  BOOST_TEST(has(text(schedule_of(whole, "poll"), "schedule"), R"("max_jitter":10)"));
  BOOST_TEST(has(text(schedule_of(whole, "off"), "schedule"), R"("paused":true)"));
  BOOST_TEST(has(text(schedule_of(whole, "either"), "schedule"), R"("type":"or")"));
  const auto launch = schedule_of(whole, "launch"); // what APScheduler has recorded
  BOOST_TEST(text(launch, "before") == R"(["2030-05-01T07:00:00.000000Z"])");
  BOOST_TEST(text(launch, "same") == "true");

  const served_node node{folder / "data"};
  BOOST_TEST(node.ask({"import", "--apscheduler3", path}).code == 2);
  BOOST_TEST(text(document(node.ask({"task", "show", "shop.mail:poll", "--json"})), "id") == R"("shop.mail:poll")");
  BOOST_TEST(text(document(node.ask({"schedule", "show", "meet", "--json"})), "paused") == "false");
}

BOOST_FIXTURE_TEST_CASE(what_apscheduler_counts_or_names_otherwise_means_the_same_here, import_fixture) {
  const auto path = database("apscheduler3_fields.sql");
  const served_node node{folder / "data"};
  const auto whole = document(node.ask({"import", "--apscheduler3", path, "--json"}), 2);
  const auto field_of = [&](const std::string& id, const char* name) {
    const auto fields = parse_json_text(text(*schedule_of(whole, id).find("schedule"), "trigger")).or_throw();
    return text(*fields.find("fields"), name);
  };
  BOOST_TEST(field_of("workdays", "day_of_week") == R"("mon,tue,wed,thu,fri")"); // 0 is Monday there
  BOOST_TEST(field_of("monday", "day_of_week") == R"("mon")");
  BOOST_TEST(field_of("every-other", "day_of_week") == R"("mon,wed,fri,sun")");
  BOOST_TEST(field_of("stepped", "day_of_week") == R"("tue,thu,sat")");
  BOOST_TEST(field_of("from-five", "minute") == R"("5/10")");
  BOOST_TEST(field_of("one-of", "minute") == R"("1,5/20,7-9")");
  for (const auto& each : list(whole, "schedules"))
    if (list(each, "notes").empty()) // with jitter what was recorded differs by chance
      BOOST_TEST(text(each, "same") != "false", to_json_text(each));
  BOOST_TEST(has(text(schedule_of(whole, "half"), "schedule"), R"("max_jitter":0.5)"));
  BOOST_TEST(has(text(schedule_of(whole, "parts"), "schedule"), R"("max_jitter":30)"));
  BOOST_TEST(has(text(schedule_of(whole, "send_mail"), "schedule"), R"("key":"apscheduler3:send_mail")"));
  const auto named = text(whole, "faults"); // the others are imported
  BOOST_TEST(has(named, "job infinite: an argument is inf, which JSON hasn't"), named);
  BOOST_TEST(has(named, "job large: an argument is a whole number of more than 64 bits"), named);
  for (const auto* id : {"deep", "half-a-character", "like-bytes", "long-grace"})
    BOOST_TEST(has(named, id), id << ": " << named);
  BOOST_TEST(list(whole, "faults").size() == 6U, named);
  BOOST_TEST(text(whole, "imported") == "10");
}

BOOST_FIXTURE_TEST_CASE(functions_of_apscheduler_run_as_commands, import_fixture) {
  fs::create_directory(folder / "shop");
  write("shop/mail.py", "def poll():\n    open('" + (folder / "polled") + "', 'w').write('yes')\n");
  write("shop/__init__.py", "");
  const served_node node{folder / "data"};
  const auto path = database();
  const auto said = node.ask({"import", "--apscheduler3", path, "--as-commands", "--paused"});
  BOOST_TEST(said.code == 2);
  BOOST_TEST(has(said.err, "job close: its arguments hold bytes, which a command can't be given"), said.err);
  BOOST_TEST(has(said.out, "6 of 6 schedules imported"), said.out);
  const auto arguments = text(document(node.ask({"schedule", "show", "poll", "--json"})), "arguments");
  BOOST_TEST(has(arguments, R"("argv":["python3","-c")"), arguments);
  ::setenv("PYTHONPATH", (folder / "").c_str(), 1);
  const served_node other{folder / "other"};
  ::unsetenv("PYTHONPATH");
  BOOST_TEST(other.ask({"import", "--apscheduler3", path, "--as-commands", "--paused"}).code == 2);
  const auto job = other.ask({"schedule", "run", "poll", "--json"});
  BOOST_TEST(job.code == 0, job.err);
  const auto id = text(list(document(job), "jobs").at(0), "id");
  BOOST_TEST(other.ask({"job", "result", "--wait", id.substr(1, id.size() - 2)}).code == 0);
  BOOST_TEST(fs::exists(folder / "polled"));
}

BOOST_FIXTURE_TEST_CASE(a_pickle_that_calls_something_calls_nothing, import_fixture) {
  const auto whole =
      document(run({"import", "--apscheduler3", database("apscheduler3_hostile.sql"), "--dry-run", "--json"}), 2);
  BOOST_TEST(list(whole, "schedules").empty());
  BOOST_TEST(list(whole, "faults").size() == 4U);
  for (const auto* part : {"posix.system, which isn't loaded", "os.system, which isn't loaded", "getattr of __class__"})
    BOOST_TEST(has(text(whole, "faults"), part), text(whole, "faults"));
  BOOST_TEST(!fs::exists("/tmp/carillon-was-called"));
  const auto none = run({"import", "--apscheduler3", folder / "none", "--dry-run"});
  BOOST_TEST(none.code == 2);
  BOOST_TEST(has(none.err, "unable to open database file"), none.err);
  const auto no_file = run({"import", "--apscheduler3", folder / "", "--dry-run"});
  BOOST_TEST(no_file.code == 2);
  BOOST_TEST(has(no_file.err, (folder / "") + ": it is a folder"), no_file.err);
  const auto python = run({"import", "--apscheduler3", folder / "none", "--python", "/none/python", "--dry-run"});
  BOOST_TEST(has(python.err, "/none/python can't be started"), python.err);
}

BOOST_FIXTURE_TEST_CASE(timers_of_systemd_are_imported, import_fixture) {
  const auto systemctl =
      write("systemctl", "#!/bin/sh\ncat <<'END'\n"
                         "Id=backup.timer\nUnit=backup.service\nDescription=Backup\n"
                         "TimersCalendar={ OnCalendar=Mon..Fri *-*-* 03:00:00 UTC ; next_elapse=x }\n"
                         "Persistent=yes\nRandomizedDelayUSec=0\nActiveState=active\n"
                         "NextElapseUSecRealtime=\n\n"
                         "Id=boot.timer\nUnit=boot.service\n"
                         "TimersMonotonic={ OnBootUSec=15min ; next_elapse=15min }\nEND\n");
  ::chmod(systemctl.c_str(), S_IRWXU);
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", (folder / "" + ":" + path).c_str(), 1);
  const auto said = run({"import", "--systemd-timers", "--dry-run", "--json"});
  ::setenv("PATH", path.c_str(), 1);
  const auto whole = document(said, 2);
  const auto backup = schedule_of(whole, "backup");
  BOOST_TEST(has(text(backup, "schedule"), R"("argv":["systemctl","start","backup.service"])"),
             text(backup, "schedule"));
  BOOST_TEST(list(backup, "after").size() == 3U);
  if (!list(backup, "before").empty()) // systemd-analyze is there
    BOOST_TEST(text(backup, "same") == "true");
  BOOST_TEST(has(text(whole, "faults"), "boot.timer: it fires by OnBootUSec only"), text(whole, "faults"));
}

BOOST_AUTO_TEST_CASE(one_source_is_named) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"import"}, {"import", "file", "--systemd-timers"}, {"import", "--crontab", "a", "--apscheduler3", "b"}}) {
    const auto said = run(words);
    BOOST_TEST(said.code == 1);
    BOOST_TEST(has(said.err, "one of them"), said.err);
  }
}

BOOST_AUTO_TEST_SUITE_END()
