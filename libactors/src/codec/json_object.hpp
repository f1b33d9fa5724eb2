#pragma once

#include "carillon/base/result.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::codec {

/// Reads the members of a JSON object, which must outlive it. `null` is the same as a missing member. Errors of all
/// methods: ec::invalid_argument, with the name of the member in front.
class json_object {
public:
  /// Errors also when `json` isn't an object or has a member that isn't among `names`.
  [[nodiscard]] static result<json_object> open(const nlohmann::json& json,
                                                std::initializer_list<std::string_view> names);

  [[nodiscard]] const nlohmann::json* find(std::string_view name) const;
  [[nodiscard]] result<std::optional<std::string>> text(std::string_view name) const;
  [[nodiscard]] result<std::string> required_text(std::string_view name) const;
  /// A whole number from 0 to `max`.
  [[nodiscard]] result<std::optional<std::uint64_t>>
  whole_number(std::string_view name, std::uint64_t max = std::numeric_limits<std::uint32_t>::max()) const;

private:
  explicit json_object(const nlohmann::json& json) : json_(&json) {}

  const nlohmann::json* json_;
};

} // namespace carillon::codec
