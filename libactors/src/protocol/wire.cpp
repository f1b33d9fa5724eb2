#include "carillon/protocol/inspect.hpp"
#include "codec/records.hpp"

namespace carillon::wire {
namespace {

template <class T>
bool decode_into(const std::string& raw, T& into) {
  auto decoded = codec::decode<T>(raw);
  if (!decoded)
    return false;
  into = *std::move(decoded);
  return true;
}

} // namespace

std::string encode(const value& x) { return codec::encode(x); }
std::string encode(const task& x) { return codec::encode(x); }
std::string encode(const schedule_definition& x) { return codec::encode(x); }
std::string encode(const schedule_state& x) { return codec::encode(x); }
std::string encode(const trigger_cursor& x) { return codec::encode(x); }
std::string encode(const job& x) { return codec::encode(x); }
std::string encode(const skip& x) { return codec::encode(x); }
std::string encode(const event& x) { return codec::encode(x); }
std::string encode(const node_description& x) { return codec::encode(x); }
std::string encode(const cluster_node& x) { return codec::encode(x); }

bool decode(const std::string& raw, value& into) { return decode_into(raw, into); }
bool decode(const std::string& raw, task& into) { return decode_into(raw, into); }
bool decode(const std::string& raw, schedule_definition& into) { return decode_into(raw, into); }
bool decode(const std::string& raw, schedule_state& into) { return decode_into(raw, into); }
bool decode(const std::string& raw, trigger_cursor& into) { return decode_into(raw, into); }
bool decode(const std::string& raw, job& into) { return decode_into(raw, into); }
bool decode(const std::string& raw, skip& into) { return decode_into(raw, into); }
bool decode(const std::string& raw, event& into) { return decode_into(raw, into); }
bool decode(const std::string& raw, node_description& into) { return decode_into(raw, into); }
bool decode(const std::string& raw, cluster_node& into) { return decode_into(raw, into); }

} // namespace carillon::wire
