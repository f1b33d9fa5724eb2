#include "store_world/store_world.hpp"

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(store_tasks)

BOOST_DATA_TEST_CASE(a_task_is_found_as_it_was_put, all_backends) {
  store_world w{sample};
  task mail;
  mail.id = "mail";
  mail.max_running_jobs = 3;
  mail.misfire_grace_time = 5s;
  mail.metadata = {{"owner", "ops"}};
  need(w.batch([&](data_store& s) { return s.put_task(mail); }));
  BOOST_TEST(w.event_types() == std::vector{event_type::task_added}, boost::test_tools::per_element());
  mail.changed = w.last.events.front().number;
  BOOST_TEST((need(w.store->find_task("mail")) == mail));
  BOOST_TEST((code_of(w.store->find_task("fax")) == ec::not_found));
}

BOOST_DATA_TEST_CASE(putting_the_same_settings_again_changes_nothing, all_backends) {
  store_world w{sample};
  w.put_task("mail");
  w.put_task("mail");
  BOOST_TEST(w.last.events.empty());
  w.put_task("mail", [](task& x) { x.runner = "inline"; });
  BOOST_TEST(w.event_types() == std::vector{event_type::task_updated}, boost::test_tools::per_element());
  BOOST_TEST(need(w.store->find_task("mail")).runner == "inline");
}

BOOST_DATA_TEST_CASE(a_task_in_use_is_not_removed, all_backends) {
  store_world w{sample};
  const auto remove = [&] { return w.batch([](data_store& s) { return s.remove_task("mail", false); }); };
  BOOST_TEST((code_of(remove()) == ec::not_found));
  w.put_task("mail");
  const auto added = w.add_job("mail", 1);
  BOOST_TEST((code_of(remove()) == ec::conflict));
  need(w.batch([&](data_store& s) { return s.cancel_job(added.id); }));
  w.add_schedule(make_schedule("daily", "mail", 24h));
  BOOST_TEST((code_of(remove()) == ec::conflict));
  need(w.batch([](data_store& s) { return s.remove_schedule("daily"); }));
  need(remove());
  BOOST_TEST(w.event_types() == std::vector{event_type::task_removed}, boost::test_tools::per_element());
  BOOST_TEST((code_of(w.store->find_task("mail")) == ec::not_found));
}

BOOST_DATA_TEST_CASE(a_schedule_of_the_same_batch_uses_its_task, all_backends) {
  store_world w{sample};
  w.put_task("mail");
  w.batch([](data_store& s) {
    need(s.add_schedule(make_schedule("daily", "mail", 24h), conflict_policy::fail));
    BOOST_TEST((code_of(s.remove_task("mail", false)) == ec::conflict));
    need(s.remove_schedule("daily"));
    need(s.remove_task("mail", false));
  });
  BOOST_TEST((code_of(w.store->find_task("mail")) == ec::not_found));
}

BOOST_DATA_TEST_CASE(bad_settings_are_refused, all_backends) {
  store_world w{sample};
  const auto put = [&](const std::function<void(task&)>& change) {
    task x;
    x.id = "mail";
    change(x);
    return code_of(w.batch([&](data_store& s) { return s.put_task(x); }));
  };
  BOOST_TEST((put([](task& x) { x.id = "a b"; }) == ec::invalid_argument));
  BOOST_TEST((put([](task& x) { x.runner = ""; }) == ec::invalid_argument));
  BOOST_TEST((put([](task& x) { x.time_limit = -1us; }) == ec::invalid_argument));
  BOOST_TEST((put([](task& x) { x.runner = "command"; }) == ec::invalid_argument));
  BOOST_TEST((put([](task& x) { x.max_running_jobs = 0; }) == ec::invalid_argument));
  BOOST_TEST((put([](task& x) { x.on_loss = static_cast<loss_policy>(7); }) == ec::invalid_argument));
  BOOST_TEST((put([](task& x) { x.misfire_grace_time = -1us; }) == ec::invalid_argument));
  BOOST_TEST((put([](task& x) { x.result_expiration = -1us; }) == ec::invalid_argument));
  BOOST_TEST((put([](task& x) { x.id = "command"; }) == ec::invalid_argument)); // it needs its runner
  BOOST_TEST((put([](task& x) { x.metadata = {{"a", std::string(100'000, 'x')}}; }) == ec::limit_exceeded));
  BOOST_TEST(need(w.store->list_tasks({})).items.empty());
}

BOOST_DATA_TEST_CASE(arguments_of_built_in_tasks_are_checked, all_backends) {
  store_world w{sample};
  std::uint64_t number = 0;
  const auto added = [&](const char* task, value arguments, const char* runner = "") {
    auto x = make_job(task, ++number, epoch);
    x.arguments = std::move(arguments);
    x.runner = runner;
    return code_of(w.batch([&](data_store& s) { return s.add_job(x); }));
  };
  const value command = value::map{{"shell_line", "true"}};
  const value request = value::map{{"url", "http://x"}};
  BOOST_TEST((added("command", command) == ec::none));
  BOOST_TEST((added("http", request) == ec::none)); // known to each store, recorded or not
  BOOST_TEST((added("http", request, "http") == ec::none));
  BOOST_TEST((added("http", command) == ec::invalid_argument));
  BOOST_TEST((added("http", {}) == ec::invalid_argument));
  BOOST_TEST((added("command", request) == ec::invalid_argument));
  for (const auto* runner : {"command", "inline"})
    BOOST_TEST((added("http", request, runner) == ec::invalid_argument), runner);
}

BOOST_DATA_TEST_CASE(tasks_are_listed_by_id_in_pages, all_backends) {
  store_world w{sample};
  for (const auto* id : {"c", "a", "b"})
    w.put_task(id);
  page_request request{2, ""};
  const auto first = need(w.store->list_tasks(request));
  BOOST_REQUIRE_EQUAL(first.items.size(), 2);
  BOOST_TEST(first.items[0].id == "a");
  request.after = first.next;
  const auto second = need(w.store->list_tasks(request));
  BOOST_REQUIRE_EQUAL(second.items.size(), 1);
  BOOST_TEST(second.items[0].id == "c");
  BOOST_TEST(second.next.empty());
  BOOST_TEST((code_of(w.store->list_tasks({0, ""})) == ec::limit_exceeded));
  BOOST_TEST((code_of(w.store->list_tasks({1'001, ""})) == ec::limit_exceeded));
  BOOST_TEST((code_of(w.store->list_tasks({10, "no cursor"})) == ec::invalid_argument));
}

BOOST_DATA_TEST_CASE(settings_that_were_read_before_another_change_are_refused, all_backends) {
  store_world w{sample};
  w.put_task("mail");
  auto read = need(w.store->find_task("mail"));
  read.max_running_jobs = 3;
  const auto put = [&](const task& x) { return code_of(w.batch([&](data_store& s) { return s.put_task(x); })); };
  BOOST_TEST((put(read) == ec::none));
  BOOST_TEST((put(read) == ec::stale_revision));
  BOOST_TEST(w.last.events.empty());
  auto gone = read;
  gone.id = "fax";
  BOOST_TEST((put(gone) == ec::stale_revision));
}

BOOST_DATA_TEST_CASE(a_forced_removal_takes_schedules_and_pending_jobs_along_at_once, all_backends) {
  store_world w{sample};
  w.put_task("mail");
  w.put_task("fax");
  const auto kept = w.add_job("fax", 1);
  w.add_schedule(make_schedule("of-mail", "mail", 1h));
  w.add_schedule(make_schedule("of-fax", "fax", 1h));
  const auto running = w.add_job("mail", 2);
  const auto given = w.hand_out(2);
  w.add_job("mail", 3, [](job& x) { x.limit = {"database", 1}; });
  w.add_job("mail", 4, [](job& x) { x.not_before = epoch + 1h; });
  w.add_job("mail", 5, [](job& x) { x.runner = "inline"; });
  const auto remove = [&](bool force) {
    return w.batch([&](data_store& s) { return code_of(s.remove_task("mail", force)); });
  };
  BOOST_TEST((remove(true) == ec::conflict)); // one runs
  BOOST_TEST(w.last.events.empty());
  for (const auto& x : given)
    if (x.id == running.id)
      need(w.finish_job(x));
  BOOST_TEST((remove(false) == ec::conflict));
  BOOST_TEST((remove(true) == ec::none));
  BOOST_TEST(
      (w.event_types() == std::vector{event_type::schedule_removed, event_type::job_finished, event_type::job_finished,
                                      event_type::job_finished, event_type::task_removed}));
  for (const auto& x : w.last.events)
    BOOST_TEST(x.number == w.last.events.front().number); // one transition
  BOOST_TEST((code_of(w.store->find_task("mail")) == ec::not_found));
  BOOST_TEST((code_of(w.store->find_schedule("of-mail")) == ec::not_found));
  BOOST_TEST(need(w.store->find_schedule("of-fax")).definition.task == "fax");
  BOOST_TEST(need(w.store->list_jobs({"", "mail", job_state::pending}, {})).items.empty());
  BOOST_TEST((need(w.store->find_job(kept.id)).state == job_state::running));
  BOOST_TEST(need(w.store->status()).pending_jobs == 0);
  BOOST_TEST((remove(true) == ec::not_found));
  w.put_task("mail");
  w.pass(2h);
  BOOST_TEST(w.hand_out().empty());
  BOOST_TEST(need(w.store->check()).faults.empty());
}

BOOST_DATA_TEST_CASE(a_schedule_that_the_batch_added_goes_along_too, all_backends) {
  store_world w{sample};
  w.put_task("mail");
  w.batch([](data_store& s) {
    need(s.add_schedule(make_schedule("new", "mail", 1h), conflict_policy::fail));
    need(s.add_job(make_job("mail", 1, epoch)));
    need(s.remove_task("mail", true));
  });
  BOOST_TEST(need(w.store->list_schedules({})).items.empty());
  BOOST_TEST(w.hand_out().empty());
}

BOOST_DATA_TEST_CASE(a_direct_job_says_more_than_its_task, all_backends) {
  store_world w{sample};
  w.put_task("mail", [](task& x) {
    x.metadata = {{"owner", "ops"}, {"tier", 1}};
    x.time_limit = 5s;
  });
  const auto change = [](job& x) { x.metadata = {{"tier", 2}, {"of", "job"}}; };
  const auto added = w.add_job("mail", 1, change);
  const value::map merged{{"owner", "ops"}, {"tier", 2}, {"of", "job"}};
  BOOST_TEST((added.metadata == merged));
  BOOST_TEST((added.time_limit == 5s));
  w.put_task("mail", [](task& x) { x.metadata = {{"owner", "dev"}, {"new", true}}; });
  BOOST_TEST((w.add_job("mail", 1, change).metadata == merged)); // said again: it stays what it was
  auto other = make_job("mail", 1, epoch);
  other.metadata = {{"tier", 3}};
  BOOST_TEST((code_of(w.batch([&](data_store& s) { return s.add_job(other); })) == ec::conflict));
}

BOOST_DATA_TEST_CASE(a_due_schedule_says_more_than_its_task, all_backends) {
  store_world w{sample};
  w.put_task("mail", [](task& x) { x.metadata = {{"owner", "ops"}, {"tier", 1}}; });
  auto what = make_schedule("s", "mail", 1h);
  what.metadata = {{"tier", 2}};
  w.add_schedule(what);
  const auto due = need(w.batch([](data_store& s) { return s.claim_due_schedules(10); }));
  BOOST_REQUIRE_EQUAL(due.schedules.size(), 1);
  BOOST_TEST((due.schedules[0].metadata == value::map{{"owner", "ops"}, {"tier", 2}}));
}

BOOST_AUTO_TEST_SUITE_END()
