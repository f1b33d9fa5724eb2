#include "keyed/keyed_store.hpp"
#include "rocksdb/rocksdb_key_value.hpp"

namespace carillon {

result<std::unique_ptr<data_store>> open_rocksdb_store(const std::string& folder, const store_config& config) {
  return keyed::keyed_store::open(keyed::make_rocksdb_source(folder), config, system_entropy());
}

} // namespace carillon
