#pragma once

#include <string>

#pragma GCC visibility push(default)
namespace carillon {

/// How this node is one of several. One of them has the store, and lets the others in where it listens; those take part in its work
/// as their roles say, and need nothing else in common. An address is `HOST:PORT`, an IPv6 address in brackets. Where other
/// machines reach it, connections are encrypted, and each side wants a certificate of its own authority from the other: then
/// the three files must be there.
struct cluster_config {
  std::string name = "carillon";  ///< the node with the store turns those of another name away
  std::string listen{};           ///< where this node lets others in. Empty: nobody can come
  std::string join{};             ///< where the node with the store listens. Not empty: this one has none of its own
  std::string authority_file{};   ///< PEM: the certificate of the authority that issued those of all nodes
  std::string certificate_file{}; ///< PEM: this node's, and those between it and the authority's
  std::string key_file{};         ///< PEM: the key of that; nobody but its owner may read it
};

} // namespace carillon
#pragma GCC visibility pop
