#include "store_world/store_world.hpp"

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace carillon::testing {

struct world_with_task : store_world {
  explicit world_with_task(backend kind) : store_world(kind) { put_task("mail"); }

  auto add(const schedule_definition& what, conflict_policy on_conflict = conflict_policy::fail) {
    return batch([&](data_store& s) { return s.add_schedule(what, on_conflict); });
  }
  auto pause(const std::string& id) {
    return batch([&](data_store& s) { return s.pause_schedule(id); });
  }
  auto resume(const std::string& id, std::optional<timestamp> from = std::nullopt) {
    return batch([&](data_store& s) { return s.resume_schedule(id, from); });
  }
  due_schedules claim(std::size_t limit = 100) {
    return need(batch([&](data_store& s) { return s.claim_due_schedules(limit); }));
  }
};

} // namespace carillon::testing

BOOST_AUTO_TEST_SUITE(store_schedules)

BOOST_DATA_TEST_CASE(a_schedule_is_found_with_its_first_fire_time, all_backends) {
  world_with_task w{sample};
  const auto definition = make_schedule("hourly", "mail", 1h, epoch + 5s);
  const auto added = need(w.add(definition));
  BOOST_TEST(w.event_types() == std::vector{event_type::schedule_added}, boost::test_tools::per_element());
  BOOST_TEST((added.definition == definition));
  BOOST_TEST((added.state.next_fire_time == epoch + 5s));
  BOOST_TEST(added.state.incarnation == w.last.events.front().number);
  BOOST_TEST((need(w.store->find_schedule("hourly")) == added));
  BOOST_TEST(need(w.store->status()).schedules == 1);
}

BOOST_DATA_TEST_CASE(adding_the_same_again_is_success_and_other_content_a_conflict, all_backends) {
  world_with_task w{sample};
  auto definition = make_schedule("hourly", "mail", 1h);
  const auto added = need(w.add(definition));
  BOOST_TEST((need(w.add(definition)) == added));
  BOOST_TEST(w.last.events.empty());
  definition.arguments = 5;
  BOOST_TEST((code_of(w.add(definition)) == ec::conflict));
  BOOST_TEST((need(w.add(definition, conflict_policy::do_nothing)) == added));
  BOOST_TEST((need(w.store->find_schedule("hourly")) == added));
}

BOOST_DATA_TEST_CASE(replacing_keeps_incarnation_and_cursor, all_backends) {
  world_with_task w{sample};
  auto definition = make_schedule("hourly", "mail", 1h);
  const auto before = need(w.add(definition));
  w.fire_due();
  const auto fired = need(w.store->find_schedule("hourly"));
  definition.arguments = 5;
  const auto after = need(w.add(definition, conflict_policy::replace));
  BOOST_TEST(w.event_types() == std::vector{event_type::schedule_updated}, boost::test_tools::per_element());
  BOOST_TEST(after.state.incarnation == before.state.incarnation);
  BOOST_TEST((after.state.cursor == fired.state.cursor));
  BOOST_TEST((after.state.next_fire_time == epoch + 1h));
  BOOST_TEST(after.state.definition_changed > before.state.definition_changed);
  BOOST_TEST((need(w.store->find_schedule("hourly")) == after));
}

BOOST_DATA_TEST_CASE(a_changed_trigger_starts_after_what_is_covered, all_backends) {
  world_with_task w{sample};
  need(w.add(make_schedule("hourly", "mail", 1h)));
  w.fire_due(); // covers epoch
  const auto after = need(w.add(make_schedule("hourly", "mail", 10min), conflict_policy::replace));
  BOOST_TEST((after.state.next_fire_time == epoch + 10min));
  BOOST_TEST((after.state.covered_to == epoch));
  BOOST_TEST(w.claim().schedules.empty());
  w.pass(10min);
  const auto due = w.claim();
  BOOST_REQUIRE_EQUAL(due.schedules.size(), 1);
  BOOST_TEST((due.schedules[0].what.state.next_fire_time == epoch + 10min));
}

BOOST_DATA_TEST_CASE(bad_schedules_are_refused, all_backends) {
  world_with_task w{sample};
  const auto refused = [&](const std::function<void(schedule_definition&)>& change) {
    auto definition = make_schedule("hourly", "mail", 1h);
    change(definition);
    return code_of(w.add(definition));
  };
  BOOST_TEST((refused([](auto& x) { x.id = "a b"; }) == ec::invalid_argument));
  BOOST_TEST((refused([](auto& x) { x.task = "fax"; }) == ec::unknown_task));
  BOOST_TEST((refused([](auto& x) { x.trigger.kind = interval_definition{}; }) == ec::invalid_argument));
  BOOST_TEST((refused([](auto& x) {
                x.trigger.kind = interval_definition{1h, epoch, epoch - 1s};
              }) == ec::invalid_argument));
  BOOST_TEST((refused([](auto& x) { x.arguments = std::string(2 << 20, 'x'); }) == ec::limit_exceeded));
  BOOST_TEST((refused([](auto& x) { x.metadata = {{"a", std::string(100'000, 'x')}}; }) == ec::limit_exceeded));
  BOOST_TEST((refused([](auto& x) { x.max_jitter = -1s; }) == ec::invalid_argument));
  BOOST_TEST((refused([](auto& x) { x.task = "command"; }) == ec::invalid_argument));
  BOOST_TEST((refused([](auto& x) {
                value deep = 1;
                for (int i = 0; i <= max_value_depth; ++i)
                  deep = value::list{deep};
                x.arguments = deep;
              }) == ec::invalid_argument));
  BOOST_TEST((refused([](auto& x) {
                trigger_definition deep = x.trigger;
                for (int i = 0; i < 100; ++i)
                  deep = {any_of_definition{{deep}}};
                x.trigger = deep;
              }) == ec::limit_exceeded));
  BOOST_TEST(need(w.store->list_schedules({})).items.empty());
  BOOST_TEST(need(w.store->status()).schedules == 0);
}

BOOST_DATA_TEST_CASE(a_length_of_time_that_nobody_lives_to_see_is_refused_by_name, all_backends) {
  world_with_task w{sample};
  const auto check = [&](const char* field, const std::function<void(schedule_definition&)>& change) {
    auto definition = make_schedule("hourly", "mail", 1h);
    change(definition);
    const auto refused = w.add(definition);
    BOOST_TEST((code_of(refused) == ec::limit_exceeded));
    BOOST_TEST(refused.err().text() == std::string{field} + ": more than 10,000 years");
  };
  check("misfire_grace_time", [](auto& x) { x.misfire_grace_time = duration::max(); });
  check("time_limit", [](auto& x) { x.time_limit = duration::max(); });
  check("result_expiration", [](auto& x) { x.result_expiration = duration::max(); });
  check("max_jitter", [](auto& x) { x.max_jitter = std::chrono::years{10'000} + 1us; });
  auto longest = make_schedule("hourly", "mail", 1h);
  longest.misfire_grace_time = std::chrono::years{10'000};
  need(w.add(longest));
  auto forever = make_job("mail", 1, epoch);
  forever.result_expiration = duration::max();
  BOOST_TEST((code_of(w.batch([&](data_store& s) { return s.add_job(forever); })) == ec::limit_exceeded));
}

BOOST_DATA_TEST_CASE(more_catching_up_than_jobs_may_wait_is_refused, all_backends) {
  world_with_task w{sample};
  auto definition = make_schedule("hourly", "mail", 1h);
  definition.max_catch_up = 10'000;
  need(w.add(definition));
  definition.id = "more";
  definition.max_catch_up = 10'001;
  const auto refused = w.add(definition);
  BOOST_TEST((code_of(refused) == ec::limit_exceeded));
  BOOST_TEST(refused.err().text() == "max_catch_up: 10001, of which 10000 are allowed");
}

BOOST_DATA_TEST_CASE(an_interval_that_no_store_can_follow_is_refused_wherever_it_stands, all_backends) {
  world_with_task w{sample};
  const auto code = [&](duration every) {
    auto definition = make_schedule("s", "mail", every);
    auto nested = make_schedule("nested", "mail", every);
    nested.trigger = {any_of_definition{{{date_definition{epoch}}, definition.trigger}}};
    const auto refused = code_of(w.add(definition));
    BOOST_TEST(refused == code_of(w.add(nested)));
    return refused;
  };
  BOOST_TEST(code(1ms - 1us) == ec::limit_exceeded);
  BOOST_TEST(code(1us) == ec::limit_exceeded);
  BOOST_TEST(code(1ms) == ec::none);
}

BOOST_DATA_TEST_CASE(a_command_needs_no_recorded_task, all_backends) {
  store_world w{sample};
  auto definition = make_schedule("date", "command", 1h);
  definition.arguments = value::map{{"shell_line", "date"}};
  w.add_schedule(definition);
  BOOST_TEST((need(w.store->find_schedule("date")).definition == definition));
}

BOOST_DATA_TEST_CASE(a_paused_schedule_is_not_due_until_it_is_resumed, all_backends) {
  world_with_task w{sample};
  need(w.add(make_schedule("hourly", "mail", 1h)));
  const auto paused = need(w.pause("hourly"));
  BOOST_TEST(paused.state.paused);
  BOOST_TEST(w.event_types() == std::vector{event_type::schedule_paused}, boost::test_tools::per_element());
  BOOST_TEST((need(w.pause("hourly")) == paused)); // a level
  BOOST_TEST(w.last.events.empty());
  w.pass(90min);
  BOOST_TEST(w.claim().schedules.empty());
  BOOST_TEST(!w.store->next_due().has_value());
  const auto resumed = need(w.resume("hourly"));
  BOOST_TEST((resumed.state.resume_from == epoch + 90min));
  BOOST_TEST(w.event_types() == std::vector{event_type::schedule_resumed}, boost::test_tools::per_element());
  BOOST_TEST((need(w.resume("hourly", epoch)) == resumed));
  const auto due = w.claim();
  BOOST_REQUIRE_EQUAL(due.schedules.size(), 1);
  BOOST_TEST((due.schedules[0].what == resumed));
  BOOST_TEST((code_of(w.pause("daily")) == ec::not_found));
  BOOST_TEST((code_of(w.resume("daily")) == ec::not_found));
}

BOOST_DATA_TEST_CASE(a_schedule_added_as_paused_is_not_due, all_backends) {
  world_with_task w{sample};
  auto definition = make_schedule("hourly", "mail", 1h);
  definition.paused = true;
  BOOST_TEST(need(w.add(definition)).state.paused);
  BOOST_TEST(w.claim().schedules.empty());
}

BOOST_DATA_TEST_CASE(a_removed_schedule_leaves_its_history_and_frees_its_id, all_backends) {
  world_with_task w{sample};
  const auto before = need(w.add(make_schedule("hourly", "mail", 1h)));
  w.fire_due();
  const auto remove = [&] { return w.batch([](data_store& s) { return s.remove_schedule("hourly"); }); };
  need(remove());
  BOOST_TEST(w.event_types() == std::vector{event_type::schedule_removed}, boost::test_tools::per_element());
  BOOST_TEST((code_of(remove()) == ec::not_found));
  BOOST_TEST((code_of(w.store->find_schedule("hourly")) == ec::not_found));
  BOOST_TEST(need(w.store->status()).schedules == 0);
  job_filter of_schedule;
  of_schedule.schedule_id = "hourly";
  BOOST_TEST(need(w.store->list_jobs(of_schedule, {})).items.size() == 1);
  w.pass(3h);
  BOOST_TEST(w.claim().schedules.empty());
  const auto after = need(w.add(make_schedule("hourly", "mail", 1h)));
  BOOST_TEST(after.state.incarnation > before.state.incarnation);
}

BOOST_DATA_TEST_CASE(transitions_see_the_earlier_ones_of_their_batch, all_backends) {
  world_with_task w{sample};
  w.batch([](data_store& s) {
    const auto definition = make_schedule("hourly", "mail", 1h);
    const auto first = need(s.add_schedule(definition, conflict_policy::fail));
    need(s.pause_schedule("hourly"));
    BOOST_TEST(need(s.claim_due_schedules(10)).schedules.empty());
    need(s.resume_schedule("hourly", epoch));
    BOOST_TEST(need(s.claim_due_schedules(10)).schedules.size() == 1);
    need(s.remove_schedule("hourly"));
    BOOST_TEST((code_of(s.pause_schedule("hourly")) == ec::not_found));
    BOOST_TEST((code_of(s.find_schedule("hourly")) == ec::not_found)); // readers see what is committed
    const auto second = need(s.add_schedule(definition, conflict_policy::fail));
    BOOST_TEST(second.state.incarnation > first.state.incarnation);
  });
  BOOST_TEST(need(w.store->status()).schedules == 1);
  BOOST_TEST(w.claim().schedules.size() == 1);
}

BOOST_DATA_TEST_CASE(events_are_numbered_in_commit_order, all_backends) {
  world_with_task w{sample};
  w.batch([](data_store& s) {
    need(s.add_schedule(make_schedule("a", "mail", 1h), conflict_policy::fail));
    need(s.add_schedule(make_schedule("b", "mail", 1h), conflict_policy::fail));
    need(s.pause_schedule("a"));
  });
  BOOST_REQUIRE_EQUAL(w.last.events.size(), 3);
  for (std::size_t i = 1; i < 3; ++i) {
    const auto &a = w.last.events[i - 1], &b = w.last.events[i];
    BOOST_TEST((std::pair{a.number, a.index} < std::pair{b.number, b.index}));
  }
  const auto newest = w.last.events.back().number;
  w.reopen();
  need(w.resume("a"));
  BOOST_TEST(w.last.events.front().number > newest);
}

BOOST_DATA_TEST_CASE(schedules_are_listed_by_id_in_pages, all_backends) {
  world_with_task w{sample};
  for (int i = 0; i < 25; ++i)
    need(w.add(make_schedule("s" + std::to_string(100 + i), "mail", 1h)));
  std::vector<std::string> ids;
  page_request request{10, ""};
  int pages = 0;
  do {
    const auto found = need(w.store->list_schedules(request));
    for (const auto& x : found.items)
      ids.push_back(x.definition.id);
    request.after = found.next;
    ++pages;
  } while (!request.after.empty());
  BOOST_TEST(pages == 3);
  BOOST_TEST(ids.size() == 25);
  BOOST_TEST(std::is_sorted(ids.begin(), ids.end()));
}

BOOST_AUTO_TEST_SUITE_END()
