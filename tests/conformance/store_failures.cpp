// What a store does when its disk fails, loses or damages what was written.
#include "store_world/store_world.hpp"

#include "codec/envelope.hpp"
#include "keyed/keyed_store.hpp"
#include "keyed/keys.hpp"
#include "memory/memory_key_value.hpp"
#include "rocksdb/rocksdb_key_value.hpp"

#include <set>
#include <thread>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace carillon::testing {

struct failure_world : store_world {
  explicit failure_world(backend kind = backend::memory, store_config wanted = {}) : store_world(kind, wanted) {
    put_task("mail");
  }
  // Changes the bytes behind the store's back.
  void damage(keyed::family where, std::string_view key, const std::function<void(std::string&)>& change) {
    store.reset();
    {
      const auto source =
          disk ? keyed::make_memory_source(disk, true) : keyed::make_rocksdb_source(folder->path() / "db");
      const auto db = need(source->open());
      auto value = need(db->get(where, key)).value();
      change(value);
      keyed::write_batch batch;
      batch.put(where, key, value);
      need(db->write(batch, durability::sync));
    }
    reopen();
  }
  // Beside the store that works on it: what the store has in memory of the record stays.
  void damage_in_place(keyed::family where, std::string_view key, const std::function<void(std::string&)>& change) {
    const auto db = need(keyed::make_memory_source(disk, true)->open());
    auto value = need(db->get(where, key)).value();
    change(value);
    keyed::write_batch batch;
    batch.put(where, key, value);
    need(db->write(batch, durability::sync));
  }
  auto quarantined() { return need(store->list_quarantined({})).items; }
};

// A disk in memory of which a look at the schedules' states fails in the middle when told to.
class half_read final : public keyed::key_value_source {
public:
  explicit half_read(bool& failing) : failing_(failing) {}
  result<std::unique_ptr<keyed::key_value>> open() override {
    auto opened = disk_->open();
    if (!opened)
      return opened.err();
    return std::unique_ptr<keyed::key_value>{std::make_unique<db>(*std::move(opened), failing_)};
  }
  [[nodiscard]] std::string backend() const override { return disk_->backend(); }
  [[nodiscard]] std::string path() const override { return disk_->path(); }

private:
  class db final : public keyed::key_value {
  public:
    db(std::unique_ptr<keyed::key_value> whole, bool& failing) : whole_(std::move(whole)), failing_(failing) {}
    [[nodiscard]] result<std::optional<std::string>> get(keyed::family where, std::string_view key) const override {
      return whole_->get(where, key);
    }
    [[nodiscard]] result<void> scan(keyed::family where, keyed::key_range range, keyed::direction towards,
                                    const keyed::record_visitor& visit) const override {
      if (where != keyed::family::states || !failing_)
        return whole_->scan(where, range, towards, visit);
      (void)whole_->scan(where, range, towards, [&](auto key, auto record) {
        visit(key, record);
        return false;
      });
      return {ec::store_io, "a block can't be read"};
    }
    result<void> write(const keyed::write_batch& batch, durability level) override {
      return whole_->write(batch, level);
    }
    [[nodiscard]] result<std::unique_ptr<const keyed::record_reader>> snapshot() const override {
      return whole_->snapshot();
    }
    void expire_until(timestamp now) override { whole_->expire_until(now); }
    [[nodiscard]] result<void> drop_expired() const override { return whole_->drop_expired(); }
    void interrupt() noexcept override { whole_->interrupt(); }
    result<void> close() override { return whole_->close(); }

  private:
    std::unique_ptr<keyed::key_value> whole_;
    bool& failing_;
  };

  std::unique_ptr<keyed::key_value_source> disk_ = keyed::make_memory_source(std::make_shared<memory_disk>(), true);
  bool& failing_;
};

inline void flip_bit(std::string& value) { value[value.size() / 2] = static_cast<char>(value[value.size() / 2] ^ 4); }

inline const auto durable_backends = boost::unit_test::data::make({backend::memory, backend::rocksdb});

} // namespace carillon::testing

BOOST_AUTO_TEST_SUITE(store_failures)

BOOST_AUTO_TEST_CASE(nothing_of_a_failed_batch_remains_and_the_next_one_starts_from_the_disk) {
  failure_world w;
  const auto before = w.add_job("mail", 1);
  w.disk->fail_write(1, {ec::disk_full, "no space is left"});
  w.start();
  need(w.store->cancel_job(before.id));
  need(w.store->add_job(make_job("mail", 2, epoch)));
  BOOST_TEST((code_of(w.store->commit()) == ec::disk_full));
  BOOST_TEST((code_of(w.store->begin(w.now)) == ec::disk_full)); // as long as it isn't repaired
  BOOST_TEST((code_of(w.store->find_job(before.id)) == ec::disk_full));
  w.disk->repair();
  w.batch([](data_store&) {});
  BOOST_TEST(w.last.events.empty());
  BOOST_TEST((need(w.store->find_job(before.id)) == before));
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.size() == 1);
  BOOST_TEST(w.hand_out().size() == 1);
  BOOST_TEST(need(w.store->check()).faults.empty());
}

BOOST_AUTO_TEST_CASE(revisions_are_never_issued_twice_even_after_lost_writes) {
  store_config config;
  config.level = durability::none;
  failure_world w{backend::memory, config};
  w.add_job("mail", 1);
  const auto token = w.hand_out().front().held_by->token;
  // The task is lost along with the job: only what is synced survives.
  w.kill();
  w.disk->lose_unsynced();
  w.reopen();
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.empty());
  w.put_task("mail");
  BOOST_TEST(w.last.events.front().number > token);
}

BOOST_AUTO_TEST_CASE(a_batch_takes_as_many_revisions_as_it_needs) {
  failure_world w;
  const auto change_often = [](data_store& s) {
    task changing;
    changing.id = "changing";
    for (std::uint32_t i = 0; i < 150'000; ++i) {
      changing.max_running_jobs = i + 1;
      need(s.put_task(changing));
    }
  };
  w.batch(change_often);
  const auto newest = w.last.events.back().number;
  w.kill();
  w.disk->lose_unsynced();
  w.reopen();
  w.put_task("mail", [](task& x) { x.max_running_jobs = 1; });
  BOOST_TEST(w.last.events.front().number > newest);

  w.start();
  const auto writes = w.disk->writes();
  w.disk->fail_write(1, {ec::disk_full, "no space is left"}); // the reservation in the middle of the batch
  change_often(*w.store);
  BOOST_TEST(w.disk->writes() == writes + 1);
  BOOST_TEST((code_of(w.store->commit()) == ec::disk_full));
}

BOOST_AUTO_TEST_CASE(what_was_synced_survives_and_the_rest_goes_as_a_whole) {
  store_config config;
  config.level = durability::async;
  failure_world w{backend::memory, config};
  const auto kept = w.add_job("mail", 1);
  w.disk->sync();
  w.batch([&](data_store& s) {
    need(s.cancel_job(kept.id));
    need(s.add_job(make_job("mail", 2, epoch)));
  });
  w.kill();
  w.disk->lose_unsynced();
  w.reopen();
  BOOST_TEST((need(w.store->find_job(kept.id)) == kept));
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_log_that_is_cut_keeps_the_first_batches_whole) {
  std::set<std::size_t> seen;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    store_config config;
    config.level = durability::async;
    failure_world w{backend::memory, config};
    const auto changed = w.add_job("mail", 1);
    w.disk->sync();
    for (std::uint64_t n = 2; n <= 4; ++n)
      w.batch([&](data_store& s) {
        need(s.add_job(make_job("mail", n, epoch)));
        need(s.add_job(make_job("mail", n + 10, epoch)));
        if (n == 3)
          need(s.cancel_job(changed.id));
      });
    w.kill();
    counting_entropy random{seed};
    w.disk->lose_unsynced(random);
    w.reopen();
    const auto left = need(w.store->list_jobs({}, {})).items.size();
    seen.insert(left);
    for (std::uint64_t n = 2; n <= 4; ++n)
      for (const auto number : {n, n + 10})
        BOOST_TEST(w.store->find_job(make_job("mail", number, epoch).id).has_value() == (left > 2 * (n - 2) + 1));
    BOOST_TEST((need(w.store->find_job(changed.id)).state == job_state::finished) == (left >= 5));
    BOOST_TEST(need(w.store->check()).faults.empty());
  }
  BOOST_TEST(seen == (std::set<std::size_t>{1, 3, 5, 7}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(schedules_of_which_only_some_could_be_read_again_are_all_due_later) {
  bool failing = false;
  counting_entropy random;
  const auto store = need(keyed::keyed_store::open(std::make_unique<half_read>(failing), {}, random));
  const clock_reading now{epoch, 1h};
  need(store->begin(now));
  task mail;
  mail.id = "mail";
  need(store->put_task(mail));
  for (const auto* id : {"a", "b", "c"})
    need(store->add_schedule(make_schedule(id, "mail", 1h), conflict_policy::fail));
  for (int i = 0; i < 5'000; ++i) { // so many stale entries that the index is read anew
    need(store->pause_schedule("a"));
    need(store->resume_schedule("a", epoch));
  }
  need(store->commit());
  failing = true;
  BOOST_TEST((code_of(store->begin(now)) == ec::store_io));
  failing = false;
  need(store->begin(now));
  BOOST_TEST(need(store->claim_due_schedules(10)).schedules.size() == 3);
  need(store->commit());
  BOOST_TEST(need(store->status()).schedules == 3);
}

BOOST_DATA_TEST_CASE(a_unique_key_whose_holder_is_damaged_is_free, durable_backends) {
  failure_world w{sample};
  const auto add = [&](std::uint64_t number) {
    auto what = make_job("mail", number, epoch);
    what.unique = unique_key{"import", std::nullopt};
    return need(w.batch([&](data_store& s) { return job_of(s.add_job(what)); })).id;
  };
  const auto first = add(1);
  w.damage(keyed::family::unique_keys, "import", flip_bit);
  const auto second = add(2);
  BOOST_TEST((second != first));
  BOOST_REQUIRE_EQUAL(w.quarantined().size(), 1U);
  BOOST_TEST(w.quarantined()[0].family == "unique_keys");
  const auto running = w.hand_out(1).at(0);
  BOOST_TEST((running.id == first));
  need(w.finish_job(running)); // the key isn't its own any more
  BOOST_TEST((add(3) == second));
  BOOST_TEST(need(w.store->check()).faults.empty());
}

BOOST_DATA_TEST_CASE(a_damaged_job_goes_to_quarantine_and_the_others_go_on, durable_backends) {
  failure_world w{sample};
  const auto bad = w.add_job("mail", 1);
  const auto good = w.add_job("mail", 2);
  std::string damaged;
  w.damage(keyed::family::jobs, keyed::job_key(bad.id), [&](std::string& value) {
    flip_bit(value);
    damaged = value;
  });
  w.batch([](data_store&) {});
  const auto told = w.events_of(event_type::record_quarantined);
  BOOST_REQUIRE_EQUAL(told.size(), 1);
  BOOST_TEST((told[0].job == bad.id));
  const auto given = w.hand_out();
  BOOST_REQUIRE_EQUAL(given.size(), 1);
  BOOST_TEST((given[0].id == good.id));
  BOOST_TEST((code_of(w.store->find_job(bad.id)) == ec::not_found));
  const auto quarantined = w.quarantined();
  BOOST_REQUIRE_EQUAL(quarantined.size(), 1);
  BOOST_TEST(quarantined[0].family == "jobs");
  BOOST_TEST(quarantined[0].value == damaged); // nothing is lost
  BOOST_TEST(quarantined[0].reason.find("checksum") != std::string::npos);
  BOOST_TEST(need(w.store->status()).quarantined == 1);
  w.reopen();
  BOOST_TEST(need(w.store->status()).quarantined == 1);
}

BOOST_AUTO_TEST_CASE(an_id_that_the_quarantine_gave_free_is_used_again) {
  failure_world w{backend::memory};
  // Too large to be kept in memory, so that the writer reads its record.
  const auto large = [](job& x) { x.arguments = std::string(10'000, 'x'); };
  const auto bad = w.add_job("mail", 1, large);
  w.damage_in_place(keyed::family::jobs, keyed::job_key(bad.id), flip_bit);
  const auto again = w.add_job("mail", 1, large);
  BOOST_TEST((again.id == bad.id));
  const auto given = w.hand_out();
  BOOST_REQUIRE_EQUAL(given.size(), 1); // the entry of the first one comes up too, and is dropped
  BOOST_TEST(w.hand_out(100, {"executor-2", 1}).empty());
  need(w.finish_job(given[0]));
  BOOST_TEST(w.hand_out(100, {"executor-2", 1}).empty());
  BOOST_TEST(need(w.store->status()).pending_jobs == 0);
  w.batch([](data_store& s) { need(s.remove_task("mail", false)); }); // all are counted as ended
}

BOOST_DATA_TEST_CASE(a_finished_job_that_is_damaged_is_noticed_when_it_is_read, durable_backends) {
  failure_world w{sample};
  w.add_job("mail", 1);
  const auto bad = w.hand_out().front();
  need(w.finish_job(bad));
  w.damage(keyed::family::jobs, keyed::job_key(bad.id), flip_bit);
  BOOST_TEST((code_of(w.store->find_job(bad.id)) == ec::store_corrupt));
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.empty());
  w.batch([](data_store&) {});
  BOOST_TEST(w.events_of(event_type::record_quarantined).size() == 1);
  BOOST_TEST(w.quarantined().size() == 1);
}

BOOST_DATA_TEST_CASE(a_schedule_of_which_a_record_is_damaged_goes_and_its_id_is_free, durable_backends) {
  for (const auto where : {keyed::family::definitions, keyed::family::states}) {
    failure_world w{sample};
    const auto bad = w.add_schedule(make_schedule("bad", "mail", 1h));
    w.add_schedule(make_schedule("good", "mail", 1h));
    const auto key = where == keyed::family::states ? keyed::state_key(bad.state.incarnation) : std::string{"bad"};
    w.damage(where, key, flip_bit);
    w.fire_due();
    BOOST_TEST(need(w.store->list_jobs({}, {})).items.size() == 1);
    BOOST_TEST((code_of(w.batch([](data_store& s) { return s.pause_schedule("bad"); })) != ec::none));
    BOOST_TEST(w.quarantined().size() == 2);
    BOOST_TEST(need(w.store->status()).schedules == 1);
    w.add_schedule(make_schedule("bad", "mail", 1h));
    w.fire_due();
    BOOST_TEST(need(w.store->list_jobs({}, {})).items.size() == 2);
    BOOST_TEST(need(w.store->check()).faults.empty());
  }
}

BOOST_DATA_TEST_CASE(a_damaged_task_leaves_its_jobs_waiting_for_it, durable_backends) {
  failure_world w{sample};
  w.add_job("mail", 1);
  w.damage(keyed::family::tasks, "mail", flip_bit);
  BOOST_TEST(w.hand_out().empty());
  BOOST_TEST(w.quarantined().size() == 1);
  w.put_task("mail");
  BOOST_TEST(w.hand_out().size() == 1);
}

BOOST_DATA_TEST_CASE(a_store_of_a_newer_version_is_refused, durable_backends) {
  failure_world w{sample};
  w.store.reset();
  {
    const auto source =
        w.disk ? keyed::make_memory_source(w.disk, true) : keyed::make_rocksdb_source(w.folder->path() / "db");
    const auto db = need(source->open());
    std::string payload;
    keyed::append_number(payload, codec::format_version + 1, 4);
    payload += "00000000-0000-4000-8000-000000000000";
    keyed::write_batch batch;
    batch.put(keyed::family::meta, keyed::format_key, codec::make_record(payload));
    need(db->write(batch, durability::sync));
  }
  counting_entropy random;
  const auto refused = w.disk ? open_memory_store(w.disk, {}, random) : open_rocksdb_store(w.folder->path() / "db", {});
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.err().code() == ec::store_version));
  BOOST_TEST(refused.err().text().find("newer version") != std::string::npos);
}

BOOST_DATA_TEST_CASE(readers_go_on_while_the_writer_writes, durable_backends) {
  failure_world w{sample};
  std::atomic<bool> is_done{false};
  std::atomic<int> errors{0};
  std::thread reader{[&] {
    while (!is_done) {
      errors += !w.store->list_jobs({}, {}) || !w.store->status() || !w.store->list_schedules({});
      const auto checked = w.store->check();
      errors += !checked || !checked->faults.empty();
    }
  }};
  w.add_schedule(make_schedule("s", "mail", 1s));
  for (int i = 0; i < 100; ++i) {
    w.fire_due();
    for (const auto& x : w.hand_out())
      need(w.finish_job(x));
    w.pass(1s);
  }
  is_done = true;
  reader.join();
  BOOST_TEST(errors == 0);
}

BOOST_DATA_TEST_CASE(the_check_finds_what_is_missing, durable_backends) {
  failure_world w{sample};
  const auto s = w.add_schedule(make_schedule("s", "mail", 1h));
  for (int i = 0; i < 3; ++i) {
    w.fire_due();
    w.pass(1h);
  }
  const auto whole = need(w.store->check());
  BOOST_TEST(whole.faults.empty());
  BOOST_TEST(whole.jobs == 3);
  BOOST_TEST(whole.schedules == 1);
  const auto id = job_id::of_fire_time("s", s.state.incarnation, epoch + 1h);
  w.damage(keyed::family::jobs, keyed::job_key(id), flip_bit);
  const auto broken = need(w.store->check());
  BOOST_REQUIRE(!broken.faults.empty());
  BOOST_TEST(broken.faults.back().find("has neither a job nor a skip") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_process_keeps_its_number_when_its_store_opens_again_and_the_next_one_has_a_higher) {
  failure_world w{backend::memory, {.level = durability::none}};
  const auto process = w.store->process();
  w.disk->fail_write(1, {ec::disk_full, "no space left"});
  BOOST_TEST((code_of(w.store->begin(w.now)) == ec::none));
  need(w.store->add_job(make_job("mail", 1, w.now.wall)));
  BOOST_TEST((code_of(w.store->commit()) == ec::disk_full));
  w.disk->repair();
  w.add_job("mail", 2);
  BOOST_TEST(w.store->process() == process);
  w.kill();
  w.disk->lose_unsynced(); // all but the reservation of the numbers
  w.reopen();
  BOOST_TEST(w.store->process() > process);
}

BOOST_AUTO_TEST_SUITE_END()
