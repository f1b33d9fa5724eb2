#pragma once

#include "carillon/base/result.hpp"
#include "carillon/model/value.hpp"

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#pragma GCC visibility push(default)
namespace carillon {

/// How a C++ type becomes a `value` and back. Known: bool, whole numbers, floating point, texts, bytes, value,
/// optional, vector and map of known types. For your own type specialise it with the same two functions; `from` says in
/// the error what it expected. The errors of those here are ec::invalid_argument.
template <class T>
struct value_traits;

/// What a type with `value_traits` becomes.
template <class T>
[[nodiscard]] value to_value(const T& x) requires requires {
  value_traits<T>::to(x);
}
{ return value_traits<T>::to(x); }

/// Reads a type with `value_traits`. Errors: those of its `from`.
template <class T>
[[nodiscard]] result<T> from_value(const value& x) {
  return value_traits<T>::from(x);
}

namespace detail {
error expected(const char* what); // ec::invalid_argument
error expected_whole(std::int64_t least, std::uint64_t most);
} // namespace detail

// What isn't a template isn't inline either: the results would cost a compiler a while in every file that includes this.

/// Whatever it is, unchanged.
template <>
struct value_traits<value> {
  static value to(const value& x);           ///< a copy
  static result<value> from(const value& x); ///< a copy; no errors
};

/// True or false, and no number.
template <>
struct value_traits<bool> {
  static value to(bool x); ///< as it is
  /// Anything else is an error.
  static result<bool> from(const value& x);
};

/// A whole number; one with a fraction part, even of 0, is none.
template <std::integral T>
requires(!std::same_as<T, bool>) struct value_traits<T> {
  /// Throws std::out_of_range for a number above what 64 bits with a sign hold, as there is no value for it: from a task's
  /// code that is the outcome `error`.
  static value to(T x) {
    if (!std::in_range<std::int64_t>(x))
      throw std::out_of_range{std::to_string(x) + " is more than a value holds"};
    return static_cast<std::int64_t>(x);
  }
  /// One that `T` doesn't hold is an error.
  static result<T> from(const value& x) {
    const auto* content = x.get_if<std::int64_t>();
    if (content == nullptr)
      return detail::expected("a whole number");
    if (!std::in_range<T>(*content))
      return detail::expected_whole(std::numeric_limits<T>::min(),
                                    static_cast<std::uint64_t>(std::numeric_limits<T>::max()));
    return static_cast<T>(*content);
  }
};

/// A number, also a whole one.
template <std::floating_point T>
struct value_traits<T> {
  static value to(T x) { return static_cast<double>(x); } ///< infinities and NaN too, which no JSON text holds
  /// Rounded. One that `T` doesn't hold is an error; infinities and NaN it holds.
  static result<T> from(const value& x) {
    if (const auto* content = x.get_if<double>()) {
      constexpr double most = std::numeric_limits<T>::max();
      constexpr auto infinity = std::numeric_limits<double>::infinity();
      if ((*content > most && *content < infinity) || (*content<-most&& * content> - infinity))
        return detail::expected("a number that fits the parameter's type");
      return static_cast<T>(*content);
    }
    if (const auto* content = x.get_if<std::int64_t>())
      return static_cast<T>(*content);
    return detail::expected("a number");
  }
};

/// A text, which is UTF-8; nothing here checks that.
template <>
struct value_traits<std::string> {
  static value to(const std::string& x); ///< as it is
  /// Anything else is an error, bytes too.
  static result<std::string> from(const value& x);
};

/// Raw bytes.
template <>
struct value_traits<bytes> {
  static value to(const bytes& x); ///< as they are
  /// Anything else is an error, a text too.
  static result<bytes> from(const value& x);
};

/// A `T`, or null for none.
template <class T>
struct value_traits<std::optional<T>> {
  static value to(const std::optional<T>& x) { return x ? to_value(*x) : value{}; } ///< none is null
  /// Null is none; errors as of `T`.
  static result<std::optional<T>> from(const value& x) {
    if (x.is_null())
      return std::optional<T>{};
    auto inner = from_value<T>(x);
    return inner ? result<std::optional<T>>{std::move(*inner)} : inner.err();
  }
};

/// A list with entries of one type.
template <class T>
struct value_traits<std::vector<T>> {
  /// In the same order.
  static value to(const std::vector<T>& x) {
    value::list items;
    for (const auto& item : x)
      items.push_back(to_value<T>(item));
    return items;
  }
  /// The first entry that isn't a `T` is an error.
  static result<std::vector<T>> from(const value& x) {
    const auto* items = x.get_if<value::list>();
    if (items == nullptr)
      return detail::expected("a list");
    std::vector<T> content;
    for (const auto& item : *items) {
      auto inner = from_value<T>(item);
      if (!inner)
        return inner.err().within("in a list");
      content.push_back(std::move(*inner));
    }
    return content;
  }
};

/// A map with entries of one type.
template <class T>
struct value_traits<std::map<std::string, T>> {
  /// With the same keys.
  static value to(const std::map<std::string, T>& x) {
    value::map entries;
    for (const auto& [key, entry] : x)
      entries[key] = to_value<T>(entry);
    return entries;
  }
  /// The first entry that isn't a `T` is an error, which names its key.
  static result<std::map<std::string, T>> from(const value& x) {
    const auto* entries = x.get_if<value::map>();
    if (entries == nullptr)
      return detail::expected("a map");
    std::map<std::string, T> content;
    for (const auto& [key, entry] : *entries) {
      auto inner = from_value<T>(entry);
      if (!inner)
        return inner.err().within(key);
      content.emplace(key, std::move(*inner));
    }
    return content;
  }
};

namespace detail {
template <class T>
value to_argument(const T& x) {
  constexpr bool has_traits = requires { value_traits<T>::to(x); };
  constexpr bool is_taken = requires { value{x}; };
  if constexpr (has_traits && !(is_taken && std::integral<T>)) // which leaves char
    return to_value(x);
  else if constexpr (is_taken)
    return value{x};
  else {
    static_assert(std::is_convertible_v<const T&, std::string_view> && !std::is_null_pointer_v<T>,
                  "an argument of a task is a text, or of a type with value_traits");
    return value{std::string{std::string_view{x}}};
  }
}
} // namespace detail

/// Positional arguments of a task: `arguments("ann", 3)`. Each is a text or a type with `value_traits`, of which a whole number that
/// no value holds is thrown as std::out_of_range.
template <class... Ts>
[[nodiscard]] value arguments(const Ts&... xs) {
  return value::list{detail::to_argument(xs)...};
}

} // namespace carillon
#pragma GCC visibility pop
