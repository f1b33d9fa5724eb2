#include "rocksdb/disk_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace carillon::keyed {
namespace {

constexpr std::array<std::string_view, 7> operation_names{"create", "append", "truncate",   "sync",
                                                          "rename", "remove", "sync_folder"};

std::string_view folder_of(std::string_view path) { return path.substr(0, path.rfind('/')); }
std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

error missing(const std::string& path) { return {ec::not_found, fmt::format("{} does not exist", path)}; }

// A number from 0 to `most`.
std::size_t choose(entropy* random, std::size_t most) { return random != nullptr ? random->next() % (most + 1) : 0; }

} // namespace

// ---- processes

void disk_image::kill() {
  ++process_;
  locks_.clear();
}

result<void> disk_image::lock(std::uint64_t process, const std::string& path) {
  if (process != process_ || !locks_.try_emplace(path, process).second)
    return error{ec::store_in_use, fmt::format("While lock file: {}: it is locked", path)};
  return {};
}

void disk_image::unlock(std::uint64_t process, const std::string& path) {
  if (const auto held = locks_.find(path); held != locks_.end() && held->second == process)
    locks_.erase(held);
}

// ---- reading

result<disk_image::file_ptr> disk_image::find(const std::string& path) const {
  const auto found = names_.find(path);
  if (found == names_.end())
    return missing(path);
  return found->second;
}

bool disk_image::has_folder(const std::string& path) const { return folders_.contains(path); }

result<std::vector<std::string>> disk_image::list(const std::string& folder) const {
  if (!has_folder(folder))
    return missing(folder);
  std::vector<std::string> found;
  for (const auto& [path, content] : names_)
    if (folder_of(path) == folder)
      found.emplace_back(name_of(path));
  return found;
}

// ---- changing

result<void> disk_image::begin(std::uint64_t process, operation what, const std::string& path,
                               std::string_view details) {
  if (process != process_)
    return error{ec::store_io, "the process is gone"};
  if (is_cut_)
    return error{ec::store_io, "the power is cut"};
  ++writes_;
  std::optional<error> failure;
  if (failure_ && writes_ >= fail_at_)
    failure = failure_;
  for (auto& one : single_failures_)
    if (one.what == what && name_of(path).find(one.part_of_name) != std::string_view::npos && one.remaining > 0 &&
        --one.remaining == 0)
      failure = one.why;
  if (is_recording_)
    operations_.push_back(fmt::format("{} {}{}{}{}", operation_names[static_cast<std::size_t>(what)], name_of(path),
                                      details.empty() ? "" : " ", details, failure ? ": fails" : ""));
  if (!failure)
    return {};
  end();
  return *failure;
}

void disk_image::apply(name_map& names, const name_change& change) {
  for (const auto& [path, content] : change)
    if (content)
      names[path] = content;
    else
      names.erase(path);
}

void disk_image::change_names(name_change change) {
  apply(names_, change);
  unsynced_names_.push_back(std::move(change));
  end();
}

result<disk_image::file_ptr> disk_image::create(std::uint64_t process, const std::string& path) {
  if (auto begun = begin(process, operation::create, path); !begun)
    return begun.err();
  if (!has_folder(std::string{folder_of(path)}))
    return missing(std::string{folder_of(path)});
  auto made = std::make_shared<file>();
  change_names({{path, made}});
  return made;
}

result<void> disk_image::append(std::uint64_t process, const std::string& path, file& to, std::string_view bytes) {
  if (auto begun = begin(process, operation::append, path, std::to_string(bytes.size())); !begun)
    return begun;
  const auto used = size_limit_ ? size() : 0;
  const auto fits =
      size_limit_ ? std::min<std::uint64_t>(bytes.size(), *size_limit_ - std::min(*size_limit_, used)) : bytes.size();
  to.bytes.append(bytes.substr(0, fits));
  end();
  if (fits < bytes.size())
    return error{ec::disk_full, fmt::format("{}: No space left on device", path)};
  return {};
}

result<void> disk_image::truncate(std::uint64_t process, const std::string& path, file& which, std::size_t size) {
  if (auto begun = begin(process, operation::truncate, path, std::to_string(size)); !begun)
    return begun;
  which.bytes.resize(size);
  which.synced = std::min(which.synced, size);
  end();
  return {};
}

result<void> disk_image::sync(std::uint64_t process, const std::string& path, file& which) {
  auto begun = begin(process, operation::sync, path);
  if (begun)
    which.synced = std::min(which.bytes.size(), which.lost_from.value_or(which.bytes.size()));
  else if (process == process_ && !is_cut_)
    which.lost_from = which.synced; // the kernel takes the pages for written, and doesn't try again
  end();
  return begun;
}

result<void> disk_image::rename(std::uint64_t process, const std::string& from, const std::string& to) {
  if (auto begun = begin(process, operation::rename, from, name_of(to)); !begun)
    return begun;
  const auto found = find(from);
  if (!found)
    return found.err();
  change_names({{from, nullptr}, {to, *found}});
  return {};
}

result<void> disk_image::remove(std::uint64_t process, const std::string& path) {
  if (auto begun = begin(process, operation::remove, path); !begun)
    return begun;
  if (!names_.contains(path))
    return missing(path);
  change_names({{path, nullptr}});
  return {};
}

result<void> disk_image::sync_folder(std::uint64_t process, const std::string& folder) {
  if (auto begun = begin(process, operation::sync_folder, folder); !begun)
    return begun;
  // In order: what was done to names in other folders before goes with it, as in a journal.
  for (const auto& change : std::exchange(unsynced_names_, {}))
    apply(synced_names_, change);
  end();
  return {};
}

// ---- what is told to happen

void disk_image::sync_all() {
  for (const auto& [path, content] : names_)
    content->synced = content->bytes.size();
  synced_names_ = names_;
  unsynced_names_.clear();
}

void disk_image::lose_unsynced(entropy* random) {
  unsynced_names_.resize(choose(random, unsynced_names_.size()));
  for (const auto& change : unsynced_names_)
    apply(synced_names_, change);
  unsynced_names_.clear();
  names_ = synced_names_;
  for (const auto& [path, content] : names_) {
    const auto reachable = content->lost_from.value_or(content->bytes.size());
    content->synced += choose(random, std::max(reachable, content->synced) - content->synced);
    content->bytes.resize(content->synced);
    content->lost_from.reset();
  }
  kill();
  cut_at_ = 0;
  is_cut_ = false;
  repair();
}

bool disk_image::has_unsynced() const {
  return !unsynced_names_.empty() ||
         std::ranges::any_of(names_, [](const auto& one) { return one.second->synced < one.second->bytes.size(); });
}

void disk_image::fail_write(std::uint64_t n, error why) {
  fail_at_ = writes_ + n;
  failure_ = std::move(why);
}

void disk_image::fail_once(operation what, std::string_view part_of_name, std::uint64_t n, error why) {
  single_failures_.push_back({what, std::string{part_of_name}, n, std::move(why)});
}

void disk_image::repair() {
  failure_.reset();
  single_failures_.clear();
  size_limit_.reset();
}

std::uint64_t disk_image::size() const {
  std::uint64_t sum = 0;
  for (const auto& [path, content] : names_)
    sum += content->bytes.size();
  return sum;
}

} // namespace carillon::keyed
