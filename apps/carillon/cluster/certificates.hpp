#pragma once

#include "carillon/base/result.hpp"
#include "carillon/base/time.hpp"

#include <string>

/// The certificates by which the nodes of one cluster know each other: an authority of their own, and one for each node.
namespace carillon::app {

struct certificate_files {
  std::string certificate; ///< PEM
  std::string key;         ///< PEM, mode 0600
};

/// Longest validity of what `issue_certificate` makes. The authority's is ten years.
inline constexpr duration max_certificate_validity = std::chrono::days{3'650};

/// Makes the authority: `authority.pem` and `authority.key` in `folder`, which is made (mode 0700) if it isn't there. `cluster` is
/// written into it. Nothing is overwritten. Errors: ec::conflict if there is one, ec::permission_denied, ec::store_io.
[[nodiscard]] result<certificate_files> make_authority(const std::string& folder, const std::string& cluster,
                                                       timestamp now);

/// Issues a certificate for the node `name`: `name.pem` and `name.key` beside the authority's. Errors: as above;
/// ec::invalid_argument for a name that check_id refuses or that has a `/`, ec::not_found without an authority.
[[nodiscard]] result<certificate_files> issue_certificate(const std::string& folder, const std::string& name,
                                                          duration validity, timestamp now);

} // namespace carillon::app
