#pragma once

#include "carillon/base/result.hpp"

#include <string>

namespace carillon::app::bench {

/// Where stores are put: a folder that somebody has named and that stays, or one of its own in the current folder, which is removed
/// with all that is in it.
class data_place {
public:
  /// `named` empty: one of its own. Errors: ec::conflict, the folder that was named holds something; ec::permission_denied.
  [[nodiscard]] static result<data_place> open(const std::string& named);
  ~data_place();
  data_place(data_place&& other) noexcept;
  data_place& operator=(data_place&&) = delete;

  /// A folder for one more store; what an earlier one left is removed first, unless the place was named.
  [[nodiscard]] std::string next();

private:
  data_place(std::string folder, bool is_own) : folder_(std::move(folder)), is_own_(is_own) {}

  std::string folder_;
  bool is_own_;
  int used_ = 0;
};

} // namespace carillon::app::bench
