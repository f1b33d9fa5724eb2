#include "store_world/store_world.hpp"

#include <algorithm>
#include <atomic>
#include <ostream>
#include <set>

#include <unistd.h>

namespace carillon::testing {

std::ostream& operator<<(std::ostream& out, backend x) {
  switch (x) {
    case backend::memory: return out << "memory";
    case backend::memory_reopened: return out << "memory_reopened";
    case backend::rocksdb: return out << "rocksdb";
    case backend::rocksdb_reopened: return out << "rocksdb_reopened";
    case backend::rocksdb_in_memory: return out << "rocksdb_in_memory";
    case backend::given: return out << "given";
    case backend::given_reopened: return out << "given_reopened";
  }
  return out;
}

temporary_folder::temporary_folder() {
  static std::atomic<int> count{0};
  // In memory where there is such a place: these tests write and sync a lot, and no test is about a real disk's speed.
  const std::filesystem::path in_memory = "/dev/shm";
  path_ = (::access(in_memory.c_str(), W_OK) == 0 ? in_memory : std::filesystem::temp_directory_path()) /
          ("carillon-test-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
  std::filesystem::create_directories(path_);
}
temporary_folder::~temporary_folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::uint64_t counting_entropy::next() {
  // splitmix64
  auto x = state_ += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

store_world::store_world(backend kind, store_config wanted)
  : config(wanted), is_reopened_(kind == backend::memory_reopened || kind == backend::rocksdb_reopened ||
                                 kind == backend::given_reopened),
    is_given_(kind == backend::given || kind == backend::given_reopened) {
  if (kind == backend::memory || kind == backend::memory_reopened)
    disk = std::make_shared<memory_disk>();
  else if (kind == backend::rocksdb_in_memory)
    files = std::make_shared<file_disk>();
  else
    folder.emplace();
  open();
}

void store_world::open() {
  auto opened = disk        ? open_memory_store(disk, config, random_)
                : files     ? open_rocksdb_store(files, config, random_)
                : is_given_ ? open_given_store(folder->path() / "db", config)
                            : open_rocksdb_store(folder->path() / "db", config);
  BOOST_REQUIRE_MESSAGE(opened.has_value(), (opened ? std::string{} : to_string(opened.err())));
  store = std::move(*opened);
}

void store_world::reopen() {
  store.reset();
  open();
}

void store_world::kill() {
  if (files)
    files->kill();
  killed_.push_back(std::move(store));
}

void store_world::start() { need(store->begin(now)); }

void store_world::finish() {
  last = need(store->commit());
  if (is_reopened_) {
    reopen();
    // The next batch must be after the lease restart of the opening, not the opening itself.
    need(store->begin(now));
    auto empty = need(store->commit());
    BOOST_TEST(empty.events.empty());
  }
}

void store_world::pass(duration time) {
  now.wall += time;
  now.boot += time;
}

void store_world::put_task(const std::string& id, const std::function<void(task&)>& change) {
  task what;
  what.id = id;
  if (change)
    change(what);
  need(batch([&](data_store& s) { return s.put_task(what); }));
}

schedule store_world::add_schedule(const schedule_definition& what) {
  return need(batch([&](data_store& s) { return s.add_schedule(what, conflict_policy::fail); }));
}

job store_world::add_job(const std::string& task_id, std::uint64_t number, const std::function<void(job&)>& change) {
  auto what = make_job(task_id, number, now.wall);
  if (change)
    change(what);
  return need(batch([&](data_store& s) { return job_of(s.add_job(what)); }));
}

std::vector<job> jobs_of(const std::vector<handed_job>& handed) {
  std::vector<job> all;
  for (const auto& one : handed) {
    all.push_back(*one.what);
    all.back().runner = one.runner;
  }
  return all;
}

result<job> job_of(const result<std::shared_ptr<const job>>& added) {
  return added ? result<job>{**added} : added.err();
}

std::vector<job> store_world::hand_out(std::size_t limit, lease_holder holder) {
  return jobs_of(need(batch([&](data_store& s) {
    std::vector<std::string> tasks;
    for (const auto& x : need(s.list_tasks({})).items)
      tasks.push_back(x.id);
    return s.hand_out_jobs(make_demand(holder, 1'000, tasks), limit);
  })));
}

result<void> store_world::finish_job(const job& what, job_outcome outcome, value result) {
  finished_attempt ended;
  ended.attempt = {what.id, what.held_by ? what.held_by->token : 0};
  ended.outcome = outcome;
  ended.result = std::move(result);
  return batch([&](data_store& s) { return s.finish_attempt(ended); });
}

void store_world::fire_due() {
  batch([&](data_store& s) {
    for (;;) {
      const auto due = need(s.claim_due_schedules(100));
      if (due.schedules.empty())
        return;
      for (const auto& x : due.schedules)
        need(s.commit_fire_plan(make_plan(x.what, now.wall)));
    }
  });
}

std::vector<event_type> store_world::event_types() const {
  std::vector<event_type> types;
  for (const auto& x : last.events)
    types.push_back(x.type);
  return types;
}

std::vector<event> store_world::events_of(event_type type) const {
  std::vector<event> found;
  for (const auto& x : last.events)
    if (x.type == type)
      found.push_back(x);
  return found;
}

job make_job(const std::string& task_id, std::uint64_t number, timestamp when) {
  job what;
  what.id = job_id::make(when, number, ~number);
  what.task = task_id;
  what.arguments = static_cast<std::int64_t>(number);
  what.not_before = when;
  return what;
}

schedule_definition make_schedule(const std::string& id, const std::string& task_id, duration every, timestamp start) {
  schedule_definition what;
  what.id = id;
  what.task = task_id;
  what.trigger.kind = interval_definition{every, start, std::nullopt};
  return what;
}

fire_plan make_plan(const schedule& what, timestamp now) {
  fire_plan plan;
  plan.schedule_id = what.definition.id;
  plan.incarnation = what.state.incarnation;
  plan.based_on = what.state.changed;
  const auto fire_time = *what.state.next_fire_time;
  due_schedule due;
  due.what = what;
  due.result_expiration = job{}.result_expiration;
  auto planned = carillon::make_job(due);
  planned.id = job_id::of_fire_time(plan.schedule_id, plan.incarnation, fire_time);
  planned.scheduled_fire_time = fire_time;
  planned.not_before = fire_time;
  planned.created_at = now;
  plan.jobs.push_back(planned);
  auto rule = trigger::restore(what.definition.trigger, what.state.cursor);
  BOOST_REQUIRE(rule);
  plan.next_fire_time = need(rule->next());
  plan.cursor = rule->cursor();
  plan.last_fire_time = plan.covered_to = fire_time;
  return plan;
}

demand make_demand(lease_holder holder, std::uint32_t slots, std::vector<std::string> tasks) {
  std::ranges::sort(tasks);
  return {std::move(holder), slots, {"thread_pool", "inline", "command"}, std::move(tasks), 0};
}

} // namespace carillon::testing
