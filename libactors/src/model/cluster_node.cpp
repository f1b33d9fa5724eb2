#include "carillon/model/cluster_node.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon {

result<void> check_labels(const std::vector<std::string>& labels) {
  if (labels.size() > max_labels)
    return {ec::limit_exceeded, fmt::format("labels: {} of them, of which {} are allowed", labels.size(), max_labels)};
  for (const auto& label : labels)
    if (auto checked = check_id("label", label); !checked)
      return checked;
  return {};
}

void sort_labels(std::vector<std::string>& labels) {
  std::ranges::sort(labels);
  labels.erase(std::unique(labels.begin(), labels.end()), labels.end()); // clang 14 doesn't compile std::ranges::unique
}

} // namespace carillon
