#pragma once

#include "carillon/model/value.hpp"
#include "system/program.hpp"

#include <sstream>
#include <string>
#include <vector>

/// What the program answers with `--json`.
namespace carillon::system_test {

/// The one JSON document that standard output is; the test fails if it isn't, or if the program ended otherwise. A program that
/// succeeds says nothing else.
inline value document(const ended& what, int code = 0) {
  BOOST_TEST(what.code == code, what.err);
  if (code == 0)
    BOOST_TEST(what.err == "");
  auto parsed = parse_json_text(what.out);
  BOOST_TEST_REQUIRE(static_cast<bool>(parsed), what.out);
  return std::move(*parsed);
}

/// The documents of an answer that has one on each line.
inline std::vector<value> documents(const ended& what) {
  BOOST_TEST(what.code == 0, what.err);
  std::vector<value> all;
  std::istringstream in{what.out};
  for (std::string line; std::getline(in, line);)
    all.push_back(parse_json_text(line).or_throw());
  return all;
}

/// A field as JSON.
inline std::string text(const value& of, const char* key) {
  const auto* found = of.find(key);
  return found == nullptr ? "(missing)" : to_json_text(*found);
}

} // namespace carillon::system_test
