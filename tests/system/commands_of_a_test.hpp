#pragma once

#include "base/file_descriptor.hpp"
#include "carillon/model/command.hpp"
#include "carillon/runner/runner.hpp"
#include "scratch_folder.hpp"

#include <future>
#include <memory>
#include <optional>
#include <string>

// What the tests of the command runner share. Everything waits for a condition, at most `long_enough`.

namespace carillon_tests {

using carillon::test::scratch_folder;

inline constexpr std::chrono::seconds long_enough{60};

/// A FIFO that processes hold open for writing, so that the test sees when one of them has begun and when the last is
/// gone.
class sign_of_life {
public:
  explicit sign_of_life(const std::string& path);
  /// Shell code: the process and its children hold the FIFO, and say so.
  [[nodiscard]] std::string shell_code() const { return "exec 9>" + path_ + "; echo up >&9; "; }
  [[nodiscard]] bool begins();
  [[nodiscard]] bool ends();

private:
  std::string path_;
  carillon::file_descriptor reader_;
};

struct fixture {
  scratch_folder folder;
  std::string leftovers_file = folder / "leftovers";
  std::unique_ptr<carillon::runner> commands = make();

  [[nodiscard]] std::unique_ptr<carillon::runner> make() const;
  [[nodiscard]] std::future<carillon::attempt_result> start(const carillon::command_spec& spec, int number = 1,
                                                            carillon::revision token = 7);
  [[nodiscard]] carillon::attempt_result run(const carillon::command_spec& spec);
  /// From the first line of the leftovers' file.
  [[nodiscard]] std::optional<pid_t> launcher_pid() const;
};

/// A job with that command, scheduled for 2026-01-02T03:04:05Z.
[[nodiscard]] std::shared_ptr<carillon::job> make_job(const carillon::command_spec& spec, int number = 1,
                                                      carillon::revision token = 7);
[[nodiscard]] carillon::command_spec shell(std::string line);
[[nodiscard]] carillon::command_spec program(std::vector<std::string> argv);

/// The result, which can be taken once, or a failure of the test if it doesn't come.
[[nodiscard]] carillon::attempt_result result_of(std::future<carillon::attempt_result>& attempt);
/// The output of a result of a command.
[[nodiscard]] carillon::command_result content(const carillon::attempt_result& result);

/// Whether there is a living process with this pid.
[[nodiscard]] bool is_living(pid_t pid);
/// Waits until there is none.
[[nodiscard]] bool is_gone_soon(pid_t pid);

/// A node that starts the line as a command and does nothing more.
[[nodiscard]] int run_node_until_killed(const char* leftovers_file, const char* line);

} // namespace carillon_tests
