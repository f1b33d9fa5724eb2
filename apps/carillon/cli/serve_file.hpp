#pragma once

#include "carillon/base/result.hpp"

#include <istream>
#include <string>
#include <vector>

namespace carillon::app {

/// Longest configuration file of a node, in bytes.
inline constexpr std::size_t max_serve_file_size_bytes = 1U << 20U;

/// The options of `carillon serve` that a configuration file (TOML) says: each option by its long name, without the dashes; those
/// of the cluster in the section `[cluster]`, where `identity` is --name and `roles` a list. An option that `said` names
/// (as `--name`) is left out: the command line counts. Errors: ec::invalid_argument, naming the file and the key.
[[nodiscard]] result<std::vector<std::string>> read_serve_file(std::istream& text, const std::string& path,
                                                               const std::vector<std::string>& said);

} // namespace carillon::app
