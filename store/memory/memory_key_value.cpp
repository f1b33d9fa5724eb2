#include "memory/memory_key_value.hpp"

#include "keyed/record_format.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <vector>

namespace carillon {

using keyed::family;

/// The maps behind one lock: readers share it.
class memory_disk::content {
public:
  using record_map = std::map<std::string, std::string, std::less<>>;

  struct undo {
    family where;
    durability level;
    std::uint64_t write;
    std::string key;
    std::optional<std::string> before;
  };

  mutable std::shared_mutex mutex;
  std::array<record_map, keyed::family_count> families;
  std::vector<undo> unsynced; // oldest first
  std::uint64_t writes = 0;
  std::uint64_t fail_at = 0; // 0: never
  std::optional<error> failure;
  bool is_failing = false;
  timestamp expired_until{};
  std::array<std::string, keyed::family_count> sweep_position;

  void apply(const keyed::write_batch& batch, durability level, bool may_lose) {
    batch.for_each([&](family where, std::string_view key, std::optional<std::string_view> value) {
      auto& records = families[static_cast<std::size_t>(where)];
      auto place = records.lower_bound(key);
      const bool is_there = place != records.end() && place->first == key;
      if (may_lose)
        unsynced.push_back({where, level, writes, std::string{key},
                            is_there ? std::optional{std::move(place->second)} : std::nullopt});
      if (!value) {
        if (is_there)
          records.erase(place);
      } else if (is_there) {
        place->second.assign(*value);
      } else {
        records.emplace_hint(place, key, *value);
      }
    });
    if (level == durability::sync)
      forget_undo();
  }

  void forget_undo() {
    std::erase_if(unsynced, [](const undo& x) { return x.level != durability::none; });
  }

  void undo_all();

  // What a compaction does elsewhere: a step for each write, round and round, so that expired records go as new ones come.
  void sweep(family where, std::size_t steps) {
    auto& records = families[static_cast<std::size_t>(where)];
    auto& position = sweep_position[static_cast<std::size_t>(where)];
    auto place = records.lower_bound(position);
    for (; steps > 0 && place != records.end(); --steps)
      place = keyed::is_expired(place->second, expired_until) ? records.erase(place) : std::next(place);
    position = place == records.end() ? std::string{} : place->first;
  }
};

memory_disk::memory_disk() : content_(std::make_unique<content>()) {}
memory_disk::~memory_disk() = default;

void memory_disk::sync() {
  const std::unique_lock lock{content_->mutex};
  content_->forget_undo();
}

void memory_disk::lose_unsynced() {
  const std::unique_lock lock{content_->mutex};
  content_->undo_all();
}

void memory_disk::lose_unsynced(entropy& random) {
  const std::unique_lock lock{content_->mutex};
  std::vector<std::uint64_t> lost; // the writes that may be
  for (const auto& x : content_->unsynced)
    if (x.level != durability::none && (lost.empty() || lost.back() != x.write))
      lost.push_back(x.write);
  const auto kept = random.next() % (lost.size() + 1);
  if (kept > 0)
    std::erase_if(content_->unsynced,
                  [&](const auto& x) { return x.level != durability::none && x.write <= lost[kept - 1]; });
  content_->undo_all();
}

void memory_disk::content::undo_all() {
  for (auto x = unsynced.rbegin(); x != unsynced.rend(); ++x) {
    auto& records = families[static_cast<std::size_t>(x->where)];
    if (x->before)
      records[x->key] = std::move(*x->before);
    else
      records.erase(x->key);
  }
  unsynced.clear();
}

void memory_disk::fail_write(std::uint64_t n, error why) {
  const std::unique_lock lock{content_->mutex};
  content_->fail_at = content_->writes + n;
  content_->failure = std::move(why);
}

void memory_disk::repair() {
  const std::unique_lock lock{content_->mutex};
  content_->failure.reset();
  content_->is_failing = false;
}

std::uint64_t memory_disk::writes() const {
  const std::shared_lock lock{content_->mutex};
  return content_->writes;
}

namespace keyed {
namespace {

using record_map = memory_disk::content::record_map;

std::optional<std::string> get_from(const record_map& records, std::string_view key) {
  const auto found = records.find(key);
  return found == records.end() ? std::nullopt : std::optional{found->second};
}

void scan_through(const record_map& records, key_range range, direction towards, const record_visitor& visit) {
  if (!range.to.empty() && range.to <= range.from)
    return;
  auto first = records.lower_bound(range.from);
  auto last = range.to.empty() ? records.end() : records.lower_bound(range.to);
  if (towards == direction::ascending) {
    for (; first != last; ++first)
      if (!visit(first->first, first->second))
        return;
    return;
  }
  while (last != first) {
    --last;
    if (!visit(last->first, last->second))
      return;
  }
}

// A copy: simple, and what reads a whole store takes longer than copying it.
class memory_snapshot final : public record_reader {
public:
  explicit memory_snapshot(const std::array<record_map, family_count>& families) : families_(families) {}

  result<std::optional<std::string>> get(family where, std::string_view key) const override {
    return get_from(families_[static_cast<std::size_t>(where)], key);
  }
  result<void> scan(family where, key_range range, direction towards, const record_visitor& visit) const override {
    scan_through(families_[static_cast<std::size_t>(where)], range, towards, visit);
    return {};
  }

private:
  std::array<record_map, family_count> families_;
};

class memory_key_value final : public key_value {
public:
  memory_key_value(std::shared_ptr<memory_disk> disk, bool may_lose)
    : disk_(std::move(disk)), content_(disk_->inside()), may_lose_(may_lose) {}

  result<std::optional<std::string>> get(family where, std::string_view key) const override {
    const std::shared_lock lock{content_.mutex};
    return get_from(content_.families[static_cast<std::size_t>(where)], key);
  }

  result<void> scan(family where, key_range range, direction towards, const record_visitor& visit) const override {
    const std::shared_lock lock{content_.mutex};
    scan_through(content_.families[static_cast<std::size_t>(where)], range, towards, visit);
    return {};
  }

  result<std::unique_ptr<const record_reader>> snapshot() const override {
    const std::shared_lock lock{content_.mutex};
    return std::unique_ptr<const record_reader>{std::make_unique<memory_snapshot>(content_.families)};
  }

  result<void> write(const write_batch& batch, durability level) override {
    const std::unique_lock lock{content_.mutex};
    ++content_.writes;
    if (content_.failure && content_.writes >= content_.fail_at)
      content_.is_failing = true;
    if (content_.is_failing)
      return *content_.failure;
    content_.apply(batch, level, may_lose_);
    for (const auto each : expiring_families)
      content_.sweep(each, 2 * batch.size());
    return {};
  }

  void expire_until(timestamp now) override {
    const std::unique_lock lock{content_.mutex};
    content_.expired_until = now;
  }

  result<void> drop_expired() const override {
    const std::unique_lock lock{content_.mutex};
    if (is_interrupted_)
      return drop_interrupted();
    for (const auto each : expiring_families)
      std::erase_if(content_.families[static_cast<std::size_t>(each)],
                    [&](const auto& record) { return is_expired(record.second, content_.expired_until); });
    return {};
  }

  void interrupt() noexcept override { is_interrupted_ = true; }

  result<void> close() override {
    const std::unique_lock lock{content_.mutex};
    if (content_.is_failing)
      return *content_.failure;
    content_.unsynced.clear();
    return {};
  }

private:
  std::shared_ptr<memory_disk> disk_;
  memory_disk::content& content_;
  bool may_lose_;
  std::atomic<bool> is_interrupted_{false};
};

class memory_source final : public key_value_source {
public:
  memory_source(std::shared_ptr<memory_disk> disk, bool may_lose) : disk_(std::move(disk)), may_lose_(may_lose) {}

  result<std::unique_ptr<key_value>> open() override {
    const std::shared_lock lock{disk_->inside().mutex};
    if (disk_->inside().is_failing)
      return *disk_->inside().failure;
    return std::unique_ptr<key_value>{std::make_unique<memory_key_value>(disk_, may_lose_)};
  }
  std::string backend() const override { return "memory"; }
  std::string path() const override { return {}; }

private:
  std::shared_ptr<memory_disk> disk_;
  bool may_lose_;
};

} // namespace

std::uint64_t count_records(memory_disk& disk) {
  const std::shared_lock lock{disk.inside().mutex};
  std::uint64_t count = 0;
  for (const auto& records : disk.inside().families)
    count += records.size();
  return count;
}

std::unique_ptr<key_value_source> make_memory_source(std::shared_ptr<memory_disk> disk, bool may_lose) {
  return std::make_unique<memory_source>(std::move(disk), may_lose);
}

} // namespace keyed
} // namespace carillon
