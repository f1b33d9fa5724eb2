#include "cli/parse.hpp"
#include "commands/run.hpp"

#include "carillon/runner/runner.hpp"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>

using namespace carillon;
using namespace carillon::app;

namespace {

// `carillon launcher FD`: what a node starts to run commands under (never typed by a person).
int run_launcher(const char* descriptor) {
  int number = -1;
  const auto* end = descriptor + std::strlen(descriptor);
  if (std::from_chars(descriptor, end, number).ptr != end || number < 0)
    return static_cast<int>(exit_code::usage);
  std::signal(SIGPIPE, SIG_DFL); // the node ignores it; commands mustn't inherit that
  return run_command_launcher(number);
}

int run_program(int argc, char** argv) {
  auto parsed = parse_command_line({argv + 1, argv + argc});
  if (const auto* end = std::get_if<parse_end>(&parsed)) {
    std::fputs(end->text.c_str(), end->code == exit_code::success ? stdout : stderr);
    return static_cast<int>(end->code);
  }
  return static_cast<int>(run(std::get<invocation>(parsed)));
}

} // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "launcher") == 0)
    return run_launcher(argv[2]);
  try {
    return run_program(argc, argv);
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "carillon: internal fault: %s\n", fault.what());
    return static_cast<int>(exit_code::internal);
  }
}
