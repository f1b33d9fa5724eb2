// What do the hot parts of a node cost, each by itself, and how does that grow with size?
//
//   parts_bench [--benchmark_filter=REGEX] [--benchmark_out=FILE]
//
//   plan/KIND                   the plan of one due schedule: one fire time, one job
//   encode_job, decode_job/B    a job with an argument of B bytes, as it is written and read
//   store_jobs/N                N jobs in memory: added, handed out, finished, a batch each
//   store_fires/N               one fire of a schedule, as above, of N schedules of which 500 are due in a batch
//   fan_out/N                   a batch of 500 events to N subscribers that want all
#include "codec/records.hpp"
#include "engine/event_log.hpp"
#include "engine/planner.hpp"

#include "carillon/store/memory_disk.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t batch_size = 500;
const timestamp start{1'800'000'000s};

template <class T>
T need(result<T> x) {
  return std::move(x).or_throw();
}
due_schedule due_of(trigger_definition rule) {
  due_schedule due;
  due.what.definition.id = "hourly-report";
  due.what.definition.task = "report";
  due.what.definition.trigger = std::move(rule);
  auto made = need(trigger::make(due.what.definition.trigger));
  due.what.state.next_fire_time = need(made.next());
  due.what.state.cursor = made.cursor();
  due.what.state.incarnation = 5;
  due.what.state.changed = 9;
  return due;
}

void plan(benchmark::State& state, const trigger_definition& rule) {
  const auto due = due_of(rule);
  engine::planner planner{limits{}};
  for (auto _ : state)
    benchmark::DoNotOptimize(planner.plan(due, *due.what.state.next_fire_time));
  state.SetItemsProcessed(state.iterations());
}

job job_with(std::size_t bytes) {
  job made;
  made.id = job_id::make(start, 1, 2);
  made.task = "report";
  made.schedule_id = "hourly-report";
  made.scheduled_fire_time = made.not_before = made.created_at = start;
  made.arguments = value{std::string(bytes, 'x')};
  return made;
}

void encode_job(benchmark::State& state) {
  const auto what = job_with(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state)
    benchmark::DoNotOptimize(codec::encode(what));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

void decode_job(benchmark::State& state) {
  const auto encoded = codec::encode(job_with(static_cast<std::size_t>(state.range(0))));
  for (auto _ : state)
    benchmark::DoNotOptimize(codec::decode<job>(encoded));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}

// A store in memory, its clock at hand.
class store_of_a_bench {
public:
  store_of_a_bench() {
    config_.level = durability::none;
    config_.history_retention = duration{0};
    store_ = need(open_memory_store(config_));
    batch([](data_store& s) {
      task what;
      what.id = "no_op";
      need(s.put_task(what));
    });
  }
  template <class Body>
  void batch(const Body& body) {
    need(store_->begin(now));
    body(*store_);
    need(store_->commit());
  }
  void run_and_finish(const std::vector<attempt_id>& running) {
    batch([&](data_store& s) {
      for (const auto& x : running) {
        finished_attempt ended;
        ended.attempt = x;
        need(s.finish_attempt(ended));
      }
    });
  }
  std::vector<attempt_id> hand_out() {
    std::vector<attempt_id> handed; // the jobs themselves are let go, as executors do
    batch([&](data_store& s) {
      for (const auto& x : need(s.hand_out_jobs(everything_, batch_size)))
        handed.push_back({x.what->id, x.what->held_by->token});
    });
    return handed;
  }

  clock_reading now{start, 1h};

private:
  const demand everything_{{"bench", 1}, 1'000'000, {"thread_pool"}, {"no_op"}, ~std::uint64_t{0}};
  store_config config_;
  std::unique_ptr<data_store> store_;
};

void store_jobs(benchmark::State& state) {
  store_of_a_bench store;
  std::uint64_t number = 0;
  for (auto _ : state)
    for (std::int64_t left = state.range(0); left > 0; left -= batch_size) {
      store.batch([&](data_store& s) {
        for (std::int64_t i = 0; i < std::min(left, batch_size); ++i) {
          job added;
          added.id = job_id::make(store.now.wall, 1, ++number);
          added.task = "no_op";
          added.not_before = store.now.wall;
          (void)need(s.add_job(std::move(added)));
        }
      });
      store.run_and_finish(store.hand_out());
    }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void store_fires(benchmark::State& state) {
  store_of_a_bench store;
  const auto schedules = state.range(0);
  const auto period = std::chrono::seconds{std::max<std::int64_t>(schedules / batch_size, 1)};
  for (std::int64_t first = 0; first < schedules; first += batch_size)
    store.batch([&](data_store& s) {
      for (std::int64_t i = first; i < std::min(first + batch_size, schedules); ++i) {
        schedule_definition added;
        added.id = "s" + std::to_string(i);
        added.task = "no_op";
        added.trigger = {
            interval_definition{period, start + 1s + std::chrono::seconds{first / batch_size}, std::nullopt}};
        (void)need(s.add_schedule(added, conflict_policy::fail));
      }
    });
  engine::planner planner{limits{}};
  std::int64_t fired = 0;
  for (auto _ : state) {
    store.now.wall += 1s;
    store.now.boot += 1s;
    due_schedules due;
    store.batch([&](data_store& s) { due = need(s.claim_due_schedules(batch_size)); });
    store.batch([&](data_store& s) {
      for (const auto& one : due.schedules)
        need(s.commit_fire_plan(planner.plan(one, due.now)));
    });
    store.run_and_finish(store.hand_out());
    fired += static_cast<std::int64_t>(due.schedules.size());
  }
  state.SetItemsProcessed(fired);
}

void fan_out(benchmark::State& state) {
  engine::event_log log;
  for (std::int64_t i = 0; i < state.range(0); ++i)
    log.subscribe(static_cast<std::uint64_t>(i), {}, std::nullopt);
  revision number = 0;
  for (auto _ : state) {
    std::vector<event> events(batch_size);
    for (auto& one : events) {
      one.type = event_type::job_finished;
      one.number = ++number;
      one.task = "no_op";
    }
    log.append(std::move(events));
    for (const auto& delivery : log.take_deliveries())
      log.acknowledge(delivery.to, delivery.events.size());
  }
  state.SetItemsProcessed(state.iterations() * batch_size * std::max<std::int64_t>(state.range(0), 1));
}

BENCHMARK_CAPTURE(plan, interval, trigger_definition{interval_definition{1h, start, std::nullopt}});
BENCHMARK_CAPTURE(plan, classic_cron,
                  trigger_definition{
                      classic_cron_definition{"0 9 * * 1-5", start, std::nullopt, "America/New_York", std::nullopt}});
BENCHMARK(encode_job)->Arg(0)->Arg(1 << 10)->Arg(1 << 16);
BENCHMARK(decode_job)->Arg(0)->Arg(1 << 10)->Arg(1 << 16);
BENCHMARK(store_jobs)->RangeMultiplier(10)->Range(1, 10'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(store_fires)->RangeMultiplier(10)->Range(1'000, 1'000'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(fan_out)->Arg(1)->Arg(10)->Arg(100)->Unit(benchmark::kMicrosecond);

} // namespace

BENCHMARK_MAIN();
