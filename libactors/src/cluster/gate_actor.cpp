#include "actor/errors.hpp"
#include "carillon/base/log.hpp"
#include "cluster/spawn.hpp"

#include <caf/actor_system.hpp>
#include <caf/result.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <fmt/format.h>

namespace carillon::cluster {
namespace {

constexpr duration request_limit = std::chrono::seconds{10};

struct gate_state {
  std::string cluster;
  welcome handles;
};

error refusal(const gate_state& gate, const hello_node& hello) {
  if (hello.protocol != protocol_version)
    return {ec::conflict,
            fmt::format("node {:?} speaks version {} of the protocol, and this one version {}: update one of them",
                        hello.name, hello.protocol, protocol_version)};
  return {ec::conflict, fmt::format("node {:?} is of the cluster {:?}, and this one of {:?}", hello.name, hello.cluster,
                                    gate.cluster)};
}

gate_actor::behavior_type gate(gate_actor::stateful_pointer<gate_state> self, std::string cluster, welcome handles) {
  auto& state = self->state;
  self->set_exception_handler(actor::from_exception);
  state = {std::move(cluster), std::move(handles)};
  return {
      [self, &state](const hello_node& hello) -> caf::result<welcome> {
        if (hello.protocol != protocol_version || hello.cluster != state.cluster) {
          const auto why = refusal(state, hello);
          log(log_level::warning, fmt::format("a node is turned away: {}", why.text()));
          return actor::to_caf(why);
        }
        auto answer = state.handles;
        if (hello.process != 0) {
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

gate_actor spawn_gate(caf::actor_system& system, std::string cluster_name, welcome handles) {
  return system.spawn(gate, std::move(cluster_name), std::move(handles));
}

} // namespace carillon::cluster
