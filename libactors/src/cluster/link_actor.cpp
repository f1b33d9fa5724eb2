#include "actor/errors.hpp"
#include "actor/identity.hpp"
#include "actor/one_timer.hpp"
#include "carillon/base/log.hpp"
#include "carillon/trigger/zone_data.hpp"
#include "cluster/spawn.hpp"
#include "codec/records.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace carillon::cluster {
namespace {

constexpr duration link_request_limit = std::chrono::seconds{15};
constexpr duration first_wait = std::chrono::milliseconds{100};
constexpr duration longest_wait = std::chrono::seconds{5};
constexpr duration look_at_zone_data_every = std::chrono::seconds{60};

class link_state {
public:
  using self_pointer = link_actor::stateful_pointer<link_state>;

  void start(self_pointer self, connector_actor connector, const clock& time, link_users users,
             link_settings settings) {
    self_ = self;
    connector_ = std::move(connector);
    time_ = &time;
    users_ = std::move(users);
    settings_ = std::move(settings);
    look();
  }

  void on_down(const caf::down_msg& down) {
    if (asked_ && actor::is_same(asked_, down.source)) // nobody else says that no answer comes
      return on_failed(actor::to_caf({ec::unavailable, "the connection is lost"}));
    if (!store_ || !actor::is_same(store_, down.source))
      return;
    log(log_level::warning, "the store is lost; looking for it");
    store_ = nullptr;
    tell(error{ec::unavailable, "the store is lost"});
    tell_users({});
    look();
  }

  void on_timer(const timer_rang& ring) {
    if (timer_.rang(ring))
      go_on();
  }

private:
  void go_on() {
    if (store_)
      report();
    else if (!looking_)
      look();
  }

  // The connector ends by itself what takes too long.
  void look() {
    looking_ = true;
    self_->request(connector_, caf::infinite, find_gate{})
        .then([this](const gate_found& found) { on_gate(found); }, [this](const caf::error& why) { on_failed(why); });
  }

  void on_gate(const gate_found& found) {
    const auto number = ++hellos_; // CAF takes the gates of two connections to one process for one
    asked_at_ = time_->now().boot;
    asked_ = found.gate;
    self_->monitor(asked_);
    const node_greeting greeting{settings_.self, process_, store_id_, time_->now().wall};
    self_
        ->request(found.gate, link_request_limit,
                  hello_node{settings_.cluster, protocol_version, codec::encode(greeting)})
        .then(
            [this, number](const welcome& answer) {
              if (asked_ && number == hellos_)
                on_welcome(answer);
            },
            [this, number](const caf::error& why) {
              if (asked_ && number == hellos_)
                on_failed(why);
            });
  }

  void leave_gate() {
    if (!asked_)
      return;
    self_->demonitor(asked_.address());
    asked_ = nullptr;
  }

  void on_welcome(const welcome& answer) {
    if (!answer.gate || !answer.store || !answer.reader || !answer.broker || !answer.job_log)
      return on_failed(actor::to_caf({ec::unavailable, "the connection was lost at once"}));
    leave_gate();
    looking_ = false;
    wait_ = first_wait;
    told_.clear();
    process_ = answer.process;
    store_id_ = answer.store_id;
    gate_ = answer.gate;
    store_ = answer.store;
    self_->monitor(store_);
    tell(answer);
    tell_users(
        {answer.store, answer.job_log, answer.process, answer.lease, time_->now().boot - asked_at_, answer.store_id});
    timer_.arm(self_, time_->now().boot, report_every);
  }

  void report() {
    const auto boot = time_->now().boot;
    if (settings_.watches_zone_data && boot - zone_data_seen_at_ >= look_at_zone_data_every) {
      refresh_zone_data();
      zone_data_seen_at_ = boot;
    }
    settings_.self.zone_data = zone_data_version();
    self_->send(gate_, node_report{settings_.self.name, time_->now().wall, settings_.self.zone_data});
    timer_.arm(self_, time_->now().boot, report_every);
  }

  void tell_users(const use_store& now) {
    if (users_.executor)
      self_->send(users_.executor, now);
    if (users_.scheduler)
      self_->send(users_.scheduler, now);
  }

  void on_failed(const caf::error& reason) {
    leave_gate();
    looking_ = false;
    const auto why = actor::from_caf(reason);
    if (std::exchange(told_, why.text()) != why.text())
      log(log_level::warning, fmt::format("the store isn't found: {}; looking on", why.text()));
    tell(why);
    timer_.arm(self_, time_->now().boot, wait_);
    wait_ = std::min(2 * wait_, longest_wait);
  }

  void tell(const result<welcome>& found) const {
    if (settings_.on_store)
      settings_.on_store(found);
  }

  self_pointer self_ = nullptr;
  connector_actor connector_;
  const clock* time_ = nullptr;
  link_users users_;
  link_settings settings_;
  duration asked_at_{};
  bool looking_ = false; // until a welcome or a failure
  std::uint64_t hellos_ = 0;
  duration zone_data_seen_at_{};
  std::uint64_t process_ = 0; // 0: never welcome yet
  std::string store_id_;      // of the store that gave the number
  gate_facet asked_;          // null: no answer is waited for
  gate_actor gate_;           // of the store
  store_actor store_;         // null: lost
  actor::one_timer timer_;
  duration wait_ = first_wait;
  std::string told_; // why the store isn't found, as logged last
};

link_actor::behavior_type link(link_actor::stateful_pointer<link_state> self, connector_actor connector,
                               const clock* time, link_users users, link_settings settings) {
  auto& state = self->state;
  actor::set_failure_handlers(*self, "link");
  self->set_down_handler([&state](const caf::down_msg& down) { state.on_down(down); });
  state.start(self, std::move(connector), *time, std::move(users), std::move(settings));
  return {
      [&state](const timer_rang& ring) { state.on_timer(ring); },
  };
}

} // namespace

link_actor spawn_link(caf::actor_system& system, connector_actor connector, const clock& time, link_users users,
                      link_settings settings) {
  return system.spawn(link, std::move(connector), &time, std::move(users), std::move(settings));
}

} // namespace carillon::cluster
