#pragma once

#include "carillon/base/ids.hpp"

#include <unordered_map>

namespace carillon {

/// Jobs by id, with room between them: most look-ups are for one that isn't there, and each entry in the way of one is a line of
/// memory that no cache has.
template <class T>
class map_of_jobs : public std::unordered_map<job_id, T> {
public:
  map_of_jobs() { this->max_load_factor(0.5F); }
};

} // namespace carillon
