#include "keyed/keyed_store.hpp"

#include "carillon/trigger/zone_data.hpp"
#include "codec/envelope.hpp"
#include "keyed/record_format.hpp"

#include <fmt/format.h>

namespace carillon::keyed {
namespace {

constexpr duration look_every = std::chrono::seconds{60};

} // namespace

// In pieces of a batch each, in the order of the ids. A schedule that is added meanwhile has the new times anyway; after a
// crash it begins again, which changes nothing that was done.
result<bool> keyed_store::adopt_zone_data() {
  auto& live = *live_;
  auto& data = live.zone_data;
  const bool is_time = zone_data_ == zone_watch::always && data.looked_at && now_.boot - *data.looked_at >= look_every;
  if (!data.looked_at || is_time) {
    refresh_zone_data();
    data.looked_at = now_.boot;
  }
  const auto version = zone_data_version();
  if (version == data.in_use)
    return true;
  if (version != data.adopted) {
    data.adopted = version;
    data.done_to.clear();
    data.moved_count = 0;
  }

  auto walked = walk_schedules(data.done_to, [&](schedule_entry& entry) {
    if (uses_local_time(entry.what.definition.trigger) && retime(entry))
      ++data.moved_count;
  });
  if (!walked || !*walked)
    return walked;

  next_revision();
  live.writes.put(family::meta, zone_data_key, codec::make_record(version));
  if (!data.in_use.empty()) {
    auto& told = add_event(event_type::zone_data_changed);
    told.text = fmt::format("time-zone data {} instead of {}: schedules with another next fire time: {}", version,
                            data.in_use, data.moved_count);
  }
  data.in_use = version;
  return true;
}

} // namespace carillon::keyed
