// A RocksDB store record by record: dumped, checked, repaired.
#include "store_world/store_world.hpp"

#include "carillon/store/inspection.hpp"
#include "carillon/store/verify.hpp"

#include "keyed/keys.hpp"
#include "keyed/record_format.hpp"
#include "rocksdb/rocksdb_key_value.hpp"

#include <map>
#include <set>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;
using keyed::family;

namespace {

constexpr timestamp long_ago{1'000'000'000s};

struct repair_world : store_world {
  repair_world() : store_world(backend::rocksdb) {
    now.wall = long_ago;
    put_task("mail", [](task& what) { what.rate = start_rate{10, 1h}; });
    add_schedule(make_schedule("hourly", "mail", 1h, long_ago));
    add_schedule(make_schedule("other", "mail", 1h, long_ago));
    fire_due();
    for (const auto& x : hand_out(1))
      need(finish_job(x));
    pass(1h);
    skip_due();
    fire_due();
    need(batch([](data_store& x) {
      return x.add_schedule(make_schedule("other", "mail", 2h, long_ago), conflict_policy::replace);
    }));
    auto unique = make_job("mail", 77, now.wall);
    unique.unique = unique_key{"only", std::nullopt};
    waiting = need(batch([&](data_store& x) { return job_of(x.add_job(unique)); })).id;
  }

  [[nodiscard]] std::string path() const { return folder->path() / "db"; }
  std::vector<record_finding> inspect() const { return need(inspect_rocksdb_store(path(), now.wall)); }
  std::vector<record_finding> repair() {
    store.reset();
    auto found = need(repair_rocksdb_store(path(), now.wall));
    reopen();
    return found;
  }
  void write(const std::function<void(keyed::write_batch& to, const keyed::record_reader& from)>& change) {
    store.reset();
    {
      const auto db = need(keyed::make_rocksdb_source(path())->open());
      keyed::write_batch batch;
      change(batch, *db);
      need(db->write(batch, durability::sync));
    }
    reopen();
  }
  void damage(family where, const std::string& key) {
    write([&](keyed::write_batch& to, const keyed::record_reader& from) {
      auto record = need(from.get(where, key)).value();
      record[record.size() / 2] ^= 1;
      to.put(where, key, record);
    });
  }
  job_id waiting;

private:
  // One of the due fire times becomes a skip.
  void skip_due() {
    batch([&](data_store& x) {
      const auto due = need(x.claim_due_schedules(1));
      auto plan = make_plan(due.schedules.at(0).what, now.wall);
      const auto when = *plan.jobs.at(0).scheduled_fire_time;
      plan.jobs.clear();
      plan.skips.push_back({plan.schedule_id, plan.incarnation, when, when, 1, skip_reason::misfire, now.wall});
      need(x.commit_fire_plan(plan));
    });
  }
};

using records = std::map<std::pair<std::string, std::string>, std::string>;
records records_of(const std::string& folder) {
  records all;
  need(dump_rocksdb_store(folder, "", [&](const stored_record& what) {
    all.emplace(std::pair{what.family, what.raw_key}, what.raw_value);
    return true;
  }));
  return all;
}

std::vector<std::string> texts_of(const std::vector<record_finding>& found) {
  std::vector<std::string> all;
  for (const auto& x : found)
    all.push_back(x.family + " " + x.shown_key + " " + std::string{to_string(x.step)});
  return all;
}
bool says(const std::vector<record_finding>& found, const std::string& text) {
  const auto all = texts_of(found);
  return std::ranges::find(all, text) != all.end();
}

} // namespace

BOOST_AUTO_TEST_SUITE(rocksdb_repair)

BOOST_AUTO_TEST_CASE(every_record_is_dumped_with_its_family_and_key) {
  const repair_world w;
  std::map<std::string, std::vector<stored_record>> by_family;
  need(dump_rocksdb_store(w.path(), "", [&](const stored_record& what) {
    BOOST_TEST(what.fault == "", what.family << " " << what.shown_key);
    by_family[what.family].push_back(what);
    return true;
  }));
  for (const auto* expected : {"meta", "tasks", "definitions", "states", "jobs", "unfinished", "skips",
                               "past_definitions", "unique_keys", "starts"})
    BOOST_TEST(by_family.contains(expected), expected);
  const auto& definition = std::get<definition_record>(by_family["definitions"][0].content);
  BOOST_TEST(by_family["definitions"][0].shown_key == "hourly");
  BOOST_TEST(definition.what.task == "mail");
  BOOST_TEST(std::get<state_record>(by_family["states"][0].content).schedule_id == "hourly");
  BOOST_TEST(by_family["states"][0].shown_key == "incarnation " + std::to_string(definition.incarnation));
  BOOST_TEST(by_family["unique_keys"][0].shown_key == "only");
  BOOST_TEST(
      (std::get<value>(by_family["unique_keys"][0].content) == value{value::map{{"job", w.waiting.to_string()}}}));
  std::set<std::string> jobs;
  for (const auto& each : by_family["jobs"])
    jobs.insert(each.shown_key);
  BOOST_TEST(jobs.contains(w.waiting.to_string()));

  std::size_t told = 0;
  need(dump_rocksdb_store(w.path(), "tasks",
                          [&](const stored_record& what) { return what.family == "tasks" && ++told < 1; }));
  BOOST_TEST(told == 1U);
  BOOST_TEST(code_of(dump_rocksdb_store(w.path(), "colours", [](const stored_record&) { return true; })) ==
             ec::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_sound_store_has_nothing_to_repair) {
  repair_world w;
  BOOST_TEST(texts_of(w.inspect()) == std::vector<std::string>{}, boost::test_tools::per_element());
  w.store.reset();
  const auto before = records_of(w.path());
  BOOST_TEST(need(repair_rocksdb_store(w.path(), w.now.wall)).empty());
  BOOST_TEST((records_of(w.path()) == before));
}

BOOST_AUTO_TEST_CASE(what_can_not_be_read_goes_to_the_quarantine_byte_by_byte_and_nothing_else_changes) {
  repair_world w;
  w.store.reset();
  auto before = records_of(w.path());
  // A record of each family that no other one depends on.
  std::map<std::string, std::string> damaged;
  w.write([&](keyed::write_batch& to, const keyed::record_reader& from) {
    for (const auto where : {family::tasks, family::jobs, family::skips, family::past_definitions, family::starts})
      need(from.scan(where, {}, keyed::direction::ascending, [&](std::string_view key, std::string_view record) {
        std::string broken{record};
        broken[broken.size() / 2] ^= 1;
        to.put(where, key, broken);
        damaged[std::string{to_string(where)}] = broken;
        before.erase({std::string{to_string(where)}, std::string{key}});
        return false;
      }));
  });
  w.store.reset(); // which may have moved some itself: what is left is the repair's
  need(repair_rocksdb_store(w.path(), w.now.wall));
  auto after = records_of(w.path());
  std::map<std::string, std::string> parked;
  std::erase_if(after, [&](const auto& each) {
    if (each.first.first != "quarantine")
      return false;
    const auto read = need(keyed::read_quarantined(each.first.second, each.second));
    parked[read.family] = read.value;
    return true;
  });
  BOOST_TEST((parked == damaged));
  before.erase({"meta", "revisions"});
  after.erase({"meta", "revisions"});
  BOOST_TEST((after == before));
  BOOST_TEST(need(repair_rocksdb_store(w.path(), w.now.wall)).size() == damaged.size()); // they stay there
  w.reopen();
  BOOST_TEST(need(w.store->status()).quarantined == damaged.size());
}

BOOST_AUTO_TEST_CASE(a_record_in_the_quarantine_that_can_be_read_goes_back) {
  repair_world w;
  const auto waiting = need(w.store->find_job(w.waiting));
  w.write([&](keyed::write_batch& to, const keyed::record_reader& from) {
    const std::string key{keyed::job_key(w.waiting)};
    const auto record = need(from.get(family::jobs, key)).value();
    keyed::put_quarantined(to, family::jobs, key, record, "of a newer version", w.now.wall, 1);
    to.erase(family::jobs, key);
    to.erase(family::unfinished, keyed::bucket_key(keyed::bucket_of(w.waiting)));
  });
  BOOST_TEST(code_of(w.store->find_job(w.waiting)) == ec::not_found);
  BOOST_TEST(says(w.inspect(), "jobs " + w.waiting.to_string() + " put_back"));
  w.repair();
  BOOST_TEST((need(w.store->find_job(w.waiting)) == waiting));
  BOOST_TEST(need(w.store->status()).quarantined == 0U);
  bool is_handed_out = false;
  for (const auto& each : w.hand_out())
    is_handed_out = is_handed_out || each.id == w.waiting;
  BOOST_TEST(is_handed_out);
  BOOST_TEST(need(w.store->check()).faults.empty());
}

BOOST_AUTO_TEST_CASE(a_record_whose_place_is_taken_stays_in_the_quarantine) {
  repair_world w;
  w.write([&](keyed::write_batch& to, const keyed::record_reader& from) {
    const auto record = need(from.get(family::tasks, "mail")).value();
    keyed::put_quarantined(to, family::tasks, "mail", record, "once", w.now.wall, 1);
    // Two of one key: one place.
    task other;
    other.id = "other";
    keyed::write_batch made;
    keyed::put_task(made, other);
    made.for_each([&](family, std::string_view key, std::optional<std::string_view> value) {
      keyed::put_quarantined(to, family::tasks, key, *value, "older", w.now.wall, 2);
      keyed::put_quarantined(to, family::tasks, key, *value, "newer", w.now.wall, 3);
    });
  });
  const auto found = w.repair();
  BOOST_TEST(says(found, "tasks mail none"));
  BOOST_TEST(says(found, "tasks other put_back"));
  BOOST_TEST(says(found, "tasks other none"));
  BOOST_TEST(need(w.store->status()).quarantined == 2U);
  BOOST_TEST(code_of(w.store->find_task("other")) == ec::none);
}

BOOST_AUTO_TEST_CASE(both_records_of_a_schedule_go_back_together) {
  repair_world w;
  const auto hourly = need(w.store->find_schedule("hourly"));
  w.write([&](keyed::write_batch& to, const keyed::record_reader& from) {
    const auto state = keyed::state_key(hourly.state.incarnation);
    keyed::put_quarantined(to, family::definitions, "hourly", need(from.get(family::definitions, "hourly")).value(),
                           "of a newer version", w.now.wall, 1);
    keyed::put_quarantined(to, family::states, state, need(from.get(family::states, state)).value(),
                           "of a newer version", w.now.wall, 2);
    to.erase(family::definitions, "hourly");
    to.erase(family::states, state);
  });
  BOOST_TEST(code_of(w.store->find_schedule("hourly")) == ec::not_found);
  w.repair();
  BOOST_TEST((need(w.store->find_schedule("hourly")) == hourly));
  BOOST_TEST(need(w.store->check()).faults.empty());
}

BOOST_AUTO_TEST_CASE(a_schedule_whose_state_is_lost_begins_anew_and_paused) {
  repair_world w;
  const auto hourly = need(w.store->find_schedule("hourly"));
  w.damage(family::states, keyed::state_key(hourly.state.incarnation));
  const auto found = w.repair();
  BOOST_TEST(says(found, "definitions hourly begin_anew"));
  const auto anew = need(w.store->find_schedule("hourly"));
  BOOST_TEST((anew.definition == hourly.definition));
  BOOST_TEST(anew.state.incarnation > hourly.state.incarnation);
  BOOST_TEST(anew.state.paused);
  BOOST_TEST(anew.state.pause_reason.find("repair") != std::string::npos);
  BOOST_TEST(need(w.store->status()).quarantined == 1U); // the state, as it was
  BOOST_TEST(need(w.store->check()).faults.empty());
  need(w.batch([](data_store& x) { return x.resume_schedule("hourly", std::nullopt); }));
  BOOST_TEST(!need(w.store->find_schedule("hourly")).state.paused);
}

BOOST_AUTO_TEST_CASE(a_state_without_its_settings_goes_to_the_quarantine) {
  repair_world w;
  const auto hourly = need(w.store->find_schedule("hourly"));
  w.write([](keyed::write_batch& to, const keyed::record_reader&) { to.erase(family::definitions, "hourly"); });
  const auto key = "states incarnation " + std::to_string(hourly.state.incarnation);
  w.store.reset();
  const auto found = need(repair_rocksdb_store(w.path(), w.now.wall));
  BOOST_TEST((says(found, key + " quarantine") || says(found, key + " none"))); // the store may have noticed it
  w.reopen();
  BOOST_TEST(need(w.store->status()).quarantined == 1U);
  BOOST_TEST(need(w.store->check()).faults.empty());
}

BOOST_AUTO_TEST_CASE(what_follows_from_records_is_made_to_follow) {
  repair_world w;
  const auto finished = make_job("mail", 78, w.now.wall);
  const auto lost = make_job("mail", 4'000'000'000, w.now.wall + 240h); // of a moment that no other job has
  w.write([&](keyed::write_batch& to, const keyed::record_reader&) {
    auto done = finished;
    done.state = job_state::finished;
    done.outcome = job_outcome::error;
    done.finished_at = w.now.wall;
    done.dead_letter = true;
    done.unique = unique_key{"held", std::nullopt};
    keyed::put_job(to, done, 240h);
    keyed::put_unique_holder(to, "held", done.id, std::nullopt);
    to.put(family::dead_letters, keyed::job_key(w.waiting), {});
    keyed::put_job(to, lost, 240h);
  });
  w.store.reset();
  const auto found = need(repair_rocksdb_store(w.path(), w.now.wall));
  for (const auto& text :
       {"dead_letters " + finished.id.to_string() + " mend_index",
        "dead_letters " + w.waiting.to_string() + " mend_index", std::string{"unique_keys held mend_index"},
        "unfinished " + std::to_string(keyed::bucket_of(lost.id)) + " mend_index"})
    BOOST_TEST(says(found, text), text);
  w.reopen();
  BOOST_TEST(need(w.store->check()).faults.empty());
  BOOST_TEST(need(w.store->list_dead_letters({})).items.size() == 1U);
  BOOST_TEST(w.inspect().empty());
}

BOOST_AUTO_TEST_CASE(numbers_that_a_repair_takes_are_never_given_out_again) {
  repair_world w;
  const auto hourly = need(w.store->find_schedule("hourly"));
  w.damage(family::states, keyed::state_key(hourly.state.incarnation));
  w.repair();
  const auto anew = need(w.store->find_schedule("hourly")).state.incarnation;
  const auto added = w.add_schedule(make_schedule("next", "mail", 1h, long_ago)).state.incarnation;
  BOOST_TEST(added > anew);
}

BOOST_AUTO_TEST_CASE(a_store_that_somebody_holds_is_not_repaired) {
  repair_world w;
  BOOST_TEST(code_of(repair_rocksdb_store(w.path(), w.now.wall)) == ec::store_in_use);
  BOOST_TEST(code_of(repair_rocksdb_store(w.folder->path() / "none", w.now.wall)) == ec::not_found);
  BOOST_TEST(!std::filesystem::exists(w.folder->path() / "none"));
  w.put_task("goes-on");
}

BOOST_AUTO_TEST_SUITE_END()
