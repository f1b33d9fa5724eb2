#include "actor/errors.hpp"
#include "actor/identity.hpp"
#include "actor/one_timer.hpp"
#include "carillon/base/ids.hpp"
#include "carillon/base/log.hpp"
#include "carillon/base/utf8.hpp"
#include "carillon/trigger/zone_data.hpp"
#include "cluster/spawn.hpp"
#include "codec/records.hpp"

#include <caf/actor_system.hpp>
#include <caf/result.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <fmt/format.h>

#include <functional>
#include <map>

namespace carillon::cluster {
namespace {

constexpr duration gate_request_limit = std::chrono::seconds{10};

constexpr duration gate_retry_after = std::chrono::seconds{1};

using gate_implementation = gate_actor::extend<caf::reacts_to<timer_rang>>;

class gate_state {
public:
  using self_pointer = gate_implementation::stateful_pointer<gate_state>;

  void start(self_pointer self, gate_settings settings, welcome handles) {
    self_ = self;
    settings_ = std::move(settings);
    handles_ = std::move(handles);
    handles_.gate = gate_actor{self};
    enrol_self();
  }

  void on_timer(const timer_rang& ring) {
    if (timer_.rang(ring))
      for (const auto& again : std::exchange(again_, {}))
        again();
  }

  caf::result<welcome> on_hello(const hello_node& hello) {
    const auto who = caf::actor_cast<caf::actor_addr>(self_->current_sender());
    if (!who) // its connection has ended before its hello was read
      return actor::to_caf({ec::unavailable, "the connection is lost"});
    if (hello.protocol != protocol_version)
      return turn_away(
          {ec::conflict,
           fmt::format("a node speaks version {} of the protocol, and this one version {}: update one of them",
                       hello.protocol, protocol_version)});
    const auto greeting = codec::decode<node_greeting>(hello.greeting);
    if (!greeting)
      return turn_away(greeting.err());
    const auto& node = greeting->who;
    if (auto checked = check_member(hello.cluster, node.name, who); !checked)
      return turn_away(checked.err().within(fmt::format("node {}", quote(node.name))));
    // Over a new connection it is the same one by CAF's numbers, and another one to watch.
    auto& known = inside_[node.name];
    known.zone_data.clear();
    if (!actor::is_same(known.link, who))
      self_->monitor(who);
    known.link = who;
    note_clock(known, greeting->wall);
    const bool is_known = greeting->process != 0 && greeting->store_id == handles_.store_id;
    auto promise = self_->make_response_promise<welcome>();
    self_->request(handles_.store, gate_request_limit, enrol_node{node, is_known ? greeting->process : 0})
        .then(
            [this, promise](const node_enrolled& enrolled) mutable {
              auto answer = handles_;
              answer.process = enrolled.process;
              promise.deliver(answer);
            },
            [this, promise, name = node.name, who](caf::error& why) mutable {
              if (const auto in = inside_.find(name); in != inside_.end() && actor::is_same(in->second.link, who))
                inside_.erase(in);
              promise.deliver(std::move(why));
            });
    return promise;
  }

  void on_report(const node_report& report) {
    const auto known = inside_.find(report.name);
    if (known == inside_.end() || !actor::is_same(known->second.link, self_->current_sender()))
      return;
    note_clock(known->second, report.wall);
    // Once for each change, of whichever side.
    auto both = fmt::format("{} here {}", report.zone_data, zone_data_version());
    if (known->second.zone_data == both)
      return;
    known->second.zone_data = std::move(both);
    self_->request(handles_.store, gate_request_limit, note_zone_data{report.name, report.zone_data})
        .then([](done) {}, [this, name = report.name](const caf::error&) { // with the next report
          if (const auto in = inside_.find(name); in != inside_.end())
            in->second.zone_data.clear();
        });
  }

  // An actor that stops in order says so; a connection that ends has another reason.
  void on_down(const caf::down_msg& down) {
    for (auto one = inside_.begin(); one != inside_.end();) {
      if (!actor::is_same(one->second.link, down.source)) {
        ++one;
        continue;
      }
      const auto name = one->first;
      one = inside_.erase(one);
      record_gone({name, down.reason == caf::exit_reason::user_shutdown});
    }
  }

  caf::result<node_list> on_list() {
    auto promise = self_->make_response_promise<node_list>();
    self_->request(handles_.store, gate_request_limit, list_nodes{})
        .then(
            [this, promise](node_list& recorded) mutable {
              for (auto& one : recorded.nodes)
                add_contact(one);
              promise.deliver(std::move(recorded));
            },
            [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
    return promise;
  }

  caf::result<done> on_remove(const remove_node& request) {
    if (request.name == settings_.self.name || inside_.contains(request.name))
      return actor::to_caf({ec::wrong_state, fmt::format("node {} is connected: stop it first", quote(request.name))});
    auto promise = self_->make_response_promise<done>();
    self_->request(handles_.store, gate_request_limit, request)
        .then([promise](done) mutable { promise.deliver(done{}); },
              [promise](caf::error& why) mutable { promise.deliver(std::move(why)); });
    return promise;
  }

private:
  struct member {
    caf::actor_addr link;
    duration heard{}; // by the boot clock
    duration skew{};
    std::string zone_data{}; // its version and the store's, as told last
  };

  void enrol_self() {
    self_->request(handles_.store, gate_request_limit, enrol_node{settings_.self, settings_.process})
        .then([](const node_enrolled&) {},
              [this](const caf::error& why) { try_again("this node isn't recorded", why, [this] { enrol_self(); }); });
  }

  void record_gone(const note_node_gone& note) {
    if (inside_.contains(note.name)) // it is back, before this could be recorded
      return;
    self_->request(handles_.store, gate_request_limit, note)
        .then([](done) {},
              [this, note](const caf::error& why) {
                if (actor::from_caf(why).code() != ec::not_found)
                  try_again("a node that has gone isn't recorded as such", why, [this, note] { record_gone(note); });
              });
  }

  void try_again(std::string_view otherwise, const caf::error& why, std::function<void()> what) {
    if (again_.empty())
      log(log_level::warning, fmt::format("{}: {}; trying again", otherwise, actor::from_caf(why).text()));
    again_.push_back(std::move(what));
    timer_.arm(self_, settings_.time->now().boot, gate_retry_after);
  }

  [[nodiscard]] result<void> check_member(const std::string& cluster, const std::string& name,
                                          const caf::actor_addr& who) const {
    if (cluster != settings_.cluster)
      return {ec::conflict,
              fmt::format("it is of the cluster {}, and this one of {}", quote(cluster), quote(settings_.cluster))};
    if (auto named = check_id("name", name); !named)
      return {ec::conflict, named.err().text()};
    if (name == settings_.self.name)
      return {ec::conflict, "it has the name of the node with the store: give it another"};
    // The one before it may be gone without a word, which is noticed after a while.
    if (const auto known = inside_.find(name); known != inside_.end() && known->second.link != who)
      return {ec::unavailable, "it is here already: if that one is another, give one of them another name"};
    return {};
  }

  caf::error turn_away(const error& why) {
    if (std::exchange(told_, why.text()) != why.text()) // it tries again and again
      log(log_level::warning, fmt::format("a node is turned away: {}", why.text()));
    return actor::to_caf(why);
  }

  void note_clock(member& of, timestamp wall) const {
    const auto now = settings_.time->now();
    of.heard = now.boot;
    of.skew = wall - now.wall;
  }

  void add_contact(node_status& to) const {
    if (to.known.what.name == settings_.self.name) {
      to.is_connected = true;
      to.clock_skew = to.last_contact = duration{0};
    } else if (const auto known = inside_.find(to.known.what.name); known != inside_.end()) {
      to.is_connected = true;
      to.clock_skew = known->second.skew;
      to.last_contact = settings_.time->now().boot - known->second.heard;
    }
  }

  self_pointer self_ = nullptr;
  gate_settings settings_;
  welcome handles_;
  std::vector<std::function<void()>> again_; // what the store couldn't record
  actor::one_timer timer_;
  std::string told_;                     // why it has turned somebody away last
  std::map<std::string, member> inside_; // by the node's name
};

gate_implementation::behavior_type gate(gate_implementation::stateful_pointer<gate_state> self, gate_settings settings,
                                        welcome handles) {
  auto& state = self->state;
  actor::set_failure_handlers(*self, "gate");
  self->set_down_handler([&state](const caf::down_msg& down) { state.on_down(down); });
  state.start(self, std::move(settings), std::move(handles));
  return {
      [&state](const hello_node& hello) { return state.on_hello(hello); },
      [&state](const node_report& report) { state.on_report(report); },
      [&state](list_nodes) { return state.on_list(); },
      [&state](const remove_node& request) { return state.on_remove(request); },
      [&state](const timer_rang& ring) { state.on_timer(ring); },
  };
}

} // namespace

gate_actor spawn_gate(caf::actor_system& system, gate_settings settings, welcome handles) {
  return system.spawn(gate, std::move(settings), std::move(handles));
}

} // namespace carillon::cluster
