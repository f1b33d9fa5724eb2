// The RocksDB store on files that fail, fill up and tear: also within flushes, compactions and openings. Faults at some
// operations; `store_disk_faults_anywhere` has them at all.
#include "store_world/files_faults.hpp"

using namespace carillon;
using namespace carillon::testing;

BOOST_AUTO_TEST_SUITE(store_disk_faults)

BOOST_AUTO_TEST_CASE(files_come_and_go_in_the_run_that_is_disturbed_below) {
  files_world w;
  w.disk->record_operations(true);
  BOOST_TEST(run_and_mend(w, {}) == 0);
  const auto count = [operations = w.disk->operations()](std::string_view what, std::string_view name) {
    return std::ranges::count_if(operations, [&](const std::string& one) {
      return one.starts_with(what) && one.find(name) != std::string::npos;
    });
  };
  BOOST_TEST(count("create", ".sst") > 5);
  BOOST_TEST(count("remove", ".sst") > 1);
  BOOST_TEST(count("create", ".log") > 3);
  BOOST_TEST(count("create", "MANIFEST") > 1);
  BOOST_TEST(count("rename", "CURRENT") > 1);
  expect_no_faults(w, 0);
}

BOOST_AUTO_TEST_CASE(whatever_fails_is_told_and_the_store_goes_on_when_the_disk_does) { fail_at({3, 11}); }

BOOST_AUTO_TEST_CASE(a_power_cut_at_any_operation_loses_nothing_that_was_synced) { cut_power_of_synced_at({5, 17}); }

BOOST_AUTO_TEST_CASE(what_a_power_cut_takes_from_a_store_that_syncs_later_is_the_newest) {
  cut_power_of_unsynced_at({2, 11});
}

BOOST_AUTO_TEST_CASE(a_new_log_is_never_kept_without_all_of_the_old_one) {
  files_world whole{durability::async};
  whole.disk->record_operations(true);
  BOOST_TEST(run_and_mend(whole, {}) == 0);
  const auto operations = whole.disk->operations();
  int changes = 0;
  for (std::uint64_t at = 1; at + 2 <= operations.size(); ++at)
    if (operations[at - 1].starts_with("create") && operations[at - 1].ends_with(".log") &&
        operations[at].starts_with("append")) { // written at once: not a log of an opening
      ++changes;
      for (std::uint64_t seed = 1; seed <= 10; ++seed)
        BOOST_TEST(cut_power_of_unsynced(at + 1, seed));
    }
  BOOST_TEST(changes > 0);
}

// RocksDB 7.8 ends the process at the next closing if memtables were each full by themselves.
BOOST_AUTO_TEST_CASE(a_store_that_could_begin_no_new_log_is_closed_and_opened_again) {
  files_world whole;
  whole.disk->record_operations(true);
  BOOST_TEST(run_and_mend(whole, {}) == 0);
  const auto operations = whole.disk->operations();
  std::uint64_t logs = 0;
  int failures = 0;
  for (std::size_t at = 0; at + 1 < operations.size(); ++at)
    if (operations[at].starts_with("create") && operations[at].ends_with(".log")) {
      ++logs;
      if (!operations[at + 1].starts_with("append")) // of an opening
        continue;
      files_world w;
      w.disk->fail_once(file_disk::operation::create, ".log", logs, broken);
      failures += run_and_mend(w, [](const error& why) { BOOST_TEST((why.code() == ec::store_io)); });
      expect_no_faults(w, logs);
    }
  BOOST_TEST(failures > 0);
}

BOOST_AUTO_TEST_CASE(one_operation_of_each_kind_may_fail_and_all_others_go_on) {
  using operation = file_disk::operation;
  const std::vector<std::pair<operation, std::string>> kinds{
      {operation::create, ".log"},     {operation::append, ".log"},     {operation::sync, ".log"},
      {operation::create, ".sst"},     {operation::append, ".sst"},     {operation::sync, ".sst"},
      {operation::create, "MANIFEST"}, {operation::append, "MANIFEST"}, {operation::sync, "MANIFEST"},
      {operation::rename, "dbtmp"}};
  for (const auto& [what, name] : kinds)
    for (std::uint64_t n = 1; n <= 2; ++n) {
      BOOST_TEST_CONTEXT(static_cast<int>(what) << " " << name << " " << n) {
        files_world w;
        w.disk->fail_once(what, name, n, broken);
        BOOST_TEST(run_and_mend(w, [&](const error& why) { BOOST_TEST((why.code() == ec::store_io)); }) > 0);
        expect_no_faults(w, n);
      }
    }
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_as_such_and_the_store_goes_on_when_there_is_space) {
  for (std::uint64_t space = 500;; space += 7'001) {
    files_world w;
    BOOST_REQUIRE(w.step(0));
    w.disk->limit_space(space);
    const auto refused = run_and_mend(w, [&](const error& why) {
      BOOST_TEST((why.code() == ec::disk_full), to_string(why));
      w.disk->repair();
    });
    expect_no_faults(w, space);
    if (refused == 0) {
      BOOST_TEST(space > 100'000u);
      break;
    }
  }
}

BOOST_AUTO_TEST_CASE(a_write_whose_sync_fails_is_gone_when_the_store_opens_again) {
  files_world w;
  for (const int n : {0, 1})
    need(w.step(n));
  w.disk->fail_once(file_disk::operation::sync, ".log", 1, broken);
  BOOST_TEST(!w.step(3));
  need(w.touch());
  BOOST_TEST(w.jobs().size() == 1U);
  w.lose_power(nullptr);
  need(w.reopen());
  BOOST_TEST(w.jobs().size() == 1U);
  need(w.step(3));
  BOOST_TEST(w.jobs().size() == 2U);
}

BOOST_AUTO_TEST_CASE(the_same_run_does_the_same_with_files_and_ends_the_same_way) {
  const auto run = [](std::uint64_t cut_at) {
    files_world w;
    counting_entropy random{cut_at};
    w.disk->record_operations(true);
    w.disk->cut_power(cut_at);
    run_until_cut(w);
    w.lose_power(&random);
    need(w.reopen());
    BOOST_TEST(run_and_mend(w, {}) == 0);
    return std::tuple{w.disk->operations(), w.jobs(), w.faults()};
  };
  for (const std::uint64_t cut_at : {70, 150, 210}) {
    const auto first = run(cut_at);
    const auto second = run(cut_at);
    BOOST_TEST(std::get<0>(first) == std::get<0>(second), boost::test_tools::per_element());
    BOOST_TEST((first == second));
  }
}

BOOST_AUTO_TEST_SUITE_END()
