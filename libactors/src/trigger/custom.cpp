#include "carillon/trigger/custom.hpp"

#include "carillon/base/utf8.hpp"
#include "trigger/custom.hpp"
#include "trigger/kinds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <map>
#include <mutex>
#include <shared_mutex>

namespace carillon {
namespace {

constexpr std::size_t max_kind_size = 100;

struct kind_book {
  std::shared_mutex mutex; // guards `known`
  std::map<std::string, custom_trigger_factory, std::less<>> known;

  static kind_book& get() {
    static kind_book book;
    return book;
  }
};

bool is_kind_name(std::string_view name) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  return !name.empty() && name.size() <= max_kind_size && std::all_of(name.begin(), name.end(), is_allowed);
}

/// Calls a user's code; what it throws becomes an error.
template <class Call>
auto guarded(const std::string& kind, Call call) -> result<decltype(call())> {
  try {
    return call();
  } catch (const std::exception& thrown) {
    return error{ec::invalid_argument, fmt::format("the trigger kind {} threw: {}", quote(kind), thrown.what())};
  } catch (...) {
    return error{ec::invalid_argument, fmt::format("the trigger kind {} threw something", quote(kind))};
  }
}

class custom_rule final : public fire_rule {
public:
  custom_rule(std::string kind, std::unique_ptr<const custom_trigger> user)
    : kind_(std::move(kind)), user_(std::move(user)) {}

  [[nodiscard]] bool accepts(const trigger_cursor& cursor) const override {
    return !has_parts(cursor) && cursor.state.size() <= max_trigger_state_size;
  }
  [[nodiscard]] bool can_fail() const noexcept override { return true; }

  [[nodiscard]] result<std::optional<timestamp>> next(trigger_cursor& cursor, work_budget& budget) const override {
    std::optional<timestamp> time;
    if (const auto moved = step(cursor, budget, time); !moved)
      return moved.err();
    return time;
  }

  [[nodiscard]] result<void> skip_to(trigger_cursor& cursor, timestamp when, work_budget& budget) const override {
    if (cursor.at == trigger_cursor::phase::finished || (is_running(cursor) && position_of(cursor) >= when))
      return {};
    auto moved = cursor;
    const auto jumped = guarded(kind_, [&] { return user_->skip_to(moved.state, when); });
    if (!jumped)
      return jumped.err();
    if (*jumped) {
      if (auto checked = check_state(moved); !checked)
        return checked;
      cursor = std::move(moved);
      return {};
    }
    // The step before the one that goes too far is where it stands.
    for (std::size_t walked = 0; walked < max_trigger_walk; ++walked) {
      auto tried = cursor;
      std::optional<timestamp> time;
      if (auto done = step(tried, budget, time); !done)
        return done;
      if (time && *time >= when)
        return {};
      cursor = std::move(tried);
      if (!time)
        return {};
    }
    return {ec::iteration_limit,
            fmt::format("the trigger kind {} can't jump, and {} fire times weren't enough to walk to {}", quote(kind_),
                        max_trigger_walk, to_iso8601(when))};
  }

private:
  static bool is_running(const trigger_cursor& cursor) { return cursor.at == trigger_cursor::phase::running; }
  static timestamp position_of(const trigger_cursor& cursor) { return timestamp{duration{cursor.position}}; }

  [[nodiscard]] result<void> check_state(const trigger_cursor& cursor) const {
    if (cursor.state.size() <= max_trigger_state_size)
      return {};
    return {ec::limit_exceeded, fmt::format("the trigger kind {} keeps a state of {} bytes, more than {}", quote(kind_),
                                            cursor.state.size(), max_trigger_state_size)};
  }

  /// One fire time. An error leaves the cursor as it is.
  result<void> step(trigger_cursor& cursor, work_budget& budget, std::optional<timestamp>& time) const {
    if (cursor.at == trigger_cursor::phase::finished)
      return {};
    if (!budget.take_step())
      return {ec::iteration_limit, fmt::format("the trigger kind {} was asked too often in one call", quote(kind_))};
    auto moved = cursor;
    const auto given = guarded(kind_, [&] { return user_->next(moved.state); });
    if (!given)
      return given.err();
    if (!*given || **given > last_instant) {
      finish(cursor);
      return {};
    }
    if (**given < first_instant || (is_running(cursor) && **given <= position_of(cursor)))
      return {ec::invalid_argument, fmt::format("the trigger kind {} gave {}, which isn't after the fire time before",
                                                quote(kind_), to_iso8601(**given))};
    if (auto checked = check_state(moved); !checked)
      return checked;
    moved.at = trigger_cursor::phase::running;
    moved.position = (*given)->time_since_epoch().count();
    cursor = std::move(moved);
    time = *given;
    return {};
  }

  std::string kind_;
  std::unique_ptr<const custom_trigger> user_;
};

} // namespace

bool custom_trigger::skip_to(std::string& /*state*/, timestamp /*when*/) const { return false; }
std::string custom_trigger::describe() const { return {}; }

result<void> register_trigger_kind(const std::string& kind, custom_trigger_factory factory) {
  if (!is_kind_name(kind))
    return {ec::invalid_argument,
            fmt::format("trigger kind {}: expected 1 to {} of the characters a-z, 0-9, '_', '-' and '.'",
                        quote(kind.substr(0, 60)), max_kind_size)};
  if (!factory)
    return {ec::invalid_argument, fmt::format("trigger kind {}: it needs a factory", quote(kind))};
  auto& book = kind_book::get();
  const std::unique_lock lock{book.mutex};
  if (!book.known.emplace(kind, std::move(factory)).second)
    return {ec::conflict, fmt::format("trigger kind {} is registered already", quote(kind))};
  return {};
}

std::vector<std::string> registered_trigger_kinds() {
  auto& book = kind_book::get();
  const std::shared_lock lock{book.mutex};
  std::vector<std::string> all;
  for (const auto& [kind, factory] : book.known)
    all.push_back(kind);
  return all;
}

namespace {

void add_kinds(const trigger_definition& what,
               std::vector<std::string>& to) { // NOLINT(misc-no-recursion): checked when added
  const auto* all = std::get_if<all_of_definition>(&what.kind);
  const auto* any = std::get_if<any_of_definition>(&what.kind);
  if (const auto* custom = std::get_if<custom_definition>(&what.kind))
    to.push_back(custom->kind);
  else if (all != nullptr || any != nullptr)
    for (const auto& part : all != nullptr ? all->triggers : any->triggers)
      add_kinds(part, to);
}

} // namespace

std::vector<std::string> custom_kinds_of(const trigger_definition& what) {
  std::vector<std::string> kinds;
  add_kinds(what, kinds);
  std::sort(kinds.begin(), kinds.end());
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  return kinds;
}

result<std::unique_ptr<const custom_trigger>> make_custom_trigger(const custom_definition& definition) {
  custom_trigger_factory factory;
  {
    auto& book = kind_book::get();
    const std::shared_lock lock{book.mutex};
    if (const auto found = book.known.find(definition.kind); found != book.known.end())
      factory = found->second;
  }
  if (!factory)
    return error{ec::invalid_argument,
                 fmt::format("kind: {} isn't registered in this process", quote(definition.kind))};
  auto made = guarded(definition.kind, [&] { return factory(definition.parameters); });
  if (!made)
    return made.err();
  if (!*made)
    return made->err().within("parameters");
  if (**made == nullptr)
    return error{ec::invalid_argument, fmt::format("the trigger kind {} made no trigger", quote(definition.kind))};
  return std::move(**made);
}

compiled_rule compile(const custom_definition& definition) {
  auto made = make_custom_trigger(definition);
  if (!made)
    return made.err();
  return std::unique_ptr<const fire_rule>{std::make_unique<custom_rule>(definition.kind, *std::move(made))};
}

} // namespace carillon
