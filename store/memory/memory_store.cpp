#include "carillon/store/memory_disk.hpp"

#include "keyed/keyed_store.hpp"
#include "memory/memory_key_value.hpp"

namespace carillon {

result<std::unique_ptr<data_store>> open_memory_store(const store_config& config) {
  return keyed::keyed_store::open(keyed::make_memory_source(std::make_shared<memory_disk>(), false), config,
                                  system_entropy());
}

result<std::unique_ptr<data_store>> open_memory_store(std::shared_ptr<memory_disk> disk, const store_config& config,
                                                      entropy& random) {
  return keyed::keyed_store::open(keyed::make_memory_source(std::move(disk), true), config, random);
}

} // namespace carillon
