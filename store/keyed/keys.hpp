#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/base/time.hpp"
#include "carillon/store/family.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The keys and values of each family, as a grammar. Numbers in keys are big-endian, so that bytes sort as numbers do;
/// instants have their sign bit flipped for the same reason. `record(x)` is x in the envelope of codec/envelope.hpp, `job`
/// and the like are messages of codec/records.proto.
///
///     meta        "format"      -> record(version:4 store_id)      store_id is a UUID's 36 characters
///                 "revisions"   -> record(reserved:8)              every revision below it may have been issued
///                 "zone data"   -> record(version)                 of the time-zone data that the next fire times are by
///                 "history"     -> record(retention:8 since:8)     how long history is kept (microseconds); nothing that was
///                                                                  decided at `since` or later was dropped earlier than that
///     tasks       task_id       -> record(task)
///     definitions schedule_id   -> record(incarnation:8 schedule_definition)
///     states      incarnation:8 -> record(due:8 size:1 schedule_id schedule_state)
///                                  due: the next fire time, or the greatest number if it is paused or has none;
///                                  size: of the id. Both stand outside the message so that a start needn't decode it
///     jobs        job_id:16     -> record(job)                     finished: with an expiry, the greatest one if it is a
///                                                                 dead letter
///     unfinished  bucket:8      -> empty                           jobs whose id has this bucket may be unfinished
///     skips       "s" schedule_id 0 incarnation:8 first:8 revision:8 index:4 -> record(skip), with an expiry
///                 "r" revision:8 index:4 -> record(the key above)  with the same expiry: the order of all skips
///     past_definitions  schedule_id 0 incarnation:8 changed:8 -> record(size:1 version past_definition), with an expiry
///                                  version: of the time-zone data that its fire times were by; size: of the version
///     dead_letters job_id:16    -> empty                           the job is a dead letter
///     unique_keys key           -> record(job_id:16)               with an expiry, or until the job is finished
///     starts      kind:1 name 0 revision:8 -> record(at:8 count:4)  so many attempts that a rate limits began at once, of the task
///                                                                 (kind "t") or the key ("k"); until no rate looks back so far
///     nodes       name         -> record(cluster_node)
///     quarantine  family:1 revision:8 key -> record(at:8 size:4 reason value)   size: of the reason
///
/// A job's key never changes, and it is written at most three times in its life: added, handed out, finished; and twice
/// more for each further attempt. Ids start with
/// their time, so new jobs are written at one end. The `bucket` of an id is its time in steps of 1,024 ms: a start reads
/// only the jobs of the buckets that are listed as unfinished, however long the history is.
namespace carillon::keyed {

inline constexpr std::string_view format_key = "format";
inline constexpr std::string_view revisions_key = "revisions";
inline constexpr std::string_view zone_data_key = "zone data";
inline constexpr std::string_view history_key = "history";

void append_number(std::string& out, std::uint64_t number, std::size_t size_bytes);
void append_instant(std::string& out, timestamp when);
/// `from` has at least that many bytes.
[[nodiscard]] std::uint64_t read_number(std::string_view from, std::size_t size_bytes) noexcept;
[[nodiscard]] timestamp read_instant(std::string_view from) noexcept;

/// The id's own bytes: valid as long as `id` is.
[[nodiscard]] inline std::string_view job_key(const job_id& id) noexcept {
  return {reinterpret_cast<const char*>(id.bytes().data()), id.bytes().size()};
}
/// Nothing if it isn't 16 bytes long.
[[nodiscard]] std::optional<job_id> parse_job_key(std::string_view key) noexcept;

[[nodiscard]] std::string state_key(revision incarnation);

using bucket = std::uint64_t;
[[nodiscard]] bucket bucket_of(const job_id& id) noexcept;
[[nodiscard]] bucket bucket_of(timestamp when) noexcept;
[[nodiscard]] std::string bucket_key(bucket x);
/// The job keys from bucket `first` to bucket `last`, both included: `from` and, excluded, `to`.
struct owned_range {
  std::string from, to;
};
[[nodiscard]] owned_range jobs_of_buckets(bucket first, bucket last);

[[nodiscard]] std::string skip_key(std::string_view schedule_id, revision incarnation, timestamp first,
                                   revision changed, std::uint32_t index);
[[nodiscard]] std::string skip_order_key(revision changed, std::uint32_t index);
/// The keys of a schedule's skips, of all its incarnations.
[[nodiscard]] owned_range skips_of(std::string_view schedule_id);

[[nodiscard]] std::string past_definition_key(std::string_view schedule_id, revision incarnation, revision changed);
/// The keys of a schedule's past definitions, of all its incarnations.
[[nodiscard]] owned_range past_definitions_of(std::string_view schedule_id);

[[nodiscard]] std::string quarantine_key(family where, revision changed, std::string_view key);

/// The first key that doesn't start with `prefix`; empty if there is none.
[[nodiscard]] std::string after_prefix(std::string prefix);

} // namespace carillon::keyed
