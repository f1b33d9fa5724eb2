// A store in memory with what a store on disk has under way: record by record, as the records are.
#include "carillon/store/virtual_store.hpp"

#include "carillon/store/memory_disk.hpp"
#include "codec/envelope.hpp"
#include "keyed/keyed_store.hpp"
#include "keyed/keys.hpp"
#include "keyed/record_copy.hpp"
#include "memory/memory_key_value.hpp"
#include "rocksdb/rocksdb_read_only.hpp"

namespace carillon::keyed {
namespace {

// Those of the buckets that may have one. Only what has ended has an expiry, also a dead letter.
result<void> copy_unfinished_jobs(const record_reader& from, record_copy& copy) {
  std::vector<bucket> listed;
  auto scanned = from.scan(family::unfinished, {}, direction::ascending, [&](auto key, auto) {
    if (key.size() == sizeof(bucket))
      listed.push_back(read_number(key, sizeof(bucket)));
    return true;
  });
  if (!scanned)
    return scanned;
  for (const auto each : listed) {
    const auto range = jobs_of_buckets(each, each);
    const auto put_if_not_ended = [](write_batch& to, auto key, auto record) {
      if (!codec::expiry_of(record))
        to.put(family::jobs, key, record);
    };
    if (auto copied = copy.copy(family::jobs, {range.from, range.to}, put_if_not_ended); !copied)
      return copied;
  }
  return {};
}

result<void> copy_what_is_under_way(const record_reader& from, key_value& to) {
  record_copy copy{from, to};
  for (const auto each : {family::meta, family::tasks, family::definitions, family::states, family::unfinished})
    if (auto copied = copy.copy(each); !copied)
      return copied;
  if (auto copied = copy_unfinished_jobs(from, copy); !copied)
    return copied;
  return copy.flush();
}

} // namespace
} // namespace carillon::keyed

namespace carillon {

result<std::unique_ptr<data_store>> open_virtual_store(const std::string& copy_of, const store_config& config) {
  auto source = keyed::make_memory_source(std::make_shared<memory_disk>(), false);
  if (!copy_of.empty()) {
    const auto from = keyed::open_read_only(copy_of);
    if (!from)
      return from.err();
    const auto to = source->open();
    if (!to)
      return to.err();
    if (auto copied = keyed::copy_what_is_under_way(**from, **to); !copied)
      return copied.err();
  }
  return keyed::keyed_store::open(std::move(source), config, system_entropy(), keyed::zone_watch::at_start);
}

} // namespace carillon
