// A trigger of a kind of your own.
#include <carillon/trigger/custom.hpp>
#include <carillon/trigger/fire_time_query.hpp>

#include <iostream>

using namespace std::chrono_literals;

// Fires a minute after the start, and then each time after twice as long as before.
class doubling : public carillon::custom_trigger {
public:
  std::optional<carillon::timestamp> next(std::string& state) const override {
    const auto wait = state.empty() ? 1min : std::chrono::minutes{std::stol(state) * 2};
    state = std::to_string(wait.count());
    return carillon::parse_iso8601("2026-01-01T00:00:00Z").value() + 2 * wait - 1min;
  }
  std::string describe() const override { return "ever more rarely"; }
};

int main() {
  carillon::register_trigger_kind("doubling", [](std::string_view) {
    return carillon::result<std::unique_ptr<const carillon::custom_trigger>>{std::make_unique<doubling>()};
  }).or_throw();
  const auto times = carillon::list_fire_times(R"({"type": "custom", "kind": "doubling"})", 4, {}).or_throw().times;
  for (const auto time : times)
    std::cout << carillon::to_iso8601(time) << '\n';
  return times.size() == 4 ? 0 : 1;
}
