#pragma once

#include "carillon/base/assert.hpp"
#include "carillon/base/error.hpp"

#include <stdexcept>
#include <utility>
#include <variant>

#pragma GCC visibility push(default)
namespace carillon {

/// What `or_throw` throws: an `error` on its way through code that uses exceptions.
class failure : public std::runtime_error {
public:
  /// `what()` of the exception is the error's text.
  explicit failure(error what) : std::runtime_error(what.text()), what_(std::move(what)) {}
  [[nodiscard]] const error& reason() const noexcept { return what_; } ///< with its code; lives as long as this

private:
  error what_;
};

/// A value or an error. Access to the one that isn't there is a broken invariant and stops the program.
template <class T>
class [[nodiscard]] result {
public:
  using value_type = T; ///< for code that takes any result

  /// Success. Implicit, so that a function can return its value as it is.
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {} // NOLINT(google-explicit-constructor)
  /// A failure. Implicit for the same reason.
  result(error what) : state_(std::in_place_index<1>, std::move(what)) {}     // NOLINT(google-explicit-constructor)
  result(ec code, std::string text) : result(error{code, std::move(text)}) {} ///< a failure of these two

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; } ///< else there is an error
  explicit operator bool() const noexcept { return has_value(); }               ///< has_value()

  [[nodiscard]] const T& value() const& { return get<0>(state_); }   ///< only if there is one; a part of this
  [[nodiscard]] T& value() & { return get<0>(state_); }              ///< the same, to be changed
  [[nodiscard]] T&& value() && { return std::move(get<0>(state_)); } ///< the same, to be moved from: not a copy
  const T& operator*() const& { return value(); }                    ///< value()
  T& operator*() & { return value(); }                               ///< value()
  T&& operator*() && { return std::move(*this).value(); }            ///< value()
  const T* operator->() const { return &value(); }                   ///< never null
  T* operator->() { return &value(); }                               ///< never null

  [[nodiscard]] const error& err() const { return get<1>(state_); } ///< only if there is no value; a part of this

  /// The value, or a `failure` is thrown: for short programs.
  T or_throw() && {
    if (!has_value())
      throw failure{err()};
    return std::move(*this).value();
  }

private:
  // The pointer itself is checked, so that the compiler sees that it isn't null where it is used.
  template <std::size_t Index>
  static auto& get(auto& state) {
    auto* held = std::get_if<Index>(&state);
    CARILLON_ASSERT(held != nullptr);
    return *held;
  }

  std::variant<T, error> state_;
};

/// Success without a value, or an error.
template <>
class [[nodiscard]] result<void> {
public:
  using value_type = void; ///< for code that takes any result

  result() noexcept = default;
  /// A failure; success if its code is ec::none.
  result(error what) : what_(std::move(what)) {}                      // NOLINT(google-explicit-constructor)
  result(ec code, std::string text) : what_(code, std::move(text)) {} ///< the same of these two

  [[nodiscard]] bool has_value() const noexcept { return what_.code() == ec::none; } ///< whether it is success
  explicit operator bool() const noexcept { return has_value(); }                    ///< has_value()
  /// Only if it isn't success; a part of this.
  [[nodiscard]] const error& err() const {
    CARILLON_ASSERT(!has_value());
    return what_;
  }
  /// Throws a `failure` unless it is success: for short programs.
  void or_throw() const {
    if (!has_value())
      throw failure{what_};
  }

private:
  error what_;
};

} // namespace carillon
#pragma GCC visibility pop
