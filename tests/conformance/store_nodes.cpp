// The nodes of a cluster as the store records them, and who gets what jobs. Clauses NO and LB of docs/semantics.md.
#include "carillon/trigger/custom.hpp"
#include "carillon/trigger/zone_data.hpp"
#include "store_world/store_world.hpp"

#include <algorithm>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace carillon::testing {

struct nodes_world : store_world {
  using store_world::store_world;

  std::uint64_t join(const node_description& what, std::uint64_t process = 0) {
    return need(batch([&](data_store& s) { return s.enrol_node(what, process); }));
  }
  std::uint64_t join(const std::string& name) { return join({.name = name, .zone_data = zone_data_version()}); }
  result<void> drain(const std::string& name, bool is_on = true) {
    return batch([&](data_store& s) { return s.drain_node(name, is_on); });
  }
  void leave(const std::string& name, bool in_order = true) {
    need(batch([&](data_store& s) { return s.note_node_gone(name, in_order); }));
  }
  /// As the store knows it; none: it doesn't.
  std::optional<node_status> find(const std::string& name) {
    const auto all = batch([](const data_store& s) { return s.nodes(); });
    const auto found = std::ranges::find(all, name, [](const node_status& one) { return one.known.what.name; });
    return found == all.end() ? std::nullopt : std::optional{*found};
  }
};

} // namespace carillon::testing

namespace {

/// A kind that fires each hour.
class hourly final : public custom_trigger {
public:
  std::optional<timestamp> next(std::string& state) const override {
    state += "x";
    return epoch + state.size() * 1h;
  }
};
const std::string& hourly_kind() {
  static const std::string kind = "store_nodes.hourly";
  [[maybe_unused]] static const bool is_registered =
      register_trigger_kind(kind, [](std::string_view) -> result<std::unique_ptr<const custom_trigger>> {
        return std::unique_ptr<const custom_trigger>{std::make_unique<hourly>()};
      }).has_value();
  return kind;
}

} // namespace

BOOST_AUTO_TEST_SUITE(store_nodes)

BOOST_DATA_TEST_CASE(a_node_is_known_from_its_joining_on, all_backends) {
  nodes_world w{sample};
  const auto first =
      w.join(node_description{.name = "one", .version = "1.2.3", .is_worker = true, .labels = {"gpu"}, .slots = 4});
  BOOST_TEST(w.event_types() == std::vector{event_type::node_joined}, boost::test_tools::per_element());
  BOOST_TEST(w.last.events.front().executor == "one");
  BOOST_TEST(first > 0u);
  const auto known = w.find("one").value().known;
  BOOST_TEST(known.what.version == "1.2.3");
  BOOST_TEST((known.what.labels == std::vector<std::string>{"gpu"}));
  BOOST_TEST((known.joined_at == w.now.wall));
  BOOST_TEST(!known.left_at);
  w.pass(1s);
  w.leave("one", false);
  BOOST_TEST(w.event_types() == std::vector{event_type::node_lost}, boost::test_tools::per_element());
  BOOST_TEST((w.find("one").value().known.left_at == w.now.wall));
  BOOST_TEST(w.join({.name = "one"}, first) == first); // the same process, back again
  BOOST_TEST(!w.find("one").value().known.left_at);
  BOOST_TEST(w.join("one") > first);
}

BOOST_DATA_TEST_CASE(a_draining_node_gets_nothing_until_it_is_resumed, all_backends) {
  nodes_world w{sample};
  w.put_task("mail");
  w.join("executor-1");
  w.add_job("mail", 1);
  const auto running = w.hand_out();
  BOOST_REQUIRE(running.size() == 1u);
  BOOST_TEST(w.find("executor-1").value().running_jobs == 1u);
  w.add_job("mail", 2);
  need(w.drain("executor-1"));
  BOOST_TEST(w.event_types() == std::vector{event_type::node_draining}, boost::test_tools::per_element());
  need(w.drain("executor-1"));
  BOOST_TEST(w.last.events.empty());
  BOOST_TEST(w.hand_out().empty());
  need(w.finish_job(running.front()));
  BOOST_TEST(w.events_of(event_type::node_drained).size() == 1u);
  w.reopen();
  BOOST_TEST(w.find("executor-1").value().known.is_draining);
  BOOST_TEST(w.events_of(event_type::node_drained).empty()); // that was told
  w.join("executor-1");                                      // a restart doesn't end it
  BOOST_TEST(w.hand_out().empty());
  w.batch([](data_store& s) { // in one batch
    need(s.drain_node("executor-1", false));
    BOOST_TEST(need(s.hand_out_jobs(make_demand({"executor-1", 2}, 5, {"mail"}), 10)).size() == 1u);
  });
  BOOST_TEST(w.events_of(event_type::node_resumed).size() == 1u);
}

BOOST_DATA_TEST_CASE(an_idle_node_is_drained_at_once, all_backends) {
  nodes_world w{sample};
  w.join("one");
  need(w.drain("one"));
  BOOST_TEST((w.event_types() == std::vector{event_type::node_draining, event_type::node_drained}));
}

BOOST_DATA_TEST_CASE(who_is_unknown_or_removed_is_not_found, all_backends) {
  nodes_world w{sample};
  const auto remove = [&] { return w.batch([](data_store& s) { return s.remove_node("one"); }); };
  BOOST_TEST((code_of(remove()) == ec::not_found));
  BOOST_TEST((code_of(w.drain("one")) == ec::not_found));
  w.join("one");
  need(w.drain("one"));
  need(remove());
  BOOST_TEST(w.event_types() == std::vector{event_type::node_removed}, boost::test_tools::per_element());
  BOOST_TEST(!w.find("one"));
  w.join("one");
  BOOST_TEST(!w.find("one").value().known.is_draining);
}

BOOST_DATA_TEST_CASE(who_has_been_gone_for_long_is_forgotten_unless_it_drains, all_backends) {
  nodes_world w{sample};
  w.join(node_description{.name = "hub", .has_store = true});
  for (const auto* name : {"draining", "here", "old"})
    w.join(name);
  need(w.drain("draining"));
  w.leave("draining");
  w.leave("old");
  w.pass(w.config.history_retention);
  w.join("new");
  BOOST_TEST(w.find("old").has_value());
  w.pass(1s);
  w.join("newer");
  BOOST_TEST(w.events_of(event_type::node_removed).size() == 1u);
  BOOST_TEST(!w.find("old"));
  for (const auto* name : {"draining", "here", "new", "newer"})
    BOOST_TEST(w.find(name).has_value(), name);
}

BOOST_DATA_TEST_CASE(who_had_joined_an_earlier_process_is_gone_when_the_next_one_begins, all_backends) {
  nodes_world w{sample};
  w.join(node_description{.name = "hub", .has_store = true});
  w.join("one");
  BOOST_TEST((!w.find("one").value().known.left_at || !w.keeps_claims()));
  w.pass(1s);
  w.reopen();
  w.join(node_description{.name = "hub", .has_store = true});
  BOOST_TEST((w.find("one").value().known.left_at == w.now.wall));
  BOOST_TEST(!w.find("hub").value().known.left_at);
  w.join("one");
  w.join(node_description{.name = "hub", .has_store = true}); // again, in the same process
  BOOST_TEST((!w.find("one").value().known.left_at || !w.keeps_claims()));
}

BOOST_DATA_TEST_CASE(what_a_node_says_of_itself_is_bounded, all_backends) {
  nodes_world w{sample};
  const auto refused = [&](const node_description& what) {
    return code_of(w.batch([&](data_store& s) { return s.enrol_node(what, 0); }));
  };
  BOOST_TEST((refused({.name = "a b"}) == ec::invalid_argument));
  BOOST_TEST((refused({.name = "a", .labels = {"two words"}}) == ec::invalid_argument));
  BOOST_TEST((refused({.name = "a", .version = std::string(201, 'x')}) == ec::limit_exceeded));
  BOOST_TEST((refused({.name = "a", .trigger_kinds = {std::string(101, 'x')}}) == ec::limit_exceeded));
  BOOST_TEST((refused({.name = "a", .labels = std::vector<std::string>(max_labels + 1, "x")}) == ec::limit_exceeded));
  BOOST_TEST(!w.find("a"));
}

BOOST_DATA_TEST_CASE(other_zone_data_of_a_scheduler_are_told, all_backends) {
  nodes_world w{sample};
  w.join(node_description{.name = "worker", .is_worker = true, .zone_data = "1999z"});
  BOOST_TEST(w.events_of(event_type::zone_data_differs).empty());
  w.join(node_description{.name = "scheduler", .is_scheduler = true, .zone_data = "1999z"});
  const auto told = w.events_of(event_type::zone_data_differs);
  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST(told.front().executor == "scheduler");
  BOOST_TEST(told.front().text.find("1999z") != std::string::npos);
  need(w.batch([](data_store& s) { return s.note_zone_data("scheduler", "1999y"); }));
  BOOST_TEST(w.events_of(event_type::zone_data_differs).size() == 1u);
  need(w.batch([](data_store& s) { return s.note_zone_data("scheduler", zone_data_version()); }));
  BOOST_TEST(w.last.events.empty());
  BOOST_TEST(w.find("scheduler").value().known.what.zone_data == zone_data_version());
  w.join(node_description{
      .name = "hub", .has_store = true, .is_scheduler = true, .zone_data = "1999z"}); // they are its own
  BOOST_TEST(w.events_of(event_type::zone_data_differs).empty());
}

BOOST_DATA_TEST_CASE(a_task_with_labels_runs_where_all_of_them_are_offered, all_backends) {
  nodes_world w{sample};
  w.put_task("render", [](task& x) { x.labels = {"gpu", "big", "gpu"}; });
  BOOST_TEST((need(w.store->find_task("render")).labels == std::vector<std::string>{"big", "gpu"}));
  w.add_job("render", 1);
  const auto offered_to = [&](std::vector<std::string> labels) {
    auto wanted = make_demand({"one", 1}, 5, {"render"});
    wanted.labels = std::move(labels);
    return need(w.batch([&](data_store& s) { return s.hand_out_jobs(wanted, 5); })).size();
  };
  BOOST_TEST(offered_to({}) == 0u);
  BOOST_TEST(offered_to({"gpu"}) == 0u);
  BOOST_TEST(offered_to({"big", "gpu", "ssd"}) == 1u);
  task bad;
  bad.id = "bad";
  bad.labels = {"two words"};
  BOOST_TEST((code_of(w.batch([&](data_store& s) { return s.put_task(bad); })) == ec::invalid_argument));
}

BOOST_DATA_TEST_CASE(a_schedule_waits_for_a_scheduler_that_knows_its_kind_of_trigger, all_backends) {
  nodes_world w{sample};
  w.put_task("mail");
  auto own = make_schedule("own", "mail", 1h);
  own.trigger = {all_of_definition{{own.trigger, {custom_definition{hourly_kind(), ""}}}, 1s, 100}};
  w.add_schedule(own);
  w.add_schedule(make_schedule("plain", "mail", 1h));
  w.pass(1h);
  const auto claim = [&](std::vector<std::string> kinds) {
    const auto due = need(w.batch([&](data_store& s) { return s.claim_due_schedules(10, kinds); }));
    std::vector<std::string> ids;
    for (const auto& one : due.schedules)
      ids.push_back(one.what.definition.id);
    std::ranges::sort(ids);
    // Nothing is left that this one could claim: it must not be told to ask again at once, for ever.
    BOOST_TEST((!due.ring_in || *due.ring_in > 0us || !w.keeps_claims()));
    return ids;
  };
  BOOST_TEST((claim({"another"}) == std::vector<std::string>{"plain"}));
  if (w.keeps_claims())
    BOOST_TEST(claim({"another"}).empty());
  const auto known = claim({"another", hourly_kind()});
  BOOST_TEST(std::ranges::count(known, "own") == 1);
}

BOOST_AUTO_TEST_SUITE_END()
