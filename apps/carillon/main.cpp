#include "cli/parse.hpp"
#include "commands/run.hpp"

#include "carillon/runner/runner.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <utility>

using namespace carillon;
using namespace carillon::app;

namespace {

template <class T>
bool read_number(const char* text, T& into) {
  const auto* end = text + std::strlen(text);
  return std::from_chars(text, end, into).ptr == end;
}

// `carillon launcher FILES FD`: what a node starts to run commands under (never typed by a person). Those may open FILES files, as the
// node itself was allowed.
int run_launcher(const char* files, const char* descriptor) {
  int number = -1;
  rlimit limit{};
  if (!read_number(descriptor, number) || number < 0 || ::getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
      !read_number(files, limit.rlim_cur))
    return static_cast<int>(exit_code::usage);
  if (limit.rlim_cur != 0)
    ::setrlimit(RLIMIT_NOFILE, &limit);
  std::signal(SIGPIPE, SIG_DFL); // the node ignores it; commands mustn't inherit that
  return run_command_launcher(number);
}

// Whoever starts it may have closed some of the three: what is opened next would be written to as if it were them. What is written to
// the output still fails.
void occupy_standard_streams() {
  for (const auto& [stream, mode] : {std::pair{0, O_RDONLY}, {1, O_RDONLY}, {2, O_WRONLY}})
    if (::fcntl(stream, F_GETFD) == -1)
      (void)::open("/dev/null", mode); // gets the lowest number that is free
}

int run_program(int argc, char** argv) {
  auto parsed = parse_command_line({argv + 1, argv + argc});
  if (const auto* end = std::get_if<parse_end>(&parsed)) {
    auto* to = end->code == exit_code::success ? stdout : stderr;
    const bool is_written = std::fputs(end->text.c_str(), to) != EOF && std::fflush(to) == 0;
    return static_cast<int>(is_written ? end->code : exit_code::internal);
  }
  return static_cast<int>(run(std::get<invocation>(parsed)));
}

} // namespace

int main(int argc, char** argv) {
  occupy_standard_streams();
  if (argc == 4 && std::strcmp(argv[1], "launcher") == 0)
    return run_launcher(argv[2], argv[3]);
  try {
    return run_program(argc, argv);
  } catch (const std::exception& fault) {
    std::fprintf(stderr, "carillon: internal fault: %s\n", fault.what());
    return static_cast<int>(exit_code::internal);
  }
}
