#pragma once

#include "carillon/model/cluster_node.hpp"
#include "carillon/model/event.hpp"
#include "carillon/model/explanation.hpp"
#include "carillon/model/job.hpp"
#include "carillon/model/schedule.hpp"
#include "carillon/model/task.hpp"

#include "codec/records.pb.h"

#include <optional>

/// From the model's types to the messages of records.proto and back, for other messages that contain them.
namespace carillon::codec {

/// How deep messages may nest: a value nested `max_value_depth` deep takes three for each level, a trigger two.
inline constexpr int max_message_depth = 3 * max_value_depth + 32;

/// What is wrong with a message, or nothing.
using fault = std::optional<std::string>;

/// `to` is empty before.
void to_message(const value& from, record::value& to);
void to_message(const trigger_definition& from, record::trigger_definition& to);
void to_message(const trigger_cursor& from, record::trigger_cursor& to);
void to_message(const task& from, record::task& to);
void to_message(const schedule_definition& from, record::schedule_definition& to);
void to_message(const schedule_state& from, record::schedule_state& to);
void to_message(const job& from, record::job& to);
void to_message(const skip& from, record::skip& to);
void to_message(const past_definition& from, record::past_definition& to);
void to_message(const event& from, record::event& to);
void to_message(const node_description& from, record::node_description& to);
void to_message(const cluster_node& from, record::cluster_node& to);
void to_message(const node_greeting& from, record::node_greeting& to);

/// `to` is as constructed before; after a fault its content is unspecified.
[[nodiscard]] fault from_message(const record::value& from, value& to);
[[nodiscard]] fault from_message(const record::trigger_definition& from, trigger_definition& to);
[[nodiscard]] fault from_message(const record::trigger_cursor& from, trigger_cursor& to);
[[nodiscard]] fault from_message(const record::task& from, task& to);
[[nodiscard]] fault from_message(const record::schedule_definition& from, schedule_definition& to);
[[nodiscard]] fault from_message(const record::schedule_state& from, schedule_state& to);
[[nodiscard]] fault from_message(const record::job& from, job& to);
[[nodiscard]] fault from_message(const record::skip& from, skip& to);
[[nodiscard]] fault from_message(const record::past_definition& from, past_definition& to);
[[nodiscard]] fault from_message(const record::event& from, event& to);
[[nodiscard]] fault from_message(const record::node_description& from, node_description& to);
[[nodiscard]] fault from_message(const record::cluster_node& from, cluster_node& to);
[[nodiscard]] fault from_message(const record::node_greeting& from, node_greeting& to);

// Metadata, in the order of the map.
using message_entries = google::protobuf::RepeatedPtrField<record::value_entry>;
void to_message(const value::map& from, message_entries& to);
[[nodiscard]] fault from_message(const message_entries& from, value::map& to);

// Fields of a newer version: what there are in a message, and back into one.
[[nodiscard]] std::string get_unknown(const google::protobuf::Message& from);
void put_unknown(const std::string& from, google::protobuf::Message& to);

// Instants and lengths of time.
[[nodiscard]] inline std::int64_t to_number(timestamp x) noexcept { return x.time_since_epoch().count(); }
[[nodiscard]] inline std::int64_t to_number(duration x) noexcept { return x.count(); }
[[nodiscard]] inline timestamp to_timestamp(std::int64_t x) noexcept { return timestamp{duration{x}}; }

} // namespace carillon::codec
