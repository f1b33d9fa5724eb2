#pragma once

#include "carillon/runner/runner.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace carillon {

/// The code that this node has for tasks, by name. Any thread.
class task_registry {
public:
  struct entry {
    std::string runner;
    std::shared_ptr<const task_function> code; ///< null: the runner needs none
  };

  /// Replaces an entry of the same name.
  void put(std::string task, entry what) {
    std::lock_guard lock{mutex_};
    entries_[std::move(task)] = std::make_shared<const entry>(std::move(what));
  }

  /// Null: this node has none.
  [[nodiscard]] std::shared_ptr<const entry> find(const std::string& task) const {
    std::lock_guard lock{mutex_};
    const auto found = entries_.find(task);
    return found == entries_.end() ? nullptr : found->second;
  }

  [[nodiscard]] std::vector<std::string> names() const {
    std::lock_guard lock{mutex_};
    std::vector<std::string> all;
    for (const auto& [name, ignored] : entries_)
      all.push_back(name);
    return all;
  }

private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const entry>> entries_;
};

} // namespace carillon
