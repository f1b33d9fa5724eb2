#include "carillon/base/ids.hpp"

#include "carillon/base/utf8.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <cctype>
#include <cstring>

namespace carillon {
namespace {

constexpr std::uint8_t version_random = 0x70;  // RFC 9562: UUIDv7
constexpr std::uint8_t version_derived = 0x80; // RFC 9562: UUIDv8, for ids that are a function of their arguments

job_id make_id(timestamp when, std::uint8_t version, std::uint64_t high, std::uint64_t low) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(when.time_since_epoch()).count();
  const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(milliseconds, 0));
  job_id::bytes_type bytes{};
  for (std::size_t i = 0; i < 6; ++i)
    bytes[i] = static_cast<std::uint8_t>(time >> (40 - 8 * i));
  bytes[6] = static_cast<std::uint8_t>(version | ((high >> 8) & 0x0F));
  bytes[7] = static_cast<std::uint8_t>(high);
  bytes[8] = static_cast<std::uint8_t>(0x80 | ((low >> 56) & 0x3F));
  for (std::size_t i = 9; i < 16; ++i)
    bytes[i] = static_cast<std::uint8_t>(low >> (8 * (15 - i)));
  return job_id{bytes};
}

bool is_id_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view{"._:@#/-"}.find(c) != std::string_view::npos;
}

} // namespace

result<void> check_id(std::string_view what, std::string_view id) {
  if (id.empty())
    return {ec::invalid_argument, fmt::format("{} is empty", what)};
  if (id.size() > max_id_size_bytes)
    return {ec::limit_exceeded, fmt::format("{} has {} bytes, more than {}", what, id.size(), max_id_size_bytes)};
  const auto bad = std::find_if_not(id.begin(), id.end(), is_id_character);
  if (bad != id.end())
    return {ec::invalid_argument, fmt::format("{} {}: position {}: only letters, digits and ._:@#/- are allowed", what,
                                              quote(id), bad - id.begin() + 1)};
  return {};
}

job_id job_id::of_fire_time(std::string_view schedule_id, revision incarnation, timestamp fire_time) {
  // The fire time's microseconds are hashed too: the 48 bits in front hold milliseconds only.
  const std::uint64_t numbers[] = {incarnation, static_cast<std::uint64_t>(fire_time.time_since_epoch().count())};
  const auto seed = XXH3_64bits(numbers, sizeof numbers);
  const auto hash = XXH3_128bits_withSeed(schedule_id.data(), schedule_id.size(), seed);
  return make_id(fire_time, version_derived, hash.high64, hash.low64);
}

job_id job_id::of_request(std::string_view request_id, timestamp when) {
  const auto hash = XXH3_128bits_withSeed(request_id.data(), request_id.size(),
                                          static_cast<XXH64_hash_t>(when.time_since_epoch().count()));
  return make_id(when, version_derived, hash.high64, hash.low64);
}

job_id job_id::of_follow_up(const job_id& predecessor, std::size_t index, timestamp when) {
  const auto hash = XXH3_128bits_withSeed(predecessor.bytes_.data(), predecessor.bytes_.size(), index);
  return make_id(when, version_derived, hash.high64, hash.low64);
}

job_id job_id::of_backfill(const job_id& backfill, std::string_view schedule_id, timestamp fire_time) {
  std::uint64_t seed = 0;
  std::memcpy(&seed, backfill.bytes_.data() + 8, sizeof seed); // its random half
  const auto whose = XXH3_64bits_withSeed(schedule_id.data(), schedule_id.size(), seed);
  return make_id(backfill.time(), version_derived, whose,
                 static_cast<std::uint64_t>(fire_time.time_since_epoch().count()));
}

job_id job_id::make(timestamp now, std::uint64_t random_high, std::uint64_t random_low) {
  return make_id(now, version_random, random_high, random_low);
}

timestamp job_id::time() const noexcept {
  std::int64_t milliseconds = 0;
  for (std::size_t i = 0; i < 6; ++i)
    milliseconds = milliseconds << 8 | bytes_[i];
  return timestamp{std::chrono::milliseconds{milliseconds}};
}

std::string job_id::to_string() const {
  const auto& b = bytes_;
  return fmt::format(
      "{:02x}{:02x}{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}", b[0],
      b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

result<job_id> job_id::parse(std::string_view text) {
  const error bad{ec::invalid_argument, fmt::format("{} is not a job id: expected a UUID such as "
                                                    "0192f5a1-7c3e-8a00-8000-1234567890ab",
                                                    quote(text.substr(0, 60)))};
  if (text.size() != 36)
    return bad;
  bytes_type bytes{};
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-')
        return bad;
      continue;
    }
    const auto c = static_cast<char>(std::tolower(static_cast<unsigned char>(text[i])));
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    if (digit < 0)
      return bad;
    auto& byte = bytes[digits++ / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | digit);
  }
  return job_id{bytes};
}

} // namespace carillon
