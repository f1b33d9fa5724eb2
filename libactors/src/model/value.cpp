#include "carillon/model/value.hpp"

#include <utility>

namespace carillon {

value::value() noexcept = default;
value::value(bool x) : data_(x) {}
value::value(int x) : data_(std::int64_t{x}) {}
value::value(std::int64_t x) : data_(x) {}
value::value(double x) : data_(x) {}
value::value(const char* x) : data_(std::string{x}) {}
value::value(std::string x) : data_(std::move(x)) {}
value::value(bytes x) : data_(std::move(x)) {}
value::value(list x) : data_(std::move(x)) {}
value::value(map x) : data_(std::move(x)) {}

value::value(const value&) = default;
value::value(value&&) noexcept = default;
value& value::operator=(const value&) = default;
value& value::operator=(value&&) noexcept = default;
value::~value() = default;

// A friend's first declaration takes nothing of the header's visibility along.
#pragma GCC visibility push(default)
bool operator==(const value& a, const value& b) { return a.data_ == b.data_; }
#pragma GCC visibility pop

const value* value::find(const std::string& key) const {
  const auto* entries = get_if<map>();
  if (entries == nullptr)
    return nullptr;
  const auto found = entries->find(key);
  return found == entries->end() ? nullptr : &found->second;
}

namespace {
constexpr std::size_t overhead = 2; // kind and length
} // namespace

std::size_t size_bytes(const value::map& entries) {
  std::size_t sum = 0;
  for (const auto& [key, entry] : entries)
    sum += overhead + key.size() + size_bytes(entry);
  return sum;
}

std::size_t size_bytes(const value& x) {
  struct visitor {
    std::size_t operator()(std::monostate) const { return 0; }
    std::size_t operator()(bool) const { return 1; }
    std::size_t operator()(std::int64_t) const { return 8; }
    std::size_t operator()(double) const { return 8; }
    std::size_t operator()(const std::string& text) const { return text.size(); }
    std::size_t operator()(const bytes& raw) const { return raw.data.size(); }
    std::size_t operator()(const value::list& items) const {
      std::size_t sum = 0;
      for (const auto& item : items)
        sum += size_bytes(item);
      return sum;
    }
    std::size_t operator()(const value::map& entries) const { return size_bytes(entries); }
  };
  return overhead + std::visit(visitor{}, x.data());
}

} // namespace carillon
