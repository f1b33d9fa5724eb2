// A crontab of any bytes: no byte stops the reader, and what it takes makes schedules that a store would take too.
#include "crontab/schedules.hpp"

#include "carillon/model/command.hpp"
#include "carillon/trigger/trigger.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace carillon;
using namespace carillon::crontab;

namespace {

class any_user final : public user_directory {
public:
  result<std::optional<user_account>> find_user(const std::string& name) const override {
    return std::optional{user_account{name, "/home"}};
  }
  bool is_folder(const std::string&) const override { return true; }
};

void check_kind(std::string_view text, crontab_kind kind) {
  const auto parsed = parse_crontab(text, kind);
  std::size_t last_line = 0;
  for (const auto& fault : parsed.faults) {
    CARILLON_ASSERT(fault.line > last_line && fault.column > 0 && !fault.text.empty());
    last_line = fault.line;
  }
  const entry_settings settings{.timezone = "UTC", .identity = {{"root", "/root"}, true}, .boot_id = "boot"};
  id_maker ids;
  const auto made = make_schedules("/etc/cron.d/fuzz", parsed.entries, settings, any_user{}, {}, ids);
  CARILLON_ASSERT(made && made->schedules.size() == parsed.entries.size());
  for (const auto& schedule : made->schedules) {
    CARILLON_ASSERT(check_id("id", schedule.id).has_value());
    CARILLON_ASSERT(to_command_spec(schedule.arguments).has_value());
    CARILLON_ASSERT(trigger::make(schedule.trigger).has_value());
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  check_kind(text, crontab_kind::user);
  check_kind(text, crontab_kind::system);
  return 0;
}
