// The worked examples of section 10 of the trigger semantics, one JSON object a line.
#include "carillon/trigger/trigger.hpp"
#include "codec/exact_json.hpp"
#include "codec/trigger_json.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <string>
#include <vector>

using namespace carillon;

namespace {

std::vector<std::string> lines_of(const std::string& name) {
  std::ifstream file{std::string{CARILLON_TEST_DATA} + "/" + name};
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    lines.push_back(line);
  return lines;
}

struct worked_example {
  trigger_definition definition;
  std::vector<timestamp> times;
  std::string then; ///< `nothing`, `iteration_limit`, or empty when the times go on
};

worked_example read_example(const std::string& line) {
  const auto source = codec::parse_exact_json(line).value();
  worked_example example{codec::trigger_from_json(source["trigger"], {}).value(), {}, source.value("then", "")};
  for (const auto& time : source["times"])
    example.times.push_back(parse_iso8601(time.get_ref<const std::string&>()).value());
  return example;
}

const std::vector<std::string> examples = lines_of("trigger_examples.jsonl");

} // namespace

BOOST_AUTO_TEST_SUITE(trigger_examples)

BOOST_AUTO_TEST_CASE(all_examples_are_there) { BOOST_TEST(examples.size() == 44u); }

BOOST_DATA_TEST_CASE(an_example_gives_its_fire_times, examples, line) {
  const auto example = read_example(line);
  auto rule = trigger::make(example.definition).value();
  for (const auto expected : example.times) {
    const auto time = rule.next().value();
    BOOST_REQUIRE(time.has_value());
    BOOST_TEST(to_iso8601(*time) == to_iso8601(expected));
  }
  if (example.then == "nothing") {
    BOOST_TEST(!rule.next().value().has_value());
    BOOST_TEST(!rule.next().value().has_value());
  } else if (example.then == "iteration_limit") {
    BOOST_TEST((rule.next().err().code() == ec::iteration_limit));
  }
}

BOOST_DATA_TEST_CASE(an_example_is_read_back_from_its_json, examples, line) {
  const auto definition = read_example(line).definition;
  const auto read_back = codec::parse_trigger_json(codec::trigger_to_json(definition).dump(), {});
  BOOST_TEST((read_back.value() == definition));
}

BOOST_DATA_TEST_CASE(an_example_goes_on_after_a_restart_at_any_time, examples, line) {
  const auto example = read_example(line);
  auto rule = trigger::make(example.definition).value();
  for (const auto expected : example.times) {
    rule = trigger::restore(example.definition, rule.cursor()).value();
    BOOST_TEST((rule.next().value() == expected));
  }
}

BOOST_AUTO_TEST_SUITE_END()
