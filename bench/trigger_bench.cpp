// What does a trigger cost: one fire time, reading an expression, jumping far ahead?
//
//   trigger_bench [--benchmark_filter=REGEX] [--benchmark_out=FILE]
//
//   next/ZONE/KIND: WHAT    one `trigger::next`, over the consecutive fires of 2024 and 2025 and then again from the start;
//                           the label shows the range, which is 2024 to 2063 where two years have few fires
//   next/ZONE/all           the same, the twelve classic expressions taking turns: a scheduler's life
//   make/EXPRESSION         `trigger::make` of a definition, so parsing and compiling
//   read_json/EXPRESSION    from the JSON text to the definition, which is then ready for `make`
//   impossible/ZONE         `make` of a date that never comes, and `next` up to "finished"
//   skip_to/ZONE/KIND: WHAT a jump over 5,000 years and one `next`
#include "carillon/trigger/trigger.hpp"
#include "carillon/trigger/trigger_text.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

using namespace carillon;

namespace {

struct measured_expression {
  const char* text;
  bool is_rare = false; ///< fewer than 20 fires in two years
};

// bench/peers/triggers/measure reads them from the results, and asks the other implementations for the same.
constexpr std::array<measured_expression, 12> expressions{{{"* * * * *"},
                                                           {"*/5 * * * *"},
                                                           {"0 * * * *"},
                                                           {"30 2 * * *"},
                                                           {"0 9 * * 1-5"},
                                                           {"15 10 1 * *"},
                                                           {"0 0 29 2 *", true},
                                                           {"0 12 L * *"},
                                                           {"*/7 8-18 * * mon-fri"},
                                                           {"0 0 1 1 *", true},
                                                           {"0 22 * * 5#2"},
                                                           {"23 0-20/2 * * *"}}};
constexpr std::array zones{"UTC", "America/New_York"};
constexpr auto impossible = "0 0 30 2 *";

constexpr timestamp new_year(int year) { return std::chrono::sys_days{std::chrono::year{year} / 1 / 1}; }
constexpr auto range_begin = new_year(2024);
constexpr timestamp range_end(bool is_rare) { return new_year(is_rare ? 2064 : 2026); }
const char* range_label(bool is_rare) { return is_rare ? "2024-01-01/2064-01-01" : "2024-01-01/2026-01-01"; }

trigger_definition classic(const char* expression, const char* zone) {
  return {classic_cron_definition{expression, range_begin, {}, zone, {}}};
}

std::string classic_json(const char* expression, const char* zone) {
  return fmt::format(
      R"({{"type": "classic_cron", "expression": "{}", "start_time": "2024-01-01T00:00:00Z", "timezone": "{}"}})",
      expression, zone);
}

/// The other kinds with a grid, each with a name.
std::array<std::pair<const char*, trigger_definition>, 4> other_kinds(const char* zone) {
  using std::chrono::minutes;
  calendar_interval_definition monthly;
  monthly.months = 1;
  monthly.hour = 9;
  monthly.start_date = {2024, 1, 15};
  monthly.timezone = zone;
  cron_definition every_five;
  every_five.minute = "*/5";
  cron_definition weekdays;
  weekdays.day_of_week = "mon-fri";
  weekdays.hour = "9";
  for (auto* cron : {&every_five, &weekdays}) {
    cron->start_time = range_begin;
    cron->timezone = zone;
  }
  return {{{"interval: 5 minutes", {interval_definition{minutes{5}, range_begin, {}}}},
           {"calendar_interval: monthly", {monthly}},
           {"cron: every 5 minutes", {every_five}},
           {"cron: weekdays at 9", {weekdays}}}};
}

/// Walks over the fires of a trigger again and again.
class endless_walk {
public:
  endless_walk(trigger_definition definition, timestamp end)
    : start_(trigger::make(std::move(definition)).or_throw()), current_(start_), end_(end) {}

  void step() {
    const auto fire = current_.next();
    if (!fire || !*fire || **fire >= end_)
      current_ = start_;
    benchmark::DoNotOptimize(fire);
  }

private:
  trigger start_;
  trigger current_;
  timestamp end_;
};

void walk(benchmark::State& state, const trigger_definition& definition, bool is_rare) {
  endless_walk fires{definition, range_end(is_rare)};
  state.SetLabel(range_label(is_rare));
  for (auto _ : state)
    fires.step();
}

void walk_in_turn(benchmark::State& state, const char* zone) {
  std::vector<endless_walk> walks;
  walks.reserve(expressions.size());
  for (const auto& [text, is_rare] : expressions)
    walks.emplace_back(classic(text, zone), range_end(is_rare));
  std::size_t turn = 0;
  for (auto _ : state) {
    walks[turn].step();
    turn = turn + 1 == walks.size() ? 0 : turn + 1;
  }
}

void make(benchmark::State& state, const trigger_definition& definition) {
  for (auto _ : state)
    benchmark::DoNotOptimize(trigger::make(definition));
}

void read_json(benchmark::State& state, const std::string& text) {
  for (auto _ : state)
    benchmark::DoNotOptimize(parse_trigger_json_text(text, {range_begin, "UTC"}));
}

void find_nothing(benchmark::State& state, const trigger_definition& definition) {
  for (auto _ : state) {
    auto rule = trigger::make(definition).or_throw();
    if (rule.next().or_throw())
      state.SkipWithError("an impossible date has a fire time");
  }
}

void jump(benchmark::State& state, const trigger_definition& definition) {
  const auto start = trigger::make(definition).or_throw();
  for (auto _ : state) {
    auto rule = start;
    rule.skip_to(new_year(7024)).or_throw();
    const auto fire = rule.next().or_throw();
    if (!fire)
      state.SkipWithError("no fire time after the jump");
  }
}

template <class Function, class... Arguments>
void add(const std::string& name, Function function, Arguments... arguments) {
  benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) { function(state, arguments...); });
}

void add_all() {
  for (const auto* zone : zones) {
    for (const auto& [text, is_rare] : expressions)
      add(fmt::format("next/{}/classic: {}", zone, text), walk, classic(text, zone), is_rare);
    add(fmt::format("next/{}/all", zone), walk_in_turn, zone);
  }
  for (const auto& expression : expressions)
    add(fmt::format("make/{}", expression.text), make, classic(expression.text, "America/New_York"));
  for (const auto& expression : expressions)
    add(fmt::format("read_json/{}", expression.text), read_json, classic_json(expression.text, "America/New_York"));
  for (const auto* zone : zones) {
    add(fmt::format("impossible/{}", zone), find_nothing, classic(impossible, zone));
    for (const auto& [name, definition] : other_kinds(zone)) {
      add(fmt::format("next/{}/{}", zone, name), walk, definition, true);
      add(fmt::format("skip_to/{}/{}", zone, name), jump, definition);
    }
    add(fmt::format("skip_to/{}/classic: 30 2 * * *", zone), jump, classic("30 2 * * *", zone));
  }
}

} // namespace

int main(int count, char** arguments) {
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments))
    return 1;
  add_all();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
