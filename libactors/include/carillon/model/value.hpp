#pragma once

#include "carillon/base/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// Raw bytes, as opposed to text (which is UTF-8).
struct bytes {
  std::string data; ///< any bytes, zeros too
  friend bool operator==(const bytes&, const bytes&) = default;
};

/// An argument, a result or an entry of metadata: what JSON can say, plus bytes and whole 64-bit numbers. A plain value.
class value {
public:
  using list = std::vector<value>;          ///< JSON's array
  using map = std::map<std::string, value>; ///< JSON's object; ordered, so that equal values have equal encodings
  /// All that it can hold; std::monostate is null.
  using variant = std::variant<std::monostate, bool, std::int64_t, double, std::string, bytes, list, map>;

  // Not inline: each costs a compiler a while in every file that includes this.
  value() noexcept;              ///< null
  value(bool x);                 ///< true or false
  value(int x);                  ///< a whole number, as 64 bits
  value(std::int64_t x);         ///< a whole number; never becomes a double
  value(double x);               ///< a number, with a fraction or without
  value(const char* x);          ///< text: UTF-8, ended by a zero; not a null pointer
  value(std::string x);          ///< text: UTF-8
  value(bytes x);                ///< raw bytes
  value(list x);                 ///< values in their order
  value(map x);                  ///< values by name
  value(const void* x) = delete; ///< a pointer to anything else would become a bool

  value(const value& x);                ///< as usual
  value(value&& x) noexcept;            ///< as usual
  value& operator=(const value& x);     ///< as usual
  value& operator=(value&& x) noexcept; ///< as usual
  ~value();

  /// Whether it holds nothing. An empty text, list or map isn't nothing.
  [[nodiscard]] bool is_null() const noexcept { return data_.index() == 0; }
  /// The content if it is a `T` (a member of `variant`), else null.
  template <class T>
  [[nodiscard]] const T* get_if() const noexcept {
    return std::get_if<T>(&data_);
  }
  /// The entry `key` of a map; null if this is no map or has no such entry.
  [[nodiscard]] const value* find(const std::string& key) const;
  /// The content, for std::visit.
  [[nodiscard]] const variant& data() const noexcept { return data_; }

  friend bool operator==(const value& a, const value& b); ///< the same kind, and the same content

private:
  variant data_;
};

/// Nesting allowed in a value that comes from outside.
inline constexpr int max_value_depth = 64;

/// About the bytes that the value takes when stored; what limits are measured with.
[[nodiscard]] std::size_t size_bytes(const value& x);
/// The same of a map's entries, their names included.
[[nodiscard]] std::size_t size_bytes(const value::map& entries);

/// Reads a JSON text, with `{"$bytes": "<base64>"}` as bytes. Errors: ec::invalid_argument, with the position.
[[nodiscard]] result<value> parse_json_text(std::string_view text);

/// The JSON text of a value; bytes become `{"$bytes": "<base64>"}`, infinities and NaN null. One line.
[[nodiscard]] std::string to_json_text(const value& x);

} // namespace carillon
#pragma GCC visibility pop
