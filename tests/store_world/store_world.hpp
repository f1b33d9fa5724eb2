#pragma once

#include "carillon/store/file_disk.hpp"
#include "carillon/store/memory_disk.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// What the conformance tests run in: a store of each kind, a clock that stands still unless told, and short forms of what
/// tests do all the time.
namespace carillon::testing {

/// What was handed out, each saying its runner.
[[nodiscard]] std::vector<job> jobs_of(const std::vector<handed_job>& handed);
/// What was added.
[[nodiscard]] result<job> job_of(const result<std::shared_ptr<const job>>& added);

enum class backend {
  memory,
  memory_reopened, ///< closed and opened again after each commit: everything comes from the records
  rocksdb,
  rocksdb_reopened,
  rocksdb_in_memory, ///< on a file_disk
  given,             ///< somebody else's (run_store_conformance)
  given_reopened,
};
std::ostream& operator<<(std::ostream& out, backend x);

// What the program tests, of own_backends.cpp or given_store.cpp: known before `main`, as Boost.Test makes its cases then.
[[nodiscard]] std::vector<backend> tested_backends();
/// For tests that take long.
[[nodiscard]] std::vector<backend> some_tested_backends();
/// The store of `backend::given` in a folder.
[[nodiscard]] result<std::unique_ptr<data_store>> open_given_store(const std::string& folder,
                                                                   const store_config& config);

inline const auto all_backends = boost::unit_test::data::make(tested_backends());
inline const auto some_backends = boost::unit_test::data::make(some_tested_backends());

/// A folder that goes when it does.
class temporary_folder {
public:
  temporary_folder();
  ~temporary_folder();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
  std::filesystem::path path_;
};

/// Numbers that are the same in each run.
class counting_entropy final : public entropy {
public:
  explicit counting_entropy(std::uint64_t seed = 1) : state_(seed) {}
  std::uint64_t next() override;

private:
  std::uint64_t state_;
};

inline constexpr timestamp epoch{std::chrono::seconds{1'790'000'000}};

class store_world {
public:
  explicit store_world(backend kind, store_config config = {});

  /// One batch: what `body` gives, after the commit.
  template <class Body>
  auto batch(Body&& body) {
    start();
    if constexpr (std::is_void_v<decltype(body(*store))>) {
      body(*store);
      finish();
    } else {
      auto given = body(*store);
      finish();
      return given;
    }
  }
  void start();
  void finish(); ///< commits; what it did is in `last`

  /// Both clocks move.
  void pass(duration time);
  void reopen();
  /// The process is killed: its store does nothing more, and doesn't close. Not on the machine's files: RocksDB would keep its
  /// lock.
  void kill();
  /// Whether claims outlive a batch.
  [[nodiscard]] bool keeps_claims() const { return !is_reopened_; }

  // Short forms, each a batch of its own.
  void put_task(const std::string& id, const std::function<void(task&)>& change = {});
  schedule add_schedule(const schedule_definition& what);
  job add_job(const std::string& task_id, std::uint64_t number, const std::function<void(job&)>& change = {});
  std::vector<job> hand_out(std::size_t limit = 100, lease_holder holder = {"executor-1", 1});
  result<void> finish_job(const job& what, job_outcome outcome = job_outcome::success, value result = {});
  /// Plans what is due in the simplest way: one job for each fire time.
  void fire_due();

  [[nodiscard]] std::vector<event_type> event_types() const;
  [[nodiscard]] std::vector<event> events_of(event_type type) const;

  clock_reading now{epoch, std::chrono::hours{1}};
  commit_summary last;
  std::shared_ptr<memory_disk> disk;      ///< of a memory store
  std::shared_ptr<file_disk> files;       ///< of a RocksDB store in memory
  std::optional<temporary_folder> folder; ///< of another RocksDB store
  std::unique_ptr<data_store> store;      // ends before its folder
  store_config config;

private:
  void open();

  bool is_reopened_;
  bool is_given_;
  counting_entropy random_;
  std::vector<std::unique_ptr<data_store>> killed_;
};

[[nodiscard]] job make_job(const std::string& task_id, std::uint64_t number, timestamp when);
[[nodiscard]] schedule_definition make_schedule(const std::string& id, const std::string& task_id, duration every,
                                                timestamp start = epoch);
/// The plan of a scheduler that makes a job of the one fire time that is next.
[[nodiscard]] fire_plan make_plan(const schedule& what, timestamp now);
[[nodiscard]] demand make_demand(lease_holder holder, std::uint32_t slots, std::vector<std::string> tasks);

/// The value, or the test ends with the error's text.
template <class T>
T need(result<T> x) {
  BOOST_REQUIRE_MESSAGE(x.has_value(), (x ? std::string{} : to_string(x.err())));
  if constexpr (!std::is_void_v<T>)
    return std::move(x).value();
}

template <class T>
ec code_of(const result<T>& x) {
  return x ? ec::none : x.err().code();
}

} // namespace carillon::testing

namespace carillon {
inline std::ostream& boost_test_print_type(std::ostream& out, ec x) { return out << to_string(x); }
inline std::ostream& boost_test_print_type(std::ostream& out, job_state x) { return out << to_string(x); }
inline std::ostream& boost_test_print_type(std::ostream& out, job_outcome x) { return out << to_string(x); }
inline std::ostream& boost_test_print_type(std::ostream& out, event_type x) { return out << to_string(x); }
} // namespace carillon
