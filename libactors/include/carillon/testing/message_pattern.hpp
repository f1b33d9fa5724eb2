#pragma once

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/type_erased_tuple.hpp>

#include <concepts>
#include <functional>
#include <string>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

#pragma GCC visibility push(default)
namespace carillon::testing {

/// A message on its way to an actor. Valid during the call that it is given to.
struct message_in_flight {
  const caf::actor_control_block* from = nullptr;  ///< null: nobody waits for an answer, nor is it one
  const caf::actor_control_block* to = nullptr;    ///< in whose mailbox it waits
  const caf::type_erased_tuple* content = nullptr; ///< its elements; most have one
};

/// Any value will do, in `with`.
struct anything_type {};
inline constexpr anything_type anything; ///< `with(1, anything)`

/// The name of a type as charts and failures show it: without the namespace `carillon`.
[[nodiscard]] std::string readable_name(const std::type_info& type);

/// Which messages are meant. Without a condition: all. A value.
class message_pattern {
public:
  /// From this actor, typed or not.
  template <class Handle>
  message_pattern& from(const Handle& actor) {
    from_ = control_block_of(actor);
    return *this;
  }
  /// To this actor, typed or not.
  template <class Handle>
  message_pattern& to(const Handle& actor) {
    to_ = control_block_of(actor);
    return *this;
  }

  /// Whether the message meets all conditions.
  [[nodiscard]] bool matches(const message_in_flight& message) const {
    return (from_ == nullptr || from_ == message.from) && (to_ == nullptr || to_ == message.to) &&
           (!holds_ || holds_(*message.content));
  }
  /// In words, the actors being named by `name_of`.
  [[nodiscard]] std::string describe(const std::function<std::string(const caf::actor_control_block*)>& name_of) const;

  /// The actor that `to` has named; null: any.
  [[nodiscard]] const caf::actor_control_block* receiver() const noexcept { return to_; }

protected:
  /// Whether a message's elements are of the wanted types and values.
  using content_test = std::function<bool(const caf::type_erased_tuple&)>;

  content_test holds_;             ///< empty: any content
  std::string what_ = "a message"; ///< what `describe` begins with

private:
  template <class Handle>
  static const caf::actor_control_block* control_block_of(const Handle& actor) {
    return caf::actor_cast<caf::actor_control_block*>(actor);
  }

  const caf::actor_control_block* from_ = nullptr;
  const caf::actor_control_block* to_ = nullptr;
};

/// Messages of these types, one for each of their elements; most have one.
template <class... Types>
class typed_pattern : public message_pattern {
public:
  typed_pattern() {
    holds_ = [](const caf::type_erased_tuple& content) { return content.match_elements<Types...>(); };
    what_.clear();
    ((what_ += (what_.empty() ? "" : ", ") + readable_name(typeid(Types))), ...);
  }

  /// As in message_pattern.
  template <class Handle>
  typed_pattern& from(const Handle& actor) {
    message_pattern::from(actor);
    return *this;
  }
  /// As in message_pattern.
  template <class Handle>
  typed_pattern& to(const Handle& actor) {
    message_pattern::to(actor);
    return *this;
  }

  /// And with this content: for each element a value that it equals, a predicate, or `anything`.
  template <class... Conditions>
  requires(sizeof...(Conditions) == sizeof...(Types)) typed_pattern& with(Conditions... conditions) {
    holds_ = [is_type = std::move(holds_),
              wanted = std::make_tuple(std::move(conditions)...)](const caf::type_erased_tuple& content) {
      return is_type(content) && all_hold(content, wanted, std::index_sequence_for<Types...>{});
    };
    if (!what_.ends_with(" that fits"))
      what_ += " that fits";
    return *this;
  }

  /// And with this value of a field of the first element.
  template <class Owner, class Field, class Value>
  typed_pattern& with_field(Field Owner::*field, Value value) {
    return with_first<Owner>([field, value = std::move(value)](const Owner& x) { return x.*field == value; });
  }

private:
  template <class Owner, class Predicate>
  typed_pattern& with_first(Predicate predicate) {
    holds_ = [is_so = std::move(holds_), predicate = std::move(predicate)](const caf::type_erased_tuple& content) {
      return is_so(content) && predicate(content.get_as<Owner>(0));
    };
    if (!what_.ends_with(" that fits"))
      what_ += " that fits";
    return *this;
  }

  template <class Tuple, std::size_t... Indices>
  static bool all_hold(const caf::type_erased_tuple& content, const Tuple& wanted, std::index_sequence<Indices...>) {
    return (holds(content.get_as<Types>(Indices), std::get<Indices>(wanted)) && ...);
  }
  template <class Value, class Condition>
  static bool holds(const Value& value, const Condition& condition) {
    if constexpr (std::is_same_v<Condition, anything_type>)
      return true;
    else if constexpr (std::predicate<const Condition&, const Value&>)
      return condition(value);
    else
      return value == condition;
  }
};

/// Messages with elements of these types: `message<add_job>().to(store)`.
template <class... Types>
requires(sizeof...(Types) > 0) [[nodiscard]] typed_pattern<Types...> message() { return {}; }
/// Messages of any type.
[[nodiscard]] inline message_pattern any_message() { return {}; }

} // namespace carillon::testing
#pragma GCC visibility pop
