// How many messages a second does the test world deliver, by what it keeps of them for its charts?
//
//   world_bench [--benchmark_filter=REGEX] [--benchmark_out=FILE]
//
//   ring/KEPT    tokens go round a ring of actors of the user's own; which actor is next, the seed says
#include "carillon/testing/world.hpp"

#include <benchmark/benchmark.h>
#include <caf/send.hpp>

#include <array>
#include <memory>
#include <vector>

using namespace carillon::testing;

namespace {

void ring(benchmark::State& state, keep kept) {
  constexpr std::size_t actors = 100;
  constexpr std::size_t tokens = 20;
  world w{1};
  w.keep_messages(kept);
  const auto next = std::make_shared<std::vector<caf::actor>>();
  for (std::size_t i = 0; i < actors; ++i)
    next->push_back(w.system().spawn([next, i](caf::event_based_actor* self) -> caf::behavior {
      return {[next, i, self](int token) { self->send(next->at((i + 1) % actors), token); }};
    }));
  for (std::size_t i = 0; i < tokens; ++i)
    caf::anon_send(next->at(i * actors / tokens), static_cast<int>(i));
  for (auto _ : state)
    w.step();
  state.SetItemsProcessed(static_cast<std::int64_t>(w.delivered()));
  next->clear(); // the actors hold it
}

} // namespace

int main(int argc, char** argv) {
  constexpr std::array<std::pair<const char*, keep>, 3> kinds{
      {{"nothing", keep::nothing}, {"types", keep::types}, {"contents", keep::contents}}};
  for (const auto& [name, kept] : kinds)
    benchmark::RegisterBenchmark((std::string{"ring/"} + name).c_str(), ring, kept);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv))
    return 1;
  benchmark::RunSpecifiedBenchmarks();
}
