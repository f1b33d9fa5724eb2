#include "actor/errors.hpp"
#include "actor/identity.hpp"
#include "carillon/base/ids.hpp"
#include "carillon/base/log.hpp"
#include "cluster/spawn.hpp"

#include <caf/actor_system.hpp>
#include <caf/result.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <fmt/format.h>

#include <map>
#include <optional>

namespace carillon::cluster {
namespace {

constexpr duration request_limit = std::chrono::seconds{10};

struct gate_state {
  std::string cluster;
  std::string node;
  welcome handles;
  std::string told{};                              // whom it has turned away last, and why
  std::map<std::string, caf::actor_addr> inside{}; // by the node's name, its link
};

std::optional<error> refusal(const gate_state& gate, const hello_node& hello, const caf::actor_addr& who) {
  const auto refuse = [&hello](ec code, std::string_view why) {
    return error{code, fmt::format("node {:?} {}", hello.name, why)};
  };
  if (hello.protocol != protocol_version)
    return refuse(ec::conflict,
                  fmt::format("speaks version {} of the protocol, and this one version {}: update one of them",
                              hello.protocol, protocol_version));
  if (hello.cluster != gate.cluster)
    return refuse(ec::conflict,
                  fmt::format("is of the cluster {:?}, and this one of {:?}", hello.cluster, gate.cluster));
  if (const auto named = check_id("name", hello.name); !named)
    return refuse(ec::conflict, named.err().text());
  if (hello.name == gate.node)
    return refuse(ec::conflict, "has the name of the node with the store: give it another");
  // The one before it may be gone without a word, which is noticed after a while.
  if (const auto known = gate.inside.find(hello.name); known != gate.inside.end() && known->second != who)
    return refuse(ec::unavailable, "is here already: if that one is another, give one of them another name");
  return std::nullopt;
}

gate_actor::behavior_type gate(gate_actor::stateful_pointer<gate_state> self, std::string cluster, std::string node,
                               welcome handles) {
  auto& state = self->state;
  self->set_exception_handler(actor::from_exception);
  self->set_down_handler([&state](const caf::down_msg& down) {
    std::erase_if(state.inside, [&](const auto& known) { return actor::is_same(known.second, down.source); });
  });
  state = {std::move(cluster), std::move(node), std::move(handles)};
  return {
      [self, &state](const hello_node& hello) -> caf::result<welcome> {
        const auto who = caf::actor_cast<caf::actor_addr>(self->current_sender());
        if (!who) // its connection has ended before its hello was read
          return actor::to_caf({ec::unavailable, "the connection is lost"});
        if (const auto why = refusal(state, hello, who)) {
          if (std::exchange(state.told, why->text()) != why->text()) // it tries again and again
            log(log_level::warning, fmt::format("a node is turned away: {}", why->text()));
          return actor::to_caf(*why);
        }
        // Over a new connection it is the same one by CAF's numbers, and another one to watch.
        auto& known = state.inside[hello.name];
        if (!actor::is_same(known, who))
          self->monitor(who);
        known = who;
        auto answer = state.handles;
        if (hello.process != 0 && hello.store_id == answer.store_id) {
          answer.process = hello.process;
          return answer;
        }
        auto promise = self->make_response_promise<welcome>();
        self->request(state.handles.store, request_limit, enrol_process{})
            .then(
                [promise, answer](const process_enrolled& enrolled) mutable {
                  answer.process = enrolled.number;
                  promise.deliver(answer);
                },
                [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
        return promise;
      },
  };
}

} // namespace

gate_actor spawn_gate(caf::actor_system& system, std::string cluster_name, std::string node_name, welcome handles) {
  return system.spawn(gate, std::move(cluster_name), std::move(node_name), std::move(handles));
}

} // namespace carillon::cluster
