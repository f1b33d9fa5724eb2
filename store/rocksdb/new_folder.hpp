#pragma once

#include "carillon/base/result.hpp"

#include <string>

namespace carillon::keyed {

/// A folder that is whole or isn't there, whatever crashes when: it is filled beside its place, where only its owner can look, and
/// gets its name in the end. What is left of one that was never finished is `<wanted>.unfinished`.
class new_folder {
public:
  /// Errors: ec::conflict (there is something in its place, or an unfinished one), ec::permission_denied, ec::disk_full, ec::store_io.
  [[nodiscard]] static result<new_folder> begin(std::string wanted);

  new_folder(new_folder&& other) noexcept;
  new_folder& operator=(new_folder&&) = delete;
  ~new_folder(); ///< removes it, unless it is finished

  /// Where it is filled: the caller makes this folder.
  [[nodiscard]] std::string path() const { return outer_ + "/new"; }
  /// It takes its place, on disk. What is in it is on disk already.
  result<void> finish();

private:
  new_folder(std::string wanted, std::string outer) : wanted_(std::move(wanted)), outer_(std::move(outer)) {}

  std::string wanted_;
  std::string outer_; // empty: finished, or moved away
};

} // namespace carillon::keyed
