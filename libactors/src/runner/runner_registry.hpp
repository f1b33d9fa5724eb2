#pragma once

#include "carillon/base/ids.hpp"
#include "carillon/base/utf8.hpp"
#include "carillon/model/built_in.hpp"
#include "carillon/runner/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace carillon {

/// The runners of a node by name, until its executor takes them: it is their only user from then on. Any thread.
class runner_registry {
public:
  runner_registry() = default;
  /// Their names differ.
  explicit runner_registry(std::vector<std::shared_ptr<runner>> all) : runners_(std::move(all)) {
    for (const auto& one : runners_)
      names_.emplace_back(one->name());
  }

  /// Errors: ec::invalid_argument (no runner, a bad name), ec::conflict (a taken name), ec::wrong_state (after `take`).
  [[nodiscard]] result<void> put(std::shared_ptr<runner> one) {
    if (one == nullptr)
      return {ec::invalid_argument, "runner: there is none"};
    std::string name{one->name()};
    if (auto checked = check_id("its name", name); !checked)
      return checked.err().within("runner");
    const std::lock_guard guard{mutex_};
    if (is_taken_)
      return {ec::wrong_state, fmt::format("runner {}: register it before the node starts", quote(name))};
    if (is_built_in(name) || std::ranges::find(names_, name) != names_.end())
      return {ec::conflict,
              fmt::format("runner {}: this node has one of that name already; choose another", quote(name))};
    names_.push_back(std::move(name));
    runners_.push_back(std::move(one));
    return {};
  }

  /// Those that weren't taken yet; none can be put any more.
  [[nodiscard]] std::vector<std::shared_ptr<runner>> take() {
    const std::lock_guard guard{mutex_};
    is_taken_ = true;
    return std::exchange(runners_, {});
  }

  /// In the order of putting, also after `take`.
  [[nodiscard]] std::vector<std::string> names() const {
    const std::lock_guard guard{mutex_};
    return names_;
  }

private:
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<runner>> runners_;
  std::vector<std::string> names_;
  bool is_taken_ = false;
};

} // namespace carillon
