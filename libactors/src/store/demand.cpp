#include "carillon/model/built_in.hpp"
#include "carillon/store/data_store.hpp"

#include <algorithm>

namespace carillon {

bool demand::fits(const std::string& task, const std::string& runner,
                  const std::vector<std::string>& required_labels) const {
  return std::find(runners.begin(), runners.end(), runner) != runners.end() &&
         (is_built_in(task) || std::binary_search(tasks.begin(), tasks.end(), task)) &&
         std::includes(labels.begin(), labels.end(), required_labels.begin(), required_labels.end());
}

} // namespace carillon
