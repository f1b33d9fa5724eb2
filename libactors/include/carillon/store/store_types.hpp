#pragma once

#include "carillon/base/time.hpp"
#include "carillon/model/limits.hpp"
#include "carillon/model/policies.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#pragma GCC visibility push(default)
/// @file
/// What a store is opened with, asked for, and says of itself: of data_store.hpp what its clients see.
namespace carillon {

/// How a store keeps what it is told. Another opening may have other settings.
struct store_config {
  durability level = durability::sync;       ///< of each commit
  duration lease = std::chrono::seconds{10}; ///< how long one lasts from its hand-out, or its last renewal; > 0
  duration claim = std::chrono::seconds{10}; ///< how long a claimed schedule is kept from other schedulers
  /// So long before they are due schedules are claimed, 0 to a second, and half of `claim` at most: their plans are made by then, and
  /// held until the fire time, when the decision is made and written. 0: when they are due. A node_config begins with 100 ms; who gives
  /// it another store_config says it there.
  duration plan_ahead{};
  duration history_retention = std::chrono::hours{24 * 7}; ///< of ended jobs, skips and past definitions; 0: none
  limits bounds{}; ///< what transitions refuse, and what a batch or a page holds at most
};

/// Told how many records of a store were read, now and then, and about how many there are (0: it isn't known). Must not throw.
using progress_listener = std::function<void(std::uint64_t read, std::uint64_t of_about)>;

/// Which piece of a list is wanted. Errors of the store's lists: also ec::limit_exceeded for a wrong `limit`,
/// ec::invalid_argument for a wrong `after`.
struct page_request {
  std::size_t limit = 100; ///< 1 to limits::page_items
  std::string
      after{}; ///< `page::next` of the page before (hexadecimal digits; of events a number); empty: from the start
};

/// A piece of a list, which may change between two pages: what stays in it comes once.
template <class T>
struct page {
  std::vector<T>
      items;        ///< fewer than asked for, even none, also when there is a next page: long searches come in pieces
  std::string next; ///< empty: this was the last page
};

/// Which jobs are wanted: those that fit all of it.
struct job_filter {
  std::string schedule_id{};        ///< empty: any
  std::string task{};               ///< empty: any
  std::optional<job_state> state{}; ///< none: any
};

/// A record in the quarantine, as nobody could read it.
struct quarantined_record {
  /// Where it was, such as `jobs`; `quarantine` if it is damaged there as well: then key and time aren't known.
  std::string family;
  std::string key;    ///< as hexadecimal digits
  std::string value;  ///< raw
  std::string reason; ///< what is wrong with it, for a person
  timestamp at{};     ///< when it was put there, by the store's clock
};

/// What a store says of itself; the numbers are those of the last commit.
struct store_status {
  std::string backend;              ///< `memory`, `rocksdb`, or as `open_keyed_store` was told
  std::string path;                 ///< the folder of a RocksDB store; else empty
  std::string store_id;             ///< a UUID, made with the store; a restored one has another
  std::uint32_t format_version = 0; ///< that records are written by
  std::uint64_t schedules = 0,      ///< paused ones too
      pending_jobs = 0,             ///< also those whose time hasn't come
      running_jobs = 0,             ///< live leases
      quarantined = 0;              ///< records
};

/// Findings of a check of a whole store; empty: it holds together.
struct check_report {
  std::uint64_t tasks = 0,         ///< here and in the next ones also those that can't be read
      schedules = 0,               ///< those that were removed don't count
      jobs = 0,                    ///< whose history hasn't ended
      skips = 0,                   ///< a range counts once
      quarantined = 0;             ///< records in the quarantine; they are no faults
  std::vector<std::string> faults; ///< for people; the first 1,000
};

} // namespace carillon
#pragma GCC visibility pop
