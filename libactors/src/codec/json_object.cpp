#include "codec/json_object.hpp"

#include "carillon/base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::codec {

result<json_object> json_object::open(const nlohmann::json& json, std::initializer_list<std::string_view> names) {
  if (!json.is_object())
    return error{ec::invalid_argument, "expected an object"};
  for (const auto& [name, member] : json.items())
    if (std::find(names.begin(), names.end(), name) == names.end())
      return error{ec::invalid_argument, fmt::format("{} is unknown here", quote(first_bytes(name, 60)))};
  return json_object{json};
}

const nlohmann::json* json_object::find(std::string_view name) const {
  const auto found = json_->find(name);
  return found == json_->end() || found->is_null() ? nullptr : &*found;
}

result<std::optional<std::string>> json_object::text(std::string_view name) const {
  const auto* member = find(name);
  if (member == nullptr)
    return std::optional<std::string>{};
  if (!member->is_string())
    return error{ec::invalid_argument, fmt::format("{}: expected text", name)};
  return std::optional{member->get<std::string>()};
}

result<std::string> json_object::required_text(std::string_view name) const {
  auto found = text(name);
  if (!found)
    return found.err();
  if (!*found)
    return error{ec::invalid_argument, fmt::format("{}: it is missing", name)};
  return **std::move(found);
}

result<std::optional<std::uint64_t>> json_object::whole_number(std::string_view name, std::uint64_t max) const {
  const auto* member = find(name);
  if (member == nullptr)
    return std::optional<std::uint64_t>{};
  // A json made in C++ may hold a positive number as a signed one.
  if (!member->is_number_integer() || (!member->is_number_unsigned() && member->get<std::int64_t>() < 0))
    return error{ec::invalid_argument, fmt::format("{}: expected a whole number, not below 0", name)};
  const auto value = member->get<std::uint64_t>();
  if (value > max)
    return error{ec::invalid_argument, fmt::format("{}: {} is more than {}", name, value, max)};
  return std::optional{value};
}

} // namespace carillon::codec
