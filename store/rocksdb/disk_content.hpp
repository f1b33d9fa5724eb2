#pragma once

#include "rocksdb/disk_image.hpp"

#include <mutex>

namespace carillon {

/// The files behind one lock.
class file_disk::content {
public:
  std::mutex mutex;
  keyed::disk_image files;
};

} // namespace carillon
