#include "carillon/base/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace carillon {
namespace {

log_sink& current_sink() {
  static log_sink sink = [logger = spdlog::stderr_color_mt("carillon")](log_level level, std::string_view text) {
    constexpr spdlog::level::level_enum levels[] = {spdlog::level::info, spdlog::level::warn, spdlog::level::err};
    logger->log(levels[static_cast<unsigned char>(level)], text);
  };
  return sink;
}

} // namespace

void set_log_sink(log_sink sink) { current_sink() = std::move(sink); }

void log(log_level level, std::string_view text) { current_sink()(level, text); }

} // namespace carillon
