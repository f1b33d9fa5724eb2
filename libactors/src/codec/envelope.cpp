#include "codec/envelope.hpp"

#include <fmt/format.h>
#include <xxhash.h>

namespace carillon::codec {
namespace {

template <std::size_t Size>
void append_little_endian(std::string& out, std::uint64_t number) {
  for (std::size_t i = 0; i < Size; ++i)
    out += static_cast<char>(number >> (8 * i) & 255);
}

template <std::size_t Size>
std::uint64_t read_little_endian(std::string_view from) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < Size; ++i)
    number |= std::uint64_t{static_cast<std::uint8_t>(from[i])} << (8 * i);
  return number;
}

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(XXH3_64bits(bytes.data(), bytes.size()));
}

} // namespace

void start_record(std::string& out, std::optional<timestamp> expiry) {
  out += static_cast<char>(format_version);
  append_little_endian<8>(out, expiry ? static_cast<std::uint64_t>(expiry->time_since_epoch().count()) : 0);
}

void seal_record(std::string& out, std::size_t start) {
  append_little_endian<4>(out, checksum(std::string_view{out}.substr(start)));
}

std::string make_record(std::string_view payload, std::optional<timestamp> expiry) {
  std::string record;
  record.reserve(payload.size() + envelope_size_bytes);
  start_record(record, expiry);
  record += payload;
  seal_record(record, 0);
  return record;
}

std::optional<timestamp> expiry_of(std::string_view record) noexcept {
  if (record.size() < envelope_size_bytes)
    return std::nullopt;
  const auto at = static_cast<std::int64_t>(read_little_endian<8>(record.substr(1)));
  return at == 0 ? std::nullopt : std::optional{timestamp{duration{at}}};
}

result<std::string_view> payload_of(std::string_view record) {
  if (record.size() < envelope_size_bytes)
    return {ec::store_corrupt, fmt::format("a record of {} bytes, which is too short", record.size())};
  const auto sealed = record.substr(0, record.size() - 4);
  if (read_little_endian<4>(record.substr(sealed.size())) != checksum(sealed))
    return {ec::store_corrupt, "the record's checksum is wrong"};
  // After the checksum, so that a flipped bit isn't taken for a newer version.
  if (const auto version = static_cast<std::uint8_t>(record[0]); version > format_version)
    return {ec::store_version,
            fmt::format("the record has format version {}, this program knows {}", version, format_version)};
  return sealed.substr(envelope_head_size_bytes);
}

} // namespace carillon::codec
