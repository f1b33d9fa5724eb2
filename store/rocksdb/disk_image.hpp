#pragma once

#include "carillon/store/file_disk.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::keyed {

/// The files of a `file_disk`, and what would be left of them after a power cut. No RocksDB, no threads.
class disk_image {
public:
  using operation = file_disk::operation;

  /// A file keeps its bytes as long as somebody has it, whatever becomes of its name.
  struct file {
    std::string bytes;
    std::size_t synced = 0;               // the first bytes, which a power cut leaves
    std::optional<std::size_t> lost_from; // what a failed sync gave up
  };
  using file_ptr = std::shared_ptr<file>;

  /// Who works on the files. A process that is gone has an earlier number, and changes nothing any more.
  [[nodiscard]] std::uint64_t process() const noexcept { return process_; }
  void kill();

  // ---- reading. Errors: ec::not_found.

  [[nodiscard]] result<file_ptr> find(const std::string& path) const;
  [[nodiscard]] bool has_folder(const std::string& path) const;
  /// The names in the folder, ascending.
  [[nodiscard]] result<std::vector<std::string>> list(const std::string& folder) const;

  // ---- changing, each for a process. Errors: what was told; ec::disk_full, ec::not_found; ec::store_io for a process that is
  // gone.

  result<file_ptr> create(std::uint64_t process, const std::string& path); ///< takes the place of what has that name
  result<void> append(std::uint64_t process, const std::string& path, file& to, std::string_view bytes);
  result<void> truncate(std::uint64_t process, const std::string& path, file& which, std::size_t size);
  result<void> sync(std::uint64_t process, const std::string& path, file& which);
  result<void> rename(std::uint64_t process, const std::string& from, const std::string& to);
  result<void> remove(std::uint64_t process, const std::string& path);
  result<void> sync_folder(std::uint64_t process, const std::string& folder);
  /// On disk at once: a data folder is made once.
  void make_folder(const std::string& path) { folders_.insert(path); }
  void remove_folder(const std::string& path) { folders_.erase(path); }
  /// A lock ends with its process.
  result<void> lock(std::uint64_t process, const std::string& path);
  void unlock(std::uint64_t process, const std::string& path);

  // ---- what is told to happen: see file_disk

  void sync_all();
  void lose_unsynced(entropy* random);
  [[nodiscard]] bool has_unsynced() const;
  void cut_power(std::uint64_t n) { cut_at_ = writes_ + n; }
  [[nodiscard]] bool is_cut() const noexcept { return is_cut_; }
  void fail_write(std::uint64_t n, error why);
  void fail_once(operation what, std::string_view part_of_name, std::uint64_t n, error why);
  void limit_space(std::uint64_t free_bytes) { size_limit_ = size() + free_bytes; }
  void repair();
  [[nodiscard]] std::uint64_t writes() const noexcept { return writes_; }
  void record_operations(bool on) noexcept { is_recording_ = on; }
  [[nodiscard]] const std::vector<std::string>& operations() const noexcept { return operations_; }

private:
  using name_map = std::map<std::string, file_ptr, std::less<>>;
  /// What happened to names in one operation; null: it is gone.
  using name_change = std::vector<std::pair<std::string, file_ptr>>;
  struct single_failure {
    operation what;
    std::string part_of_name;
    std::uint64_t remaining;
    error why;
  };

  /// Counts the operation. An error: it doesn't take place.
  result<void> begin(std::uint64_t process, operation what, const std::string& path, std::string_view details = {});
  /// The power may go after it.
  void end() noexcept { is_cut_ = is_cut_ || (cut_at_ != 0 && writes_ >= cut_at_); }
  void change_names(name_change change);
  static void apply(name_map& names, const name_change& change);
  [[nodiscard]] std::uint64_t size() const;

  name_map names_;
  name_map synced_names_;
  std::vector<name_change> unsynced_names_; // oldest first
  std::set<std::string, std::less<>> folders_;
  std::map<std::string, std::uint64_t, std::less<>> locks_; // and which process has it
  std::uint64_t process_ = 1;
  std::uint64_t writes_ = 0;
  std::uint64_t cut_at_ = 0; // 0: never
  bool is_cut_ = false;
  std::uint64_t fail_at_ = 0;
  std::optional<error> failure_;
  std::vector<single_failure> single_failures_;
  std::optional<std::uint64_t> size_limit_;
  bool is_recording_ = false;
  std::vector<std::string> operations_;
};

} // namespace carillon::keyed
