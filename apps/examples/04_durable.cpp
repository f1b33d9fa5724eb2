// A job that survives the end of its process. Run it as `04_durable crash`, and then without the word.
#include <carillon/carillon.hpp>

#include <cstdlib>
#include <iostream>

using namespace std::chrono_literals;

int main(int argc, char** /*argv*/) {
  const bool crashes = argc > 1;

  auto node = carillon::node::open({.data_folder = "data"}).or_throw();
  node.register_task("import",
                     [crashes](const carillon::job_context& context) {
                       std::cout << "attempt " << context.attempt() << std::endl;
                       if (crashes)
                         std::_Exit(1); // as if the power had failed
                       return static_cast<int>(context.attempt());
                     })
      .or_throw();

  // What a program insists on is said each time it starts: a schedule that is there already stays as it is.
  carillon::schedule_definition nightly;
  nightly.id = "nightly-import";
  nightly.task = "import";
  nightly.trigger = {carillon::classic_cron_definition{
      .expression = "0 3 * * *", .start_time = carillon::system_clock().now().wall, .timezone = "Europe/Berlin"}};
  node.add_schedule(nightly, carillon::conflict_policy::do_nothing).get().or_throw();
  node.start().or_throw();

  // As long as a job with this key hasn't ended, adding another one gives that one: here the job of the process that crashed.
  const auto job = node.add_job({.task = "import", .unique = carillon::unique_key{"import", {}}}).get().or_throw();
  const auto ended = node.wait_for_job(job.id, 30s).get().or_throw();
  std::cout << "done by attempt " << *ended.result.get_if<std::int64_t>() << "\n";
}
