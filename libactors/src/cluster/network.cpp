#include "cluster/network.hpp"

#include "actor/errors.hpp"
#include "base/file_descriptor.hpp"
#include "base/network_address.hpp"
#include "carillon/base/ids.hpp"
#include "cluster/openssl_errors.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/all.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <fmt/format.h>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace carillon::cluster {
namespace {

// They only clear what is dead without a word; a silent worker is noticed by its leases. Shorter ones keep slow peers from ever
// joining: CAF 0.17 drops a connection whose handshake isn't done at the second beat.
constexpr caf::timespan heartbeat = std::chrono::seconds{5};
constexpr caf::timespan silence_limit = std::chrono::seconds{20};

constexpr int probe_limit_milliseconds = 5'000;

bool is_encrypted(const cluster_config& config) { return !config.certificate_file.empty(); }

// CAF's own connecting blocks all of its network for as long as the system tries, minutes if nobody refuses. So it only gets what has
// just been reached.
result<void> probe(const network_address& where) {
  const auto refuse = [&](std::string_view why) {
    return error{ec::unavailable, fmt::format("can't reach the node at {}: {}", to_string(where), why)};
  };
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = ::getaddrinfo(where.host.c_str(), std::to_string(where.port).c_str(), &wanted, &found);
      code != 0)
    return refuse(::gai_strerror(code));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all{found, ::freeaddrinfo};
  int why = ETIMEDOUT;
  for (const auto* each = all.get(); each != nullptr; each = each->ai_next) {
    const file_descriptor socket{::socket(each->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (socket.is_open() && ::connect(socket.get(), each->ai_addr, each->ai_addrlen) == 0)
      return {};
    why = errno;
    pollfd ready{socket.get(), POLLOUT, 0};
    if (!socket.is_open() || why != EINPROGRESS)
      continue;
    why = ETIMEDOUT;
    socklen_t size = sizeof why;
    if (::poll(&ready, 1, probe_limit_milliseconds) == 1 &&
        ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &why, &size) == 0 && why == 0)
      return {};
  }
  return refuse(std::strerror(why));
}

error network_fault(const network_address& where, std::string_view what, const caf::error& why,
                    caf::actor_system& system) {
  return {ec::unavailable, fmt::format("{} {}: {}", what, to_string(where), system.render(why))};
}

} // namespace

result<tls_copies> check_cluster(const cluster_config& config) {
  if (auto named = check_id("name", config.name); !named)
    return named.err().within("cluster");
  if (!config.listen.empty() && !config.join.empty())
    return {ec::invalid_argument, "cluster: a node either has the store, and may listen, or joins the node with the "
                                  "store: give one of listen and join"};
  for (const auto& [field, text] : {std::pair{"listen", &config.listen}, {"join", &config.join}}) {
    if (text->empty())
      continue;
    const auto address = parse_address(*text);
    if (!address)
      return address.err().within(field).within("cluster");
    if (!is_loopback(*address) && !is_encrypted(config))
      return error{
          ec::invalid_argument,
          fmt::format("{} is reached from other machines: that needs authority_file, certificate_file and key_file",
                      *text)}
          .within(field)
          .within("cluster");
  }
  auto copies = read_tls_files(config);
  return copies ? std::move(copies) : copies.err().within("cluster");
}

void configure_network(caf::actor_system_config& settings, const tls_copies& copies) {
  settings.set("middleman.heartbeat-interval", heartbeat);
  settings.set("middleman.connection-timeout", silence_limit);
  settings.load<caf::io::middleman>();
  if (!copies.key.is_open())
    return;
  settings.load<caf::openssl::manager>();
  settings.openssl_certificate = path_of(copies.certificate);
  settings.openssl_key = path_of(copies.key);
  settings.openssl_cafile = path_of(copies.authority);
}

void prepare_network(caf::actor_system& system, const tls_copies& copies) {
  if (copies.key.is_open())
    system.middleman().backend().post(clear_errors_of_failed_connections);
}

result<void> listen(const gate_actor& gate, const cluster_config& config) {
  const auto address = parse_address(config.listen);
  if (!address)
    return address.err();
  auto& system = gate.home_system();
  const auto* host = address->host.c_str();
  constexpr bool reuse = true; // what an earlier process left in TIME_WAIT doesn't matter
  const auto bound = is_encrypted(config) ? caf::openssl::publish(gate_facet{gate}, address->port, host, reuse)
                                          : system.middleman().publish(gate_facet{gate}, address->port, host, reuse);
  if (!bound && bound.error() == caf::sec::cannot_open_port)
    return {ec::conflict, fmt::format("can't listen at {}: another program does, or this machine has no such address",
                                      to_string(*address))};
  return bound ? result<void>{} : network_fault(*address, "can't listen at", bound.error(), system);
}

connector_actor spawn_connector(caf::actor_system& system, const cluster_config& config) {
  const auto address = parse_address(config.join).or_throw();
  return system.spawn<caf::detached>([=, encrypted = is_encrypted(config)](connector_actor::pointer self) {
    return connector_actor::behavior_type{
        [=](const find_gate&) -> caf::result<gate_found> {
          if (auto reached = probe(address); !reached)
            return actor::to_caf(reached.err());
          auto& network = self->system();
          const auto found = encrypted ? caf::openssl::remote_actor<gate_facet>(network, address.host, address.port)
                                       : network.middleman().remote_actor<gate_facet>(address.host, address.port);
          if (!found)
            return actor::to_caf(
                network_fault(address,
                              encrypted ? "can't reach the node at, or its certificate and this one's don't fit:"
                                        : "can't reach the node at",
                              found.error(), network));
          return gate_found{*found};
        },
    };
  });
}

} // namespace carillon::cluster
