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
  jobs.keep(labelled);
  write_batch written;
  jobs.flush(written, {});
  BOOST_TEST(written.empty());
  BOOST_TEST(jobs.find(make_job(1).id) != nullptr);
  BOOST_TEST(jobs.find(make_job(2).id) == nullptr);
  BOOST_TEST(jobs.find(labelled.id) == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
