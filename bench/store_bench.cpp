// How many jobs a second does one store thread carry from adding to the recorded finish, and how fast does it start?
//
//   store_bench [jobs|fires|start] [N] [FOLDER]
//
//   jobs    N direct jobs in batches of 100: add, hand out, finish, each in a batch of its own, and the first two in one
//   fires   N schedules that are due together, ten rounds: claim, plan, hand out, finish
//   start   N schedules (and N / 10 unfinished jobs in a history of N / 10 others): closing and opening, memory
#include "carillon/store/memory_disk.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

template <class T>
T need(result<T> x) {
  return std::move(x).or_throw();
}

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// The processor time of this thread: what a machine with nothing else to do would need, but for waiting for the disk.
double thread_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double resident_mib() {
  std::ifstream in{"/proc/self/statm"};
  double total = 0, resident = 0;
  in >> total >> resident;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

struct bench_store {
  bench_store(const std::string& kind, durability level, const std::string& in) : folder(in + "/store_bench.tmp") {
    config.level = level;
    std::filesystem::remove_all(folder);
    is_memory = kind == "memory";
    open();
    task what;
    what.id = "no_op";
    batch([&] { need(store->put_task(what)); });
  }
  ~bench_store() {
    store.reset();
    std::filesystem::remove_all(folder);
  }
  void open() { store = need(is_memory ? open_memory_store(config) : open_rocksdb_store(folder, config)); }
  void batch(const std::function<void()>& body) {
    need(store->begin(system_clock().now()));
    body();
    need(store->commit());
  }

  std::string folder;
  store_config config;
  bool is_memory = false;
  std::unique_ptr<data_store> store;
};

const demand everything{{"bench", 1}, 1'000'000, {"thread_pool"}, {"no_op"}, ~std::uint64_t{0}};

job new_job(std::uint64_t number) {
  job x;
  const auto now = system_clock().now().wall;
  x.id = job_id::make(now, number * 0x9e3779b97f4a7c15, number);
  x.task = "no_op";
  x.arguments = static_cast<std::int64_t>(number);
  x.not_before = now;
  return x;
}

// The jobs themselves are let go, as executors do.
std::vector<attempt_id> attempts_of(const std::vector<handed_job>& handed) {
  std::vector<attempt_id> all;
  for (const auto& x : handed)
    all.push_back({x.what->id, x.what->held_by->token});
  return all;
}

void finish_all(data_store& store, const std::vector<attempt_id>& running) {
  finished_attempt ended;
  for (const auto& x : running) {
    ended.attempt = x;
    need(store.finish_attempt(ended));
  }
}

void bench_jobs(const std::string& kind, durability level, std::uint64_t count, const std::string& folder,
                bool is_merged) {
  constexpr std::uint64_t per_batch = 100;
  bench_store world{kind, level, folder};
  auto& store = world.store;
  std::vector<attempt_id> running;
  const auto thread_start = thread_seconds();
  const auto time = seconds_of([&] {
    for (std::uint64_t done = 0; done < count; done += per_batch) {
      world.batch([&] {
        for (std::uint64_t i = 0; i < per_batch; ++i)
          need(store->add_job(new_job(done + i)));
        if (is_merged)
          running = attempts_of(need(store->hand_out_jobs(everything, per_batch)));
      });
      if (!is_merged)
        world.batch([&] { running = attempts_of(need(store->hand_out_jobs(everything, per_batch))); });
      world.batch([&] { finish_all(*store, running); });
    }
  });
  fmt::print("{:8} {:6} {:32} {:>9.0f} jobs/s, {:>9.0f} by processor time  {:5.1f} MiB\n", kind, to_string(level),
             is_merged ? "add + hand out, finish" : "add, hand out, finish", static_cast<double>(count) / time,
             static_cast<double>(count) / (thread_seconds() - thread_start), resident_mib());
}

fire_plan plan_of(const due_schedule& due) {
  const auto& what = due.what;
  fire_plan plan;
  plan.schedule_id = what.definition.id;
  plan.incarnation = what.state.incarnation;
  plan.based_on = what.state.changed;
  const auto fire_time = *what.state.next_fire_time;
  auto& x = plan.jobs.emplace_back();
  x.id = job_id::of_fire_time(plan.schedule_id, plan.incarnation, fire_time);
  x.task = what.definition.task;
  x.schedule_id = plan.schedule_id;
  x.incarnation = plan.incarnation;
  x.scheduled_fire_time = x.not_before = fire_time;
  plan.cursor = what.state.cursor;
  plan.cursor.position = (fire_time + 1s).time_since_epoch().count();
  plan.next_fire_time = fire_time + 1s;
  plan.last_fire_time = plan.covered_to = fire_time;
  return plan;
}

void bench_fires(const std::string& kind, durability level, std::uint64_t count, const std::string& folder) {
  constexpr int rounds = 10;
  bench_store world{kind, level, folder};
  auto& store = world.store;
  const auto start = std::chrono::floor<std::chrono::seconds>(system_clock().now().wall) - 1h;
  schedule_definition what;
  what.task = "no_op";
  what.trigger.kind = interval_definition{1s, start, std::nullopt};
  for (std::uint64_t i = 0; i < count; i += 1'000)
    world.batch([&] {
      for (std::uint64_t k = i; k < std::min(count, i + 1'000); ++k) {
        what.id = fmt::format("schedule-{}", k);
        need(store->add_schedule(what, conflict_policy::fail));
      }
    });
  double longest = 0, all = 0;
  const auto thread_start = thread_seconds();
  for (int round = 0; round < rounds; ++round) {
    const auto now = clock_reading{start + round * 1s, system_clock().now().boot};
    const auto time = seconds_of([&] {
      for (std::uint64_t fired = 0; fired < count;) {
        std::vector<attempt_id> running;
        need(store->begin(now));
        const auto due = need(store->claim_due_schedules(500));
        need(store->commit());
        need(store->begin(now));
        for (const auto& x : due.schedules)
          need(store->commit_fire_plan(plan_of(x)));
        running = attempts_of(need(store->hand_out_jobs(everything, 1'000)));
        need(store->commit());
        need(store->begin(now));
        finish_all(*store, running);
        need(store->commit());
        fired += due.schedules.size();
      }
    });
    longest = std::max(longest, time);
    all += time;
  }
  fmt::print("{:8} {:6} {} schedules due together: {:6.1f} ms a round, longest {:6.1f} ms, {:>7.0f} fires/s, {:>7.0f} "
             "by processor time\n",
             kind, to_string(level), count, 1e3 * all / rounds, 1e3 * longest,
             static_cast<double>(count) * rounds / all,
             static_cast<double>(count) * rounds / (thread_seconds() - thread_start));
}

void bench_start(std::uint64_t count, const std::string& folder) {
  bench_store world{"rocksdb", durability::async, folder};
  auto& store = world.store;
  schedule_definition what;
  what.task = "no_op";
  const auto later = std::chrono::floor<std::chrono::seconds>(system_clock().now().wall) + 1h;
  const auto add_time = seconds_of([&] {
    for (std::uint64_t i = 0; i < count; i += 1'000)
      world.batch([&] {
        for (std::uint64_t k = i; k < std::min(count, i + 1'000); ++k) {
          what.id = fmt::format("schedule-{}", k);
          what.trigger.kind = interval_definition{1h, later + std::chrono::seconds{k % 3'600}, std::nullopt};
          need(store->add_schedule(what, conflict_policy::fail));
        }
      });
  });
  for (std::uint64_t i = 0; i < count / 10; i += 100) {
    std::vector<attempt_id> running;
    world.batch([&] {
      for (std::uint64_t k = 0; k < 100; ++k)
        need(store->add_job(new_job(i + k)));
      running = attempts_of(need(store->hand_out_jobs(everything, 100)));
    });
    world.batch([&] { finish_all(*store, running); });
  }
  for (std::uint64_t i = 0; i < count / 10; i += 100)
    world.batch([&] {
      for (std::uint64_t k = 0; k < 100; ++k)
        need(store->add_job(new_job(count + i + k)));
    });
  const auto close_time = seconds_of([&] { store.reset(); });
  const auto open_time = seconds_of([&] { world.open(); });
  const auto first_time = seconds_of([&] { world.batch([] {}); });
  fmt::print("{} schedules: added in {:.2f} s, closed in {:.2f} s, opened in {:.2f} s (first batch {:.3f} s)\n", count,
             add_time, close_time, open_time, first_time);
  // The memory of a start is told by a process that did nothing else.
  std::fflush(stdout);
  store.reset();
  if (::fork() == 0) {
    const auto before = resident_mib();
    world.open();
    fmt::print("  resident after a start: {:.1f} MiB (before: {:.1f})\n", resident_mib(), before);
    std::fflush(stdout);
    std::_Exit(0);
  }
  (void)::usleep(100'000 + static_cast<useconds_t>(open_time * 3e6));
}

} // namespace

int main(int count, char** arguments) {
  const std::string which = count > 1 ? arguments[1] : "jobs";
  const auto size = count > 2 ? std::strtoull(arguments[2], nullptr, 10) : 0;
  const std::string folder = count > 3 ? arguments[3] : ".";
  if (which == "start") {
    bench_start(size != 0 ? size : 100'000, folder);
    return 0;
  }
  for (const auto level : {durability::none, durability::async, durability::sync})
    for (const auto* kind : {"memory", "rocksdb"}) {
      if (std::string_view{kind} == "memory" && level != durability::none)
        continue;
      if (which == "fires") {
        bench_fires(kind, level, size != 0 ? size : 10'000, folder);
      } else {
        bench_jobs(kind, level, size != 0 ? size : 200'000, folder, false);
        bench_jobs(kind, level, size != 0 ? size : 200'000, folder, true);
      }
    }
  return 0;
}
