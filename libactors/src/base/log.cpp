#include "carillon/base/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <memory>

namespace carillon {
namespace {

log_sink& current_sink() {
  // Not registered with spdlog, whose names belong to the program.
  static log_sink sink =
      [logger = std::make_shared<spdlog::logger>("carillon", std::make_shared<spdlog::sinks::stderr_color_sink_mt>())](
          log_level level, std::string_view text) {
        constexpr spdlog::level::level_enum levels[] = {spdlog::level::info, spdlog::level::warn, spdlog::level::err};
        logger->log(levels[static_cast<unsigned char>(level)], text);
      };
  return sink;
}

} // namespace

void set_log_sink(log_sink sink) { current_sink() = std::move(sink); }

void log(log_level level, std::string_view text) noexcept {
  try {
    current_sink()(level, text);
  } catch (...) { // an actor that logs must live on
    std::fprintf(stderr, "carillon: a line can't be logged: %.*s\n", static_cast<int>(text.size()), text.data());
  }
}

} // namespace carillon
