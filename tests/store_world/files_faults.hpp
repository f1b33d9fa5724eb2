#pragma once

#include "store_world/files_world.hpp"

#include <functional>

/// Faults at operations on files, one after the other: each function is a test, of every `stride`-th operation from the
/// `first` on. They end with the first run that nothing disturbed.
namespace carillon::testing {

struct positions {
  std::uint64_t first = 1;
  std::uint64_t stride = 1;
};

const error broken{ec::store_io, "the disk is broken"};

inline void expect_no_faults(const files_world& w, std::uint64_t n) {
  const auto faults = w.faults();
  BOOST_TEST(faults.empty(), "operation " << n << ": " << (faults.empty() ? "" : faults.front()));
}

/// All steps; one that is refused is done again after `mend`. How many were refused.
inline int run_and_mend(files_world& w, const std::function<void(const error&)>& mend) {
  int refused = 0;
  for (int n = 0; n < files_world::steps; ++n)
    for (int tries = 0;; ++tries) {
      const auto done = w.step(n);
      if (done)
        break;
      BOOST_REQUIRE_MESSAGE(tries < 5, "step " << n << ": " << to_string(done.err()));
      ++refused;
      mend(done.err());
    }
  return refused;
}

/// Until a step is refused because the power is cut. Whether it was.
inline bool run_until_cut(files_world& w, const std::function<void(int)>& before_step = {}) {
  for (int n = 0; n < files_world::steps && !w.disk->is_cut(); ++n) {
    if (before_step)
      before_step(n);
    if (const auto done = w.step(n); !done)
      BOOST_REQUIRE_MESSAGE(w.disk->is_cut(), to_string(done.err()));
  }
  return w.disk->is_cut();
}

inline void fail_at(positions where) {
  for (auto n = where.first;; n += where.stride) {
    files_world w;
    w.disk->fail_write(n, broken);
    const auto refused = run_and_mend(w, [&](const error& why) {
      BOOST_TEST((why.code() == ec::store_io));
      BOOST_TEST(why.text().find("the disk is broken") != std::string::npos, why.text());
      w.disk->repair();
      need(w.touch());
      BOOST_TEST(w.jobs().size() == w.added.size(), "operation " << n << ": what was refused is there");
    });
    expect_no_faults(w, n);
    if (refused == 0) {
      BOOST_TEST(n > 200u);
      break;
    }
  }
}

inline void cut_power_of_synced_at(positions where) {
  for (auto n = where.first;; n += where.stride) {
    for (const bool is_torn : {false, true}) {
      files_world w;
      counting_entropy random{n};
      w.disk->cut_power(n);
      if (!run_until_cut(w)) {
        BOOST_TEST(n > 200u);
        return;
      }
      w.lose_power(is_torn ? &random : nullptr);
      need(w.reopen());
      expect_no_faults(w, n);
      BOOST_TEST(run_and_mend(w, {}) == 0); // once more, from the first step on
      expect_no_faults(w, n);
    }
  }
}

/// Whether it was cut at all.
inline bool cut_power_of_unsynced(std::uint64_t at, std::uint64_t seed) {
  files_world w{durability::async};
  counting_entropy random{seed};
  std::size_t synced = 0;
  w.disk->cut_power(at);
  const bool was_cut = run_until_cut(w, [&](int step) {
    if (step % 8 != 0)
      return;
    w.disk->sync(); // what a thread does
    synced = w.added.size();
  });
  if (!was_cut)
    return false;
  w.lose_power(&random);
  need(w.reopen());
  const auto left = w.jobs();
  std::size_t kept = 0;
  while (kept < w.added.size() && left.contains(w.added[kept]))
    ++kept;
  BOOST_TEST(kept >= synced, "operation " << at << ", seed " << seed);
  for (auto lost = kept; lost < w.added.size(); ++lost)
    BOOST_TEST(!left.contains(w.added[lost]),
               "operation " << at << ", seed " << seed << ": an earlier one is lost, and this is there");
  w.added.clear();
  w.finished.clear();
  expect_no_faults(w, at);
  return true;
}

inline void cut_power_of_unsynced_at(positions where) {
  auto n = where.first;
  while (cut_power_of_unsynced(n, n))
    n += where.stride;
  BOOST_TEST(n > 100u);
}

} // namespace carillon::testing
