#pragma once

#include "carillon/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// How a record lies on disk:
///
///     record   = version expiry payload checksum
///     version  = 1 byte, format_version
///     expiry   = 8 bytes, little-endian int64: when the record may fall out, in microseconds since 1970; 0: never
///     payload  = a message of records.proto
///     checksum = 4 bytes, little-endian: the low half of XXH3 (64 bits) of all that is before it
///
/// The expiry stands outside the payload so that a compaction filter needn't decode.
namespace carillon::codec {

/// Of records and of the whole store. A store or record of a higher one isn't read.
inline constexpr std::uint8_t format_version = 1;

inline constexpr std::size_t envelope_head_size_bytes = 9;
inline constexpr std::size_t envelope_size_bytes = envelope_head_size_bytes + 4;

/// Starts a record in `out` (appending), before its payload is appended; `seal` ends it.
void start_record(std::string& out, std::optional<timestamp> expiry);
/// `start` is where the record starts in `out`.
void seal_record(std::string& out, std::size_t start);

/// A record of this payload.
[[nodiscard]] std::string make_record(std::string_view payload, std::optional<timestamp> expiry = std::nullopt);

/// When the record may fall out; nothing: never, or it is damaged. Doesn't check the checksum.
[[nodiscard]] std::optional<timestamp> expiry_of(std::string_view record) noexcept;

/// The payload of a record. Errors: ec::store_corrupt (too short, wrong checksum), ec::store_version.
[[nodiscard]] result<std::string_view> payload_of(std::string_view record);

} // namespace carillon::codec
