// A user's own kind of trigger: registered by name, its state stored with the schedule.
#include "carillon/trigger/custom.hpp"

#include "carillon/trigger/describe.hpp"
#include "carillon/trigger/trigger_text.hpp"
#include "codec/records.hpp"
#include "trigger_making.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <stdexcept>

using namespace carillon;
using namespace carillon::test;
using namespace std::chrono_literals;

namespace {

constexpr auto day = std::chrono::hours{24};

/// Fires daily from 2026-01-01 on, `days` times; the state is how often it has fired.
class counted_days : public custom_trigger {
public:
  explicit counted_days(int days) : days_(days) {}

  std::optional<timestamp> next(std::string& state) const override {
    const int fired = state.empty() ? 0 : std::stoi(state);
    if (fired >= days_)
      return std::nullopt;
    state = std::to_string(fired + 1);
    return at("2026-01-01T00:00Z") + fired * day;
  }

private:
  int days_;
};

/// The same, but it can jump.
class jumping_days final : public counted_days {
public:
  using counted_days::counted_days;
  bool skip_to(std::string& state, timestamp when) const override {
    const auto first = at("2026-01-01T00:00Z");
    const auto behind = when <= first ? 0 : (when - first + day - 1us) / day;
    if (state.empty() || std::stoll(state) < behind)
      state = std::to_string(behind);
    return true;
  }
  std::string describe() const override { return "daily, for a while"; }
};

enum class fault { none, throws, goes_back, remembers_too_much };

class faulty final : public custom_trigger {
public:
  explicit faulty(fault what) : what_(what) {}
  std::optional<timestamp> next(std::string& state) const override {
    if (state.empty()) {
      state = "1";
      return at("2026-01-01T00:00Z");
    }
    if (what_ == fault::throws)
      throw std::runtime_error{"no tide table"};
    if (what_ == fault::remembers_too_much)
      state.assign(max_trigger_state_size + 1, 'x');
    return at("2026-01-01T00:00Z") + (what_ == fault::goes_back ? 0h : 1h);
  }

private:
  fault what_;
};

void register_kinds() {
  static const bool done = [] {
    const auto read_days = [](std::string_view parameters) -> result<int> {
      if (parameters.empty() || parameters.find_first_not_of("0123456789") != std::string_view::npos)
        return error{ec::invalid_argument, "expected a number of days"};
      return std::stoi(std::string{parameters});
    };
    register_trigger_kind("counted-days",
                          [=](std::string_view parameters) -> result<std::unique_ptr<const custom_trigger>> {
                            const auto days = read_days(parameters);
                            if (!days)
                              return days.err();
                            return std::unique_ptr<const custom_trigger>{std::make_unique<counted_days>(*days)};
                          })
        .or_throw();
    register_trigger_kind("jumping-days",
                          [=](std::string_view parameters) -> result<std::unique_ptr<const custom_trigger>> {
                            return std::unique_ptr<const custom_trigger>{
                                std::make_unique<jumping_days>(read_days(parameters).or_throw())};
                          })
        .or_throw();
    register_trigger_kind("faulty", [](std::string_view parameters) -> result<std::unique_ptr<const custom_trigger>> {
      const auto which = parameters == "1"   ? fault::throws
                         : parameters == "2" ? fault::goes_back
                                             : fault::remembers_too_much;
      return std::unique_ptr<const custom_trigger>{std::make_unique<faulty>(which)};
    }).or_throw();
    return true;
  }();
  BOOST_REQUIRE(done);
}

} // namespace

BOOST_AUTO_TEST_SUITE(custom_triggers)

BOOST_AUTO_TEST_CASE(it_fires_as_its_code_says_and_ends) {
  register_kinds();
  BOOST_TEST(fires(R"({"type": "custom", "kind": "counted-days", "parameters": 2})", 3) ==
             "2026-01-01T00:00:00 2026-01-02T00:00:00 nothing");
}

BOOST_AUTO_TEST_CASE(its_state_is_stored_at_any_moment) {
  register_kinds();
  auto rule = make_trigger(R"({"type": "custom", "kind": "counted-days", "parameters": 5})");
  for (int given = 0; given < 5; ++given) {
    const auto cursor = codec::decode<trigger_cursor>(codec::encode(rule.cursor())).or_throw();
    BOOST_TEST((cursor == rule.cursor()));
    auto restored = trigger::restore(rule.definition(), cursor).or_throw();
    BOOST_TEST((restored.next().value() == rule.next().value()));
  }
}

BOOST_AUTO_TEST_CASE(it_is_a_part_like_any_other) {
  register_kinds();
  BOOST_TEST(fires(R"({"type": "and", "triggers": [{"type": "custom", "kind": "counted-days", "parameters": 9},
                      {"type": "cron", "fields": {"day": "*/4"}, "timezone": "UTC"}]})",
                   4) == "2026-01-01T00:00:00 2026-01-05T00:00:00 2026-01-09T00:00:00 nothing");
}

BOOST_AUTO_TEST_CASE(one_that_cannot_jump_is_walked_so_far_and_no_further) {
  register_kinds();
  for (const auto* kind : {"counted-days", "jumping-days"}) {
    auto rule = make_trigger(fmt::format(R"({{"type": "custom", "kind": "{}", "parameters": 20000}})", kind));
    BOOST_TEST(rule.skip_to(at("2026-01-10T00:00:01Z")).has_value());
    BOOST_TEST(fires(rule, 1) == "2026-01-11T00:00:00");
    BOOST_TEST(rule.skip_to(at("2026-01-02T00:00Z")).has_value()); // never back
    BOOST_TEST(fires(rule, 1) == "2026-01-12T00:00:00");
  }
  const auto far = at("2026-01-01T00:00Z") + 15'000 * day;
  auto jumping = make_trigger(R"({"type": "custom", "kind": "jumping-days", "parameters": 20000})");
  BOOST_TEST(jumping.skip_to(far).has_value());
  BOOST_TEST((jumping.next().value() == far));
  auto walking = make_trigger(R"({"type": "custom", "kind": "counted-days", "parameters": 20000})");
  const auto refused = walking.skip_to(far);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.err().code() == ec::iteration_limit));
  BOOST_TEST(holds(refused.err().text(), "counted-days"));
  BOOST_TEST(walking.skip_to(far).has_value()); // asking again goes on
  BOOST_TEST((walking.next().value() == far));
}

BOOST_AUTO_TEST_CASE(a_fault_of_its_code_is_an_error_that_names_the_kind) {
  register_kinds();
  for (const auto& [which, expected] : {std::pair{1, "threw: no tide table"},
                                        {2, "isn't after the fire time before"},
                                        {3, "a state of 4097 bytes, more than 4096"}}) {
    auto rule = make_trigger(fmt::format(R"({{"type": "custom", "kind": "faulty", "parameters": {}}})", which));
    BOOST_TEST(rule.next().has_value());
    const auto before = rule.cursor();
    const auto failed = rule.next();
    BOOST_REQUIRE(!failed);
    BOOST_TEST(holds(failed.err().text(), expected), failed.err().text());
    BOOST_TEST(holds(failed.err().text(), "\"faulty\""));
    BOOST_TEST((rule.cursor() == before));
  }
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_at_the_door) {
  register_kinds();
  BOOST_TEST(holds(refusal_of(R"({"type": "custom", "kind": "tides"})"), "kind: \"tides\" isn't registered"));
  BOOST_TEST(holds(refusal_of(R"({"type": "custom"})"), "kind"));
  BOOST_TEST(holds(refusal_of(R"({"type": "custom", "kind": "counted-days", "parameters": "x"})"),
                   "parameters: expected a number of days"));
  BOOST_TEST(holds(refusal_of(R"({"type": "custom", "kind": "jumping-days"})"), "threw: expected a number of days"));
  const auto factory = [](std::string_view) -> result<std::unique_ptr<const custom_trigger>> {
    return error{ec::invalid_argument, "never"};
  };
  BOOST_TEST((register_trigger_kind("faulty", factory).err().code() == ec::conflict));
  for (const auto* name : {"", "Tides", "a b"})
    BOOST_TEST((register_trigger_kind(name, factory).err().code() == ec::invalid_argument));
  BOOST_TEST((register_trigger_kind("none", nullptr).err().code() == ec::invalid_argument));
}

BOOST_AUTO_TEST_CASE(texts_and_records_give_the_same_definition) {
  register_kinds();
  const auto definition =
      make_trigger(R"({"type": "custom", "kind": "faulty", "parameters": {"b": 1.20e1, "a": []}})").definition();
  BOOST_TEST(std::get<custom_definition>(definition.kind).parameters == R"({"a":[],"b":12.0})");
  BOOST_TEST((parse_trigger_json_text(to_json_text(definition), trigger_test_defaults()).value() == definition));
  const auto counted = make_trigger(R"({"type": "custom", "kind": "jumping-days", "parameters": 12})").definition();
  BOOST_TEST(describe(counted).value() == "daily, for a while");
  BOOST_TEST((canonical(counted).value() == counted));
}

BOOST_AUTO_TEST_SUITE_END()
