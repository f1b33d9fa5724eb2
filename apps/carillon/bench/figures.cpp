#include "bench/figures.hpp"

#include "commands/run.hpp"

#include <fmt/format.h>

#include <sys/resource.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

namespace carillon::app::bench {
namespace {

// Three digits, but all of a whole number: as much as a run says reliably.
std::string text_of(double value) {
  constexpr double many = 100;
  return std::abs(value) >= many ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

std::string text_of(const value::map& settings) {
  std::string text;
  for (const auto& [name, content] : settings) {
    const auto* word = content.get_if<std::string>();
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, word != nullptr ? *word : to_json_text(content));
  }
  return text;
}

rusage used_by_all_threads() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return used;
}

} // namespace

report::report(std::string bench, bool json)
  : bench_(std::move(bench)), json_(json), table_({"METRIC", "VALUE", "UNIT", "SETTINGS"}, has_colours(STDOUT_FILENO)) {
}

void report::add(const std::vector<figure>& figures, const value::map& common_settings) {
  progress_.clear();
  std::vector<std::vector<cell>> rows;
  for (const auto& one : figures) {
    auto settings = common_settings;
    if (one.at_seconds > 0)
      settings["at_seconds"] = one.at_seconds;
    if (json_)
      print(to_json_text(value::map{{"bench", bench_},
                                    {"metric", one.metric},
                                    {"value", one.value},
                                    {"unit", one.unit},
                                    {"settings", settings}}) +
            "\n");
    else
      rows.push_back({{one.metric}, {text_of(one.value), colour::bold}, {one.unit}, {text_of(settings), colour::dim}});
  }
  if (!rows.empty())
    print(table_.render(rows));
}

double processor_seconds() {
  const auto used = used_by_all_threads();
  const auto seconds = [](const timeval& t) {
    constexpr double microseconds = 1e6;
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / microseconds;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::uint64_t wake_ups() { return static_cast<std::uint64_t>(used_by_all_threads().ru_nvcsw); }

double resident_mebibytes() {
  std::ifstream statm{"/proc/self/statm"};
  double total = 0;
  double resident = 0;
  statm >> total >> resident;
  constexpr double mebibyte = 1 << 20;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / mebibyte;
}

} // namespace carillon::app::bench
