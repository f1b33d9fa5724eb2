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
  if (!data.looked_at || now_.boot - *data.looked_at >= look_every) {
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

  std::vector<std::string> ids;
  bool is_last_piece = true;
  std::size_t size = 0;
  const auto after = data.done_to.empty() ? std::string{} : data.done_to + '\0';
  const auto scanned = db_->scan(
      family::definitions, {after, {}}, direction::ascending, [&](std::string_view id, std::string_view record) {
        ids.emplace_back(id);
        size += record.size();
        is_last_piece = ids.size() < config_.bounds.batch_items && size < config_.bounds.batch_size_bytes;
        return is_last_piece;
      });
  if (!scanned)
    return scanned.err();
  for (const auto& id : ids) {
    const auto found = load_schedule(id); // one that can't be read goes to quarantine
    if (live.failure)
      return *live.failure;
    if (found && uses_local_time((*found)->what.definition.trigger) && retime(**found))
      ++data.moved_count;
  }
  if (!is_last_piece) {
    data.done_to = ids.back();
    return false;
  }

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
