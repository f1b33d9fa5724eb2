#pragma once

#include "carillon/store/inspection.hpp"

#include "carillon/store/family.hpp"

#include <string>
#include <string_view>

namespace carillon::keyed {

/// A record decoded and held against its key. Pure.
[[nodiscard]] stored_record inspect_record(family where, std::string_view key, std::string_view record);

/// A key for people: `report`, a job's UUID, `incarnation 17`; hexadecimal digits for one that isn't as keys.hpp has it.
[[nodiscard]] std::string show_key(family where, std::string_view key);

} // namespace carillon::keyed
