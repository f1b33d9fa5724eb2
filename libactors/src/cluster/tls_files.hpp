#pragma once

#include "base/file_descriptor.hpp"
#include "carillon/base/result.hpp"
#include "carillon/runtime/cluster_config.hpp"

#include <string>

namespace carillon::cluster {

/// What the three files held when the node was opened. CAF reads them anew for each connection, and ends the process if it can't, as
/// while somebody renews them; so it gets copies, in memory.
struct tls_copies {
  file_descriptor authority;
  file_descriptor certificate;
  file_descriptor key;
};

/// Where such a copy can be read as a file, as long as it is open.
[[nodiscard]] std::string path_of(const file_descriptor& copy);

/// Whether the three files, if any is named, are there, can be read, belong together, and are valid now for what the node does; the
/// key's is its owner's alone. CAF 0.17 meets anything else with an exception, or with a connection that isn't checked. Empty
/// copies: none is named. Errors: ec::invalid_argument, ec::permission_denied, naming the field and the file.
[[nodiscard]] result<tls_copies> read_tls_files(const cluster_config& config);

/// Whether the file holds certificates that can be trusted. Errors: ec::invalid_argument, naming the field and the file.
[[nodiscard]] result<void> check_authority_file(const char* field, const std::string& path);

} // namespace carillon::cluster
