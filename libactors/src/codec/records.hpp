#pragma once

#include "carillon/model/cluster_node.hpp"
#include "carillon/model/event.hpp"
#include "carillon/model/explanation.hpp"
#include "carillon/model/job.hpp"
#include "carillon/model/schedule.hpp"
#include "carillon/model/task.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The one codec (decision 14): Protocol Buffers as in records.proto, on disk and on the wire. Any thread.
///
/// Equal values have equal encodings. Fields of a newer version survive decoding and encoding where the type has
/// `unknown_fields`. An enumeration keeps a number that this version doesn't know.
namespace carillon::codec {

/// One of the types below. Cannot fail for a value nested no deeper than `max_value_depth`.
[[nodiscard]] std::string encode(const value& x);
[[nodiscard]] std::string encode(const trigger_definition& x);
[[nodiscard]] std::string encode(const trigger_cursor& x);
[[nodiscard]] std::string encode(const task& x);
[[nodiscard]] std::string encode(const schedule_definition& x);
[[nodiscard]] std::string encode(const schedule_state& x);
[[nodiscard]] std::string encode(const job& x);
[[nodiscard]] std::string encode(const skip& x);
[[nodiscard]] std::string encode(const past_definition& x);
[[nodiscard]] std::string encode(const event& x);
[[nodiscard]] std::string encode(const node_description& x);
[[nodiscard]] std::string encode(const cluster_node& x);
[[nodiscard]] std::string encode(const node_greeting& x);

/// Appends to `out` what `encode` gives.
void append(std::string& out, const schedule_state& x);
void append(std::string& out, const job& x);
void append(std::string& out, const skip& x);

/// The `covered_to` of what `encode(const schedule_state&)` wrote, without decoding the rest. None also if it is
/// damaged.
[[nodiscard]] std::optional<timestamp> peek_covered_to(std::string_view encoded);

/// Reads what `encode` wrote; T is one of its types. Errors: ec::invalid_argument, naming the type and what is wrong.
template <class T>
[[nodiscard]] result<T> decode(std::string_view encoded);

} // namespace carillon::codec
