#include "api/requests.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::app;
using namespace std::chrono_literals;

namespace {

const trigger_defaults defaults{timestamp{duration{1'774'785'600'000'000}}, "UTC"};

value json(const std::string& text) { return parse_json_text(text).or_throw(); }

std::string refusal(const auto& outcome) { return outcome ? "accepted" : outcome.err().text(); }

// A schedule's document with one more field.
value schedule_with(const std::string& field) {
  return json(R"({"id": "a", "task": "t", "trigger": {"type": "interval", "seconds": 5})" +
              (field.empty() ? "" : ", " + field) + "}");
}

std::string schedule_refusal(const value& body) { return refusal(parse_schedule_request(body, defaults)); }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

target query(std::vector<std::pair<std::string, std::string>> parameters) { return {{"v1"}, std::move(parameters)}; }

} // namespace

BOOST_AUTO_TEST_SUITE(api_requests)

BOOST_AUTO_TEST_CASE(a_schedule_is_read_with_all_its_policies) {
  const auto read = parse_schedule_request(
      schedule_with(
          R"("arguments": [1], "coalesce": "all", "overlap": "skip", "misfire_grace_time": 1.5, "time_limit": "2m",
                       "max_jitter": 0, "max_catch_up": 3, "paused": true, "metadata": {"a": 1}, "on_conflict": "replace")"),
      defaults);
  BOOST_TEST_REQUIRE(refusal(read) == "accepted");
  const auto& what = read->definition;
  BOOST_TEST(what.id == "a");
  BOOST_TEST((what.arguments == value{value::list{1}}));
  BOOST_TEST((what.coalesce == coalesce_policy::all));
  BOOST_TEST((what.overlap == overlap_policy::skip));
  BOOST_TEST((what.misfire_grace_time == duration{1500ms}));
  BOOST_TEST((what.time_limit == duration{2min}));
  BOOST_TEST(what.max_catch_up == 3U);
  BOOST_TEST(what.paused);
  BOOST_TEST((read->on_conflict == conflict_policy::replace));
  BOOST_TEST((std::get<interval_definition>(what.trigger.kind).start_time == defaults.now));
}

BOOST_AUTO_TEST_CASE(the_same_words_again_mean_what_is_recorded) {
  const auto body_with = [](const std::string& trigger) {
    return json(R"({"id": "a", "task": "t", "trigger": )" + trigger + "}");
  };
  const trigger_defaults later{defaults.now + 50h, defaults.local_zone};
  // Whether `again`, said later, means what `first` has recorded.
  const auto means_the_same = [&](const value& first, const value& again) {
    auto recorded = parse_schedule_request(first, defaults).or_throw().definition;
    recorded.paused = true;
    recorded.unknown_fields = "newer";
    auto read = parse_schedule_request(again, later, recorded).or_throw().definition;
    read.paused = recorded.paused;
    read.unknown_fields = recorded.unknown_fields;
    return read == recorded;
  };
  const auto cron = R"({"type": "classic_cron", "expression": "0 3 * * *"})";
  const auto dates = R"({"type": "calendar_interval", "days": 2})";
  const auto started = R"({"type": "interval", "hours": 1, "start_time": "2020-01-01T00:00Z"})";
  const auto all_of = [](const std::string& kind, const std::string& a, const std::string& b) {
    return R"({"type": ")" + kind + R"(", "triggers": [)" + a + ", " + b + "]}";
  };
  for (const auto& trigger :
       {std::string{cron}, std::string{dates}, std::string{started}, std::string{R"({"type": "interval", "hours": 1})"},
        std::string{R"({"type": "cron", "fields": {"hour": "3"}})"}, all_of("or", started, cron),
        all_of("and", dates, all_of("or", started, cron))})
    BOOST_TEST(means_the_same(body_with(trigger), body_with(trigger)), trigger);
  BOOST_TEST(!means_the_same(body_with(cron), body_with(R"({"type": "classic_cron", "expression": "0 4 * * *"})")));
  BOOST_TEST(!means_the_same(body_with(cron), body_with(started)));
  const auto elsewhere = R"({"type": "interval", "hours": 1, "start_time": "2021-01-01T00:00Z"})";
  BOOST_TEST(!means_the_same(body_with(started), body_with(elsewhere))); // another start that is named
  BOOST_TEST(!means_the_same(body_with(started), body_with(R"({"type": "interval", "hours": 1, "start_time": ")" +
                                                           to_iso8601(later.now) + "\"}")));
  // A start that is still to come was named: who leaves it out wants to begin now.
  BOOST_TEST(!means_the_same(body_with(R"({"type": "interval", "hours": 1, "start_time": "2100-01-01T00:00Z"})"),
                             body_with(R"({"type": "interval", "hours": 1})")));
  BOOST_TEST(!means_the_same(body_with(R"({"type": "calendar_interval", "days": 2, "start_date": "2100-01-01"})"),
                             body_with(dates)));
  const auto other = parse_schedule_request(schedule_with(R"("priority": 3)"), later,
                                            parse_schedule_request(schedule_with(""), defaults).or_throw().definition);
  BOOST_TEST((std::get<interval_definition>(other->definition.trigger.kind).start_time == later.now));
}

BOOST_AUTO_TEST_CASE(a_bad_field_of_a_schedule_is_named) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("colour": 1)", "colour: unknown field of a schedule"},
      {R"("overlap": "sometimes")", "overlap: unknown name \"sometimes\"; there are queue_one, queue_all,"},
      {R"("misfire_grace_time": -1)", "misfire_grace_time: must be at least 0"},
      {R"("misfire_grace_time": "5 parsecs")", "misfire_grace_time: position"},
      {R"("max_jitter": true)", "max_jitter: expected a number of seconds"},
      {R"("limit": "database")", "limit: a limit: expected a JSON object"},
      {R"("limit": {"maximum": 2})", "limit: key: is missing"},
      {R"("limit": {"key": "k", "maximum": -2})", "limit: maximum: expected a whole number from 0 to 4294967295"},
      {R"("limit": {"key": "k", "most": 2})", "limit: most: unknown field"},
      {R"("runner": 1)", "runner: expected a text"},
      {R"("max_catch_up": -1)", "max_catch_up: expected a whole number from 0 to 4294967295"},
      {R"("paused": 1)", "paused: expected true or false"},
      {R"("metadata": [])", "metadata: expected a JSON object"},
      {R"("id": 5)", "id: expected a text"},
      {R"("id": null)", "id: is missing"},
      {R"("task": "command")", "arguments: command:"},
      {R"("trigger": null)", "trigger: is missing"},
      {R"("trigger": {"type": "sundial"})", "trigger: "},
      {R"("trigger": {"type": "classic_cron", "expression": "99 * * * *"})", "trigger: "},
      {R"("trigger": {"type": "classic_cron", "expression": "* * * * *", "timezone": "Mars/Olympus"})", "trigger: "},
  };
  for (const auto& [field, expected] : cases) {
    const auto good = schedule_with("");
    auto body = *good.get_if<value::map>();
    const auto changed = json("{" + std::string{field} + "}");
    for (const auto& [key, content] : *changed.get_if<value::map>())
      body[key] = content;
    const auto said = schedule_refusal(value{body});
    BOOST_TEST(has(said, expected), field << ": " << said);
  }
  BOOST_TEST(has(schedule_refusal(value{value::list{}}), "a schedule: expected a JSON object"));
  BOOST_TEST(has(schedule_refusal(value{}), "a schedule: expected a JSON object"));
}

BOOST_AUTO_TEST_CASE(a_job_is_read) {
  const auto read = parse_job_request(json(
      R"({"task": "command", "arguments": {"argv": ["date"]}, "id": "01930000-0000-7000-8000-000000000000",
          "not_before": "2026-03-29T12:00:00Z", "time_limit": 5})"));
  BOOST_TEST_REQUIRE(refusal(read) == "accepted");
  BOOST_TEST(read->id->to_string() == "01930000-0000-7000-8000-000000000000");
  BOOST_TEST((read->not_before == defaults.now));
  BOOST_TEST((read->time_limit == duration{5s}));
}

BOOST_AUTO_TEST_CASE(a_bad_field_of_a_job_is_named) {
  BOOST_TEST(refusal(parse_job_request(json("{}"))) == "task: is missing");
  BOOST_TEST(has(refusal(parse_job_request(json(R"({"task": "t", "id": "x"})"))), "id: "));
  BOOST_TEST(has(refusal(parse_job_request(json(R"({"task": "t", "not_before": "soon"})"))), "not_before: "));
  BOOST_TEST(has(refusal(parse_job_request(json(R"({"task": "command", "arguments": {"argv": []}})"))), "arguments: "));
  BOOST_TEST(has(refusal(parse_job_request(json(R"({"task": "http", "arguments": {"url": "ftp://x"}})"))),
                 "arguments: http: url: "));
  BOOST_TEST(refusal(parse_job_request(json(R"({"task": "http", "arguments": {"url": "http://x"}})"))) == "accepted");
}

BOOST_AUTO_TEST_CASE(a_limit_and_a_runner_are_read) {
  const auto job = parse_job_request(json(R"({"task": "t", "limit": {"key": "k", "maximum": 3}, "runner": "inline"})"));
  BOOST_TEST_REQUIRE(refusal(job) == "accepted");
  BOOST_TEST((job->limit == concurrency_limit{"k", 3}));
  BOOST_TEST(job->runner == "inline");
  const auto schedule = parse_schedule_request(schedule_with(R"("limit": {"key": "k"}, "runner": "inline")"), defaults);
  BOOST_TEST_REQUIRE(refusal(schedule) == "accepted");
  BOOST_TEST((schedule->definition.limit == concurrency_limit{"k", 1}));
  BOOST_TEST(schedule->definition.runner == "inline");
}

BOOST_AUTO_TEST_CASE(changes_of_a_task_keep_what_is_absent_and_reset_what_is_null) {
  task what;
  what.id = "mail";
  what.runner = "inline";
  what.max_running_jobs = 3;
  what.misfire_grace_time = 5s;
  what.time_limit = 6s;
  what.result_expiration = 7s;
  what.on_loss = loss_policy::abandon;
  what.retry.max_attempts = 4;
  what.metadata = {{"a", 1}};
  const auto changed = [&](const std::string& body) {
    const auto read = parse_task_request(json(body), "mail");
    BOOST_TEST_REQUIRE(refusal(read) == "accepted");
    auto after = what;
    read->apply(after);
    return after;
  };
  BOOST_TEST((changed(R"({"id": "mail"})") == what));
  const auto reset =
      changed(R"({"runner": null, "max_running_jobs": null, "misfire_grace_time": null, "time_limit": null,
                                 "result_expiration": null, "on_loss": null, "retry": null, "metadata": null})");
  task bare;
  bare.id = "mail";
  BOOST_TEST((reset == bare));
  const auto set = changed(
      R"({"max_running_jobs": 9, "time_limit": "1m", "on_loss": "run_again", "retry": {"max_attempts": 2}, "metadata": {"b": 2}})");
  BOOST_TEST((set.max_running_jobs == 9U));
  BOOST_TEST((set.time_limit == 1min));
  BOOST_TEST((set.on_loss == loss_policy::run_again));
  BOOST_TEST(set.retry.max_attempts == 2U);
  BOOST_TEST((set.metadata == value::map{{"b", 2}}));
  BOOST_TEST(set.runner == "inline");
  BOOST_TEST(refusal(parse_task_request(json(R"({"id": "fax"})"), "mail")) == "id: isn't the one in the path");
  BOOST_TEST(has(refusal(parse_task_request(value{}, "mail")), "a task: expected a JSON object"));
}

BOOST_AUTO_TEST_CASE(force_is_said_or_not) {
  BOOST_TEST(!parse_force(query({})).or_throw());
  BOOST_TEST(parse_force(query({{"force", "true"}})).or_throw());
  BOOST_TEST(has(refusal(parse_force(query({{"force", "yes"}}))), "force: expected true or false"));
}

BOOST_AUTO_TEST_CASE(a_retry_policy_is_read_for_schedules_and_jobs) {
  const std::string field = R"("retry": {"max_attempts": 5, "backoff": "linear", "delay": "2m", "max_delay": 600,
      "jitter_percent": 10, "outcomes": ["crashed", "error"], "exit_codes": [75]})";
  const auto scheduled = parse_schedule_request(schedule_with(field), defaults);
  BOOST_TEST_REQUIRE(refusal(scheduled) == "accepted");
  const auto& read = scheduled->definition.retry;
  BOOST_TEST_REQUIRE(read.has_value());
  BOOST_TEST(read->max_attempts == 5U);
  BOOST_TEST((read->backoff == backoff_kind::linear));
  BOOST_TEST((read->delay == duration{2min}));
  BOOST_TEST((read->max_delay == duration{10min}));
  BOOST_TEST(read->jitter_percent == 10U);
  BOOST_TEST((read->outcomes == std::vector{job_outcome::crashed, job_outcome::error}));
  BOOST_TEST((read->exit_codes == std::vector<std::int32_t>{75}));
  BOOST_TEST((parse_job_request(json(R"({"task": "t", )" + field + "}")).or_throw().retry == read));
  BOOST_TEST(!parse_job_request(json(R"({"task": "t", "retry": null})")).or_throw().retry.has_value());
  BOOST_TEST((parse_job_request(json(R"({"task": "t", "retry": {"delay": "2h"}})")).or_throw().retry->max_delay == 2h));
}

BOOST_AUTO_TEST_CASE(a_bad_field_of_a_retry_policy_is_named) {
  const std::pair<const char*, const char*> cases[] = {
      {R"(3)", "retry: a retry policy: expected a JSON object"},
      {R"({"attempts": 3})", "retry: attempts: unknown field of a retry policy"},
      {R"({"max_attempts": 0})", "retry: max_attempts: must be at least 1"},
      {R"({"max_attempts": -1})", "retry: max_attempts: expected a whole number from 0 to 4294967295"},
      {R"({"backoff": "slower"})", "retry: backoff: unknown name \"slower\"; there are exponential, fixed, linear"},
      {R"({"delay": -1})", "retry: delay: must be at least 0"},
      {R"({"delay": 5, "max_delay": 4})", "retry: max_delay: 4s is shorter than the delay of 5s"},
      {R"({"jitter_percent": 101})", "retry: jitter_percent: must be 0 to 100"},
      {R"({"outcomes": "error"})", "retry: outcomes: expected a list"},
      {R"({"outcomes": ["success"]})", "retry: outcomes: success can't be tried again"},
      {R"({"outcomes": ["odd"]})", "retry: outcomes: unknown name"},
      {R"({"exit_codes": [0]})", "retry: exit_codes: 0"},
      {R"({"exit_codes": ["one"]})", "retry: exit_codes: in a list: expected a whole number"},
  };
  for (const auto& [policy, expected] : cases) {
    const auto said = schedule_refusal(schedule_with(std::string{R"("retry": )"} + policy));
    BOOST_TEST(said.starts_with(expected), policy << ": " << said);
    BOOST_TEST(refusal(parse_job_request(json(std::string{R"({"task": "t", "retry": )"} + policy + "}"))) == said);
  }
}

BOOST_AUTO_TEST_CASE(a_rerun_may_name_the_new_job) {
  BOOST_TEST((parse_new_id_request(value{}, "a rerun request").or_throw() == std::nullopt));
  const auto named =
      parse_new_id_request(json(R"({"id": "01930000-0000-7000-8000-000000000000"})"), "a rerun request").or_throw();
  BOOST_TEST(named->to_string() == "01930000-0000-7000-8000-000000000000");
  BOOST_TEST(refusal(parse_new_id_request(json(R"({"id": 1})"), "a rerun request")) == "id: expected a UUID as a text");
  BOOST_TEST(has(refusal(parse_new_id_request(json(R"({"as": 1})"), "a rerun request")),
                 "as: unknown field of a rerun request"));
}

BOOST_AUTO_TEST_CASE(a_backfill_needs_a_beginning_and_ends_now) {
  const auto read = [](const char* body) { return parse_backfill_request(json(body), "s", defaults.now); };
  const auto least = read(R"({"from": "2026-03-01T00:00:00Z"})").or_throw();
  BOOST_TEST(least.schedule_id == "s");
  BOOST_TEST((least.id == job_id{}));
  BOOST_TEST((least.to == defaults.now));
  BOOST_TEST(least.max_running_jobs == 1U);
  const auto full = read(R"({"id": "01930000-0000-7000-8000-000000000000", "from": "2026-03-01T00:00:00Z",
    "to": "2026-03-02T00:00:00Z", "which": "failed", "overlap": "queue_all", "max_running_jobs": 4, "priority": -3})")
                        .or_throw();
  BOOST_TEST((full.to - full.from == std::chrono::hours{24}));
  BOOST_TEST((full.which == backfill_selection::failed));
  BOOST_TEST((full.overlap == overlap_policy::queue_all));
  BOOST_TEST(full.max_running_jobs == 4U);
  BOOST_TEST((full.priority == -3));
  BOOST_TEST(refusal(read("{}")) == "from: is missing");
  BOOST_TEST(has(refusal(read(R"({"from": "2026-03-01T00:00:00Z", "which": "none"})")), "which: unknown name"));
}

BOOST_AUTO_TEST_CASE(parameters_of_lists_are_read_and_unknown_ones_refused) {
  const auto jobs =
      parse_job_list_request(query({{"schedule_id", "a"}, {"state", "running"}, {"limit", "7"}, {"after", "c"}}));
  BOOST_TEST_REQUIRE(refusal(jobs) == "accepted");
  BOOST_TEST(jobs->filter.schedule_id == "a");
  BOOST_TEST((jobs->filter.state == job_state::running));
  BOOST_TEST(jobs->page.limit == 7U);
  BOOST_TEST(jobs->page.after == "c");
  BOOST_TEST(has(refusal(parse_job_list_request(query({{"state", "odd"}}))), "state: unknown name"));
  BOOST_TEST(has(refusal(parse_page_request(query({{"limit", "0"}}))), "limit: must be 1 to 1000"));
  BOOST_TEST(has(refusal(parse_page_request(query({{"limit", "1001"}}))), "limit: must be 1 to 1000"));
  BOOST_TEST(has(refusal(parse_page_request(query({{"limit", "many"}}))), "limit: expected a whole number"));
  BOOST_TEST(has(refusal(parse_page_request(query({{"offset", "1"}}))), "offset: unknown parameter"));
}

BOOST_AUTO_TEST_CASE(events_are_asked_for_by_number_and_type) {
  const auto read = parse_event_request(query({{"type", "job_added"}, {"type", "job_finished"}, {"since", "12"}}));
  BOOST_TEST_REQUIRE(refusal(read) == "accepted");
  BOOST_TEST(read->filter.types.size() == 2U);
  BOOST_TEST((read->since == revision{12}));
  BOOST_TEST(read->page.after == "12");
  BOOST_TEST(has(refusal(parse_event_request(query({{"type", "job_lost"}}))), "type: there is no event"));
}

BOOST_AUTO_TEST_CASE(a_stream_of_events_may_say_when_it_ends) {
  const auto read =
      parse_event_stream_request(query({{"type", "job_added"}, {"since", "12"}, {"count", "3"}, {"timeout", "1m"}}));
  BOOST_TEST_REQUIRE(refusal(read) == "accepted");
  BOOST_TEST(read->filter.types.size() == 1U);
  BOOST_TEST((read->since == revision{12}));
  BOOST_TEST((read->count == std::uint64_t{3}));
  BOOST_TEST((read->timeout == duration{1min}));
  BOOST_TEST(refusal(parse_event_stream_request(query({{"count", "0"}}))) == "count: must be at least 1");
  BOOST_TEST(has(refusal(parse_event_stream_request(query({{"count", "few"}}))), "count: expected a whole number"));
  BOOST_TEST(has(refusal(parse_event_stream_request(query({{"timeout", "soon"}}))), "timeout: "));
  BOOST_TEST(has(refusal(parse_event_stream_request(query({{"limit", "3"}}))), "limit: unknown parameter"));
  BOOST_TEST(has(refusal(parse_event_request(query({{"count", "3"}}))), "count: unknown parameter"));
  BOOST_TEST(has(refusal(parse_event_request(query({{"type", "job_lost"}}))), "there are task_added, task_updated, "));
}

BOOST_AUTO_TEST_CASE(a_wait_is_no_longer_than_the_longest) {
  BOOST_TEST((parse_wait_limit(query({{"limit", "5s"}}), 30s).or_throw() == duration{5s}));
  BOOST_TEST((parse_wait_limit(query({{"limit", "5h"}}), 30s).or_throw() == duration{30s}));
  BOOST_TEST((parse_wait_limit(query({}), 30s).or_throw() == duration{30s}));
}

BOOST_AUTO_TEST_CASE(a_job_log_is_read_after_a_number_and_waited_for) {
  const auto read = parse_job_log_request(query({{"after", "12"}, {"limit", "7"}, {"wait", "5s"}}), 30s).or_throw();
  BOOST_TEST(read.after == 12u);
  BOOST_TEST(read.limit == 7u);
  BOOST_TEST((read.wait == duration{5s}));
  BOOST_TEST((parse_job_log_request(query({{"wait", "5h"}}), 30s).or_throw().wait == duration{30s}));
  BOOST_TEST((parse_job_log_request(query({}), 30s).or_throw().wait == duration{0}));
  BOOST_TEST(has(refusal(parse_job_log_request(query({{"after", "x"}}), 30s)), "after: "));
  BOOST_TEST(has(refusal(parse_job_log_request(query({{"wait", "x"}}), 30s)), "wait: "));
  BOOST_TEST(has(refusal(parse_job_log_request(query({{"since", "1"}}), 30s)), "since: unknown parameter"));
}

BOOST_AUTO_TEST_CASE(a_resume_may_say_since_when) {
  BOOST_TEST((parse_resume_request(value{}).or_throw() == std::nullopt));
  BOOST_TEST((parse_resume_request(json(R"({"from": "2026-03-29T12:00:00Z"})")).or_throw() == defaults.now));
  BOOST_TEST(has(refusal(parse_resume_request(json(R"({"since": 1})"))), "since: unknown field"));
}

BOOST_AUTO_TEST_CASE(a_backup_is_made_in_the_whole_folder_that_is_named_or_in_none) {
  const auto parse = [](std::string folder) { return parse_backup_request(value::map{{"folder", std::move(folder)}}); };
  BOOST_TEST(parse("/a").or_throw() == "/a");
  for (const auto& bad : {std::string{"a"}, std::string{"/a\0b", 4}})
    BOOST_TEST((parse(bad).err().code() == ec::invalid_argument));
}

BOOST_AUTO_TEST_SUITE_END()
