#include "import/imported.hpp"

#include "carillon/base/ids.hpp"

#include <algorithm>

namespace carillon::app {

std::string id_chooser::choose(std::string_view wanted) {
  constexpr std::size_t room_for_number = 12;
  std::string id{wanted.substr(0, max_id_size_bytes - room_for_number)};
  for (auto& letter : id)
    if (!check_id("id", std::string_view{&letter, 1}))
      letter = '_';
  if (id.empty())
    id = "imported";
  auto chosen = id;
  for (int number = 2; std::ranges::find(taken_, chosen) != taken_.end(); ++number)
    chosen = id + "#" + std::to_string(number);
  taken_.push_back(chosen);
  return chosen;
}

} // namespace carillon::app
