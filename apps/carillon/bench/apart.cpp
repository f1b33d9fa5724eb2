#include "bench/apart.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace carillon::app::bench {
namespace {

// A line each: `figure METRIC VALUE UNIT AT`, `ready`, `error CODE TEXT`; fields are separated by tabs.
std::vector<std::string> split(std::string line) {
  std::vector<std::string> fields;
  if (line.ends_with('\n'))
    line.pop_back();
  for (auto at = line.find('\t'); at != std::string::npos; at = line.find('\t')) {
    fields.push_back(line.substr(0, at));
    line.erase(0, at + 1);
  }
  fields.push_back(std::move(line));
  return fields;
}

[[noreturn]] void work_apart(const std::function<result<void>(const apart::voice&)>& work, int descriptor) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::signal(SIGINT, SIG_DFL);
  const apart::voice say{descriptor};
  try {
    if (auto done = work(say); !done)
      say.fail(done.err());
  } catch (const failure& thrown) {
    say.fail(thrown.reason());
  } catch (const std::exception& thrown) {
    say.fail({ec::internal, thrown.what()});
  }
  std::_Exit(0);
}

} // namespace

void apart::voice::say(const figure& what) const {
  write(fmt::format("figure\t{}\t{}\t{}\t{}\n", what.metric, what.value, what.unit, what.at_seconds));
}

void apart::voice::say(const std::vector<figure>& all) const {
  for (const auto& one : all)
    say(one);
}

void apart::voice::ready() const { write("ready\n"); }

void apart::voice::fail(const error& why) const {
  write(fmt::format("error\t{}\t{}\n", static_cast<int>(why.code()), printable(why.text())));
}

// Short enough for a pipe to take it whole, and there is nobody to tell if the reader has gone.
void apart::voice::write(const std::string& line) const { (void)!::write(descriptor_, line.data(), line.size()); }

result<apart> apart::begin(const std::function<result<void>(const voice&)>& work) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return {ec::unavailable, fmt::format("pipe: {}", std::strerror(errno))};
  const auto id = ::fork();
  if (id == 0) {
    ::close(ends[0]);
    work_apart(work, ends[1]);
  }
  ::close(ends[1]);
  if (id < 0) {
    ::close(ends[0]);
    return {ec::unavailable, fmt::format("no process can be made: {}", std::strerror(errno))};
  }
  return apart{id, ::fdopen(ends[0], "r")};
}

apart::apart(apart&& other) noexcept
  : id_(std::exchange(other.id_, 0)), from_(std::exchange(other.from_, nullptr)), said_(std::move(other.said_)) {}

apart::~apart() {
  kill();
  if (from_ != nullptr)
    std::fclose(from_);
}

void apart::kill() {
  if (id_ <= 0)
    return;
  ::kill(id_, SIGKILL);
  ::waitpid(std::exchange(id_, 0), nullptr, 0);
}

result<apart::heard> apart::listen() {
  char* line = nullptr;
  std::size_t size = 0;
  std::vector<std::string> fields;
  do {
    const auto length = ::getline(&line, &size, from_);
    fields = length > 0 ? split({line, static_cast<std::size_t>(length)}) : std::vector<std::string>{"end"};
    if (fields[0] == "figure")
      said_.push_back({fields.at(1), std::stod(fields.at(2)), fields.at(3), std::stod(fields.at(4))});
  } while (fields[0] == "figure");
  std::free(line);
  if (fields[0] == "error")
    return error{static_cast<ec>(std::stoi(fields.at(1))), fields.at(2)};
  return fields[0] == "ready" ? heard::ready : heard::end;
}

result<void> apart::wait_until_ready() {
  const auto told = listen();
  if (!told)
    return told.err();
  return *told == heard::ready ? result<void>{}
                               : result<void>{ec::internal, "the measuring process has ended too early"};
}

result<std::vector<figure>> apart::finish() {
  auto told = listen();
  while (told && *told != heard::end)
    told = listen();
  if (!told)
    return told.err();
  int status = 0;
  ::waitpid(std::exchange(id_, 0), &status, 0);
  if (WIFSIGNALED(status))
    return error{ec::internal, fmt::format("the measuring process was ended by signal {} ({})", WTERMSIG(status),
                                           ::strsignal(WTERMSIG(status)))};
  return std::move(said_);
}

result<std::vector<figure>> measure_apart(const std::function<result<void>(const apart::voice&)>& work) {
  auto begun = apart::begin(work);
  if (!begun)
    return begun.err();
  return begun->finish();
}

} // namespace carillon::app::bench
