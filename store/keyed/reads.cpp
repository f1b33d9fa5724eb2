#include "keyed/keyed_store.hpp"

#include "base/page_limit.hpp"
#include "carillon/base/utf8.hpp"
#include "codec/envelope.hpp"
#include "keyed/paging.hpp"
#include "keyed/record_format.hpp"

#include <fmt/format.h>

namespace carillon::keyed {
namespace {

bool matches(const job& x, const job_filter& filter) {
  return (filter.schedule_id.empty() || filter.schedule_id == x.schedule_id) &&
         (filter.task.empty() || filter.task == x.task) && (!filter.state || *filter.state == x.state);
}

} // namespace

result<std::size_t> keyed_store::page_limit(const page_request& request) const {
  return check_page_limit(request.limit, config_.bounds.page_items);
}

void keyed_store::suspect(family where, std::string_view key) const {
  constexpr std::size_t max_suspects = 1'000; // the others are met again
  const std::lock_guard lock{suspects_mutex_};
  if (suspects_.size() < max_suspects)
    suspects_.push_back({where, std::string{key}});
}

result<task> keyed_store::find_task(const std::string& id) const {
  return read_with([&](const key_value& db) -> result<task> {
    const auto raw = db.get(family::tasks, id);
    if (!raw)
      return raw.err();
    if (!*raw)
      return {ec::not_found, fmt::format("no task {}", quote(id))};
    auto read = read_task(**raw);
    if (read)
      return read;
    suspect(family::tasks, id);
    return read.err().within(fmt::format("task {}", quote(id)));
  });
}

result<page<task>> keyed_store::list_tasks(const page_request& request) const {
  const auto limit = page_limit(request);
  if (!limit)
    return limit.err();
  return read_with([&](const key_value& db) {
    const auto take = [&](std::string_view key, std::string_view record) -> std::optional<task> {
      if (auto read = read_task(record))
        return std::move(*read);
      suspect(family::tasks, key);
      return std::nullopt;
    };
    return read_page<task>(db, family::tasks, {}, direction::ascending, request, *limit, take);
  });
}

// One by one, as the definition names the state: a schedule that is removed in between is missing, as it would be a moment
// later.
result<schedule> keyed_store::find_schedule(const std::string& id) const {
  return read_with([&](const key_value& db) -> result<schedule> {
    const auto raw = db.get(family::definitions, id);
    if (!raw)
      return raw.err();
    if (!*raw)
      return {ec::not_found, fmt::format("no schedule {}", quote(id))};
    auto definition = read_definition(**raw);
    const auto raw_state =
        definition ? db.get(family::states, state_key(definition->incarnation)) : std::optional<std::string>{};
    if (!raw_state)
      return raw_state.err();
    auto state =
        definition && *raw_state ? read_state(**raw_state) : error{ec::store_corrupt, "schedule: its state is missing"};
    if (definition && state)
      return schedule{std::move(definition->definition), std::move(state->state)};
    suspect(family::definitions, id);
    return (definition ? state.err() : definition.err()).within(fmt::format("schedule {}", quote(id)));
  });
}

result<page<schedule>> keyed_store::list_schedules(const page_request& request) const {
  const auto limit = page_limit(request);
  if (!limit)
    return limit.err();
  // Two steps, as a scan may not look up the states on its way.
  auto definitions = read_with([&](const key_value& db) {
    const auto take = [&](std::string_view key, std::string_view record) -> std::optional<stored_definition> {
      if (auto read = read_definition(record))
        return std::move(*read);
      suspect(family::definitions, key);
      return std::nullopt;
    };
    return read_page<stored_definition>(db, family::definitions, {}, direction::ascending, request, *limit, take);
  });
  if (!definitions)
    return definitions.err();
  return read_with([&](const key_value& db) -> result<page<schedule>> {
    page<schedule> found;
    found.next = std::move(definitions->next);
    for (auto& x : definitions->items) {
      const auto raw = db.get(family::states, state_key(x.incarnation));
      if (!raw)
        return raw.err();
      if (!*raw)
        continue; // removed meanwhile
      if (auto state = read_state(**raw))
        found.items.push_back({std::move(x.definition), std::move(state->state)});
      else
        suspect(family::definitions, x.definition.id);
    }
    return found;
  });
}

result<job> keyed_store::find_job(const job_id& id) const {
  return read_with([&](const key_value& db) -> result<job> {
    const auto raw = db.get(family::jobs, job_key(id));
    if (!raw)
      return raw.err();
    if (!*raw || is_expired(**raw, read_now()))
      return {ec::not_found, fmt::format("no job {}", id.to_string())};
    auto read = read_job(**raw, id);
    if (read)
      return as_seen(std::move(*read), read_now());
    suspect(family::jobs, job_key(id));
    return read.err().within(fmt::format("job {}", id.to_string()));
  });
}

result<page<job>> keyed_store::list_jobs(const job_filter& filter, const page_request& request) const {
  const auto limit = page_limit(request);
  if (!limit)
    return limit.err();
  const bool is_unfinished_wanted = filter.state && *filter.state != job_state::finished;
  const auto now = read_now();
  return read_with([&](const key_value& db) {
    const auto take = [&](std::string_view key, std::string_view record) -> std::optional<job> {
      // Finished jobs have an expiry: those that can't match aren't decoded.
      if (const auto expiry = codec::expiry_of(record); expiry && (is_unfinished_wanted || *expiry <= now))
        return std::nullopt;
      const auto id = parse_job_key(key);
      auto read = id ? read_job(record, *id) : error{ec::store_corrupt, "job: a key of the wrong size"};
      if (!read)
        suspect(family::jobs, key);
      return read && matches(*read, filter) ? std::optional{as_seen(std::move(*read), now)} : std::nullopt;
    };
    return read_page<job>(db, family::jobs, {}, direction::descending, request, *limit, take);
  });
}

result<page<job>> keyed_store::list_dead_letters(const page_request& request) const {
  const auto limit = page_limit(request);
  if (!limit)
    return limit.err();
  auto ids = read_with([&](const key_value& db) {
    const auto take = [](std::string_view key, std::string_view) { return parse_job_key(key); };
    return read_page<job_id>(db, family::dead_letters, {}, direction::descending, request, *limit, take);
  });
  if (!ids)
    return ids.err();
  return read_with([&](const key_value& db) -> result<page<job>> {
    page<job> found;
    found.next = std::move(ids->next);
    for (const auto& id : ids->items) {
      const auto raw = db.get(family::jobs, job_key(id));
      if (!raw)
        return raw.err();
      if (!*raw)
        continue;
      if (auto read = read_job(**raw, id); !read)
        suspect(family::jobs, job_key(id));
      else if (read->dead_letter) // else dropped meanwhile
        found.items.push_back(as_seen(std::move(*read), read_now()));
    }
    return found;
  });
}

result<page<skip>> keyed_store::list_skips(const std::string& schedule_id, const page_request& request) const {
  const auto limit = page_limit(request);
  if (!limit)
    return limit.err();
  const auto now = read_now();
  if (!schedule_id.empty())
    return read_with([&](const key_value& db) {
      const auto take = [&](std::string_view key, std::string_view record) -> std::optional<skip> {
        if (is_expired(record, now))
          return std::nullopt;
        if (auto read = read_skip(record))
          return std::move(*read);
        suspect(family::skips, key);
        return std::nullopt;
      };
      return read_page<skip>(db, family::skips, skips_of(schedule_id), direction::descending, request, *limit, take);
    });

  // The order of all of them lists their keys; then each is looked up.
  auto keys = read_with([&](const key_value& db) {
    const auto take = [&](std::string_view, std::string_view record) -> std::optional<std::string> {
      const auto payload = codec::payload_of(record);
      return payload && !is_expired(record, now) ? std::optional{std::string{*payload}} : std::nullopt;
    };
    return read_page<std::string>(db, family::skips, {"r", "s"}, direction::descending, request, *limit, take);
  });
  if (!keys)
    return keys.err();
  return read_with([&](const key_value& db) -> result<page<skip>> {
    page<skip> found;
    found.next = std::move(keys->next);
    for (const auto& key : keys->items) {
      const auto raw = db.get(family::skips, key);
      if (!raw)
        return raw.err();
      if (!*raw)
        continue;
      if (auto read = read_skip(**raw))
        found.items.push_back(std::move(*read));
      else
        suspect(family::skips, key);
    }
    return found;
  });
}

result<page<quarantined_record>> keyed_store::list_quarantined(const page_request& request) const {
  const auto limit = page_limit(request);
  if (!limit)
    return limit.err();
  return read_with([&](const key_value& db) {
    const auto take = [](std::string_view key, std::string_view record) -> std::optional<quarantined_record> {
      if (auto read = read_quarantined(key, record))
        return std::move(*read);
      quarantined_record damaged;
      damaged.family = to_string(family::quarantine);
      damaged.value = record;
      damaged.reason = "damaged in the quarantine";
      return damaged;
    };
    return read_page<quarantined_record>(db, family::quarantine, {}, direction::ascending, request, *limit, take);
  });
}

result<store_status> keyed_store::status() const {
  return read_with([&](const key_value&) -> result<store_status> {
    store_status found;
    found.backend = source_->backend();
    found.path = source_->path();
    found.store_id = store_id_;
    found.format_version = codec::format_version;
    found.schedules = schedule_count_.load();
    found.pending_jobs = pending_count_.load();
    found.running_jobs = running_count_.load();
    found.quarantined = quarantined_count_.load();
    return found;
  });
}

} // namespace carillon::keyed
