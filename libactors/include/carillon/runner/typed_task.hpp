#pragma once

#include "carillon/model/convert.hpp"
#include "carillon/runner/task_function.hpp"

#include <functional>
#include <tuple>
#include <utility>

#pragma GCC visibility push(default)
namespace carillon {
/// @cond
namespace detail {

template <class F>
struct signature : signature<decltype(&F::operator())> {};
template <class R, class... As>
struct signature<R (*)(As...)> {
  using parameters = std::tuple<std::remove_cvref_t<As>...>;
};
template <class R, class... As>
struct signature<R (*)(As...) noexcept> : signature<R (*)(As...)> {};
template <class R, class C, class... As>
struct signature<R (C::*)(As...)> : signature<R (*)(As...)> {
  static_assert(sizeof(C) == 0,
                "the callable of a task is called as const: its operator() is, and a lambda isn't mutable");
};
template <class R, class C, class... As>
struct signature<R (C::*)(As...) noexcept> : signature<R (C::*)(As...)> {};
template <class R, class C, class... As>
struct signature<R (C::*)(As...) const> : signature<R (*)(As...)> {};
template <class R, class C, class... As>
struct signature<R (C::*)(As...) const noexcept> : signature<R (*)(As...)> {};

/// A parameter that isn't one of the job's arguments.
template <class P>
inline constexpr bool is_given = std::is_same_v<P, job_context> || std::is_same_v<P, completion>;

template <class... Ps>
constexpr std::size_t count_leading(std::tuple<Ps...>*) {
  std::size_t count = 0;
  bool leads = true;
  ((leads = leads && is_given<Ps>, count += leads ? 1 : 0), ...);
  return count;
}
template <class... Ps>
constexpr std::size_t count_given(std::tuple<Ps...>*) {
  return (std::size_t{0} + ... + (is_given<Ps> ? 1 : 0));
}
template <class... Ps>
constexpr bool has_completion(std::tuple<Ps...>*) {
  return (std::is_same_v<Ps, completion> || ...);
}

template <std::size_t First, class Tuple, std::size_t... Is>
auto from_element(std::index_sequence<Is...>) -> std::tuple<std::tuple_element_t<First + Is, Tuple>...>;

/// Reads argument `i` of a list; the error names its position (from 1).
template <class T>
result<T> read_argument(const value::list& given, std::size_t i) {
  static_assert(
      requires(const value& x) { value_traits<T>::from(x); },
      "a parameter of a task has value_traits: std::string has, std::string_view and const char* haven't");
  auto read = i < given.size() ? from_value<T>(given[i]) : from_value<T>(value{}); // a missing optional is null
  return read ? std::move(read) : result<T>{read.err().within("argument " + std::to_string(i + 1))};
}

template <class... Ts>
result<std::tuple<Ts...>> read_arguments(const value& given, std::tuple<Ts...>*) {
  static const value::list none;
  const auto* list = given.is_null() ? &none : given.get_if<value::list>();
  if (list == nullptr || list->size() > sizeof...(Ts))
    return {ec::invalid_argument, "expected a list of " + std::to_string(sizeof...(Ts)) + " arguments" +
                                      (list == nullptr ? "" : ", not " + std::to_string(list->size()))};
  return [&]<std::size_t... Is>(std::index_sequence<Is...>)->result<std::tuple<Ts...>> {
    std::tuple<result<Ts>...> read{read_argument<Ts>(*list, Is)...};
    const error* fault = nullptr;
    ((fault == nullptr && !std::get<Is>(read) ? void(fault = &std::get<Is>(read).err()) : void()), ...);
    if (fault != nullptr)
      return *fault;
    return std::tuple<Ts...>{*std::move(std::get<Is>(read))...};
  }
  (std::index_sequence_for<Ts...>{});
}

template <class R>
attempt_result to_attempt_result(R&& returned) {
  using type = std::remove_cvref_t<R>;
  if constexpr (std::is_same_v<type, attempt_result>)
    return std::forward<R>(returned);
  else if constexpr (requires {
                       typename type::value_type;
                       returned.has_value();
                       returned.err();
                     }) {
    if (!returned)
      return attempt_result::failed(job_outcome::error, returned.err().text());
    if constexpr (std::is_void_v<typename type::value_type>)
      return attempt_result::success({});
    else
      return attempt_result::success(to_value(*std::forward<R>(returned)));
  } else {
    static_assert(
        requires { value_traits<type>::to(returned); },
        "the result of a task has value_traits: std::string has, std::string_view and const char* haven't");
    return attempt_result::success(to_value(returned));
  }
}

/// A callable with typed parameters, called with the arguments of a job.
template <class F>
class typed_code {
public:
  explicit typed_code(F code) : code_(std::move(code)) {}

  void operator()(const value& given, const job_context& context, const completion& done) const {
    auto read = read_arguments(given, static_cast<arguments*>(nullptr));
    if (!read)
      return done.finish(attempt_result::failed(job_outcome::deserialization_failed, read.err().text()));
    const auto call = [&]() -> decltype(auto) {
      return invoke(context, done, *std::move(read), std::make_index_sequence<leading>{},
                    std::make_index_sequence<std::tuple_size_v<arguments>>{});
    };
    using returned = decltype(call());
    if constexpr (has_completion(static_cast<parameters*>(nullptr))) {
      static_assert(std::is_void_v<returned>, "a callable that takes a completion returns nothing: it ends by that");
      call();
    } else if constexpr (std::is_void_v<returned>) {
      call();
      done.success();
    } else
      done.finish(to_attempt_result(call()));
  }

  static result<void> check(const value& given) {
    const auto read = read_arguments(given, static_cast<arguments*>(nullptr));
    return read ? result<void>{} : read.err();
  }

private:
  using parameters = typename signature<F>::parameters;
  static constexpr std::size_t leading = count_leading(static_cast<parameters*>(nullptr));
  static_assert(leading == count_given(static_cast<parameters*>(nullptr)),
                "a job_context and a completion stand before the arguments");
  using arguments =
      decltype(from_element<leading, parameters>(std::make_index_sequence<std::tuple_size_v<parameters> - leading>{}));

  template <class P>
  static const P& pick(const job_context& context, const completion& done) {
    if constexpr (std::is_same_v<P, job_context>)
      return context;
    else
      return done;
  }

  template <std::size_t... Gs, std::size_t... As>
  decltype(auto) invoke(const job_context& context, const completion& done, arguments&& read,
                        std::index_sequence<Gs...>, std::index_sequence<As...>) const {
    return std::invoke(code_, pick<std::tuple_element_t<Gs, parameters>>(context, done)...,
                       std::move(std::get<As>(read))...);
  }

  F code_;
};

} // namespace detail
/// @endcond

/// Makes a `task_function` of a C++ callable with typed parameters and result (see `value_traits`). The arguments of the
/// job are a list, one entry for each parameter; a missing optional is none. In front of them there may be a
/// `const job_context&`, which gets the context of the job, and a `completion`, in either order: with one the callable
/// returns nothing, and may end later. A `result<T>` that holds an error is the outcome `error`, arguments that don't fit
/// are `deserialization_failed`. The callable can be copied, isn't overloaded, is called as const (no `mutable`), and may be called
/// from several threads at once.
template <class F>
[[nodiscard]] task_function make_task_function(F code) {
  if constexpr (std::is_convertible_v<F, task_function>) {
    return code;
  } else {
    static_assert(std::is_copy_constructible_v<F>, "the callable of a task can be copied: let it share what can't");
    return {detail::typed_code<F>{std::move(code)}, detail::typed_code<F>::check};
  }
}

} // namespace carillon
#pragma GCC visibility pop
