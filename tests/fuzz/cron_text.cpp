// Both dialects of the five fields from any bytes: what is taken makes a trigger whose fire times rise.
#include "carillon/trigger/crontab.hpp"
#include "carillon/trigger/trigger.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace carillon;

namespace {

constexpr timestamp start{std::chrono::seconds{1'790'000'000}};

void check_times(trigger from) {
  auto last = start - duration{1};
  for (int step = 0; step < 5; ++step) {
    const auto next = from.next();
    CARILLON_ASSERT(next);
    if (!*next)
      return;
    CARILLON_ASSERT(**next > last);
    last = **next;
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  classic_cron_definition classic;
  classic.expression = std::string{text};
  classic.start_time = start;
  classic.timezone = "America/New_York";
  if (auto made = trigger::make({classic}))
    check_times(*std::move(made));
  if (auto fields = parse_crontab_fields(text)) {
    fields->start_time = start;
    fields->timezone = "Europe/Berlin";
    if (auto made = trigger::make({*std::move(fields)}))
      check_times(*std::move(made));
  }
  return 0;
}
