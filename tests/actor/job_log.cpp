// What running jobs say of themselves: on its way from executors to the job log, and to those who read it.
#include "actor/simple_work.hpp"
#include "carillon/testing/world.hpp"

#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;

namespace {

using words = std::vector<std::string>;
constexpr std::size_t all = 1'000;

words texts(const job_log_page& page) {
  words found;
  for (const auto& line : page.lines)
    found.push_back(line.text);
  return found;
}

/// A read that may wait.
struct pending_read {
  pending_read(world& w, const world_node& node, const job_id& id, std::uint64_t after, duration wait) {
    w.system().spawn([=, answer = answer, to = node.job_log](caf::event_based_actor* self) {
      self->request(to, wait + 10s, read_job_log{id, after, all, wait})
          .then([answer](job_log_page& page) { answer->emplace(std::move(page)); },
                [answer](const caf::error&) {
                  answer->emplace(error{ec::internal, "it failed"});
                });
    });
    w.settle();
  }
  [[nodiscard]] bool is_answered() const { return answer->has_value(); }
  [[nodiscard]] job_log_page page() const { return result<job_log_page>{**answer}.or_throw(); }

  std::shared_ptr<std::optional<result<job_log_page>>> answer = std::make_shared<std::optional<result<job_log_page>>>();
};

struct one_node {
  explicit one_node(const world_node_config& config = {}) : node(w.add_node(config)) {}

  void add(int n) { BOOST_REQUIRE(w.ask<job>(node.store, add_job{direct(n)})); }
  report_sink& reports(int n) { return node.runner().reports(direct(n).id); }
  void say(int n, const std::string& text) { reports(n).line(log_stream::log, text); }
  result<job_log_page> try_read(int n, std::uint64_t after = 0, duration wait = 0s) {
    return w.ask<job_log_page>(node.job_log, read_job_log{direct(n).id, after, all, wait}, 60s);
  }
  job_log_page read(int n, std::uint64_t after = 0, duration wait = 0s) { return try_read(n, after, wait).or_throw(); }
  bool has_ended(int n) { return read(n, read(n).next).ended; }

  world w{1};
  world_node& node;
};

/// A node with the store, and two that work for it.
struct joined_nodes {
  joined_nodes() {
    world_node_config store;
    store.name = "store";
    store.worker = false;
    hub = &w.add_node(store);
    for (const auto* name : {"left", "right"}) {
      world_node_config worker;
      worker.name = name;
      worker.joins = "store";
      worker.scheduler = false;
      worker.slots = 1;
      workers[name] = &w.add_node(worker);
    }
    w.run_for(1s);
  }
  std::string holder(int n) const {
    const auto found = hub->state().find_job(direct(n).id).or_throw();
    return found.held_by ? found.held_by->executor : "";
  }
  world_node& runs(int n) { return *workers.at(holder(n)); }
  void say(int n, const std::string& text) { runs(n).runner().reports(direct(n).id).line(log_stream::log, text); }
  job_log_page read(int n, std::uint64_t after = 0) {
    return w.ask<job_log_page>(hub->job_log, read_job_log{direct(n).id, after, all, 0s}).or_throw();
  }

  world w{1};
  world_node* hub;
  std::map<std::string, world_node*> workers;
};

} // namespace

BOOST_AUTO_TEST_SUITE(job_log)

BOOST_AUTO_TEST_CASE(what_a_job_says_is_seen_while_it_runs) {
  one_node o;
  o.add(1);
  o.reports(1).progress(0.25, "reading");
  o.say(1, "hello");
  o.w.settle(); // the first word goes at once
  const auto page = o.read(1);
  BOOST_TEST((texts(page) == words{"hello"}));
  BOOST_TEST(page.lines.at(0).attempt == 1u);
  BOOST_TEST((page.lines[0].at == o.w.time().now().wall));
  BOOST_REQUIRE(page.progress);
  BOOST_TEST(page.progress->fraction == 0.25);
  BOOST_TEST(page.progress->text == "reading");
  BOOST_TEST(!page.ended);
  BOOST_TEST(o.node.runner().running().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_callable_says_it_by_its_context_and_nothing_after_its_end) {
  std::optional<job_context> kept;
  std::optional<completion> done;
  world_node_config config;
  config.code.emplace("later", task_function{[&](const value&, const job_context& context, const completion& end) {
                        context.report_progress(0.5, "half");
                        context.log("first");
                        kept = context;
                        done = end;
                      }});
  one_node o{config};
  BOOST_REQUIRE(o.w.ask<job>(o.node.store, add_job{direct(1, "later")}));
  kept->log("second");
  done->success();
  kept->log("too late");
  kept->report_progress(1);
  o.w.run_for(1s);
  const auto page = o.read(1);
  BOOST_TEST((texts(page) == words{"first", "second"}));
  BOOST_TEST(page.progress->fraction == 0.5);
  BOOST_TEST(o.has_ended(1));
}

BOOST_AUTO_TEST_CASE(a_reader_waits_for_what_is_newer) {
  one_node o;
  o.add(1);
  o.say(1, "old");
  o.w.settle();
  const auto after = o.read(1).next;
  pending_read reader{o.w, o.node, direct(1).id, after, 20s};
  o.w.run_for(5s);
  BOOST_TEST(!reader.is_answered());
  o.say(1, "new");
  o.w.settle();
  BOOST_REQUIRE(reader.is_answered());
  BOOST_TEST((texts(reader.page()) == words{"new"}));
  pending_read of_progress{o.w, o.node, direct(1).id, reader.page().next, 20s};
  o.reports(1).progress(0.5, "");
  BOOST_TEST(o.w.run_until([&] { return of_progress.is_answered(); }, 300ms));
}

BOOST_AUTO_TEST_CASE(a_reader_waits_no_longer_than_it_said) {
  one_node o;
  o.add(1);
  pending_read reader{o.w, o.node, direct(1).id, 0, 5s};
  o.w.run_for(5s - 1us);
  BOOST_TEST(!reader.is_answered());
  o.w.run_for(1us);
  BOOST_REQUIRE(reader.is_answered());
  BOOST_TEST(reader.page().lines.empty());
  BOOST_TEST(!reader.page().ended);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_quiet_job_is_told) {
  one_node o;
  o.add(1);
  BOOST_TEST(!o.read(1).ended);
  pending_read reader{o.w, o.node, direct(1).id, 0, 20s};
  o.w.run_for(3s);
  o.node.runner().finish(direct(1).id);
  BOOST_TEST(o.w.run_until([&] { return reader.is_answered(); }, 1s));
  BOOST_TEST(reader.page().ended);
  BOOST_TEST(o.read(1).ended); // and whoever asks later needn't wait
}

BOOST_AUTO_TEST_CASE(the_last_words_come_before_the_end) {
  one_node o;
  o.add(1);
  o.say(1, "first");
  o.w.settle();
  pending_read reader{o.w, o.node, direct(1).id, o.read(1).next, 20s};
  o.say(1, "last");
  o.node.runner().finish(direct(1).id);
  o.w.settle(); // the store knows of the end, and the last words still wait for the next batch
  BOOST_TEST((o.node.state().find_job(direct(1).id).or_throw().state == job_state::finished));
  BOOST_TEST(!reader.is_answered());
  o.w.run_for(250ms);
  BOOST_REQUIRE(reader.is_answered());
  BOOST_TEST((texts(reader.page()) == words{"last"}));
  BOOST_TEST(reader.page().ended);
}

BOOST_AUTO_TEST_CASE(a_job_that_is_tried_again_goes_on) {
  one_node o;
  auto what = direct(1);
  what.retry.max_attempts = 2;
  what.retry.delay = 5s;
  BOOST_REQUIRE(o.w.ask<job>(o.node.store, add_job{what}));
  o.say(1, "first");
  o.node.runner().finish(what.id, attempt_result::failed(job_outcome::error, "no"));
  o.w.run_for(1s);
  const auto page = o.read(1);
  BOOST_TEST(!page.ended);
  pending_read reader{o.w, o.node, what.id, page.next, 20s};
  o.w.run_for(10s);
  BOOST_REQUIRE(!reader.is_answered());
  o.say(1, "second");
  o.w.settle();
  BOOST_REQUIRE(reader.is_answered());
  BOOST_TEST(reader.page().lines.at(0).attempt == 2u);
  o.node.runner().finish(what.id);
  o.w.run_for(1s);
  BOOST_TEST((texts(o.read(1)) == words{"first", "second"}));
  BOOST_TEST(o.read(1).ended);
}

BOOST_AUTO_TEST_CASE(jobs_that_say_nothing_cost_no_message) {
  one_node o;
  const auto told = o.w.inspect(message<put_job_reports>(), [](const message_in_flight&) {});
  for (int n = 0; n < 4; ++n)
    o.add(n);
  for (int n = 0; n < 4; ++n)
    o.node.runner().finish(direct(n).id);
  o.w.run_for(10s);
  BOOST_TEST(told.count() == 0u);
}

BOOST_AUTO_TEST_CASE(four_batches_a_second_tell_of_all_jobs) {
  one_node o;
  std::size_t batches = 0;
  std::size_t lines = 0;
  const auto told = o.w.inspect(message<put_job_reports>(), [&](const message_in_flight& one) {
    ++batches;
    for (const auto& report : one.content->get_as<put_job_reports>(0).reports)
      lines += report.lines.size();
  });
  for (int n = 0; n < 4; ++n)
    o.add(n);
  for (int turn = 0; turn < 200; ++turn) { // two seconds
    for (int n = 0; n < 4; ++n) {
      o.say(n, "line");
      o.reports(n).progress(turn / 200.0, "");
    }
    o.w.run_for(10ms);
  }
  BOOST_TEST(batches >= 7u);
  BOOST_TEST(batches <= 9u);
  o.w.run_for(1s);
  BOOST_TEST(lines == 800u);
  BOOST_TEST(o.read(3).progress->fraction == 199 / 200.0);
}

BOOST_AUTO_TEST_CASE(of_a_flood_the_newest_lines_are_told_and_the_rest_is_counted) {
  one_node o;
  std::size_t most = 0;
  const auto told = o.w.inspect(message<put_job_reports>(), [&](const message_in_flight& one) {
    for (const auto& report : one.content->get_as<put_job_reports>(0).reports)
      most = std::max(most, report.lines.size());
  });
  o.add(1);
  for (int n = 1; n <= 10'000; ++n)
    o.say(1, std::to_string(n));
  o.w.run_for(1s);
  BOOST_TEST(most == 256u);
  const auto page = o.read(1);
  BOOST_TEST(page.lines.front().text == "[9744 lines are left out]");
  BOOST_TEST((page.lines.front().stream == log_stream::carillon));
  BOOST_TEST(page.lines.back().text == "10000");
}

BOOST_AUTO_TEST_CASE(a_slow_job_log_holds_nobody_up) {
  one_node o;
  auto slow = o.w.hold(message<put_job_reports>());
  o.add(1);
  for (int turn = 0; turn < 1'000; ++turn) {
    o.say(1, std::to_string(turn));
    o.w.run_for(10ms);
  }
  BOOST_TEST(slow.held() == 1u); // one is under way, and the rest waits or is left out
  o.node.runner().finish(direct(1).id);
  o.w.settle();
  BOOST_TEST((o.node.state().find_job(direct(1).id).or_throw().state == job_state::finished));
  slow.stop();
  o.w.run_for(1s);
  const auto page = o.read(1);
  BOOST_TEST((texts(page) == [] {
    words told{"0", "[743 lines are left out]"};
    for (int n = 744; n < 1'000; ++n)
      told.push_back(std::to_string(n));
    return told;
  }()));
  BOOST_TEST(o.has_ended(1));
}

BOOST_AUTO_TEST_CASE(what_got_lost_on_its_way_is_counted_and_the_rest_told_again) {
  one_node o;
  auto lost = o.w.drop(message<put_job_reports>(), 1);
  o.add(1);
  o.say(1, "lost");
  o.reports(1).progress(0.5, "half");
  o.w.settle();
  o.say(1, "kept");
  o.w.run_for(21s); // it isn't answered
  BOOST_TEST(lost.count() == 1u);
  const auto page = o.read(1);
  BOOST_TEST((texts(page) == words{"[1 line is left out]", "kept"}));
  BOOST_TEST(page.progress->text == "half");
}

BOOST_AUTO_TEST_CASE(jobs_go_on_without_a_job_log) {
  one_node o;
  caf::anon_send_exit(o.node.job_log, caf::exit_reason::kill);
  o.add(1);
  o.say(1, "to nobody");
  o.w.run_for(2s);
  const auto before = o.w.delivered();
  o.w.run_for(10s);
  BOOST_TEST(o.w.delivered() - before < 200u); // some messages each time it tries
  o.node.runner().finish(direct(1).id);
  o.w.settle();
  BOOST_TEST((o.node.state().find_job(direct(1).id).or_throw().state == job_state::finished));
  o.w.stop(o.node); // in order
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_refused) {
  one_node o;
  BOOST_TEST((o.try_read(1).err().code() == ec::not_found));
  BOOST_TEST((o.try_read(1, 0, 5s).err().code() == ec::not_found));
  BOOST_TEST((o.try_read(1, 0, 31s).err().code() == ec::invalid_argument));
  BOOST_TEST((o.try_read(1, 0, -1s).err().code() == ec::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_thousand_readers_wait_and_no_more) {
  one_node o;
  o.add(1);
  for (int n = 0; n < 1'000; ++n)
    caf::anon_send(o.node.job_log, read_job_log{direct(1).id, 0, all, 20s});
  o.w.settle();
  BOOST_TEST((o.try_read(1, 0, 20s).err().code() == ec::limit_exceeded));
  BOOST_TEST(!o.read(1).ended); // without waiting
  o.w.run_for(21s);
  BOOST_TEST(o.try_read(1, 0, 1s).has_value());
}

BOOST_AUTO_TEST_CASE(readers_are_told_when_the_node_stops) {
  one_node o;
  o.add(1);
  pending_read reader{o.w, o.node, direct(1).id, 0, 20s};
  caf::anon_send_exit(o.node.job_log, caf::exit_reason::user_shutdown);
  o.w.settle();
  BOOST_TEST(reader.is_answered());
}

BOOST_AUTO_TEST_CASE(a_node_that_has_joined_tells_the_store_s_node) {
  joined_nodes c;
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(1)}));
  c.w.set_link("store", c.holder(1), {.delay = 50ms});
  c.say(1, "from afar");
  c.w.run_for(100ms);
  const auto page = c.read(1);
  BOOST_TEST((texts(page) == words{"from afar"}));
  c.runs(1).runner().finish(direct(1).id);
  c.w.run_for(1s);
  BOOST_TEST(c.read(1, page.next).ended);
}

BOOST_AUTO_TEST_CASE(a_lost_node_is_followed_by_the_next_attempt_and_the_end) {
  joined_nodes c;
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(1)}));
  c.say(1, "before");
  c.w.run_for(1s);
  pending_read reader{c.w, *c.hub, direct(1).id, c.read(1).next, 30s};
  c.w.crash(c.runs(1));
  c.w.run_for(1s); // another has taken it
  BOOST_TEST(!reader.is_answered());
  c.say(1, "after");
  c.w.run_for(1s);
  BOOST_REQUIRE(reader.is_answered());
  BOOST_TEST((texts(reader.page()) == words{"after"}));
  BOOST_TEST(reader.page().lines[0].attempt == 2u);
  pending_read of_the_end{c.w, *c.hub, direct(1).id, reader.page().next, 30s};
  c.runs(1).runner().finish(direct(1).id);
  BOOST_TEST(c.w.run_until([&] { return of_the_end.is_answered(); }, 1s));
  BOOST_TEST(of_the_end.page().ended);
}

BOOST_AUTO_TEST_CASE(a_job_whose_last_node_is_lost_ends_for_its_readers) {
  world w{1};
  world_node_config store;
  store.name = "store";
  store.worker = false;
  auto& hub = w.add_node(store);
  world_node_config config;
  config.name = "worker";
  config.joins = "store";
  config.scheduler = false;
  auto& worker = w.add_node(config);
  w.run_for(1s);
  task settings;
  settings.id = "work";
  settings.runner = "scripted";
  settings.on_loss = loss_policy::abandon;
  BOOST_REQUIRE(w.ask<done>(hub.store, put_task{settings}));
  BOOST_REQUIRE(w.ask<job>(hub.store, add_job{direct(1)}));
  worker.runner().reports(direct(1).id).line(log_stream::log, "famous last words");
  w.run_for(1s);
  pending_read reader{w, hub, direct(1).id, 1, 30s};
  w.crash(worker);
  BOOST_TEST(w.run_until([&] { return reader.is_answered(); }, 6s)); // nobody else could have told
  BOOST_TEST(reader.page().ended);
}

BOOST_AUTO_TEST_CASE(after_a_restart_of_the_store_s_node_the_log_begins_anew) {
  joined_nodes c;
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(1)}));
  const auto where = c.holder(1);
  for (const auto* text : {"a", "b", "c"})
    c.say(1, text);
  c.w.run_for(1s);
  const auto after = c.read(1).next;
  world_node_config again;
  again.name = "store";
  again.worker = false;
  c.w.crash(*c.hub);
  c.workers[where]->runner().reports(direct(1).id).line(log_stream::log, "meanwhile");
  c.w.run_for(1s);
  c.hub = &c.w.restart(again);
  c.w.run_for(5s);
  const auto page = c.w.ask<job_log_page>(c.hub->job_log, read_job_log{direct(1).id, after, all, 0s}).or_throw();
  BOOST_REQUIRE(!page.lines.empty());
  c.say(1, "afterwards");
  c.w.run_for(1s);
  BOOST_TEST(texts(c.read(1)).back() == "afterwards");
}

BOOST_AUTO_TEST_CASE(a_node_that_stops_in_order_tells_the_last_words) {
  joined_nodes c;
  BOOST_REQUIRE(c.w.ask<job>(c.hub->store, add_job{direct(1)}));
  c.say(1, "first");
  c.w.settle();
  auto& node = c.runs(1);
  c.say(1, "last");
  node.runner().finish(direct(1).id);
  c.w.stop(node);
  c.w.run_for(1s);
  BOOST_TEST((texts(c.read(1)) == words{"first", "last"}));
}

BOOST_AUTO_TEST_SUITE_END()
