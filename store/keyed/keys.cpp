#include "keyed/keys.hpp"

#include <algorithm>

namespace carillon::keyed {
namespace {
constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;
constexpr int bucket_bits = 10; // of milliseconds
constexpr std::size_t time_size_bytes = 6;
} // namespace

void append_number(std::string& out, std::uint64_t number, std::size_t size_bytes) {
  for (std::size_t i = size_bytes; i-- > 0;)
    out += static_cast<char>(number >> (8 * i) & 255);
}

void append_instant(std::string& out, timestamp when) {
  append_number(out, static_cast<std::uint64_t>(when.time_since_epoch().count()) ^ sign_bit, 8);
}

std::uint64_t read_number(std::string_view from, std::size_t size_bytes) noexcept {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < size_bytes; ++i)
    number = number << 8 | static_cast<std::uint8_t>(from[i]);
  return number;
}

timestamp read_instant(std::string_view from) noexcept {
  return timestamp{duration{static_cast<std::int64_t>(read_number(from, 8) ^ sign_bit)}};
}

std::optional<job_id> parse_job_key(std::string_view key) noexcept {
  job_id::bytes_type raw;
  if (key.size() != raw.size())
    return std::nullopt;
  std::copy(key.begin(), key.end(), raw.begin());
  return job_id{raw};
}

std::string state_key(revision incarnation) {
  std::string key;
  append_number(key, incarnation, 8);
  return key;
}

bucket bucket_of(const job_id& id) noexcept { return read_number(job_key(id), time_size_bytes) >> bucket_bits; }

bucket bucket_of(timestamp when) noexcept {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(when).time_since_epoch().count();
  return static_cast<bucket>(std::max<std::int64_t>(milliseconds, 0)) >> bucket_bits;
}

std::string bucket_key(bucket x) {
  std::string key;
  append_number(key, x, 8);
  return key;
}

owned_range jobs_of_buckets(bucket first, bucket last) {
  owned_range range;
  append_number(range.from, first << bucket_bits, time_size_bytes);
  // The bucket after the last possible one has no key of its own: up to the end.
  if (const auto end = (last + 1) << bucket_bits; end < std::uint64_t{1} << (8 * time_size_bytes))
    append_number(range.to, end, time_size_bytes);
  return range;
}

std::string skip_key(std::string_view schedule_id, revision incarnation, timestamp first, revision changed,
                     std::uint32_t index) {
  std::string key = "s";
  key += schedule_id;
  key += '\0';
  append_number(key, incarnation, 8);
  append_instant(key, first);
  append_number(key, changed, 8);
  append_number(key, index, 4);
  return key;
}

std::string skip_order_key(revision changed, std::uint32_t index) {
  std::string key = "r";
  append_number(key, changed, 8);
  append_number(key, index, 4);
  return key;
}

owned_range skips_of(std::string_view schedule_id) {
  std::string stem;
  stem += 's';
  stem += schedule_id;
  return {stem + '\0', stem + '\1'}; // no id contains the first
}

std::string past_definition_key(std::string_view schedule_id, revision incarnation, revision changed) {
  std::string key{schedule_id};
  key += '\0';
  append_number(key, incarnation, 8);
  append_number(key, changed, 8);
  return key;
}

owned_range past_definitions_of(std::string_view schedule_id) {
  owned_range range{std::string{schedule_id}, std::string{schedule_id}};
  range.from += '\0'; // no id contains it
  range.to += '\1';
  return range;
}

std::string quarantine_key(family where, revision changed, std::string_view key) {
  std::string whole(1, static_cast<char>(where));
  append_number(whole, changed, 8);
  whole += key;
  return whole;
}

std::string after_prefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xff')
    prefix.pop_back();
  if (!prefix.empty())
    ++prefix.back();
  return prefix;
}

} // namespace carillon::keyed
