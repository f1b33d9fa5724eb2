#include "codec/records.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

constexpr timestamp at{1'790'000'000'123'456us};

value nested(int depth) {
  value x = 1;
  for (int i = 0; i < depth; ++i)
    x = i % 2 == 0 ? value{value::list{x}} : value{value::map{{"k", x}}};
  return x;
}

value every_kind() {
  return value::map{{"null", value{}},
                    {"", false},
                    {"least", std::numeric_limits<std::int64_t>::min()},
                    {"most", std::numeric_limits<std::int64_t>::max()},
                    {"real", -0.1},
                    {"empty", ""},
                    {"not utf-8", std::string{"\xff\0z", 3}},
                    {"raw", bytes{std::string(300, '\0')}},
                    {"list", value::list{1, value{}, value::list{}, value::map{}}}};
}

schedule_definition some_definition() {
  schedule_definition x;
  x.id = "backup";
  x.task = "command";
  cron_definition cron;
  cron.hour = "3";
  cron.minute = "";
  cron.start_time = at;
  cron.timezone = "Europe/Berlin";
  cron.dst = dst_policy{gap_policy::shift, overlap_pass::last};
  calendar_interval_definition calendar;
  calendar.weeks = 2;
  calendar.hour = 23;
  calendar.day_of_week = std::uint8_t{7};
  calendar.start_date = {2024, 2, 29};
  calendar.end_date = local_date{2030, 12, 31};
  classic_cron_definition classic;
  classic.expression = "0 3 * * *";
  classic.end_time = at + 1h;
  x.trigger.kind = any_of_definition{{{cron},
                                      {calendar},
                                      {classic},
                                      {date_definition{at}},
                                      {all_of_definition{{{interval_definition{5s, at, {}}}}, 2s, 7}}}};
  x.arguments = every_kind();
  x.coalesce = coalesce_policy::all;
  x.overlap = overlap_policy::cancel_running;
  x.misfire_grace_time = 0us;
  x.result_expiration = 1h;
  x.max_jitter = 3s;
  x.max_catch_up = 0;
  x.paused = true;
  x.metadata = {{"owner", "ops"}};
  return x;
}

job some_job() {
  job x;
  x.id = job_id::of_fire_time("backup", 7, at);
  x.task = "command";
  x.arguments = every_kind();
  x.schedule_id = "backup";
  x.incarnation = std::numeric_limits<revision>::max();
  x.scheduled_fire_time = at;
  x.created_at = at + 1us;
  x.not_before = timestamp{-1us};
  x.start_deadline = at + 1h;
  x.time_limit = 0us;
  x.result_expiration = 5s;
  x.overlap = overlap_policy::skip;
  x.metadata = {{"a", 1}};
  x.state = job_state::running;
  x.attempt = 3;
  x.lost_attempts = 2;
  x.cancel_requested = true;
  x.held_by = lease{"node-1", 99, 1234};
  x.started_at = at + 2us;
  x.outcome = job_outcome::crashed;
  x.finished_at = at + 3us;
  x.result = "result";
  x.error_text = "exit 3";
  x.retry.max_attempts = 4;
  x.retry.backoff = backoff_kind::linear;
  x.retry.jitter_percent = 100;
  x.retry.outcomes = {job_outcome::crashed, job_outcome::deserialization_failed};
  x.retry.exit_codes = {1, 255};
  x.rerun_of = job_id::make(at, 1, 2);
  x.failed_attempts = 2;
  x.failed_token = 1233;
  x.first_not_before = timestamp{};
  x.dead_letter = true;
  x.changed = 17;
  return x;
}

template <class T>
void check_round_trip(const T& x) {
  const auto encoded = codec::encode(x);
  const auto decoded = codec::decode<T>(encoded);
  BOOST_REQUIRE_MESSAGE(decoded, to_string(decoded ? error{} : decoded.err()));
  BOOST_TEST((*decoded == x));
  BOOST_TEST(codec::encode(*decoded) == encoded);
}

} // namespace

BOOST_AUTO_TEST_SUITE(codec_records)

BOOST_AUTO_TEST_CASE(values_of_every_kind_are_read_back) {
  check_round_trip(value{});
  check_round_trip(value{""});
  check_round_trip(value{0});
  check_round_trip(value{false});
  check_round_trip(every_kind());
  check_round_trip(value{std::numeric_limits<double>::infinity()});
}

BOOST_AUTO_TEST_CASE(a_value_as_deep_as_allowed_is_read_back) { check_round_trip(nested(max_value_depth)); }

BOOST_AUTO_TEST_CASE(a_value_nested_without_end_is_refused) {
  // Made by hand, as a hostile peer would: each level is a list of one value.
  std::string bomb;
  for (int i = 0; i < 2'000; ++i) {
    const auto wrap = [&](char tag) {
      std::string wrapped(1, tag);
      for (std::size_t size = bomb.size();; size >>= 7) {
        wrapped += static_cast<char>(size >= 128 ? (size & 127) | 128 : size);
        if (size < 128)
          break;
      }
      bomb = wrapped + bomb;
    };
    wrap('\x0a');
    wrap('\x32');
  }
  BOOST_TEST(!codec::decode<value>(bomb));
}

BOOST_AUTO_TEST_CASE(definitions_and_states_are_read_back) {
  check_round_trip(schedule_definition{});
  check_round_trip(some_definition());
  check_round_trip(some_definition().trigger);
  trigger_cursor cursor;
  cursor.at = trigger_cursor::phase::running;
  cursor.position = -5;
  cursor.parts = {trigger_cursor{}, trigger_cursor{trigger_cursor::phase::finished, 9, {}, {}}};
  cursor.pending = {std::nullopt, timestamp{}, at};
  check_round_trip(cursor);
  schedule_state state;
  check_round_trip(state);
  state = {1, 2, 3, cursor, at, at + 1us, timestamp{}, at + 4us, at + 2us, at + 3us, true, "trigger failed", {}};
  check_round_trip(state);
  task command;
  check_round_trip(command);
  command.id = "mail.v2";
  command.max_running_jobs = 0;
  command.misfire_grace_time = 0us;
  command.on_loss = loss_policy::abandon;
  command.labels = {"big", "gpu"};
  command.metadata = {{"b", every_kind()}};
  check_round_trip(command);
}

BOOST_AUTO_TEST_CASE(jobs_skips_and_events_are_read_back) {
  check_round_trip(job{});
  check_round_trip(some_job());
  check_round_trip(skip{});
  check_round_trip(skip{"backup", 7, at, at + 1h, 0, skip_reason::queue_full, at});
  check_round_trip(event{});
  event finished;
  finished.number = 5;
  finished.type = event_type::job_finished;
  finished.job = some_job().id;
  finished.scheduled_fire_time = timestamp{};
  finished.reason = skip_reason::coalesced;
  finished.text = "x";
  check_round_trip(finished);
}

BOOST_AUTO_TEST_CASE(nodes_are_read_back) {
  const node_description said{"one", "1.2.3", true, true, true, {"big", "gpu"}, 7, "2026a", {"moon", "tides"}};
  check_round_trip(said);
  check_round_trip(cluster_node{said, true, at, at + 1s, ""});
  check_round_trip(cluster_node{said, false, at, std::nullopt, ""});
  const auto greeting = codec::decode<node_greeting>(codec::encode(node_greeting{said, 9, "store", at})).or_throw();
  BOOST_TEST((greeting.who == said));
  BOOST_TEST(greeting.process == 9u);
  BOOST_TEST(greeting.store_id == "store");
  BOOST_TEST((greeting.wall == at));
}

BOOST_AUTO_TEST_CASE(fields_of_a_newer_version_survive) {
  const std::string newer_field{"\xca\x3e\x03new", 6}; // field 1001, length-delimited
  const auto check = [&]<class T>(const T& x) {
    const auto decoded = codec::decode<T>(codec::encode(x) + newer_field);
    BOOST_REQUIRE(decoded);
    BOOST_TEST(decoded->unknown_fields == newer_field);
    BOOST_TEST(codec::encode(*decoded) == codec::encode(x) + newer_field);
  };
  check(some_job());
  check(some_definition());
  check(task{});
  check(schedule_state{});
  check(cluster_node{});
}

// A job that failed, as it was written before there were retries: id, task, state, attempt, outcome.
BOOST_AUTO_TEST_CASE(a_job_of_an_older_version_has_one_attempt_and_is_no_dead_letter) {
  const std::string older =
      "\x0a\x10" + std::string(16, '\7') + "\x12\x04mail" + "\x70\x02" + "\x78\x01" + std::string{"\xa0\x01\x02", 3};
  const auto read = codec::decode<job>(older);
  BOOST_REQUIRE(read);
  BOOST_TEST(read->task == "mail");
  BOOST_TEST((read->outcome == job_outcome::error));
  BOOST_TEST((read->retry == retry_policy{}));
  BOOST_TEST(read->failed_attempts == 0U);
  BOOST_TEST(read->failed_token == 0U);
  BOOST_TEST(!read->first_not_before.has_value());
  BOOST_TEST(!read->dead_letter);
  BOOST_TEST(!read->rerun_of.has_value());
  BOOST_TEST((codec::decode<task>("\x0a\x04mail").or_throw().retry == retry_policy{}));
}

BOOST_AUTO_TEST_CASE(what_is_no_message_is_refused_by_name) {
  const auto refused = codec::decode<job>("\xff\xff\xff");
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.err().text().starts_with("job: "));
  BOOST_TEST(!codec::decode<job>(""));                 // its id isn't 16 bytes long
  BOOST_TEST(!codec::decode<schedule_definition>("")); // no trigger
  const auto encoded = codec::encode(some_job());
  for (std::size_t size = 0; size < encoded.size(); ++size)
    (void)codec::decode<job>(std::string_view{encoded}.substr(0, size)); // must not crash
}

BOOST_AUTO_TEST_CASE(where_a_schedule_stands_can_be_read_alone) {
  schedule_state state;
  state.incarnation = 7;
  state.cursor.parts.resize(3);
  state.cursor.state = "the tide";
  state.next_fire_time = timestamp{std::chrono::hours{2}};
  BOOST_TEST((codec::peek_covered_to(codec::encode(state)) == std::nullopt));
  for (const auto at : {timestamp{std::chrono::hours{1}}, timestamp{duration{-1}}, timestamp::max()}) {
    state.covered_to = at;
    state.pause_reason = "because";
    const auto encoded = codec::encode(state);
    BOOST_TEST((codec::peek_covered_to(encoded) == at));
    for (std::size_t size = 0; size < encoded.size(); ++size) // never read beyond the end
      (void)codec::peek_covered_to(std::string{encoded, 0, size});
  }
}

BOOST_AUTO_TEST_SUITE_END()
