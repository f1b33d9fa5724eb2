// Direct no-op jobs: how many a second are added, run, and both at once.
#include "bench/benches.hpp"
#include "bench/measured_node.hpp"

#include <fmt/format.h>

#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <mutex>
#include <new>
#include <optional>
#include <semaphore>
#include <thread>

namespace carillon::app::bench {
namespace {

/// Several threads that add jobs, each with so many requests under way.
class producers {
public:
  producers(node& where, const bench_command& what)
    : where_(where), what_(what), arguments_(make_arguments(what.argument_size_bytes)) {}

  /// Adds so many, or as many as fit into the time that the command says; every one has been answered then. Throws a `failure` if one
  /// is refused.
  void add_all() {
    std::vector<std::thread> threads;
    threads.reserve(what_.producers);
    for (std::size_t i = 0; i < what_.producers; ++i)
      threads.emplace_back([this, i] { add_share(share_of(i)); });
    for (auto& one : threads)
      one.join();
    if (refused_)
      throw failure{*refused_};
  }

  /// How long each request took that was answered since this was asked last, in milliseconds.
  [[nodiscard]] std::vector<double> take_waits() {
    const std::lock_guard guard{mutex_};
    return std::exchange(waits_, {});
  }
  [[nodiscard]] std::size_t added() const noexcept { return added_; }

  /// Whether nothing is to be added for now.
  void hold(bool is_held) { is_held_ = is_held; }

private:
  using slots = std::counting_semaphore<>;

  static value make_arguments(std::size_t size_bytes) {
    return size_bytes == 0 ? value{} : value{std::string(size_bytes, 'x')};
  }

  [[nodiscard]] std::size_t share_of(std::size_t producer) const {
    return what_.jobs / what_.producers + (producer < what_.jobs % what_.producers ? 1 : 0);
  }

  [[nodiscard]] job_request make_request() const {
    job_request made;
    made.task = measured_task;
    made.arguments = arguments_;
    return made;
  }

  void add_share(std::size_t count) {
    slots free{static_cast<std::ptrdiff_t>(what_.in_flight)};
    while (!has_failed_ && (what_.seconds > 0 ? time_.seconds() < what_.seconds : count > 0)) {
      const auto size = what_.seconds > 0 ? what_.batch : std::min(count, what_.batch);
      while (is_held_)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
      free.acquire();
      send(size, free);
      added_ += size;
      count -= std::min(count, size);
    }
    for (std::size_t i = 0; i < what_.in_flight; ++i)
      free.acquire();
  }

  void send(std::size_t size, slots& free) {
    const stopwatch waiting;
    const auto answered = [this, &free, waiting](const error* why) {
      note(waiting.seconds(), why);
      free.release(); // the last thing: then the thread that has the slots may end
    };
    if (what_.batch == 1)
      return where_.add_job(make_request()).then([answered](const result<job>& added) {
        answered(added ? nullptr : &added.err());
      });
    std::vector<job_request> all(size, make_request());
    where_.add_jobs(std::move(all)).then([answered](const result<std::vector<result<job_id>>>& added) {
      if (!added)
        return answered(&added.err());
      const auto bad = std::ranges::find_if(*added, [](const auto& one) { return !one; });
      answered(bad == added->end() ? nullptr : &bad->err());
    });
  }

  void note(double waited_seconds, const error* why) {
    constexpr double milliseconds = 1e3;
    const std::lock_guard guard{mutex_};
    waits_.push_back(waited_seconds * milliseconds);
    if (why != nullptr && !refused_) {
      refused_ = *why;
      has_failed_ = true;
    }
  }

  node& where_;
  const bench_command& what_;
  const value arguments_;
  const stopwatch time_;
  std::atomic<std::size_t> added_ = 0;
  std::atomic<bool> is_held_ = false;
  std::atomic<bool> has_failed_ = false;
  std::mutex mutex_; // guards what follows
  std::vector<double> waits_;
  std::optional<error> refused_;
};

void keep_busy(std::size_t microseconds) {
  const auto processor_time = [] {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec};
  };
  if (microseconds == 0)
    return;
  const auto end = processor_time() + std::chrono::microseconds{microseconds};
  while (processor_time() < end) {
  }
}

task_function make_work(const bench_command& what) {
  return task_function{[microseconds = what.job_microseconds](const value&, const job_context&) {
    keep_busy(microseconds);
    return attempt_result{};
  }};
}

void prepare(node& where, const bench_command& what) {
  need(register_measured(where, what, make_work(what)));
  need(add_schedules(where, what.schedules.front(), make_distant_schedule));
}

void say_rate(const apart::voice& say, const char* metric, std::size_t jobs, const stopwatch& took) {
  say.say({metric, static_cast<double>(jobs) / took.seconds(), "jobs/s"});
}

// First all are added while none runs, then they run.
void measure_apart_phases(const bench_command& what, const std::string& folder, durability level,
                          const apart::voice& say) {
  auto node = need(node::open(config_of(what, folder, level)));
  prepare(node, what);
  producers adding{node, what};
  const stopwatch enqueueing;
  adding.add_all();
  say_rate(say, "enqueue", what.jobs, enqueueing);
  const stopwatch draining;
  need(node.start());
  need(wait_until_done(node));
  say_rate(say, "drain", what.jobs, draining);
}

double mebibytes_in(const std::string& folder) {
  constexpr double mebibyte = 1 << 20;
  double size = 0;
  std::error_code ignored; // a file may go meanwhile
  for (const auto& file : std::filesystem::recursive_directory_iterator{folder, ignored})
    if (const auto its = file.is_regular_file(ignored) ? file.file_size(ignored) : 0; !ignored)
      size += static_cast<double>(its);
  return size / mebibyte;
}

// Says ten times within the time how it goes. What waits is bounded, as whoever adds for ever faster than it runs measures nothing but that.
void watch(const bench_command& what, node& where, producers& adding, const apart::voice& say,
           const std::stop_token& ended) {
  constexpr int times = 10;
  constexpr std::uint64_t most_waiting = 20'000;
  const stopwatch since_begin;
  std::size_t jobs_before = 0;
  double before = 0;
  for (int done = 0; !ended.stop_requested();) {
    const auto status = need(where.status().get());
    adding.hold(status.pending_jobs > most_waiting);
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
    const auto now = since_begin.seconds();
    if (now < what.seconds * (done + 1) / times)
      continue;
    ++done;
    const auto ended_jobs = adding.added() - std::min<std::size_t>(adding.added(), status.pending_jobs);
    // Not exact: what is on its way counts as ended, or doesn't, so that there can even seem to be fewer than before.
    const auto ended_since = static_cast<double>(ended_jobs) - static_cast<double>(jobs_before);
    std::vector<figure> all{{"end_to_end", std::max(0.0, ended_since) / (now - before), "jobs/s"},
                            {"resident", resident_mebibytes(), "MiB"},
                            {"store_size", mebibytes_in(where.config().data_folder), "MiB"}};
    for (auto& one : distribution("add_wait", adding.take_waits(), "ms"))
      all.push_back(std::move(one));
    for (auto& one : all)
      one.at_seconds = now;
    say.say(all);
    jobs_before = ended_jobs;
    before = now;
  }
  adding.hold(false);
}

void measure_together(const bench_command& what, node& where, const apart::voice& say) {
  const auto processor_before = processor_seconds();
  producers adding{where, what};
  const stopwatch together;
  {
    std::jthread watching;
    if (what.seconds > 0)
      watching = std::jthread{[&](const std::stop_token& ended) { watch(what, where, adding, say, ended); }};
    adding.add_all();
  }
  need(wait_until_done(where));
  say_rate(say, "end_to_end", adding.added(), together);
  constexpr double microseconds = 1e6;
  say.say({"end_to_end_cpu",
           (processor_seconds() - processor_before) * microseconds / static_cast<double>(adding.added()), "us/job"});
  if (what.seconds == 0)
    say.say(distribution("add_wait", adding.take_waits(), "ms"));
  say.say({"resident", resident_mebibytes(), "MiB"});
}

// ---- executors in processes of their own

// Nobody listens there just now.
std::string find_free_address() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool is_found = ::bind(probe, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                        ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(probe);
  if (!is_found)
    throw failure{{ec::unavailable, "no free port is left on 127.0.0.1"}};
  return fmt::format("127.0.0.1:{}", ntohs(address.sin_port));
}

/// What workers count, in memory that all processes share.
class worker_counts {
public:
  worker_counts() : all_(::mmap(nullptr, sizeof(content), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (all_ == MAP_FAILED)
      throw failure{{ec::unavailable, "no memory for the workers to count in"}};
    new (all_) content;
  }
  ~worker_counts() { ::munmap(all_, sizeof(content)); }
  worker_counts(const worker_counts&) = delete;
  worker_counts& operator=(const worker_counts&) = delete;

  void note_job() { ++counts().jobs; }
  void note_hand_out() { ++counts().hand_outs; }
  [[nodiscard]] double jobs_a_hand_out() const {
    return static_cast<double>(counts().jobs) / static_cast<double>(std::max<std::uint64_t>(1, counts().hand_outs));
  }

private:
  struct content {
    std::atomic<std::uint64_t> jobs = 0;
    std::atomic<std::uint64_t> hand_outs = 0;
  };
  [[nodiscard]] content& counts() const { return *static_cast<content*>(all_); }

  void* all_;
};

// All jobs of a message have its fencing token. Threads that take turns at the border of two count a third one: it errs to the small side.
task_function make_counted_work(const bench_command& what, worker_counts& counts) {
  return task_function{[microseconds = what.job_microseconds, &counts,
                        last = std::make_shared<std::atomic<std::uint64_t>>(0)](const value&, const job_context& job) {
    const auto token = job.fencing_token();
    if (last->exchange(token) != token)
      counts.note_hand_out();
    counts.note_job();
    keep_busy(microseconds);
    return attempt_result{};
  }};
}

result<void> work_for(const bench_command& what, const std::string& address, std::size_t number, worker_counts& counts,
                      const apart::voice& say) {
  auto config = config_of(what, {}, durability::none);
  config.name = fmt::format("worker-{}", number);
  config.scheduler = false;
  config.cluster.join = address;
  auto node = need(node::open(std::move(config)));
  need(register_measured(node, what, make_counted_work(what, counts)));
  need(node.start());
  say.ready();
  for (;;) // until it is killed
    ::pause();
}

void measure_across_processes(const bench_command& what, const std::string& folder, durability level,
                              const apart::voice& say) {
  const auto address = find_free_address();
  worker_counts counts;
  std::vector<apart> workers; // before this process has threads
  for (std::size_t i = 0; i < what.processes; ++i)
    workers.push_back(
        need(apart::begin([&](const apart::voice& worker) { return work_for(what, address, i, counts, worker); })));
  auto config = config_of(what, folder, level);
  config.worker = false;
  config.cluster.listen = address;
  auto node = need(node::open(std::move(config)));
  prepare(node, what);
  need(node.start());
  for (auto& one : workers)
    need(one.wait_until_ready());
  measure_together(what, node, say);
  say.say({"jobs_per_message", counts.jobs_a_hand_out(), "jobs"});
}

value::map throughput_settings(const bench_command& what, durability level) {
  const auto number = [](std::size_t x) { return value{static_cast<std::int64_t>(x)}; };
  return {{"durability", std::string{to_string(level)}},
          what.seconds > 0 ? std::pair<const std::string, value>{"seconds", what.seconds}
                           : std::pair<const std::string, value>{"jobs", number(what.jobs)},
          {"producers", number(what.producers)},
          {"in_flight", number(what.in_flight)},
          {"batch", number(what.batch)},
          {"argument_bytes", number(what.argument_size_bytes)},
          {"slots", number(what.slots)},
          {"threads", number(what.threads)},
          {"runner", what.runner},
          {"job_microseconds", number(what.job_microseconds)},
          {"processes", number(what.processes)},
          {"schedules", number(what.schedules.front())}};
}

} // namespace

result<void> measure_throughput(const bench_command& what, data_place& where, report& to) {
  using part = void (*)(const bench_command&, const std::string&, durability, const apart::voice&);
  constexpr part all_in_one = [](const bench_command& asked, const std::string& folder, durability level,
                                 const apart::voice& say) {
    auto node = need(node::open(config_of(asked, folder, level)));
    prepare(node, asked);
    need(node.start());
    measure_together(asked, node, say);
  };
  std::vector<part> parts{measure_across_processes};
  if (what.processes == 0)
    parts = {all_in_one};
  if (what.processes == 0 && what.seconds == 0) // else nobody would bound what is added while nothing runs
    parts = {measure_apart_phases, all_in_one};
  for (const auto level : what.levels)
    for (const auto& measure : parts) {
      to.progress(
          fmt::format("{}, durability {}",
                      what.seconds > 0 ? fmt::format("{} s of load", what.seconds) : fmt::format("{} jobs", what.jobs),
                      to_string(level)));
      const auto measured = measure_apart([&, folder = where.next()](const apart::voice& say) -> result<void> {
        measure(what, folder, level, say);
        return {};
      });
      if (!measured)
        return measured.err();
      to.add(*measured, throughput_settings(what, level));
    }
  return {};
}

} // namespace carillon::app::bench
