#include "world_kernel.hpp"

#include <caf/deep_to_string.hpp>

#include <boost/core/demangle.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace carillon::testing {
namespace {

constexpr std::size_t most_kept = 60;

/// `add_job(...)`, without the parentheses of the message and anything that can't be printed.
std::string readable(const caf::type_erased_tuple& content) {
  auto text = content.stringify();
  if (text.size() >= 2 && text.front() == '(')
    text = text.substr(1, text.size() - 2);
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' ' || c > '~'; }, '.');
  return text;
}

/// The command line of this process, to be pasted into a shell.
std::string command_line() {
  std::ifstream file{"/proc/self/cmdline"};
  std::string line;
  for (std::string argument; std::getline(file, argument, '\0');) {
    const bool is_plain = argument.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                                     "-_=./:,+@%") == std::string::npos;
    std::string quoted;
    for (const char c : argument)
      quoted += c == '\'' ? "'\\''" : std::string(1, c);
    line += is_plain && !argument.empty() ? argument + " " : "'" + quoted + "' ";
  }
  return line;
}

} // namespace

std::string readable_name(const std::type_info& type) {
  if (type == typeid(std::string))
    return "std::string"; // and not its template's whole name
  auto name = boost::core::demangle(type.name());
  constexpr std::string_view ours = "carillon::";
  return name.starts_with(ours) ? name.substr(ours.size()) : name;
}

std::string
message_pattern::describe(const std::function<std::string(const caf::actor_control_block*)>& name_of) const {
  return what_ + (from_ == nullptr ? "" : " from " + name_of(from_)) + (to_ == nullptr ? "" : " to " + name_of(to_));
}

std::string conversation::name_of(const caf::actor_control_block* actor) const {
  if (actor == nullptr)
    return "-";
  const auto found = names_.find(actor);
  return found == names_.end() ? fmt::format("actor {}", fmt::ptr(actor)) : found->second.name;
}

std::string conversation::traced_name(const caf::actor_control_block* actor, std::size_t node) const {
  if (actor == nullptr)
    return "-";
  const auto found = names_.find(actor);
  return found == names_.end() ? fmt::format("{}.{}", node, actor->id()) : found->second.name;
}

void conversation::note(const message_in_flight& message, duration now, std::string_view became) {
  if (kept == keep::nothing)
    return;
  if (last_.size() == most_kept)
    last_.pop_front();
  const auto* type = message.content->size() == 1 ? message.content->type(0).second : nullptr;
  last_.push_back({now, message.from, message.to, type,
                   kept == keep::contents || type == nullptr ? readable(*message.content) : std::string{}, became});
}

std::string conversation::chart() const {
  std::vector<chart_message> messages;
  for (const auto& one : last_)
    messages.push_back({one.at - begin_, name_of(one.from), name_of(one.to),
                        one.text.empty() ? readable_name(*one.type) : one.text, std::string{one.became}});
  return sequence_chart(messages);
}

std::uint64_t seed_or(std::uint64_t usual) {
  const char* text = std::getenv("CARILLON_SEED"); // NOLINT(concurrency-mt-unsafe): tests read it at their start
  return text == nullptr || *text == '\0' ? usual : std::strtoull(text, nullptr, 10);
}

expectation_failed world::implementation::failure(const message_pattern& expected, const std::string& details) const {
  const auto names = [this](const caf::actor_control_block* actor) { return past.name_of(actor); };
  return expectation_failed{fmt::format("expected {}\n{}\n\nthe last messages:\n{}\nseed {}; to run it again:\n"
                                        "  CARILLON_SEED={} {}\n",
                                        expected.describe(names), details, past.chart(), seed, seed, command_line())};
}

} // namespace carillon::testing
