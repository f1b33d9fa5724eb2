#include "codec/messages.hpp"

namespace carillon::codec {

void to_message(const node_description& from, record::node_description& to) {
  to.set_name(from.name);
  to.set_version(from.version);
  to.set_has_store(from.has_store);
  to.set_is_scheduler(from.is_scheduler);
  to.set_is_worker(from.is_worker);
  for (const auto& label : from.labels)
    to.add_labels(label);
  to.set_slots(from.slots);
  to.set_zone_data(from.zone_data);
  for (const auto& kind : from.trigger_kinds)
    to.add_trigger_kinds(kind);
}
fault from_message(const record::node_description& from, node_description& to) {
  to = {from.name(),         from.version(),   from.has_store(),
        from.is_scheduler(), from.is_worker(), {from.labels().begin(), from.labels().end()},
        from.slots(),        from.zone_data(), {from.trigger_kinds().begin(), from.trigger_kinds().end()}};
  return std::nullopt;
}

void to_message(const cluster_node& from, record::cluster_node& to) {
  to_message(from.what, *to.mutable_what());
  to.set_is_draining(from.is_draining);
  to.set_joined_at(to_number(from.joined_at));
  if (from.left_at)
    to.set_left_at(to_number(*from.left_at));
  put_unknown(from.unknown_fields, to);
}
fault from_message(const record::cluster_node& from, cluster_node& to) {
  to.is_draining = from.is_draining();
  to.joined_at = to_timestamp(from.joined_at());
  to.left_at = from.has_left_at() ? std::optional{to_timestamp(from.left_at())} : std::nullopt;
  to.unknown_fields = get_unknown(from);
  return from_message(from.what(), to.what);
}

void to_message(const node_greeting& from, record::node_greeting& to) {
  to_message(from.who, *to.mutable_who());
  to.set_process(from.process);
  to.set_store_id(from.store_id);
  to.set_wall(to_number(from.wall));
}
fault from_message(const record::node_greeting& from, node_greeting& to) {
  to.process = from.process();
  to.store_id = from.store_id();
  to.wall = to_timestamp(from.wall());
  return from_message(from.who(), to.who);
}

} // namespace carillon::codec
