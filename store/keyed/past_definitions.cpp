// What schedules were: their past definitions, and from when on history is whole.
#include "keyed/keyed_store.hpp"

#include "keyed/paging.hpp"
#include "keyed/record_format.hpp"

#include <algorithm>

namespace carillon::keyed {

namespace {

constexpr auto small_step = std::chrono::minutes{1}; // for which checks leave room

} // namespace

// At most one for each plan that was committed, however often a schedule is replaced: so never more than the history itself.
void keyed_store::keep_definition(const schedule_entry& entry) {
  if (!has_decided(entry))
    return;
  const auto& [definition, state] = entry.what;
  past_definition past;
  past.incarnation = state.incarnation;
  past.changed = state.definition_changed;
  past.trigger_since = state.trigger_since;
  past.covered_to = state.covered_to;
  past.replaced_at = now_.wall;
  past.what = definition;
  put_past_definition(live_->writes, past, live_->zone_data.in_use, config_.history_retention);
}

bool keyed_store::has_decided(const schedule_entry& entry) {
  const auto& [definition, state] = entry.what;
  if (state.covered_to == state.trigger_since || state.changed == state.definition_changed)
    return false; // nothing was decided by this trigger, or has happened since it has these settings
  if (state.definition_changed == state.incarnation)
    return true; // all that it has decided was decided by these
  // What has happened may have been a pause. Then what is covered is what the settings before had covered.
  const auto from = past_definition_key(definition.id, state.incarnation, 0);
  const auto to = past_definition_key(definition.id, state.incarnation, state.definition_changed);
  std::string newest;
  std::optional<timestamp> covered_to;
  const auto look_at = [&](std::string_view key, std::string_view record) {
    const auto read = read_past_definition(record);
    newest = key;
    covered_to = read ? read->what.covered_to : std::nullopt;
  };
  const auto scanned = db_->scan(family::past_definitions, {from, to}, direction::descending,
                                 [&](std::string_view key, std::string_view record) {
                                   look_at(key, record);
                                   return false;
                                 });
  if (!scanned && scanned.err().code() != ec::store_corrupt)
    (void)lose_batch(scanned.err());
  live_->writes.for_each([&](family where, std::string_view key, std::optional<std::string_view> record) {
    if (where == family::past_definitions && record && key > newest && key >= from && key < to)
      look_at(key, *record);
  });
  return covered_to != state.covered_to;
}

void keyed_store::publish_time() {
  const std::lock_guard lock{history_mutex_};
  published_now_.store(now_.wall.time_since_epoch().count());
  if (history_)
    db_->expire_until(std::min(now_.wall, history_->expired_until));
}

result<void> keyed_store::note_history(bool is_idle) {
  const std::lock_guard lock{history_mutex_};
  auto now_so = history_.value_or(kept_history{config_.history_retention, now_.wall});
  if (now_so.retention < config_.history_retention) // what was decided until now still expires by the shorter time
    now_so.since = std::max(now_so.since, now_.wall);
  now_so.retention = config_.history_retention;
  if (now_so.expired_until > now_.wall + small_step) // what had expired before the clock was set back may be gone
    now_so.since = std::max(now_so.since, now_so.expired_until - now_so.retention + small_step);
  if (!is_idle && now_.wall >= now_so.expired_until + small_step) // now and then is enough
    now_so.expired_until = now_.wall;
  if (history_ == now_so)
    return {};
  if (auto put = put_history(now_so); !put)
    return put;
  db_->expire_until(std::min(now_.wall, now_so.expired_until));
  return {};
}

result<void> keyed_store::allow_expiry() const {
  const std::lock_guard lock{history_mutex_};
  if (!history_)
    return {}; // no batch has given its time yet
  const auto now = read_now();
  if (now > history_->expired_until) {
    auto now_so = *history_;
    now_so.expired_until = now;
    if (auto put = put_history(now_so); !put)
      return put;
  }
  db_->expire_until(now);
  return {};
}

// Synced whatever the store's durability is: what was dropped stays dropped when writes are lost.
result<void> keyed_store::put_history(const kept_history& what) const {
  write_batch batch;
  put_kept_history(batch, what);
  if (auto written = db_->write(batch, durability::sync); !written)
    return written;
  history_ = what;
  return {};
}

result<page<past_definition>> keyed_store::list_past_definitions(const std::string& schedule_id,
                                                                 const page_request& request) const {
  const auto limit = page_limit(request);
  if (!limit)
    return limit.err();
  const auto now = read_now();
  const auto range = schedule_id.empty() ? owned_range{} : past_definitions_of(schedule_id);
  return read_with([&](const key_value& db) {
    const auto take = [&](std::string_view key, std::string_view record) -> std::optional<past_definition> {
      if (is_expired(record, now))
        return std::nullopt;
      if (auto read = read_past_definition(record))
        return std::move(read->what);
      suspect(family::past_definitions, key);
      return std::nullopt;
    };
    return read_page<past_definition>(db, family::past_definitions, range, direction::descending, request, *limit,
                                      take);
  });
}

result<due_schedule> keyed_store::peek_schedule(const std::string& id) const {
  const auto what = find_schedule(id);
  if (!what)
    return what.err();
  const auto settings = find_task(what->definition.task);
  if (!settings && settings.err().code() != ec::not_found)
    return settings.err();
  return make_due(*what, settings ? &*settings : nullptr);
}

result<void> keyed_store::clean_up() const {
  auto cleaned = read_with([this](const key_value& db) {
    auto allowed = allow_expiry();
    return allowed ? db.drop_expired() : allowed;
  });
  if (!cleaned && cleaned.err().code() != ec::unavailable)
    has_cleaning_failed_ = true;
  return cleaned;
}

result<void> keyed_store::back_up(const std::string& folder) const {
  return read_with([&](const key_value& db) { return db.back_up(folder); });
}

void keyed_store::interrupt_clean_up() noexcept {
  const std::shared_lock lock{gate_};
  if (db_)
    db_->interrupt();
}

} // namespace carillon::keyed
