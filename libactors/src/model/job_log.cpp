#include "carillon/model/job_log.hpp"

#include <fmt/format.h>

namespace carillon {

std::string_view to_string(log_stream x) noexcept {
  switch (x) {
    case log_stream::log: return "log";
    case log_stream::output: return "output";
    case log_stream::carillon: return "carillon";
  }
  return "unknown";
}

std::string left_out_text(std::uint64_t lines) {
  return lines == 1 ? "[1 line is left out]" : fmt::format("[{} lines are left out]", lines);
}

} // namespace carillon
