#pragma once

#include "carillon/store/key_value.hpp"

#include <memory>
#include <string>

namespace carillon::keyed {

/// Opens the same key_value again and again: after a failed write the store starts anew from what is on disk.
class key_value_source {
public:
  virtual ~key_value_source() = default;

  /// At most one that it opened is alive at a time. Errors: those of `open_rocksdb_store`.
  [[nodiscard]] virtual result<std::unique_ptr<key_value>> open() = 0;

  /// `memory` or `rocksdb`, and the folder if there is one: for people.
  [[nodiscard]] virtual std::string backend() const = 0;
  [[nodiscard]] virtual std::string path() const = 0;
};

} // namespace carillon::keyed
