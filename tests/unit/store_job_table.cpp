#include "keyed/job_table.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using namespace carillon::keyed;

namespace {

job make_job(std::uint64_t number, value arguments = {}) {
  job made;
  made.id = job_id::make(timestamp{}, number, number);
  made.arguments = std::move(arguments);
  return made;
}

const std::string large(1 << 20, 'x');

} // namespace

BOOST_AUTO_TEST_SUITE(store_job_table)

BOOST_AUTO_TEST_CASE(a_job_that_changed_often_is_written_once) {
  job_table jobs;
  auto& what = jobs.put(make_job(1));
  for (int i = 0; i < 3; ++i)
    jobs.changed(what);
  write_batch written;
  jobs.flush(written, {});
  BOOST_TEST(written.size() == 1U);
  written.clear();
  jobs.flush(written, {});
  BOOST_TEST(written.empty());
}

BOOST_AUTO_TEST_CASE(what_was_only_read_is_kept_if_it_is_small_and_never_written) {
  job_table jobs;
  jobs.keep(make_job(1));
  jobs.keep(make_job(2, value{large}));
  auto labelled = make_job(3);
  labelled.metadata["label"] = large;
  jobs.keep(job{labelled});
  write_batch written;
  jobs.flush(written, {});
  BOOST_TEST(written.empty());
  BOOST_TEST(jobs.find(make_job(1).id) != nullptr);
  BOOST_TEST(jobs.find(make_job(2).id) == nullptr);
  BOOST_TEST(jobs.find(labelled.id) == nullptr);
}

BOOST_AUTO_TEST_CASE(what_is_shared_is_copied_before_it_is_changed_and_only_then) {
  job_table jobs;
  write_batch written;
  const auto id = make_job(1).id;
  auto shared = jobs.share(jobs.put(make_job(1)));
  BOOST_TEST(jobs.find(id) != shared.get()); // within the batch that has added it
  jobs.find(id)->attempt = 7;
  BOOST_TEST(shared->attempt == 0U);
  jobs.flush(written, {});
  BOOST_REQUIRE_EQUAL(written.size(), 1U); // once, and the newest
  auto expected = make_job(1);
  expected.attempt = 7;
  BOOST_TEST((*jobs.find(id) == expected));

  shared = jobs.share(*jobs.find(id));
  auto& changed = *jobs.find(id);
  BOOST_TEST(&changed != shared.get());
  changed.attempt = 8;
  jobs.changed(changed);
  BOOST_TEST(shared->attempt == 7U);
  written.clear();
  jobs.flush(written, {});
  BOOST_TEST(written.size() == 1U);
  BOOST_TEST(jobs.find(id)->attempt == 8U);

  shared = jobs.share(*jobs.find(id));
  const auto* before = shared.get();
  shared.reset();
  BOOST_TEST(jobs.find(id) == before);
}

BOOST_AUTO_TEST_CASE(of_too_many_that_wait_the_last_ones_are_read_back) {
  constexpr std::uint64_t room = 16'384;
  job_table jobs;
  write_batch written;
  const auto add = [&](std::uint64_t from, std::uint64_t to, job_state state) {
    for (auto number = from; number < to; ++number)
      jobs.put(make_job(number)).state = state;
    jobs.flush(written, {});
  };
  add(0, room - 10, job_state::pending);
  add(room - 10, room + 10, job_state::pending);
  BOOST_TEST(jobs.find(make_job(0).id) != nullptr);
  BOOST_TEST(jobs.find(make_job(room - 1).id) != nullptr);
  BOOST_TEST(jobs.find(make_job(room).id) == nullptr);
  add(room + 10, room + 20, job_state::running); // which are wanted soon, at their ends
  BOOST_TEST(jobs.find(make_job(0).id) == nullptr);
  BOOST_TEST(jobs.find(make_job(room + 19).id) != nullptr);
}

BOOST_AUTO_TEST_CASE(without_retention_a_job_that_comes_and_ends_in_one_batch_is_not_written) {
  const auto written_with = [](duration retention, bool in_one_batch, bool dead_letter) {
    job_table jobs;
    write_batch written;
    auto* what = &jobs.put(make_job(1));
    if (!in_one_batch) {
      jobs.flush(written, retention);
      written.clear();
      what = jobs.find(what->id);
    }
    what->state = job_state::finished;
    what->finished_at = timestamp{};
    what->dead_letter = dead_letter;
    jobs.changed(*what);
    jobs.flush(written, retention);
    return written.size();
  };
  BOOST_TEST(written_with(duration{0}, true, false) == 0U);
  BOOST_TEST(written_with(duration{0}, true, true) == 1U);
  BOOST_TEST(written_with(duration{0}, false, false) == 1U); // over what was written before
  BOOST_TEST(written_with(duration{1}, true, false) == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
