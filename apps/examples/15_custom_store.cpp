// A store of your own over ordered keys, here those of a map, and the tests that every store has to pass.
#include <carillon/store/key_value.hpp>
#include <carillon/testing/store_conformance.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <shared_mutex>

using namespace carillon;
using namespace carillon::keyed;

struct records : record_reader {
  std::map<std::pair<family, std::string>, std::string> all;
  result<std::optional<std::string>> get(family where, std::string_view key) const override {
    const auto found = all.find({where, std::string{key}});
    return found == all.end() ? std::nullopt : std::optional{found->second};
  }
  result<void> scan(family where, key_range range, direction towards, const record_visitor& visit) const override {
    const auto next = static_cast<family>(static_cast<int>(where) + 1);
    auto first = all.lower_bound({where, std::string{range.from}});
    auto last = all.lower_bound({range.to.empty() ? next : where, std::string{range.to}});
    while (first != last && (range.to.empty() || range.from < range.to))
      if (const auto at = towards == direction::ascending ? first++ : --last; !visit(at->first.second, at->second))
        break;
    return {};
  }
};

struct disk : records { // what outlives the store
  std::shared_mutex mutex;
};

struct map_store : key_value {
  explicit map_store(std::shared_ptr<disk> it) : on(std::move(it)) {}
  result<std::optional<std::string>> get(family where, std::string_view key) const override {
    const std::shared_lock lock{on->mutex};
    return on->get(where, key);
  }
  result<void> scan(family where, key_range range, direction towards, const record_visitor& visit) const override {
    const std::shared_lock lock{on->mutex};
    return on->scan(where, range, towards, visit);
  }
  result<std::unique_ptr<const record_reader>> snapshot() const override {
    const std::shared_lock lock{on->mutex};
    return std::unique_ptr<const record_reader>{new records{*on}};
  }
  // A real one writes to its disk here, as the durability says, and gives ec::store_io if it can't.
  result<void> write(const write_batch& batch, durability) override {
    const std::unique_lock lock{on->mutex};
    batch.for_each([&](family where, std::string_view key, std::optional<std::string_view> value) {
      on->all.erase({where, std::string{key}});
      if (value)
        on->all.emplace(std::pair{where, std::string{key}}, *value);
    });
    return {};
  }
  void expire_until(timestamp now) override { expired_until = now; }
  result<void> drop_expired() const override {
    const std::unique_lock lock{on->mutex};
    std::erase_if(on->all, [this](const auto& each) {
      return is_expiring(each.first.first) && is_expired(each.second, expired_until);
    });
    return {};
  }
  result<void> close() override { return {}; }
  std::shared_ptr<disk> on;
  std::atomic<timestamp> expired_until{timestamp{}};
};

int main(int argc, char** argv) {
  std::map<std::string, std::shared_ptr<disk>> disks;
  const auto open = [&](const std::string& folder, const store_config& config) { // for `node_config::open_store` too
    const auto on = disks.try_emplace(folder, std::make_shared<disk>()).first->second;
    return open_keyed_store([on] { return result<std::unique_ptr<key_value>>{std::make_unique<map_store>(on)}; }, "map",
                            config);
  };
  return testing::run_store_conformance(open, argc, argv);
}
