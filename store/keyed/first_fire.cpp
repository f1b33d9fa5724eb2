#include "keyed/first_fire.hpp"

namespace carillon::keyed {

result<first_fire> find_first_fire(const schedule_definition& what, std::optional<timestamp> covered_to) {
  auto made = trigger::make(what.trigger);
  if (!made)
    return made.err();
  if (covered_to)
    if (auto skipped = made->skip_to(*covered_to + resolution); !skipped)
      return skipped.err();
  const auto first = made->next();
  if (!first)
    return first.err();
  return first_fire{*first, made->cursor()};
}

} // namespace carillon::keyed
