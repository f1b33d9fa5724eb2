#include "keyed/keyed_store.hpp"

#include "carillon/base/utf8.hpp"
#include "carillon/trigger/zone_data.hpp"
#include "codec/envelope.hpp"
#include "keyed/clock_steps.hpp"
#include "keyed/record_format.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::keyed {
namespace {

error corrupt_meta(std::string_view key, std::string_view why) {
  return {ec::store_corrupt,
          fmt::format("the store's record {} can't be read ({}); restore the folder from a copy", quote(key), why)};
}

} // namespace

// Called with the gate held alone, or by the writer.
result<void> keyed_store::rebuild() {
  if (auto checked = check_format(); !checked)
    return checked;
  if (auto loaded = load_tasks(); !loaded)
    return loaded;
  if (auto loaded = load_nodes(); !loaded)
    return loaded;
  if (auto loaded = load_due_index(); !loaded)
    return loaded;
  if (auto loaded = load_starts(); !loaded)
    return loaded;
  if (auto loaded = load_dead_letters(); !loaded)
    return loaded;
  if (auto loaded = load_unfinished_jobs(); !loaded)
    return loaded;
  return db_->scan(family::quarantine, {}, direction::ascending, [&](std::string_view, std::string_view) {
    ++live_->quarantined_count;
    return true;
  });
}

result<void> keyed_store::check_format() {
  const auto format = db_->get(family::meta, format_key);
  if (!format)
    return format.err();
  if (!*format) {
    store_id_ = make_store_id(random_);
    write_batch batch;
    put_store_identity(batch, {codec::format_version, store_id_});
    live_->zone_data.in_use = zone_data_version();
    batch.put(family::meta, zone_data_key, codec::make_record(live_->zone_data.in_use));
    live_->history = kept_history{config_.history_retention};
    put_kept_history(batch, *live_->history);
    return db_->write(batch, durability::sync);
  }
  auto identity = read_store_identity(**format);
  if (!identity && identity.err().code() != ec::store_version)
    return corrupt_meta(format_key, identity.err().text());
  if (!identity || identity->format_version > codec::format_version)
    return {ec::store_version,
            fmt::format("the store was written by a newer version of Carillon (format {}; this program "
                        "reads up to {}): use that version, or another data folder",
                        identity ? identity->format_version : static_cast<std::uint8_t>((**format)[0]),
                        codec::format_version)};
  store_id_ = std::move(identity->id);

  const auto revisions = db_->get(family::meta, revisions_key);
  if (!revisions)
    return revisions.err();
  if (*revisions) {
    const auto reserved = read_reserved_revisions(**revisions);
    if (!reserved)
      return corrupt_meta(revisions_key, reserved.err().text());
    live_->next_revision = live_->reserved_revision = *reserved;
  }
  const auto zone_data = db_->get(family::meta, zone_data_key);
  if (!zone_data)
    return zone_data.err();
  // One that can't be read is as good as none: the schedules get their times anew.
  if (*zone_data)
    if (const auto recorded = codec::payload_of(**zone_data))
      live_->zone_data.in_use = *recorded;
  const auto history = db_->get(family::meta, history_key);
  if (!history)
    return history.err();
  if (*history)
    if (const auto recorded = read_kept_history(**history))
      live_->history = *recorded;
  return {};
}

result<void> keyed_store::load_tasks() {
  return db_->scan(family::tasks, {}, direction::ascending, [&](std::string_view key, std::string_view record) {
    if (auto read = read_task(record); read && read->id == key)
      live_->tasks.load(std::move(*read));
    else
      live_->unreadable.push_back({family::tasks, std::string{key}, std::string{record},
                                   read ? "task: its id isn't its key" : read.err().text()});
    return true;
  });
}

result<void> keyed_store::load_nodes() {
  return db_->scan(family::nodes, {}, direction::ascending, [&](std::string_view key, std::string_view record) {
    if (auto read = read_node(record); read && read->what.name == key)
      live_->nodes.load(std::move(*read));
    else
      live_->unreadable.push_back({family::nodes, std::string{key}, std::string{record},
                                   read ? "node: its name isn't its key" : read.err().text()});
    return true;
  });
}

result<void> keyed_store::load_due_index() {
  std::vector<due_index::entry> entries;
  live_->schedule_count = 0;
  live_->unplannable.clear(); // it is all read anew
  auto scanned =
      db_->scan(family::states, {}, direction::ascending, [&](std::string_view key, std::string_view record) {
        const auto outline =
            key.size() == 8 ? read_state_outline(record) : error{ec::store_corrupt, "a key of the wrong size"};
        if (!outline) {
          // Its definition goes along when somebody asks for it: here its id may not be readable.
          live_->unreadable.push_back({family::states, std::string{key}, std::string{record}, outline.err().text()});
          return true;
        }
        ++live_->schedule_count;
        if (outline->due)
          entries.push_back({*outline->due, read_number(key, 8)});
        auto& latest = live_->clock.latest_covered_to;
        latest = std::max(latest, outline->covered_to.value_or(latest));
        return true;
      });
  live_->due.assign(std::move(entries));
  return scanned;
}

// If they can't be read, each new id is looked for, as ever.
void keyed_store::load_taken_ids() {
  const auto border = job_id::make(taken_ids::horizon(now_.wall) + std::chrono::milliseconds{1}, 0, 0);
  std::optional<job_id> latest;
  std::optional<job_id> first_ahead;
  bool are_whole = true;
  const auto note_in = [&](std::optional<job_id>& found) {
    return [&](std::string_view key, std::string_view) {
      found = parse_job_key(key);
      are_whole = are_whole && found;
      return false;
    };
  };
  const auto behind = db_->scan(family::jobs, {{}, job_key(border)}, direction::descending, note_in(latest));
  const auto ahead = db_->scan(family::jobs, {job_key(border), {}}, direction::ascending, note_in(first_ahead));
  if (behind && ahead && are_whole)
    live_->taken_ids.load(latest, first_ahead);
}

result<void> keyed_store::load_starts() {
  auto& live = *live_;
  return db_->scan(family::starts, {}, direction::ascending, [&](std::string_view key, std::string_view record) {
    const auto read = read_starts(record);
    if (!read || !live.rates.load(key, read->at, read->count, read->until))
      live.unreadable.push_back({family::starts, std::string{key}, std::string{record},
                                 read ? "starts: a key of no known kind" : read.err().text()});
    return true;
  });
}

result<void> keyed_store::load_dead_letters() {
  return db_->scan(family::dead_letters, {}, direction::ascending, [&](std::string_view key, std::string_view) {
    if (const auto id = parse_job_key(key))
      live_->dead_letters.insert(*id);
    return true;
  });
}

result<void> keyed_store::load_unfinished_jobs() {
  auto& live = *live_;
  std::vector<bucket> recorded;
  auto scanned = db_->scan(family::unfinished, {}, direction::ascending, [&](std::string_view key, std::string_view) {
    if (key.size() == 8)
      recorded.push_back(read_number(key, 8));
    return true;
  });
  if (!scanned)
    return scanned;
  for (const auto x : recorded)
    live.buckets.load(x);
  // One scan for each run of adjacent buckets.
  for (std::size_t first = 0; first < recorded.size();) {
    std::size_t last = first;
    while (last + 1 < recorded.size() && recorded[last + 1] == recorded[last] + 1)
      ++last;
    const auto range = jobs_of_buckets(recorded[first], recorded[last]);
    scanned = db_->scan(family::jobs, {range.from, range.to}, direction::ascending,
                        [&](std::string_view key, std::string_view record) {
                          load_job(key, record);
                          return true;
                        });
    if (!scanned)
      return scanned;
    first = last + 1;
  }
  live.buckets.find_empty();
  for (const auto& [name, known] : live.nodes.all()) // those have been told
    if (live.leases.running_on(name) == 0)
      live.nodes.note_empty(name);
  return {};
}

void keyed_store::load_job(std::string_view key, std::string_view record) {
  // Only finished jobs have an expiry: no need to decode them.
  if (codec::expiry_of(record))
    return;
  auto& live = *live_;
  const auto id = parse_job_key(key);
  const auto read = id ? read_job(record, *id) : error{ec::store_corrupt, "a key of the wrong size"};
  if (!read || (read->state == job_state::running && !read->held_by)) {
    live.unreadable.push_back({family::jobs, std::string{key}, std::string{record},
                               read ? "job: it runs, but nobody holds it" : read.err().text()});
    return;
  }
  const auto& found = *read;
  if (found.state == job_state::finished)
    return;
  count_unfinished(found);
  live.buckets.add(found.id);
  if (found.state == job_state::running)
    live.leases.start(found.id,
                      {found.held_by->token, found.incarnation, live.tasks.slot_of(found.task), to_waiting(found).key,
                       to_waiting(found).rate},
                      {found.held_by->executor, found.held_by->process}, now_.boot);
  else
    live.ready.load(live.tasks.slot_of(found.task, found.runner, found.priority), to_waiting(found),
                    waits_since(found));
}

} // namespace carillon::keyed
