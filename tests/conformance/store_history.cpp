// What is kept of the past: the definitions of schedules, how far back history is whole, and that it falls out at its end.
#include "store_world/history_world.hpp"

#include "carillon/store/key_value.hpp"
#include "codec/envelope.hpp"
#include "keyed/keyed_store.hpp"
#include "keyed/keys.hpp"
#include "keyed/record_format.hpp"
#include "memory/memory_key_value.hpp"
#include "rocksdb/rocksdb_key_value.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace carillon::testing {

// A disk in memory on which a clean-up ends when it is interrupted, and not before.
class slow_cleaner final : public keyed::key_value_source {
public:
  slow_cleaner(std::shared_ptr<memory_disk> disk, std::atomic<bool>& is_cleaning)
    : disk_(keyed::make_memory_source(std::move(disk), true)), is_cleaning_(is_cleaning) {}
  result<std::unique_ptr<keyed::key_value>> open() override {
    auto opened = disk_->open();
    if (!opened)
      return opened.err();
    return std::unique_ptr<keyed::key_value>{std::make_unique<db>(*std::move(opened), is_cleaning_)};
  }
  [[nodiscard]] std::string backend() const override { return disk_->backend(); }
  [[nodiscard]] std::string path() const override { return disk_->path(); }

private:
  class db final : public keyed::key_value {
  public:
    db(std::unique_ptr<keyed::key_value> whole, std::atomic<bool>& is_cleaning)
      : whole_(std::move(whole)), is_cleaning_(is_cleaning) {}
    [[nodiscard]] result<std::optional<std::string>> get(keyed::family where, std::string_view key) const override {
      return whole_->get(where, key);
    }
    [[nodiscard]] result<void> scan(keyed::family where, keyed::key_range range, keyed::direction towards,
                                    const keyed::record_visitor& visit) const override {
      return whole_->scan(where, range, towards, visit);
    }
    result<void> write(const keyed::write_batch& batch, durability level) override {
      return whole_->write(batch, level);
    }
    [[nodiscard]] result<std::unique_ptr<const keyed::record_reader>> snapshot() const override {
      return whole_->snapshot();
    }
    void expire_until(timestamp now) override { whole_->expire_until(now); }
    [[nodiscard]] result<void> drop_expired() const override {
      is_cleaning_ = true;
      is_cleaning_.notify_all();
      is_interrupted_.wait(false);
      return whole_->drop_expired();
    }
    void interrupt() noexcept override {
      whole_->interrupt();
      is_interrupted_ = true;
      is_interrupted_.notify_all();
    }
    result<void> close() override { return whole_->close(); }

  private:
    std::unique_ptr<keyed::key_value> whole_;
    std::atomic<bool>& is_cleaning_;
    std::atomic<bool> is_interrupted_{false};
  };

  std::unique_ptr<keyed::key_value_source> disk_;
  std::atomic<bool>& is_cleaning_;
};

inline const auto two_backends = boost::unit_test::data::make({backend::memory, backend::rocksdb});

} // namespace carillon::testing

BOOST_AUTO_TEST_SUITE(store_history)

BOOST_DATA_TEST_CASE(a_replaced_definition_is_kept_with_the_fire_times_that_it_decided, all_backends) {
  history_world w{sample};
  auto what = make_schedule("s", "mail", 1h);
  const auto first = w.add_schedule(what);
  BOOST_TEST(w.definitions("s").empty());
  w.live_through(3, 1h); // decides epoch, +1h, +2h
  auto changed = make_schedule("s", "mail", 30min, epoch + 10min);
  const auto second = w.replace(changed);
  const auto kept = w.definitions("s");
  BOOST_REQUIRE_EQUAL(kept.size(), 1);
  BOOST_TEST((kept[0].what == what));
  BOOST_TEST(kept[0].incarnation == first.state.incarnation);
  BOOST_TEST(kept[0].changed == first.state.definition_changed);
  BOOST_TEST(!kept[0].trigger_since.has_value());
  BOOST_TEST((kept[0].covered_to == epoch + 2h));
  BOOST_TEST((kept[0].replaced_at == w.now.wall));
  w.live_through(2, 30min);
  w.remove("s");
  const auto both = w.definitions("s");
  BOOST_REQUIRE_EQUAL(both.size(), 2);
  BOOST_TEST((both[0].what == changed)); // the newest first
  BOOST_TEST(both[0].changed == second.state.definition_changed);
  BOOST_TEST((both[0].trigger_since == epoch + 2h));
  BOOST_TEST((both[1].what == what));
  BOOST_TEST(w.faults().empty());
}

BOOST_DATA_TEST_CASE(the_definition_of_a_finished_schedule_is_kept, all_backends) {
  history_world w{sample};
  auto once = make_schedule("once", "mail", 1h);
  once.trigger.kind = date_definition{epoch};
  w.add_schedule(once);
  w.fire_due();
  BOOST_TEST((code_of(w.store->find_schedule("once")) == ec::not_found));
  const auto kept = w.definitions("once");
  BOOST_REQUIRE_EQUAL(kept.size(), 1);
  BOOST_TEST((kept[0].what == once));
  BOOST_TEST((kept[0].covered_to == epoch));
}

BOOST_DATA_TEST_CASE(a_schedule_that_is_replaced_all_day_keeps_no_more_than_what_decided_something, two_backends) {
  history_world w{sample};
  auto what = make_schedule("s", "mail", 1h);
  w.add_schedule(what);
  for (int i = 0; i < 500; ++i) {
    what.arguments = i;
    w.replace(what);
  }
  BOOST_TEST(w.definitions("s").empty());
  w.live_through(1, 1h);
  for (int i = 0; i < 500; ++i) {
    what.arguments = -i;
    w.replace(what);
  }
  BOOST_TEST(w.definitions("s").size() == 1);
  BOOST_TEST((w.definitions("s")[0].what.arguments == value{499}));
}

BOOST_DATA_TEST_CASE(a_definition_that_was_only_paused_leaves_nothing, all_backends) {
  history_world w{sample};
  auto what = make_schedule("s", "mail", 1h);
  w.add_schedule(what);
  const auto pause_and_replace = [&](data_store& s, int number) {
    need(s.pause_schedule("s"));
    need(s.resume_schedule("s", std::nullopt));
    what.arguments = number;
    need(s.add_schedule(what, conflict_policy::replace));
  };
  for (int i = 0; i < 20; ++i)
    w.batch([&](data_store& s) { pause_and_replace(s, i); });
  BOOST_TEST(w.definitions("s").empty());
  w.live_through(1, 1h);
  for (int i = 20; i < 40; ++i)
    w.batch([&](data_store& s) { pause_and_replace(s, i); });
  BOOST_REQUIRE_EQUAL(w.definitions("s").size(), 1);
  BOOST_TEST((w.definitions("s")[0].what.arguments == value{19}));
  w.live_through(1, 1h);
  w.batch([&](data_store& s) { // also within one batch
    for (int i = 40; i < 60; ++i)
      pause_and_replace(s, i);
  });
  BOOST_TEST(w.definitions("s").size() == 2);
  BOOST_TEST((w.definitions("s")[0].what.arguments == value{39}));
  w.live_through(1, 1h);
  w.batch([](data_store& s) { need(s.pause_schedule("s")); });
  w.remove("s");
  BOOST_REQUIRE_EQUAL(w.definitions("s").size(), 3);
  BOOST_TEST((w.definitions("s")[0].what.arguments == value{59}));
  BOOST_TEST(w.faults().empty());
}

BOOST_DATA_TEST_CASE(pages_of_definitions_are_of_one_schedule_and_go_on, two_backends) {
  history_world w{sample};
  for (const auto* id : {"a", "ab"}) {
    auto what = make_schedule(id, "mail", 1h);
    w.add_schedule(what);
    for (int i = 0; i < 3; ++i) {
      w.live_through(1, 1h);
      what.arguments = i;
      w.replace(what);
    }
  }
  const auto page = need(w.store->list_past_definitions("a", {2, ""}));
  BOOST_REQUIRE_EQUAL(page.items.size(), 2);
  const auto rest = need(w.store->list_past_definitions("a", {2, page.next}));
  BOOST_REQUIRE_EQUAL(rest.items.size(), 1);
  BOOST_TEST((page.items[0].changed > page.items[1].changed && page.items[1].changed > rest.items[0].changed));
  BOOST_TEST(rest.next.empty());
  BOOST_TEST((code_of(w.store->list_past_definitions("a", {0, ""})) == ec::limit_exceeded));
  BOOST_TEST((code_of(w.store->list_past_definitions("a", {1, "zz"})) == ec::invalid_argument));
}

BOOST_DATA_TEST_CASE(a_definition_goes_when_its_history_does, all_backends) {
  store_config config;
  config.history_retention = 24h;
  history_world w{sample, config};
  w.add_schedule(make_schedule("s", "mail", 1h));
  w.live_through(2, 1h);
  w.remove("s");
  w.pass(24h - 1us);
  w.batch([](data_store&) {});
  BOOST_TEST(w.definitions("s").size() == 1);
  w.pass(1us);
  w.batch([](data_store&) {});
  BOOST_TEST(w.definitions("s").empty());
  BOOST_TEST(w.faults().empty());
}

BOOST_DATA_TEST_CASE(what_has_expired_is_gone_after_a_clean_up, two_backends) {
  store_config config;
  config.history_retention = 24h;
  history_world w{sample, config};
  auto what = make_schedule("s", "mail", 1h);
  w.add_schedule(what);
  w.live_through(5, 1h);
  w.batch([&](data_store& s) { // a skip, and a definition
    const auto due = need(s.claim_due_schedules(1)).schedules.at(0).what;
    auto plan = make_plan(due, w.now.wall);
    const auto at = *due.state.next_fire_time;
    plan.jobs.clear();
    plan.skips.push_back({"s", due.state.incarnation, at, at, 1, skip_reason::misfire, w.now.wall});
    need(s.commit_fire_plan(plan));
  });
  w.remove("s");
  w.pass(25h);
  w.batch([](data_store&) {});
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.empty()); // invisible at once
  BOOST_TEST(need(w.store->list_skips("s", {})).items.empty());
  need(w.store->clean_up());
  std::size_t left = 0;
  w.tamper([&](keyed::key_value& db, keyed::write_batch&) {
    for (const auto where : keyed::expiring_families)
      need(db.scan(where, {}, keyed::direction::ascending, [&](std::string_view, std::string_view) {
        ++left;
        return true;
      }));
  });
  BOOST_TEST(left == 0);
}

BOOST_DATA_TEST_CASE(the_check_finds_a_missing_decision_of_a_replaced_trigger, two_backends) {
  history_world w{sample};
  const auto s = w.add_schedule(make_schedule("s", "mail", 1h));
  w.live_through(3, 1h);
  w.replace(make_schedule("s", "mail", 7min));
  w.live_through(3, 7min);
  BOOST_TEST(w.faults().empty());
  w.lose_job(job_id::of_fire_time("s", s.state.incarnation, epoch + 1h));
  const auto faults = w.faults();
  BOOST_REQUIRE_EQUAL(faults.size(), 1);
  BOOST_TEST(faults[0].find(to_iso8601(epoch + 1h) + " has neither a job nor a skip") != std::string::npos);
}

BOOST_DATA_TEST_CASE(the_check_finds_what_is_missing_and_what_is_extra_of_a_removed_schedule, two_backends) {
  history_world w{sample};
  const auto s = w.add_schedule(make_schedule("s", "mail", 1h));
  w.live_through(3, 1h);
  w.remove("s");
  BOOST_TEST(w.faults().empty());
  w.lose_job(job_id::of_fire_time("s", s.state.incarnation, epoch + 2h));
  BOOST_TEST(w.has_fault(to_iso8601(epoch + 2h) + " has neither a job nor a skip"));
  const auto planted = [&](timestamp when) {
    auto extra = need(w.store->find_job(job_id::of_fire_time("s", s.state.incarnation, epoch)));
    extra.id = job_id::of_fire_time("s", s.state.incarnation, when);
    extra.scheduled_fire_time = when;
    w.tamper([&](keyed::key_value&, keyed::write_batch& to) { keyed::put_job(to, extra, 24h * 7); });
  };
  planted(epoch + 20min);
  planted(epoch + 9h); // after its end
  BOOST_TEST(w.has_fault(to_iso8601(epoch + 20min) + " has a job, but the trigger doesn't give it"));
  BOOST_TEST(w.has_fault(to_iso8601(epoch + 9h) + " has a job, but the trigger doesn't give it"));
  BOOST_TEST(w.faults().size() == 3);
}

BOOST_DATA_TEST_CASE(an_id_that_is_used_again_has_histories_of_their_own, all_backends) {
  history_world w{sample};
  for (int life = 0; life < 3; ++life) {
    w.add_schedule(make_schedule("s", "mail", 1h, w.now.wall + 5min));
    w.live_through(3, 1h);
    w.remove("s");
  }
  BOOST_TEST(w.definitions("s").size() == 3);
  BOOST_TEST(w.faults().empty());
}

BOOST_DATA_TEST_CASE(a_longer_retention_makes_nothing_look_missing, two_backends) {
  store_config config;
  config.history_retention = 3h;
  history_world w{sample, config};
  w.add_schedule(make_schedule("s", "mail", 1h));
  w.live_through(10, 1h);
  need(w.store->clean_up());
  w.config.history_retention = 48h;
  w.reopen();
  w.live_through(1, 1h);
  BOOST_TEST(w.faults().empty());
  w.live_through(1, 1h);
  w.reopen();
  BOOST_TEST(w.faults().empty());
}

BOOST_DATA_TEST_CASE(a_clock_that_was_ahead_makes_nothing_look_missing,
                     two_backends* boost::unit_test::data::make({false, true}), kind, is_stopped) {
  store_config config;
  config.history_retention = 24h;
  history_world w{kind, config};
  w.add_schedule(make_schedule("s", "mail", 1h));
  w.live_through(5, 1h);
  w.batch([](data_store& s) { need(s.pause_schedule("s")); });
  w.now.wall += 24h * 365;
  w.batch([](data_store&) {});
  need(w.store->clean_up()); // by that clock all has expired
  w.now.wall -= 24h * 365;
  if (is_stopped)
    w.reopen();
  w.batch([](data_store&) {});
  BOOST_TEST(w.faults().empty());
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.empty());
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_ahead_is_remembered_though_batches_fail_and_writes_are_lost) {
  store_config config;
  config.history_retention = 24h;
  config.level = durability::async;
  history_world w{backend::memory, config};
  w.add_schedule(make_schedule("s", "mail", 1h));
  w.live_through(5, 1h);
  w.batch([](data_store& s) { need(s.pause_schedule("s")); });
  w.disk->sync();
  w.now.wall += 24h * 365;
  w.batch([](data_store&) {});
  need(w.store->clean_up());
  w.disk->fail_write(1, {ec::disk_full, "no space is left"});
  w.start();
  need(w.store->add_job(make_job("mail", 1, w.now.wall)));
  BOOST_TEST((code_of(w.store->commit()) == ec::disk_full));
  w.kill();
  w.disk->repair();
  w.disk->lose_unsynced();
  w.now.wall -= 24h * 365;
  w.reopen();
  w.batch([](data_store&) {});
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.empty());
  BOOST_TEST(w.faults().empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_dropped_by_a_clock_of_which_nothing_is_recorded) {
  store_config config;
  config.history_retention = 24h;
  history_world w{backend::memory, config};
  w.add_schedule(make_schedule("s", "mail", 1h));
  w.live_through(5, 1h);
  const auto records = keyed::count_records(*w.disk);
  w.now.wall += 24h * 365;
  w.disk->fail_write(1, {ec::disk_full, "no space is left"});
  w.start();
  need(w.store->add_job(make_job("mail", 1, w.now.wall)));
  BOOST_TEST((code_of(w.store->commit()) == ec::disk_full));
  w.disk->repair();
  w.now.wall -= 24h * 365;
  w.reopen();
  for (int i = 0; i < 20; ++i) // each write looks for what may go
    w.add_job("mail", static_cast<std::uint64_t>(i) + 2);
  BOOST_TEST(keyed::count_records(*w.disk) >= records + 20);
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.size() == 25);
  BOOST_TEST(w.faults().empty());
}

BOOST_AUTO_TEST_CASE(an_idle_store_writes_nothing_and_a_busy_one_notes_the_time_once_a_minute) {
  history_world w{backend::memory};
  w.add_job("mail", 1);
  const auto writes = w.disk->writes();
  for (int i = 0; i < 48; ++i) {
    w.pass(1h);
    w.batch([](data_store&) {});
  }
  BOOST_TEST(w.disk->writes() == writes);
  for (int i = 0; i < 120; ++i) {
    w.add_job("mail", static_cast<std::uint64_t>(i) + 2);
    w.pass(1s);
  }
  BOOST_TEST(w.disk->writes() == writes + 120 + 2);
}

BOOST_DATA_TEST_CASE(a_store_of_a_version_that_did_not_record_what_was_dropped_opens, two_backends) {
  store_config config;
  config.history_retention = 24h;
  history_world w{sample, config};
  w.add_schedule(make_schedule("s", "mail", 1h));
  w.live_through(5, 1h);
  w.tamper([](keyed::key_value& db, keyed::write_batch& to) {
    const auto recorded = need(db.get(keyed::family::meta, keyed::history_key));
    const auto payload = need(codec::payload_of(recorded.value()));
    BOOST_REQUIRE_EQUAL(payload.size(), 24);
    to.put(keyed::family::meta, keyed::history_key, codec::make_record(payload.substr(0, 16)));
  });
  w.live_through(1, 1h);
  BOOST_TEST(w.faults().empty());
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.size() == 6);
  w.pass(48h);
  w.batch([](data_store& s) { need(s.pause_schedule("s")); });
  need(w.store->clean_up());
  w.now.wall -= 48h;
  w.reopen();
  w.batch([](data_store&) {});
  BOOST_TEST(need(w.store->list_jobs({}, {})).items.empty());
  BOOST_TEST(w.faults().empty());
}

BOOST_DATA_TEST_CASE(a_clean_up_of_a_database_that_is_about_to_close_ends_early, two_backends) {
  history_world w{sample};
  w.tamper([](keyed::key_value& db, keyed::write_batch&) {
    need(db.drop_expired());
    db.interrupt();
    BOOST_TEST((code_of(db.drop_expired()) == ec::unavailable));
  });
  need(w.store->clean_up());
}

BOOST_AUTO_TEST_CASE(a_clean_up_does_not_hold_up_a_store_whose_write_failed) {
  auto disk = std::make_shared<memory_disk>();
  std::atomic<bool> is_cleaning{false};
  counting_entropy random;
  const auto store = need(keyed::keyed_store::open(std::make_unique<slow_cleaner>(disk, is_cleaning), {}, random));
  const clock_reading now{epoch, 1h};
  need(store->begin(now));
  need(store->commit());
  ec found = ec::none; // the thread's until it has ended
  std::string text;
  std::thread cleaner{[&] {
    const auto cleaned = store->clean_up();
    found = code_of(cleaned);
    text = cleaned ? std::string{} : cleaned.err().text();
  }};
  is_cleaning.wait(false);
  disk->fail_write(1, {ec::disk_full, "no space is left"});
  need(store->begin(now));
  task mail;
  mail.id = "mail";
  need(store->put_task(mail));
  BOOST_TEST((code_of(store->commit()) == ec::disk_full)); // without waiting for the end, which would never come
  cleaner.join();
  BOOST_TEST(found == ec::unavailable);
  BOOST_TEST(!text.empty());
  disk->repair();
  need(store->begin(now));
  need(store->commit());
}

BOOST_AUTO_TEST_CASE(a_clean_up_ends_early_when_its_store_is_about_to_be_closed) {
  std::atomic<bool> is_cleaning{false};
  counting_entropy random;
  const auto store = need(keyed::keyed_store::open(
      std::make_unique<slow_cleaner>(std::make_shared<memory_disk>(), is_cleaning), {}, random));
  ec found = ec::none; // the thread's until it has ended
  std::thread cleaner{[&] { found = code_of(store->clean_up()); }};
  is_cleaning.wait(false);
  store->interrupt_clean_up();
  cleaner.join(); // which would never come
  BOOST_TEST(found == ec::unavailable);
  BOOST_TEST(code_of(store->clean_up()) == ec::unavailable);
}

BOOST_DATA_TEST_CASE(a_schedule_can_be_looked_at_as_its_plan_would_see_it, all_backends) {
  history_world w{sample};
  w.put_task("strict", [](task& x) {
    x.misfire_grace_time = 7s;
    x.time_limit = 9s;
    x.result_expiration = 11s;
  });
  auto what = make_schedule("s", "strict", 1h);
  what.time_limit = 3s;
  const auto added = w.add_schedule(what);
  const auto peeked = need(w.store->peek_schedule("s"));
  BOOST_TEST((peeked.what == added));
  BOOST_TEST((peeked.misfire_grace_time == duration{7s}));
  BOOST_TEST((peeked.time_limit == duration{3s}));
  BOOST_TEST((peeked.result_expiration == duration{11s}));
  BOOST_TEST((code_of(w.store->peek_schedule("t")) == ec::not_found));
}

BOOST_AUTO_TEST_SUITE_END()
