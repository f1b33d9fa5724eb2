#pragma once

#include <string>
#include <string_view>
#include <vector>

/// `carillon doctor`: what of a machine would keep a node from its work. What is read of the machine (facts) and what it means
/// (findings) are apart, so that the meaning can be tested without the machine.
namespace carillon::app::doctor {

enum class level { ok, warning, error };

[[nodiscard]] constexpr std::string_view to_string(level x) noexcept {
  return x == level::ok ? "ok" : x == level::warning ? "warning" : "error";
}

struct finding {
  level how = level::ok;
  std::string subject; ///< `clock`
  std::string text;    ///< what was found
  std::string advice;  ///< what to do; empty: nothing

  friend bool operator==(const finding&, const finding&) = default;
};

using findings = std::vector<finding>;

} // namespace carillon::app::doctor
