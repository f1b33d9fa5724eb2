// Callables as tasks: typed parameters and results, a context, a completion.
#include <carillon/carillon.hpp>

#include <iostream>
#include <thread>

int main() {
  auto node = carillon::node::open({}).or_throw();

  // Typed parameters and result. Arguments that don't fit are refused when a job is added, by name.
  node.register_task("add", [](int a, int b) { return a + b; }).or_throw();
  const auto refused = node.add_job({.task = "add", .arguments = carillon::arguments(1, "two")}).get();
  std::cout << refused.err().text() << "\n"; // arguments: argument 2: expected a whole number

  // The context in front: which job this is, its fencing token, when to stop. A result<T> may say why it failed.
  node.register_task("import",
                     [](const carillon::job_context& context, const std::string& file) -> carillon::result<int> {
                       for (int line = 0; line < 1'000; ++line)
                         if (context.cancelled().stop_requested())
                           return carillon::error{carillon::ec::unavailable, "stopped in " + file};
                         else if (line % 100 == 0)
                           context.report_progress(line / 1'000.0,
                                                   "reading " + file); // for those who look while it runs
                       context.log("read " + file);
                       return 1'000;
                     })
      .or_throw();

  // A completion: the callable returns at once, and the job ends when somebody says so, on any thread.
  std::jthread elsewhere;
  node.register_task("later",
                     [&](const carillon::job_context& context, carillon::completion done) {
                       elsewhere = std::jthread{[context, done = std::move(done)] {
                         if (context.cancelled().stop_requested())
                           done.fail("stopped");
                         else
                           done.success("from elsewhere");
                       }};
                     })
      .or_throw();

  node.start().or_throw();
  const auto job = node.add_job({.task = "later"}).get().or_throw();
  const auto ended = node.wait_for_job(job.id, std::chrono::seconds{10}).get().or_throw();
  std::cout << *ended.result.get_if<std::string>() << "\n";
  return refused.has_value() || ended.outcome != carillon::job_outcome::success;
}
