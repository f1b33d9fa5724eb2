// Instants and lengths of time from any bytes: what is read is written and read back as the same.
#include "carillon/base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace carillon;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto when = parse_iso8601(text))
    CARILLON_ASSERT(*parse_iso8601(to_iso8601(*when)) == *when);
  if (const auto length = parse_duration(text))
    CARILLON_ASSERT(*parse_duration(to_text(*length)) == *length);
  return 0;
}
