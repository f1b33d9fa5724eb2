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
  const auto remove = [&] { return w.batch([](data_store& s) { return s.remove_task("mail"); }); };
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
    BOOST_TEST((code_of(s.remove_task("mail")) == ec::conflict));
    need(s.remove_schedule("daily"));
    need(s.remove_task("mail"));
  });
  BOOST_TEST((code_of(w.store->find_task("mail")) == ec::not_found));
}

BOOST_DATA_TEST_CASE(bad_settings_are_refused, all_backends) {
  store_world w{sample};
  const auto put = [&](std::function<void(task&)> change) {
    task x;
    x.id = "mail";
    change(x);
    return code_of(w.batch([&](data_store& s) { return s.put_task(x); }));
  };
  BOOST_TEST((put([](task& x) { x.id = "a b"; }) == ec::invalid_argument));
  BOOST_TEST((put([](task& x) { x.runner = ""; }) == ec::invalid_argument));
  BOOST_TEST((put([](task& x) { x.time_limit = -1us; }) == ec::invalid_argument));
  BOOST_TEST((put([](task& x) { x.metadata = {{"a", std::string(100'000, 'x')}}; }) == ec::limit_exceeded));
  BOOST_TEST(need(w.store->list_tasks({})).items.empty());
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

BOOST_AUTO_TEST_SUITE_END()
