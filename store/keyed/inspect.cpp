#include "keyed/inspect.hpp"

#include "codec/envelope.hpp"
#include "keyed/keys.hpp"
#include "keyed/record_format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace carillon::keyed {
namespace {

using content = decltype(stored_record::content);

constexpr std::size_t number_size = 8;

std::string hexadecimal(std::string_view bytes) {
  std::string digits;
  for (const char byte : bytes)
    digits += fmt::format("{:02x}", static_cast<std::uint8_t>(byte));
  return digits;
}

bool is_printable(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

value number(std::uint64_t x) { return static_cast<std::int64_t>(x); }

// The parts of `name 0 numbers`: the size of all numbers together is known.
struct named_key {
  std::string_view name;
  std::string_view numbers;
};
std::optional<named_key> split_key(std::string_view key, std::size_t size_of_numbers) {
  if (key.size() <= size_of_numbers || key[key.size() - size_of_numbers - 1] != '\0')
    return std::nullopt;
  const auto name = key.substr(0, key.size() - size_of_numbers - 1);
  return is_printable(name) ? std::optional{named_key{name, key.substr(key.size() - size_of_numbers)}} : std::nullopt;
}

std::optional<std::string> show_skip_key(std::string_view key) {
  if (key.starts_with('r') && key.size() == 1 + 12)
    return fmt::format("order {}.{}", read_number(key.substr(1), 8), read_number(key.substr(9), 4));
  const auto parts = key.starts_with('s') ? split_key(key.substr(1), 28) : std::nullopt;
  if (!parts)
    return std::nullopt;
  return fmt::format("{} incarnation {} {} {}.{}", parts->name, read_number(parts->numbers, 8),
                     to_iso8601(read_instant(parts->numbers.substr(8))), read_number(parts->numbers.substr(16), 8),
                     read_number(parts->numbers.substr(24), 4));
}

std::optional<std::string> show_known_key(family where, std::string_view key) {
  switch (where) {
    case family::tasks:
    case family::nodes:
    case family::definitions:
    case family::unique_keys: return is_printable(key) ? std::optional{std::string{key}} : std::nullopt;
    case family::meta: return std::string{key};
    case family::states:
      return key.size() == number_size ? std::optional{fmt::format("incarnation {}", read_number(key, number_size))}
                                       : std::nullopt;
    case family::unfinished:
      return key.size() == number_size ? std::optional{std::to_string(read_number(key, number_size))} : std::nullopt;
    case family::jobs:
    case family::dead_letters:
      if (const auto id = parse_job_key(key))
        return id->to_string();
      return std::nullopt;
    case family::skips: return show_skip_key(key);
    case family::past_definitions:
      if (const auto parts = split_key(key, 16))
        return fmt::format("{} incarnation {} revision {}", parts->name, read_number(parts->numbers, 8),
                           read_number(parts->numbers.substr(8), 8));
      return std::nullopt;
    case family::starts:
      if (const auto parts = split_key(key, 8))
        return fmt::format("{} {} revision {}", parts->name.starts_with('t') ? "task" : "key", parts->name.substr(1),
                           read_number(parts->numbers, 8));
      return std::nullopt;
    case family::quarantine:
      if (key.size() > number_size && static_cast<std::uint8_t>(key[0]) < family_count)
        return fmt::format("{} {} at revision {}", family_names[static_cast<std::uint8_t>(key[0])],
                           show_key(static_cast<family>(key[0]), key.substr(9)), read_number(key.substr(1), 8));
      return std::nullopt;
  }
  return std::nullopt;
}

error corrupt_record(std::string text) { return {ec::store_corrupt, std::move(text)}; }

result<content> decode_meta(std::string_view key, std::string_view record) {
  if (key == format_key) {
    const auto read = read_store_identity(record);
    return read ? result<content>{value{
                      value::map{{"format_version", number(read->format_version)}, {"store_id", read->id}}}}
                : read.err();
  }
  if (key == revisions_key) {
    const auto read = read_reserved_revisions(record);
    return read ? result<content>{value{value::map{{"reserved", number(*read)}}}} : read.err();
  }
  if (key == history_key) {
    const auto read = read_kept_history(record);
    if (!read)
      return read.err();
    const auto instant = [](timestamp x) { return x == timestamp::min() ? value{} : value{to_iso8601(x)}; };
    return content{value{value::map{{"retention", to_text(read->retention)},
                                    {"since", instant(read->since)},
                                    {"expired_until", instant(read->expired_until)}}}};
  }
  const auto payload = codec::payload_of(record);
  if (!payload)
    return payload.err();
  if (key == zone_data_key)
    return content{value{value::map{{"version", std::string{*payload}}}}};
  return content{value{bytes{std::string{*payload}}}};
}

// An index entry says all that it says by its key.
result<content> decode_index(family where, std::string_view key, std::string_view record) {
  if (!record.empty())
    return corrupt_record("an entry with content");
  if (where == family::dead_letters)
    return parse_job_key(key) ? result<content>{value{}} : corrupt_record("a key of the wrong size");
  if (key.size() != number_size)
    return corrupt_record("a key of the wrong size");
  constexpr std::int64_t bucket_length = 1'024'000; // microseconds
  const auto at = read_number(key, number_size);
  if (at > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / bucket_length) - 1)
    return content{value{}};
  const timestamp from{duration{static_cast<std::int64_t>(at) * bucket_length}};
  return content{value{value::map{{"from", to_iso8601(from)}, {"to", to_iso8601(from + duration{bucket_length})}}}};
}

result<content> decode_job(std::string_view key, std::string_view record) {
  const auto id = parse_job_key(key);
  auto read = id ? read_job(record, *id) : corrupt_record("a key of the wrong size");
  if (!read)
    return read.err();
  if (read->state == job_state::running && !read->held_by)
    return corrupt_record("job: it runs, but nobody holds it");
  return content{*std::move(read)};
}

result<content> decode_skip(std::string_view key, std::string_view record) {
  if (!key.starts_with('r')) {
    auto read = read_skip(record);
    return read ? result<content>{*std::move(read)} : read.err();
  }
  const auto payload = codec::payload_of(record);
  return payload ? result<content>{value{value::map{{"skip", show_key(family::skips, *payload)}}}} : payload.err();
}

value decode_node(const cluster_node& read) {
  const auto& said = read.what;
  return value::map{
      {"name", said.name},
      {"version", said.version},
      {"draining", read.is_draining},
      {"labels", value::list(said.labels.begin(), said.labels.end())},
      {"slots", std::int64_t{said.slots}},
      {"zone_data", said.zone_data},
      {"joined_at", to_iso8601(read.joined_at)},
      {"left_at", read.left_at ? value{to_iso8601(*read.left_at)} : value{}},
  };
}

result<content> decode(family where, std::string_view key, std::string_view record) {
  switch (where) {
    case family::meta: return decode_meta(key, record);
    case family::tasks: {
      auto read = read_task(record);
      if (read && read->id != key)
        return corrupt_record("task: its id isn't its key");
      return read ? result<content>{*std::move(read)} : read.err();
    }
    case family::nodes: {
      const auto read = read_node(record);
      if (read && read->what.name != key)
        return corrupt_record("node: its name isn't its key");
      return read ? result<content>{decode_node(*read)} : read.err();
    }
    case family::definitions: {
      auto read = read_definition(record);
      if (read && read->definition.id != key)
        return corrupt_record("schedule definition: its id isn't its key");
      return read ? result<content>{definition_record{read->incarnation, std::move(read->definition)}} : read.err();
    }
    case family::states: {
      auto read = read_state(record);
      if (read && state_key(read->state.incarnation) != key)
        return corrupt_record("schedule state: its incarnation isn't its key");
      return read ? result<content>{state_record{std::move(read->schedule_id), std::move(read->state)}} : read.err();
    }
    case family::jobs: return decode_job(key, record);
    case family::unfinished:
    case family::dead_letters: return decode_index(where, key, record);
    case family::skips: return decode_skip(key, record);
    case family::past_definitions: {
      auto read = read_past_definition(record);
      return read ? result<content>{std::move(read->what)} : read.err();
    }
    case family::unique_keys: {
      const auto read = read_unique_holder(record);
      return read ? result<content>{value{value::map{{"job", read->to_string()}}}} : read.err();
    }
    case family::starts: {
      const auto read = read_starts(record);
      return read ? result<content>{value{
                        value::map{{"at", to_iso8601(read->at)}, {"count", std::int64_t{read->count}}}}}
                  : read.err();
    }
    case family::quarantine: {
      auto read = read_quarantined(key, record);
      return read ? result<content>{*std::move(read)} : read.err();
    }
  }
  return corrupt_record("an unknown family");
}

} // namespace

std::string show_key(family where, std::string_view key) {
  return show_known_key(where, key).value_or(hexadecimal(key));
}

stored_record inspect_record(family where, std::string_view key, std::string_view record) {
  stored_record seen;
  seen.family = to_string(where);
  seen.raw_key = key;
  seen.shown_key = show_key(where, key);
  seen.raw_value = record;
  auto decoded = decode(where, key, record);
  if (!decoded) {
    seen.fault = decoded.err().text();
    return seen;
  }
  seen.content = *std::move(decoded);
  if (!record.empty())
    seen.expires = codec::expiry_of(record);
  return seen;
}

} // namespace carillon::keyed
