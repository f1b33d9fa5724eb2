#pragma once

#include "carillon/model/convert.hpp"
#include "carillon/runner/runner.hpp"

#include <functional>
#include <tuple>
#include <utility>

namespace carillon {
namespace detail {

template <class F>
struct signature : signature<decltype(&F::operator())> {};
template <class R, class... As>
struct signature<R (*)(As...)> {
  using returned = R;
  using parameters = std::tuple<std::remove_cvref_t<As>...>;
};
template <class R, class C, class... As>
struct signature<R (C::*)(As...)> : signature<R (*)(As...)> {};
template <class R, class C, class... As>
struct signature<R (C::*)(As...) const> : signature<R (*)(As...)> {};

/// Reads argument `i` of a list; the error names its position (from 1).
template <class T>
result<T> read_argument(const value::list& given, std::size_t i) {
  auto read = i < given.size() ? from_value<T>(given[i]) : from_value<T>(value{}); // a missing optional is null
  return read ? std::move(read) : result<T>{read.err().within("argument " + std::to_string(i + 1))};
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
  } else
    return attempt_result::success(to_value(returned));
}

template <class F, class... Ps>
attempt_result call_typed(const F& code, const value& given, const job_context& context, std::tuple<Ps...>*) {
  constexpr bool takes_context = [] {
    if constexpr (sizeof...(Ps) > 0)
      return std::is_same_v<std::tuple_element_t<0, std::tuple<Ps...>>, job_context>;
    return false;
  }();
  constexpr std::size_t count = sizeof...(Ps) - (takes_context ? 1 : 0);
  static const value::list none;
  const auto* list = given.is_null() ? &none : given.get_if<value::list>();
  if (list == nullptr || list->size() > count)
    return attempt_result::failed(job_outcome::deserialization_failed,
                                  "the task takes a list of " + std::to_string(count) + " arguments");
  return [&]<std::size_t... Is>(std::index_sequence<Is...>)->attempt_result {
    std::tuple<result<std::tuple_element_t<Is + (takes_context ? 1 : 0), std::tuple<Ps...>>>...> read{
        read_argument<std::tuple_element_t<Is + (takes_context ? 1 : 0), std::tuple<Ps...>>>(*list, Is)...};
    std::string fault;
    ((fault.empty() && !std::get<Is>(read) ? void(fault = std::get<Is>(read).err().text()) : void()), ...);
    if (!fault.empty())
      return attempt_result::failed(job_outcome::deserialization_failed, fault);
    const auto call = [&]() -> decltype(auto) {
      if constexpr (takes_context)
        return std::invoke(code, context, *std::move(std::get<Is>(read))...);
      else
        return std::invoke(code, *std::move(std::get<Is>(read))...);
    };
    if constexpr (std::is_void_v<decltype(call())>) {
      call();
      return attempt_result::success({});
    } else
      return to_attempt_result(call());
  }
  (std::make_index_sequence<count>{});
}

} // namespace detail

/// Makes a `task_function` of a C++ callable with typed parameters and result (see `value_traits`). The arguments of the
/// job are a list, one entry for each parameter; a first parameter `const job_context&` gets the context of the job. A
/// `result<T>` that holds an error is the outcome `error`, arguments that don't fit are `deserialization_failed`. The
/// callable must not be overloaded, and may be called from several threads at once.
template <class F>
[[nodiscard]] task_function make_task_function(F code) {
  if constexpr (std::is_convertible_v<F, task_function>)
    return code;
  else
    return [code = std::move(code)](const value& given, const job_context& context) {
      using parameters = typename detail::signature<F>::parameters;
      return detail::call_typed(code, given, context, static_cast<parameters*>(nullptr));
    };
}

} // namespace carillon
