#include "keyed/keyed_store.hpp"

#include "codec/envelope.hpp"
#include "keyed/record_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace carillon::keyed {
namespace {
// A reservation is one synced write. Nearly every batch takes fewer than the reserve, and so has none in its middle.
constexpr revision reserved_at_once = 1 << 17;
constexpr revision reserve = 1 << 14;

constexpr std::size_t events_at_once = 4'096; // those of a batch of a thousand jobs that are added and begin

// Why nobody can read it; none: it can be read.
std::optional<error> fault_of(family where, std::string_view record) {
  const auto fault = [](const auto& read) { return read ? std::nullopt : std::optional{read.err()}; };
  switch (where) {
    case family::skips: return fault(read_skip(record));
    case family::past_definitions: return fault(read_past_definition(record));
    default: return fault(codec::payload_of(record)); // others are looked at whole when they are loaded
  }
}
} // namespace

keyed_store::keyed_store(std::unique_ptr<key_value_source> source, const store_config& config, entropy& random,
                         zone_watch zone_data)
  : source_(std::move(source)), config_(config), random_(random), zone_data_(zone_data) {}

keyed_store::~keyed_store() {
  if (db_)
    db_->interrupt();
  const std::unique_lock lock{gate_};
  // Whoever wants to know whether it went well can't be told from here; `sync` and `async` are kept in any case.
  if (db_)
    (void)db_->close();
}

result<std::unique_ptr<data_store>> keyed_store::open(std::unique_ptr<key_value_source> source,
                                                      const store_config& config, entropy& random,
                                                      zone_watch zone_data) {
  std::unique_ptr<keyed_store> store{new keyed_store{std::move(source), config, random, zone_data}};
  if (auto opened = store->reopen(); !opened)
    return opened.err();
  return std::unique_ptr<data_store>{std::move(store)};
}

result<void> keyed_store::reopen() {
  const std::unique_lock lock{gate_};
  auto opened = source_->open();
  if (!opened) {
    closed_why_ = opened.err();
    return opened.err();
  }
  db_ = std::move(*opened);
  live_.emplace(config_);
  auto rebuilt = rebuild();
  if (!rebuilt) {
    closed_why_ = rebuilt.err();
    db_.reset();
    live_.reset();
    return rebuilt;
  }
  history_ = live_->history;
  // Where the counter stands. Before a lease with it is recorded, a synced write has put the next opening's above it.
  if (process_ == 0)
    process_ = live_->next_revision;
  closed_why_.reset();
  publish_counts();
  return {};
}

error keyed_store::drop(error why) {
  if (db_)
    db_->interrupt(); // a clean-up, which would hold the gate for long
  const std::unique_lock lock{gate_};
  closed_why_ = why;
  live_.reset();
  db_.reset();
  return why;
}

result<void> keyed_store::begin(clock_reading now) {
  CARILLON_ASSERT(!live_ || !live_->is_open);
  now_ = now;
  // RocksDB takes no write any more after it couldn't write files, not even when it could again: this batch need not be refused
  // for it. With `none` what it has in memory would be lost; there the write decides.
  if (has_cleaning_failed_.exchange(false) && live_ && config_.level != durability::none)
    (void)drop({ec::store_io, "a clean-up failed"});
  if (!live_)
    if (auto reopened = reopen(); !reopened)
      return reopened;
  auto& live = *live_;
  if (live.next_revision + reserve > live.reserved_revision)
    if (auto reserved = reserve_revisions(); !reserved)
      return drop(reserved.err());
  if (live.due.is_crowded(live.schedule_count))
    if (auto loaded = load_due_index(); !loaded)
      return drop(loaded.err()); // it may be loaded in part
  live.is_open = true;
  live.asks_again = false;
  if (!live.has_started) {
    load_taken_ids();
    live.leases.restart_all(now.boot);
    live.rates.begin(now);
  }
  note_clock();
  live.has_started = true;
  publish_time();
  live.ready.advance(now.wall);
  open_rates();
  for (const auto& due_again : live.claimed.expired(now.boot))
    live.due.add(due_again.due, due_again.incarnation);
  quarantine_unreadable();
  return {};
}

result<commit_summary> keyed_store::commit() {
  CARILLON_ASSERT(live_ && live_->is_open);
  auto& live = *live_;
  add_due_follow_ups();
  tell_drained();
  std::optional<error> failure = live.failure;
  if (!failure) {
    live.tasks.flush(live.writes);
    live.nodes.flush(live.writes);
    live.schedules.flush(live.writes);
    live.jobs.flush(live.writes, config_.history_retention);
    live.rates.flush(live.writes, now_, live.next_revision - 1);
    live.buckets.flush(live.writes, now_.wall, !live.writes.empty());
    auto written = note_history(live.writes.empty()); // first: nothing of this batch is kept for longer than it says
    if (written && !live.writes.empty())
      written = db_->write(live.writes, config_.level);
    if (!written)
      failure = written.err();
  }
  if (failure)
    return drop(*failure);
  live.writes.clear();
  live.unique_holders.clear();
  live.quarantined.clear();
  live.is_open = false;
  known_clock_ = now_;
  publish_counts();
  return commit_summary{take_events(), std::exchange(live.cancellations, {})};
}

result<void> keyed_store::reserve_revisions() {
  auto& live = *live_;
  const auto reserved = live.next_revision + reserved_at_once;
  write_batch batch;
  put_reserved_revisions(batch, reserved);
  // Synced whatever the store's durability is, so that none is issued twice after lost writes.
  if (auto written = db_->write(batch, durability::sync); !written)
    return written;
  live.reserved_revision = reserved;
  return {};
}

void keyed_store::quarantine_unreadable() {
  for (const auto& x : std::exchange(live_->unreadable, {}))
    quarantine(x);
  std::vector<suspected> suspects;
  {
    const std::lock_guard lock{suspects_mutex_};
    suspects = std::exchange(suspects_, {});
  }
  // A reader may have been wrong: the record may have been replaced since. Loading it quarantines it if it can't be read.
  for (const auto& x : suspects) {
    if (x.where == family::jobs) {
      if (const auto id = parse_job_key(x.key))
        (void)load_job(*id);
    } else if (x.where == family::definitions) {
      (void)load_schedule(x.key);
    } else if (const auto raw = get(x.where, x.key); raw && *raw) {
      if (const auto fault = fault_of(x.where, **raw))
        quarantine({x.where, x.key, **raw, fault->text()});
    }
  }
}

void keyed_store::publish_counts() {
  schedule_count_.store(live_->schedule_count);
  pending_count_.store(live_->ready.waiting());
  running_count_.store(live_->leases.size());
  quarantined_count_.store(live_->quarantined_count);
}

revision keyed_store::next_revision() {
  if (live_->next_revision >= live_->reserved_revision && !live_->failure)
    if (auto reserved = reserve_revisions(); !reserved)
      live_->failure = reserved.err(); // so this number, which isn't reserved, is never issued
  live_->event_index = 0;
  return live_->next_revision++;
}

event& keyed_store::add_event(event_type type) {
  auto& live = *live_;
  if (live.events.size() == events_at_once) {
    live.full_events.push_back(std::exchange(live.events, {}));
    live.events.reserve(events_at_once);
  }
  auto& added = live.events.emplace_back();
  added.number = live.next_revision - 1;
  added.index = live.event_index++;
  added.type = type;
  added.at = now_.wall;
  return added;
}

std::vector<event> keyed_store::take_events() {
  auto& live = *live_;
  auto newest = std::exchange(live.events, {});
  if (live.full_events.empty())
    return newest;
  std::vector<event> all;
  all.reserve(live.full_events.size() * events_at_once + newest.size());
  for (auto& some : std::exchange(live.full_events, {}))
    std::ranges::move(some, std::back_inserter(all));
  std::ranges::move(newest, std::back_inserter(all));
  return all;
}

event& keyed_store::add_job_event(event_type type, const job& what) {
  auto& added = add_event(type);
  added.task = what.task;
  added.schedule_id = what.schedule_id;
  added.job = what.id;
  added.scheduled_fire_time = what.scheduled_fire_time;
  added.outcome = what.outcome;
  added.attempt = what.attempt;
  if (what.held_by)
    added.executor = what.held_by->executor;
  return added;
}

error keyed_store::lose_batch(error why) {
  if (!live_->failure)
    live_->failure = why;
  return why;
}

} // namespace carillon::keyed

namespace carillon {
namespace {

class called_source final : public keyed::key_value_source {
public:
  using open_function = std::function<result<std::unique_ptr<keyed::key_value>>()>;
  called_source(open_function open, std::string backend) : open_(std::move(open)), backend_(std::move(backend)) {}

  result<std::unique_ptr<keyed::key_value>> open() override { return open_(); }
  std::string backend() const override { return backend_; }
  std::string path() const override { return {}; }

private:
  open_function open_;
  std::string backend_;
};

} // namespace

result<std::unique_ptr<data_store>> open_keyed_store(std::function<result<std::unique_ptr<keyed::key_value>>()> open,
                                                     std::string backend, const store_config& config) {
  return keyed::keyed_store::open(std::make_unique<called_source>(std::move(open), std::move(backend)), config,
                                  system_entropy());
}

} // namespace carillon
