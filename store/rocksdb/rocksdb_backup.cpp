// Backups of a store that nobody has open, and stores made of backups. A backup itself is made by the key_value.
#include "carillon/store/backup.hpp"

#include "base/data_folder.hpp"
#include "codec/envelope.hpp"
#include "keyed/keys.hpp"
#include "keyed/record_copy.hpp"
#include "keyed/record_format.hpp"
#include "keyed/told_reader.hpp"
#include "rocksdb/new_folder.hpp"
#include "rocksdb/rocksdb_key_value.hpp"
#include "rocksdb/rocksdb_read_only.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace carillon::keyed {
namespace {

constexpr revision restore_step = revision{1} << 44;
constexpr const char* restored_text = "restored from a backup: resume it when it shall fire here";

class restore {
public:
  restore(const record_reader& from, key_value& to, const restore_settings& settings)
    : from_(from), copy_(from, to), to_(to), settings_(settings) {}

  result<restored_store> run(entropy& random) {
    if (auto done = make_identity(random); !done)
      return done.err();
    if (auto done = make_revisions(); !done)
      return done.err();
    if (auto done = copy_all(); !done)
      return done.err();
    return std::move(made_);
  }

private:
  result<void> make_identity(entropy& random) {
    const auto record = from_.get(family::meta, format_key);
    if (!record)
      return record.err();
    auto identity = *record ? read_store_identity(**record) : error{ec::store_corrupt, "the store's id is missing"};
    if (!identity)
      return identity.err();
    made_.backup_of = std::exchange(identity->id, make_store_id(random));
    made_.store_id = identity->id;
    put_store_identity(meta_, *identity);
    return {};
  }

  result<void> make_revisions() {
    const auto record = from_.get(family::meta, revisions_key);
    if (!record)
      return record.err();
    const auto reserved = *record ? read_reserved_revisions(**record) : result<revision>{1};
    if (!reserved)
      return reserved.err();
    if (*reserved >= std::numeric_limits<std::int64_t>::max() - restore_step)
      return {ec::limit_exceeded, "the store was restored too often: it has no numbers left"};
    made_.next_revision = *reserved + restore_step;
    // One is taken here: that of the schedules which are paused.
    put_reserved_revisions(meta_, made_.next_revision + 1);
    return {};
  }

  result<void> copy_all() {
    for (std::size_t i = 0; i < family_count; ++i) {
      const auto which = static_cast<family>(i);
      if (auto copied =
              copy_.copy(which, {}, [&](write_batch& to, auto key, auto record) { put(to, which, key, record); });
          !copied)
        return copied;
    }
    if (auto flushed = copy_.flush(); !flushed)
      return flushed;
    return to_.write(meta_, durability::none); // last: what was copied of them is replaced
  }

  void put(write_batch& to, family which, std::string_view key, std::string_view record) {
    ++made_.records;
    if (which == family::states)
      if (auto state = read_state(record)) {
        ++made_.schedules;
        if (!settings_.resume && !state->state.paused)
          return put_paused(to, std::move(*state));
      }
    if (which == family::jobs && !codec::expiry_of(record))
      ++made_.unfinished_jobs;
    to.put(which, key, record);
  }

  void put_paused(write_batch& to, stored_state what) {
    ++made_.paused;
    schedule paused;
    paused.definition.id = std::move(what.schedule_id);
    paused.state = std::move(what.state);
    paused.state.paused = true;
    paused.state.pause_reason = restored_text;
    paused.state.changed = made_.next_revision;
    put_state(to, paused);
  }

  const record_reader& from_;
  record_copy copy_;
  key_value& to_;
  const restore_settings& settings_;
  restored_store made_;
  write_batch meta_;
};

result<restored_store> restore_store(const std::string& backup, const std::string& folder,
                                     const restore_settings& settings) {
  const auto from = open_read_only(backup);
  if (!from)
    return from.err().code() == ec::not_found
               ? error{ec::not_found,
                       fmt::format("there is no backup in {}: name a folder that `carillon backup` has made", backup)}
               : from.err();
  auto place = new_folder::begin(folder);
  if (!place)
    return place.err();
  auto source = make_rocksdb_source(place->path());
  auto to = source->open();
  if (!to)
    return to.err();
  const told_reader told{**from, settings.tell};
  auto made = restore{told, **to, settings}.run(system_entropy());
  if (!made)
    return made;
  if (auto closed = (*to)->close(); !closed)
    return closed.err();
  to->reset();
  if (auto finished = place->finish(); !finished)
    return finished.err();
  return made;
}

} // namespace
} // namespace carillon::keyed

namespace carillon {

result<void> back_up_rocksdb_store(const std::string& folder, const std::string& backup) {
  if (auto there = keyed::open_read_only(folder); !there) // the opening below would make a store
    return there.err();
  const auto lock = lock_data_folder(folder);
  if (!lock)
    return lock.err();
  const auto store = keyed::make_rocksdb_source(folder)->open();
  return store ? (*store)->back_up(backup) : store.err();
}

result<restored_store> restore_rocksdb_store(const std::string& backup, const std::string& folder,
                                             const restore_settings& settings) {
  return keyed::restore_store(backup, folder, settings);
}

} // namespace carillon
