#pragma once

#include "carillon/base/result.hpp"

#include <functional>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::app {

struct serve_command;

/// Longest configuration file of a node, in bytes.
inline constexpr std::size_t max_serve_file_size_bytes = 1U << 20U;

/// Where a file is wrong. Lines and columns count from 1.
struct file_fault {
  std::size_t line = 0;
  std::size_t column = 0;
  std::string text; ///< without a full stop

  friend bool operator==(const file_fault&, const file_fault&) = default;
};

/// A setting of such a file as a word of the command line.
struct serve_setting {
  std::string key;
  const char* option;
  const char* excluded_by; ///< an option that it doesn't go with; null: none
  std::string word;        ///< `--option=value`
  std::size_t line = 0;
  std::size_t column = 0;
};

/// What a configuration file (TOML) says, and what is wrong with it, both in its order.
struct serve_file {
  std::vector<serve_setting> settings;
  std::vector<file_fault> faults;
};
/// What the settings say isn't looked at.
[[nodiscard]] serve_file parse_serve_file(std::string_view text);

/// What a node says of options that the command line takes.
using serve_check = std::function<result<void>(const serve_command& what)>;

/// All that is wrong with a configuration file, in its order: as far as the file itself tells, and as `check` says.
[[nodiscard]] std::vector<file_fault> check_serve_file(std::string_view text, const serve_check& check = {});

/// The options of `carillon serve` that a configuration file (TOML) says: each option by its long name, without the dashes; those
/// of the cluster in the section `[cluster]`, where `name` is --cluster, `identity` --name, `roles` --role and `labels`
/// --label. An option that `said` names (as `--name`) is left out: the command line counts. Errors: ec::invalid_argument,
/// naming the file and the key.
[[nodiscard]] result<std::vector<std::string>> read_serve_file(std::istream& text, const std::string& path,
                                                               const std::vector<std::string>& said);

} // namespace carillon::app
