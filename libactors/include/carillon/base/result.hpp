#pragma once

#include "carillon/base/assert.hpp"
#include "carillon/base/error.hpp"

#include <stdexcept>
#include <utility>
#include <variant>

namespace carillon {

/// What `or_throw` throws: an `error` on its way through code that uses exceptions.
class failure : public std::runtime_error {
public:
  explicit failure(error what) : std::runtime_error(what.text()), what_(std::move(what)) {}
  [[nodiscard]] const error& reason() const noexcept { return what_; }

private:
  error what_;
};

/// A value or an error. Access to the one that isn't there is a broken invariant and stops the program.
template <class T>
class [[nodiscard]] result {
public:
  using value_type = T;

  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}   // NOLINT(google-explicit-constructor)
  result(error what) : state_(std::in_place_index<1>, std::move(what)) {} // NOLINT(google-explicit-constructor)
  result(ec code, std::string text) : result(error{code, std::move(text)}) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] const T& value() const& { return get<0>(state_); }
  [[nodiscard]] T& value() & { return get<0>(state_); }
  [[nodiscard]] T&& value() && { return std::move(get<0>(state_)); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  [[nodiscard]] const error& err() const { return get<1>(state_); }

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
  using value_type = void;

  result() noexcept = default;
  result(error what) : what_(std::move(what)) {} // NOLINT(google-explicit-constructor)
  result(ec code, std::string text) : what_(code, std::move(text)) {}

  [[nodiscard]] bool has_value() const noexcept { return what_.code() == ec::none; }
  explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] const error& err() const {
    CARILLON_ASSERT(!has_value());
    return what_;
  }
  void or_throw() const {
    if (!has_value())
      throw failure{what_};
  }

private:
  error what_;
};

} // namespace carillon
