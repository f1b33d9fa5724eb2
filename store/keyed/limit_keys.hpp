#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace carillon::keyed {

/// A number for each key that a user limits jobs by, for as long as an unfinished job has it: whatever looks at waiting and
/// running jobs compares numbers. In memory only. One thread.
class limit_keys {
public:
  /// Another unfinished job has this key. Its number, from 1.
  std::uint32_t acquire(const std::string& key);

  /// One has it no more; the last one frees the number for another key.
  void release(std::uint32_t number);

  /// 0: no unfinished job has it.
  [[nodiscard]] std::uint32_t find(const std::string& key) const noexcept;

  /// How many unfinished jobs have it.
  [[nodiscard]] std::uint64_t jobs(const std::string& key) const noexcept {
    const auto number = find(key);
    return number == 0 ? 0 : entries_[number - 1].jobs;
  }

  [[nodiscard]] std::size_t size() const noexcept { return numbers_.size(); }

private:
  struct entry {
    const std::string* key = nullptr; // that of `numbers_`
    std::uint64_t jobs = 0;
  };

  std::unordered_map<std::string, std::uint32_t> numbers_;
  std::vector<entry> entries_; // by number - 1
  std::vector<std::uint32_t> free_;
};

} // namespace carillon::keyed
