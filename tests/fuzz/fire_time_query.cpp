// A line of `carillon next --stream` from any bytes: the answer is one line of JSON with the three members, and takes no
// longer than the budget of a call allows, however the parts are nested.
#include "carillon/trigger/fire_time_query.hpp"

#include "carillon/base/assert.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>

using namespace carillon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line{reinterpret_cast<const char*>(data), size};
  const trigger_defaults defaults{timestamp{std::chrono::seconds{1'790'000'000}}, "Europe/Berlin"};
  const auto answer = answer_fire_time_query(line, defaults);
  CARILLON_ASSERT(answer.find('\n') == std::string::npos);
  const auto read = nlohmann::json::parse(answer, nullptr, false);
  CARILLON_ASSERT(read.is_object() && read.size() == 3 && read.contains("id"));
  CARILLON_ASSERT(read["times"].is_array() && (read["error"].is_null() || read["error"].is_string()));
  return 0;
}
