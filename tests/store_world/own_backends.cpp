// Carillon's own stores: what its tests test.
#include "store_world/store_world.hpp"

namespace carillon::testing {

std::vector<backend> tested_backends() {
  return {backend::memory, backend::memory_reopened, backend::rocksdb, backend::rocksdb_reopened,
          backend::rocksdb_in_memory};
}

std::vector<backend> some_tested_backends() { return {backend::memory, backend::rocksdb_in_memory}; }

result<std::unique_ptr<data_store>> open_given_store(const std::string& /*folder*/, const store_config& /*config*/) {
  return error{ec::unsupported, "no store was given to this program"};
}

} // namespace carillon::testing
