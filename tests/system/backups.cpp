// Backup, restore, and the commands that look into a data folder.
#include "system/json_answer.hpp"

#include "keyed/keys.hpp"
#include "keyed/record_format.hpp"
#include "rocksdb/rocksdb_key_value.hpp"

#include <sys/mount.h>

#include <algorithm>

using namespace carillon;
using namespace carillon::system_test;
using keyed::family;
namespace fs = std::filesystem;

namespace {

struct backup_fixture {
  scratch_folder folder;
  std::string data = folder / "data";
  std::string copy = folder / "backups/today";
  std::optional<served_node> node{std::in_place, data};

  void add(const std::string& id) {
    const auto added = node->ask({"schedule", "add", id, "--cron", "0 3 * * *", "--", "true"});
    BOOST_TEST_REQUIRE(added.code == 0, added.err);
  }
  void stop() {
    node->program().signal(SIGTERM);
    BOOST_TEST(node->program().wait() == 0);
    node.reset();
  }
};

void write(const std::string& folder,
           const std::function<void(keyed::write_batch&, const keyed::record_reader&)>& change) {
  const auto db = keyed::make_rocksdb_source(folder)->open().or_throw();
  keyed::write_batch batch;
  change(batch, *db);
  db->write(batch, durability::sync).or_throw();
}

} // namespace

BOOST_AUTO_TEST_SUITE(backups)

BOOST_FIXTURE_TEST_CASE(a_backup_is_made_beside_the_node_and_read_as_a_data_folder_is, backup_fixture) {
  add("nightly");
  const auto made = node->ask({"backup", copy});
  BOOST_TEST(made.code == 0, made.err);
  BOOST_TEST(has(made.out, "backup " + copy), made.out);
  add("later");
  BOOST_TEST(text(document(run({"verify", "--data", copy, "--json"})), "schedules") == "1");
  BOOST_TEST(run({"store", "check", "--data", copy}).code == 0);
  const auto simulated = run({"simulate", "--data", copy, "--limit", "1"});
  BOOST_TEST(simulated.code == 0, simulated.err);
  BOOST_TEST(has(simulated.out, "nightly"), simulated.out);
  const auto twice = node->ask({"backup", copy});
  BOOST_TEST(twice.code == 2);
  BOOST_TEST(has(twice.err, copy + " is there already"), twice.err);
  const auto served = run({"serve", "--data", copy, "--socket", folder / "s"});
  BOOST_TEST(served.code == 2);
  BOOST_TEST(has(served.err, "is a backup: `carillon restore " + copy), served.err);
  const auto relative = http(node->socket(), "POST", "/v1/backup", R"({"folder": "here"})");
  BOOST_TEST(has(relative, "folder: must be an absolute path"), relative);
  BOOST_TEST(has(http(node->socket(), "POST", "/v1/backup", R"({"folder": ")" + (folder / "by-http") + "\"}"), "204"));
  BOOST_TEST(fs::exists(folder / "by-http/CURRENT"));
}

BOOST_FIXTURE_TEST_CASE(a_store_in_memory_says_that_it_can_not_be_backed_up, backup_fixture) {
  process memory{{"serve", "--memory", "--socket", folder / "m"}};
  BOOST_TEST_REQUIRE(memory.err().wait_for("is ready"));
  const auto refused = run({"--socket", folder / "m", "backup", copy});
  BOOST_TEST(refused.code == 2);
  BOOST_TEST(has(refused.err, "isn't on disk"), refused.err);
}

BOOST_FIXTURE_TEST_CASE(without_a_node_a_folder_is_backed_up_unless_one_holds_it, backup_fixture) {
  add("nightly");
  const auto held = run({"backup", copy, "--data", data});
  BOOST_TEST(held.code == 2);
  BOOST_TEST(has(held.err, "(carillon)"), held.err);
  BOOST_TEST(has(held.err, "if --data is left out"), held.err);
  stop();
  BOOST_TEST(text(document(run({"backup", copy, "--data", data, "--json"})), "folder") == "\"" + copy + "\"");
  BOOST_TEST(text(document(run({"verify", "--data", copy, "--json"})), "schedules") == "1");
  const auto none = run({"backup", folder / "other", "--data", folder / "none"});
  BOOST_TEST(none.code == 2);
  BOOST_TEST(!fs::exists(folder / "none"));
}

BOOST_FIXTURE_TEST_CASE(a_restored_store_is_served_beside_the_first_one, backup_fixture) {
  add("nightly");
  BOOST_TEST(node->ask({"schedule", "add", "off", "--every", "1h", "--paused", "--", "true"}).code == 0);
  BOOST_TEST(node->ask({"job", "run", "--wait", "--", "true"}).code == 0);
  BOOST_TEST(node->ask({"backup", copy}).code == 0);
  const auto first = document(node->ask({"status", "--json"}));
  const auto there = folder / "restored";
  const auto made = document(run({"restore", copy, "--data", there, "--json"}));
  BOOST_TEST(text(made, "backup_of") == text(first, "store_id"));
  BOOST_TEST(text(made, "paused") == "1");
  {
    served_node restored{there};
    BOOST_TEST(text(document(restored.ask({"status", "--json"})), "store_id") == text(made, "store_id"));
    const auto nightly = document(restored.ask({"schedule", "show", "nightly", "--json"}));
    BOOST_TEST(text(nightly, "paused") == "true");
    BOOST_TEST(has(text(nightly, "pause_reason"), "restored from a backup"), text(nightly, "pause_reason"));
    BOOST_TEST(restored.ask({"schedule", "resume", "nightly"}).code == 0);
    BOOST_TEST(restored.ask({"job", "run", "--wait", "--", "true"}).code == 0);
    BOOST_TEST(restored.ask({"check"}).code == 0);
  }
  BOOST_TEST(node->ask({"job", "run", "--wait", "--", "true"}).code == 0);
  const auto taken = run({"restore", copy, "--data", there});
  BOOST_TEST(taken.code == 2);
  BOOST_TEST(has(taken.err, "is there already"), taken.err);
  BOOST_TEST(text(document(run({"restore", copy, "--data", folder / "on", "--resume", "--json"})), "paused") == "0");
  const auto told = run({"restore", copy, "--data", folder / "third"});
  BOOST_TEST(has(told.out, "1 schedules are paused"), told.out);
}

BOOST_FIXTURE_TEST_CASE(a_place_that_cannot_become_the_new_folder_is_refused_before_the_work, backup_fixture) {
  fs::create_directory(folder / "empty");
  fs::create_directory_symlink(folder / "empty", folder / "link");
  const auto linked = node->ask({"backup", folder / "link"});
  BOOST_TEST(linked.code == 2);
  BOOST_TEST(has(linked.err, "link is there already"), linked.err);
  if (::mount("tmpfs", (folder / "empty").c_str(), "tmpfs", 0, "size=64k") != 0) {
    BOOST_TEST_MESSAGE("not run to its end: it takes root to mount something");
    return;
  }
  const auto mounted = node->ask({"backup", folder / "empty"});
  BOOST_TEST(mounted.code == 2);
  BOOST_TEST(has(mounted.err, "empty is where something is mounted: name a new folder in it"), mounted.err);
  const auto full = node->ask({"backup", folder / "empty/there"});
  BOOST_TEST(full.code == 2);
  BOOST_TEST(has(full.err, "no space is left for the store in " + (folder / "empty/there")), full.err);
  ::umount2((folder / "empty").c_str(), MNT_DETACH);
  fs::create_directory(folder / "other"); // of the same file system
  BOOST_REQUIRE(::mount((folder / "other").c_str(), (folder / "empty").c_str(), nullptr, MS_BIND, nullptr) == 0);
  BOOST_TEST(has(node->ask({"backup", folder / "empty"}).err, "empty is where something is mounted"));
  ::umount2((folder / "empty").c_str(), MNT_DETACH);
  BOOST_TEST(node->ask({"backup", folder / "empty"}).code == 0); // an empty folder is as good as none
}

BOOST_FIXTURE_TEST_CASE(records_are_dumped_beside_the_node_one_a_line, backup_fixture) {
  add("nightly");
  const auto all = documents(run({"store", "dump", "--data", data}));
  const auto definition =
      std::ranges::find_if(all, [](const value& x) { return text(x, "family") == "\"definitions\""; });
  BOOST_TEST_REQUIRE((definition != all.end()));
  BOOST_TEST(text(*definition, "key") == "\"nightly\"");
  BOOST_TEST(text(*definition->find("record"), "id") == "\"nightly\"");
  BOOST_TEST(text(*definition, "raw") == "(missing)");
  const auto one = documents(run({"store", "dump", "--data", data, "--family", "states", "--limit", "1", "--raw"}));
  BOOST_TEST_REQUIRE(one.size() == 1U);
  BOOST_TEST(text(*one[0].find("record"), "schedule_id") == "\"nightly\"");
  BOOST_TEST(has(text(one[0], "raw"), "$bytes"));
  BOOST_TEST(documents(run({"store", "dump", "--data", data, "--key", "nightly"})).size() == 1U);
  const auto unknown = run({"store", "dump", "--data", data, "--family", "colours"});
  BOOST_TEST(unknown.code == 2);
  BOOST_TEST(has(unknown.err, "there are meta, tasks, definitions"), unknown.err);
}

BOOST_FIXTURE_TEST_CASE(what_is_wrong_is_found_and_mended, backup_fixture) {
  add("nightly");
  add("weekly");
  stop();
  BOOST_TEST(has(run({"store", "check", "--data", data}).out, "Nothing is wrong: 2 schedules"));
  BOOST_TEST(has(run({"store", "repair", "--data", data}).out, "nothing to mend"));
  write(data, [](keyed::write_batch& to, const keyed::record_reader& from) {
    auto broken = *from.get(family::tasks, "http").or_throw();
    broken.back() ^= 1;
    to.put(family::tasks, "http", broken);
    from.scan(family::states, {}, keyed::direction::ascending,
              [&](std::string_view key, std::string_view record) {
                if (keyed::read_state(record)->schedule_id == "nightly")
                  to.erase(family::states, key);
                return true;
              })
        .or_throw();
  });
  const auto found = document(run({"store", "check", "--data", data, "--json"}), 2);
  BOOST_TEST(text(found, "ok") == "false");
  BOOST_TEST(has(text(found, "findings"), R"({"family":"tasks","key":"http","repair":"quarantine")"),
             text(found, "findings"));
  BOOST_TEST(has(text(found, "findings"), R"({"family":"definitions","key":"nightly","repair":"begin_anew")"));
  const auto shown = run({"store", "check", "--data", data});
  BOOST_TEST(shown.code == 2);
  for (const auto* part : {"goes to the quarantine", "begins anew, paused", "There are faults", "store repair --data"})
    BOOST_TEST(has(shown.out, part), shown.out);
  const auto dumped = documents(run({"store", "dump", "--data", data, "--key", "http"}));
  BOOST_TEST_REQUIRE(dumped.size() == 1U);
  BOOST_TEST(text(dumped[0], "fault") == R"("the record's checksum is wrong")");

  const auto mended = run({"store", "repair", "--data", data});
  BOOST_TEST(mended.code == 0, mended.err);
  BOOST_TEST(has(mended.out, "2 mended"), mended.out);
  const auto after = run({"store", "check", "--data", data});
  BOOST_TEST(after.code == 0, after.out);
  BOOST_TEST(has(after.out, "1 in quarantine"), after.out);
  node.emplace(data);
  BOOST_TEST(text(document(node->ask({"schedule", "show", "nightly", "--json"})), "paused") == "true");
  BOOST_TEST(text(document(node->ask({"schedule", "show", "weekly", "--json"})), "paused") == "false");
  BOOST_TEST(node->ask({"job", "run", "--wait", "--", "true"}).code == 0);
  const auto held = run({"store", "repair", "--data", data});
  BOOST_TEST(held.code == 2);
  BOOST_TEST(has(held.err, "is held by"), held.err);
}

BOOST_AUTO_TEST_CASE(what_is_no_store_is_named) {
  const scratch_folder folder;
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"store", "dump"}, {"store", "check"}, {"store", "repair"}}) {
    auto all = words;
    all.insert(all.end(), {"--data", folder / "none"});
    const auto refused = run(all);
    BOOST_TEST((refused.code == 2 || refused.code == 4));
    BOOST_TEST(has(refused.err, "there is no store in " + (folder / "none")), refused.err);
    BOOST_TEST(!fs::exists(folder / "none"));
  }
  const auto restored = run({"restore", folder / "none", "--data", folder / "made"});
  BOOST_TEST(restored.code == 2);
  BOOST_TEST(has(restored.err, "there is no backup in " + (folder / "none")), restored.err);
  BOOST_TEST(!fs::exists(folder / "made"));
}

BOOST_AUTO_TEST_SUITE_END()
