#include "keyed/record_format.hpp"

#include "codec/envelope.hpp"
#include "codec/records.hpp"
#include "keyed/keys.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::keyed {
namespace {

constexpr timestamp never = timestamp::max();

// Puts a record whose payload `write_payload(std::string&)` appends.
template <class WritePayload>
void put_record(write_batch& to, family where, std::string_view key, std::optional<timestamp> expiry,
                WritePayload&& write_payload) {
  auto& buffer = to.start_put(where, key);
  const auto start = buffer.size();
  codec::start_record(buffer, expiry);
  write_payload(buffer);
  codec::seal_record(buffer, start);
  to.end_put();
}

error corrupt(std::string_view what) { return {ec::store_corrupt, std::string{what}}; }

template <class T>
result<T> decode_message(std::string_view message) {
  auto decoded = codec::decode<T>(message);
  if (!decoded)
    return corrupt(decoded.err().text());
  return decoded;
}

template <class T>
result<T> read_message(std::string_view record) {
  const auto payload = codec::payload_of(record);
  if (!payload)
    return payload.err();
  return decode_message<T>(*payload);
}

// The parts of a state's payload: due, size, id, message.
struct state_parts {
  state_outline outline;
  std::string_view message;
};
result<state_parts> split_state(std::string_view record) {
  const auto payload = codec::payload_of(record);
  if (!payload)
    return payload.err();
  constexpr std::size_t fixed_size_bytes = 9;
  if (payload->size() < fixed_size_bytes)
    return corrupt("schedule state: too short");
  const auto due = read_instant(*payload);
  const auto id_size = read_number(payload->substr(8), 1);
  if (payload->size() < fixed_size_bytes + id_size)
    return corrupt("schedule state: too short");
  return state_parts{{due == never ? std::nullopt : std::optional{due}, payload->substr(fixed_size_bytes, id_size)},
                     payload->substr(fixed_size_bytes + id_size)};
}

} // namespace

std::string make_store_id(entropy& random) {
  const auto high = (random.next() & ~std::uint64_t{0xf000}) | 0x4000;
  const auto low = (random.next() & ~(std::uint64_t{3} << 62)) | std::uint64_t{2} << 62;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xffff, high & 0xffff, low >> 48,
                     low & 0xffffffffffff);
}

void put_store_identity(write_batch& to, const store_identity& what) {
  put_record(to, family::meta, format_key, std::nullopt, [&](std::string& out) {
    append_number(out, what.format_version, 4);
    out += what.id;
  });
}

result<store_identity> read_store_identity(std::string_view record) {
  const auto payload = codec::payload_of(record);
  if (!payload)
    return payload.err();
  if (payload->size() < 4)
    return corrupt("format: too short");
  return store_identity{read_number(*payload, 4), std::string{payload->substr(4)}};
}

void put_reserved_revisions(write_batch& to, revision reserved) {
  put_record(to, family::meta, revisions_key, std::nullopt, [&](std::string& out) { append_number(out, reserved, 8); });
}

result<revision> read_reserved_revisions(std::string_view record) {
  const auto payload = codec::payload_of(record);
  if (!payload)
    return payload.err();
  return payload->size() == 8 ? result<revision>{read_number(*payload, 8)} : corrupt("revisions: not of 8 bytes");
}

void put_kept_history(write_batch& to, const kept_history& what) {
  put_record(to, family::meta, history_key, std::nullopt, [&](std::string& out) {
    append_number(out, static_cast<std::uint64_t>(what.retention.count()), 8);
    append_instant(out, what.since);
    append_instant(out, what.expired_until);
  });
}

void put_unique_holder(write_batch& to, std::string_view key, const job_id& holder, std::optional<timestamp> expiry) {
  put_record(to, family::unique_keys, key, expiry, [&](std::string& out) { out += job_key(holder); });
}

void put_starts(write_batch& to, std::string_view name, revision changed, timestamp at, std::uint32_t count,
                timestamp until) {
  std::string key{name};
  key.push_back('\0');
  append_number(key, changed, 8);
  put_record(to, family::starts, key, until, [&](std::string& out) {
    append_instant(out, at);
    append_number(out, count, 4);
  });
}

result<stored_starts> read_starts(std::string_view record) {
  const auto payload = codec::payload_of(record);
  if (!payload)
    return payload.err();
  const auto until = codec::expiry_of(record);
  if (payload->size() != 12 || !until)
    return corrupt("starts: wrong size, or without an expiry");
  return stored_starts{read_instant(*payload), static_cast<std::uint32_t>(read_number(payload->substr(8), 4)), *until};
}

result<job_id> read_unique_holder(std::string_view record) {
  const auto payload = codec::payload_of(record);
  if (!payload)
    return payload.err();
  const auto id = parse_job_key(*payload);
  return id ? result<job_id>{*id} : corrupt("unique key: it names no job");
}

void put_task(write_batch& to, const task& what) {
  put_record(to, family::tasks, what.id, std::nullopt, [&](std::string& out) { out += codec::encode(what); });
}

void put_node(write_batch& to, const cluster_node& what) {
  put_record(to, family::nodes, what.what.name, std::nullopt, [&](std::string& out) { out += codec::encode(what); });
}

void put_definition(write_batch& to, const schedule& what) {
  put_record(to, family::definitions, what.definition.id, std::nullopt, [&](std::string& out) {
    append_number(out, what.state.incarnation, 8);
    out += codec::encode(what.definition);
  });
}

void put_state(write_batch& to, const schedule& what) {
  put_record(to, family::states, state_key(what.state.incarnation), std::nullopt, [&](std::string& out) {
    append_instant(out, what.state.paused ? never : what.state.next_fire_time.value_or(never));
    append_number(out, what.definition.id.size(), 1);
    out += what.definition.id;
    codec::append(out, what.state);
  });
}

void put_job(write_batch& to, const job& what, duration retention) {
  // A dead letter's never comes. It has one, as what has none isn't finished: nobody needs to decode it to see that.
  const auto expiry = what.dead_letter   ? std::optional{never}
                      : what.finished_at ? std::optional{*what.finished_at + retention}
                                         : std::nullopt;
  put_record(to, family::jobs, job_key(what.id), expiry, [&](std::string& out) { codec::append(out, what); });
}

void put_skip(write_batch& to, const skip& what, duration retention, revision changed, std::uint32_t index) {
  const auto expiry = what.decided_at + retention;
  const auto key = skip_key(what.schedule_id, what.incarnation, what.first, changed, index);
  put_record(to, family::skips, key, expiry, [&](std::string& out) { codec::append(out, what); });
  put_record(to, family::skips, skip_order_key(changed, index), expiry, [&](std::string& out) { out += key; });
}

void put_past_definition(write_batch& to, const past_definition& what, std::string_view zone_data_version,
                         duration retention) {
  // What it decided was decided before it ended, unless the clock was set back since.
  const auto expiry = std::max(what.replaced_at, what.covered_to.value_or(what.replaced_at)) + retention;
  const auto key = past_definition_key(what.what.id, what.incarnation, what.changed);
  const auto version = zone_data_version.substr(0, 255);
  put_record(to, family::past_definitions, key, expiry, [&](std::string& out) {
    append_number(out, version.size(), 1);
    out += version;
    out += codec::encode(what);
  });
}

void put_quarantined(write_batch& to, family where, std::string_view key, std::string_view value,
                     std::string_view reason, timestamp at, revision changed) {
  put_record(to, family::quarantine, quarantine_key(where, changed, key), std::nullopt, [&](std::string& out) {
    append_instant(out, at);
    append_number(out, reason.size(), 4);
    out += reason;
    out += value;
  });
}

result<kept_history> read_kept_history(std::string_view record) {
  const auto payload = codec::payload_of(record);
  if (!payload)
    return payload.err();
  if (payload->size() < 16)
    return corrupt("kept history: too short");
  kept_history read{duration{static_cast<std::int64_t>(read_number(*payload, 8))}, read_instant(payload->substr(8))};
  if (payload->size() >= 24) // earlier versions didn't record it
    read.expired_until = read_instant(payload->substr(16));
  return read;
}

result<task> read_task(std::string_view record) { return read_message<task>(record); }
result<cluster_node> read_node(std::string_view record) { return read_message<cluster_node>(record); }

result<stored_definition> read_definition(std::string_view record) {
  const auto payload = codec::payload_of(record);
  if (!payload)
    return payload.err();
  if (payload->size() < 8)
    return corrupt("schedule definition: too short");
  auto definition = decode_message<schedule_definition>(payload->substr(8));
  if (!definition)
    return definition.err();
  return stored_definition{read_number(*payload, 8), std::move(*definition)};
}

result<stored_state> read_state(std::string_view record) {
  const auto parts = split_state(record);
  if (!parts)
    return parts.err();
  auto state = decode_message<schedule_state>(parts->message);
  if (!state)
    return state.err();
  return stored_state{std::string{parts->outline.schedule_id}, std::move(*state)};
}

result<state_outline> read_state_outline(std::string_view record) {
  auto parts = split_state(record);
  if (!parts)
    return parts.err();
  parts->outline.covered_to = codec::peek_covered_to(parts->message);
  return parts->outline;
}

result<job> read_job(std::string_view record, const job_id& id) {
  auto read = read_message<job>(record);
  // A record under another's key would be handed out twice.
  if (read && read->id != id)
    return corrupt(fmt::format("job: its id is {}, its key's {}", read->id.to_string(), id.to_string()));
  return read;
}

result<skip> read_skip(std::string_view record) { return read_message<skip>(record); }

result<stored_past_definition> read_past_definition(std::string_view record) {
  const auto payload = codec::payload_of(record);
  if (!payload)
    return payload.err();
  const auto size = payload->empty() ? 0 : read_number(*payload, 1);
  if (payload->size() < 1 + size)
    return corrupt("past definition: too short");
  auto what = decode_message<past_definition>(payload->substr(1 + size));
  if (!what)
    return what.err();
  return stored_past_definition{std::move(*what), std::string{payload->substr(1, size)}};
}

result<quarantined_record> read_quarantined(std::string_view key, std::string_view record) {
  const auto payload = codec::payload_of(record);
  if (!payload)
    return payload.err();
  if (key.size() < 9 || payload->size() < 12 || payload->size() - 12 < read_number(payload->substr(8), 4))
    return corrupt("quarantined record: too short");
  const auto where = static_cast<std::uint8_t>(key[0]);
  const auto reason_size = read_number(payload->substr(8), 4);
  quarantined_record read;
  read.family = where < family_count ? std::string{family_names[where]} : fmt::format("{}", where);
  for (const char byte : key.substr(9))
    read.key += fmt::format("{:02x}", static_cast<std::uint8_t>(byte));
  read.reason = payload->substr(12, reason_size);
  read.value = payload->substr(12 + reason_size);
  read.at = read_instant(*payload);
  return read;
}

bool is_expired(std::string_view record, timestamp now) noexcept {
  const auto expiry = codec::expiry_of(record);
  return expiry && *expiry <= now;
}

job as_seen(job what, timestamp now) {
  if (!what.dead_letter && what.finished_at && *what.finished_at + what.result_expiration <= now)
    what.result = {};
  return what;
}

} // namespace carillon::keyed
