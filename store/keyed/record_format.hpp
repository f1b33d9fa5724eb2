#pragma once

#include "carillon/base/entropy.hpp"
#include "carillon/model/cluster_node.hpp"
#include "carillon/model/job.hpp"
#include "carillon/model/schedule.hpp"
#include "carillon/model/task.hpp"
#include "carillon/store/data_store.hpp"
#include "carillon/store/key_value.hpp"

#include <optional>
#include <string>
#include <string_view>

/// From the model's types to keys and values as keys.hpp describes them, and back. Pure. Errors of all that read:
/// ec::store_corrupt, saying what is wrong with the record.
namespace carillon::keyed {

void put_task(write_batch& to, const task& what);
void put_node(write_batch& to, const cluster_node& what);
void put_definition(write_batch& to, const schedule& what);
void put_state(write_batch& to, const schedule& what);
/// A finished job expires `retention` after its end, a dead letter never.
void put_job(write_batch& to, const job& what, duration retention);
/// `index`: within the transition `changed`.
void put_skip(write_batch& to, const skip& what, duration retention, revision changed, std::uint32_t index);
/// Expires `retention` after it was replaced, or after the last fire time that it decided if that is later.
void put_past_definition(write_batch& to, const past_definition& what, std::string_view zone_data_version,
                         duration retention);
/// `expiry`: none: until it is erased.
void put_unique_holder(write_batch& to, std::string_view key, const job_id& holder, std::optional<timestamp> expiry);
/// `name`: kind and name. Expires at `until`.
void put_starts(write_batch& to, std::string_view name, revision changed, timestamp at, std::uint32_t count,
                timestamp until);
void put_quarantined(write_batch& to, family where, std::string_view key, std::string_view value,
                     std::string_view reason, timestamp at, revision changed);

/// A new store's id: a random (version 4) UUID.
[[nodiscard]] std::string make_store_id(entropy& random);
/// What a store says of itself: by which format it was written, and who it is.
struct store_identity {
  std::uint64_t format_version = 0;
  std::string id;
};
void put_store_identity(write_batch& to, const store_identity& what);
[[nodiscard]] result<store_identity> read_store_identity(std::string_view record);
/// Every revision below `reserved` may have been issued.
void put_reserved_revisions(write_batch& to, revision reserved);
[[nodiscard]] result<revision> read_reserved_revisions(std::string_view record);

/// How far back history is whole: what was decided within `retention`, unless that was before `since`.
/// Nothing that expires after `expired_until` was ever dropped.
struct kept_history {
  duration retention{};
  timestamp since = timestamp::min();
  timestamp expired_until = timestamp::min();

  friend bool operator==(const kept_history&, const kept_history&) = default;
};
void put_kept_history(write_batch& to, const kept_history& what);

struct stored_definition {
  revision incarnation = 0;
  schedule_definition definition;
};
struct stored_past_definition {
  past_definition what;
  std::string zone_data_version; ///< by which its trigger gave its fire times
};
struct stored_state {
  std::string schedule_id;
  schedule_state state;
};
/// What a start needs of a schedule, without decoding its message.
struct state_outline {
  std::optional<timestamp> due; ///< none: paused
  std::string_view schedule_id;
  std::optional<timestamp> covered_to{};
};

[[nodiscard]] result<kept_history> read_kept_history(std::string_view record);
[[nodiscard]] result<task> read_task(std::string_view record);
[[nodiscard]] result<cluster_node> read_node(std::string_view record);
[[nodiscard]] result<stored_definition> read_definition(std::string_view record);
[[nodiscard]] result<stored_state> read_state(std::string_view record);
/// The view is into `record`.
[[nodiscard]] result<state_outline> read_state_outline(std::string_view record);
/// `id`: what the record's key says.
[[nodiscard]] result<job> read_job(std::string_view record, const job_id& id);
[[nodiscard]] result<skip> read_skip(std::string_view record);
[[nodiscard]] result<stored_past_definition> read_past_definition(std::string_view record);
struct stored_starts {
  timestamp at;
  std::uint32_t count = 0;
  timestamp until;
};
[[nodiscard]] result<stored_starts> read_starts(std::string_view record);
[[nodiscard]] result<job_id> read_unique_holder(std::string_view record);
[[nodiscard]] result<quarantined_record> read_quarantined(std::string_view key, std::string_view record);

/// The job as readers see it: a result that has expired is gone. That of a dead letter is kept as long as it is one.
[[nodiscard]] job as_seen(job what, timestamp now);

} // namespace carillon::keyed
