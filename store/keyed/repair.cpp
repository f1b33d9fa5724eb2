#include "keyed/repair.hpp"

#include "carillon/base/utf8.hpp"
#include "codec/envelope.hpp"
#include "keyed/first_fire.hpp"
#include "keyed/inspect.hpp"
#include "keyed/keys.hpp"
#include "keyed/record_format.hpp"

#include <fmt/format.h>

#include <map>
#include <set>

namespace carillon::keyed {
namespace {

constexpr const char* anew_text = "begun anew by a repair, as it wasn't known where it stood: resume it";

class planning {
public:
  planning(const record_reader& db, timestamp now) : db_(db), now_(now) {}

  result<repair_plan> run() {
    for (const auto step : {&planning::read_numbers, &planning::read_places, &planning::look_at_schedules,
                            &planning::look_at_quarantine, &planning::put_schedules_back, &planning::look_at_indexes})
      if (auto done = (this->*step)(); !done)
        return done.err();
    if (!plan_.writes.empty())
      put_reserved_revisions(plan_.writes, next_number_);
    return std::move(plan_);
  }

private:
  struct parked { // in the quarantine
    std::string quarantine_key;
    std::string key;
    std::string value;
    std::string reason;
  };

  result<void> read_numbers() {
    const auto record = db_.get(family::meta, revisions_key);
    if (!record)
      return record.err();
    const auto reserved = *record ? read_reserved_revisions(**record) : result<revision>{1};
    if (!reserved)
      return reserved.err().within("the store's counter can't be read; restore the folder from a backup");
    next_number_ = *reserved;
    return {};
  }

  // All families but the quarantine: what can't be read leaves, and what the rest depends on is remembered.
  result<void> read_places() {
    for (std::size_t i = 0; i < family_count; ++i) {
      const auto where = static_cast<family>(i);
      if (where == family::quarantine)
        continue;
      auto scanned = db_.scan(where, {}, direction::ascending, [&](std::string_view key, std::string_view record) {
        const auto seen = inspect_record(where, key, record);
        if (!seen.fault.empty())
          where == family::meta ? find(seen, seen.fault, repair_step::none) : park(where, seen, seen.fault);
        else
          remember(seen);
        return true;
      });
      if (!scanned)
        return scanned;
    }
    return {};
  }

  void remember(const stored_record& seen) {
    if (const auto* definition = std::get_if<definition_record>(&seen.content))
      definitions_.emplace(seen.raw_key, definition->incarnation);
    else if (const auto* state = std::get_if<state_record>(&seen.content))
      states_.emplace(state->what.incarnation, state->schedule_id);
    else if (const auto* what = std::get_if<job>(&seen.content)) {
      if (what->state != job_state::finished)
        unfinished_.insert(bucket_of(what->id));
      if (what->dead_letter)
        dead_letters_.insert(seen.raw_key);
    }
  }

  // Each of the two records of a schedule is of no use without the other.
  result<void> look_at_schedules() {
    for (const auto& [id, incarnation] : definitions_) {
      const auto state = states_.find(incarnation);
      if (state != states_.end() && state->second == id) {
        states_.erase(state);
        continue;
      }
      const auto record = db_.get(family::definitions, id);
      if (!record)
        return record.err();
      constexpr const char* why = "its state is missing or can't be read";
      const auto seen = inspect_record(family::definitions, id, record->value_or(""));
      const auto* what = std::get_if<definition_record>(&seen.content);
      if (what == nullptr || !begin_anew(what->what, why))
        park(family::definitions, seen, why);
    }
    for (const auto& [incarnation, id] : states_) { // the others
      const auto key = state_key(incarnation);
      const auto record = db_.get(family::states, key);
      if (!record)
        return record.err();
      park(family::states, inspect_record(family::states, key, record->value_or("")),
           fmt::format("schedule {}: its definition is missing or can't be read", quote(id)));
    }
    return {};
  }

  result<void> look_at_quarantine() {
    constexpr std::size_t prefix_size = 9;
    std::vector<parked> others;
    auto scanned =
        db_.scan(family::quarantine, {}, direction::ascending, [&](std::string_view key, std::string_view raw) {
          const auto read = read_quarantined(key, raw);
          const auto number = key.empty() ? family_count : static_cast<std::uint8_t>(key[0]);
          if (!read || number >= family_count) {
            find(inspect_record(family::quarantine, key, raw), read ? read->reason : read.err().text(),
                 repair_step::none);
            return true;
          }
          const auto where = static_cast<family>(number);
          parked one{std::string{key}, std::string{key.substr(prefix_size)}, read->value, read->reason};
          if (where == family::definitions)
            parked_definitions_.push_back(std::move(one));
          else if (where == family::states)
            parked_states_.insert_or_assign(one.key, one);
          else
            others.push_back(std::move(one));
          return true;
        });
    for (auto one = others.rbegin(); scanned && one != others.rend(); ++one) // of several of one key the newest
      scanned = put_back(static_cast<family>(one->quarantine_key[0]), *one);
    return scanned;
  }

  // As it was, if it can be read now: by a newer version, or because it only lacked the other record of its schedule.
  result<void> put_back(family where, const parked& one) {
    const auto seen = inspect_record(where, one.key, one.value);
    const auto taken = db_.get(where, one.key);
    if (!taken)
      return taken.err();
    if (const std::string why = !seen.fault.empty()           ? one.reason
                                : is_expired(one.value, now_) ? "it can be read, and has expired since"
                                : *taken || !put_back_.emplace(where, one.key).second
                                    ? "it can be read, but there is another record in its place"
                                    : "";
        !why.empty()) {
      stay(where, one, why);
      return {};
    }
    find(seen, one.reason, repair_step::put_back);
    plan_.writes.put(where, one.key, one.value);
    plan_.writes.erase(family::quarantine, one.quarantine_key);
    remember(seen);
    return {};
  }

  void stay(family where, const parked& one, const std::string& why) {
    plan_.findings.push_back({std::string{to_string(where)}, show_key(where, one.key), why, repair_step::none});
  }

  // Together with their states, which wait in the quarantine too.
  result<void> put_schedules_back() {
    for (auto one = parked_definitions_.rbegin(); one != parked_definitions_.rend(); ++one)
      put_schedule_back(*one);
    for (const auto& [key, one] : parked_states_)
      stay(family::states, one, one.reason);
    return {};
  }

  void put_schedule_back(const parked& one) {
    const auto seen = inspect_record(family::definitions, one.key, one.value);
    const auto* what = std::get_if<definition_record>(&seen.content);
    if (what == nullptr)
      return stay(family::definitions, one, one.reason);
    if (definitions_.contains(one.key) || put_back_.contains({family::definitions, one.key}))
      return stay(family::definitions, one, "it can be read, but there is a schedule of that id");
    const auto state = parked_states_.find(state_key(what->incarnation));
    const auto seen_state = state != parked_states_.end()
                                ? inspect_record(family::states, state->second.key, state->second.value)
                                : stored_record{};
    const auto* where_it_stood = std::get_if<state_record>(&seen_state.content);
    if (where_it_stood != nullptr && where_it_stood->schedule_id == one.key) {
      find(seen, one.reason, repair_step::put_back);
      plan_.writes.put(family::definitions, one.key, one.value);
      find(seen_state, state->second.reason, repair_step::put_back);
      plan_.writes.put(family::states, state->second.key, state->second.value);
      plan_.writes.erase(family::quarantine, state->second.quarantine_key);
      parked_states_.erase(state);
    } else if (!begin_anew(what->what, one.reason)) {
      return stay(family::definitions, one, one.reason);
    }
    put_back_.emplace(family::definitions, one.key);
    plan_.writes.erase(family::quarantine, one.quarantine_key);
  }

  result<void> look_at_indexes() {
    for (const auto x : unfinished_) {
      const auto key = bucket_key(x);
      const auto there = db_.get(family::unfinished, key);
      if (!there)
        return there.err();
      if (!*there) {
        mend(family::unfinished, key, "jobs of this time haven't ended, but no start would find them");
        plan_.writes.put(family::unfinished, key, {});
      }
    }
    auto scanned =
        db_.scan(family::dead_letters, {}, direction::ascending, [&](std::string_view key, std::string_view) {
          if (dead_letters_.erase(std::string{key}) == 0 && parse_job_key(key)) {
            mend(family::dead_letters, key, "it is listed as a dead letter, but isn't one");
            plan_.writes.erase(family::dead_letters, key);
          }
          return true;
        });
    for (const auto& key : dead_letters_) {
      mend(family::dead_letters, key, "it is a dead letter, but isn't listed as one");
      plan_.writes.put(family::dead_letters, key, {});
    }
    return scanned ? free_unique_keys() : scanned;
  }

  // What a job that has ended still holds, without a window.
  result<void> free_unique_keys() {
    std::vector<std::pair<std::string, job_id>> lasting;
    auto scanned =
        db_.scan(family::unique_keys, {}, direction::ascending, [&](std::string_view key, std::string_view raw) {
          if (const auto holder = read_unique_holder(raw); holder && !codec::expiry_of(raw))
            lasting.emplace_back(key, *holder);
          return true;
        });
    if (!scanned)
      return scanned;
    for (const auto& [key, id] : lasting) {
      const auto raw = db_.get(family::jobs, job_key(id));
      if (!raw)
        return raw.err();
      const auto holder = *raw ? read_job(**raw, id) : error{ec::not_found, {}};
      if (holder && holder->state == job_state::finished && holder->unique && holder->unique->key == key) {
        mend(family::unique_keys, key, fmt::format("job {} has ended and still holds it", id.to_string()));
        plan_.writes.erase(family::unique_keys, key);
      }
    }
    return {};
  }

  // ---- what is found, and what becomes of it

  void find(const stored_record& what, std::string why, repair_step step) {
    plan_.findings.push_back({what.family, what.shown_key, std::move(why), step});
  }

  void mend(family where, std::string_view key, std::string why) {
    plan_.findings.push_back(
        {std::string{to_string(where)}, show_key(where, key), std::move(why), repair_step::mend_index});
  }

  void park(family where, const stored_record& what, const std::string& why) {
    find(what, why, repair_step::quarantine);
    put_quarantined(plan_.writes, where, what.raw_key, what.raw_value, why, now_, next_number_++);
    plan_.writes.erase(where, what.raw_key);
    if (where == family::jobs)
      plan_.writes.erase(family::dead_letters, what.raw_key);
  }

  // Whether it could.
  bool begin_anew(const schedule_definition& what, const std::string& why) {
    const auto first = find_first_fire(what, std::nullopt);
    if (!first || !first->at)
      return false;
    plan_.findings.push_back({std::string{to_string(family::definitions)}, what.id, why, repair_step::begin_anew});
    schedule anew;
    anew.definition = what;
    auto& state = anew.state;
    state.incarnation = state.definition_changed = state.changed = next_number_++;
    state.cursor = first->cursor;
    state.next_fire_time = state.first_fire_time = first->at;
    state.paused = true;
    state.pause_reason = anew_text;
    put_definition(plan_.writes, anew);
    put_state(plan_.writes, anew);
    return true;
  }

  const record_reader& db_;
  timestamp now_;
  repair_plan plan_;
  revision next_number_ = 1;
  std::map<std::string, revision> definitions_; // by id; their incarnations
  std::map<revision, std::string> states_;      // by incarnation; their schedules
  std::set<bucket> unfinished_;                 // that have jobs which haven't ended
  std::set<std::string> dead_letters_;          // keys
  std::vector<parked> parked_definitions_;
  std::map<std::string, parked> parked_states_; // by key
  std::set<std::pair<family, std::string>> put_back_;
};

} // namespace

result<repair_plan> plan_repair(const record_reader& db, timestamp now) { return planning{db, now}.run(); }

} // namespace carillon::keyed
