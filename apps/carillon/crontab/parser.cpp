#include "crontab/parser.hpp"

#include "carillon/base/utf8.hpp"
#include "crontab/blanks.hpp"
#include "crontab/percent.hpp"
#include "crontab/times.hpp"
#include "crontab/variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace carillon::crontab {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
// Times begin with none of these, so it was meant to be a variable.
bool begins_like_a_variable(std::string_view line) {
  return is_letter(line.front()) || line.front() == '_' || line.front() == '"' || line.front() == '\'';
}

class crontab_reader {
public:
  explicit crontab_reader(crontab_kind kind) : kind_(kind) {}

  void read_line(std::string_view line) {
    ++line_;
    auto rest = line;
    skip_blanks(rest);
    if (rest.empty() || rest.front() == '#')
      return;
    const auto column = line.size() - rest.size() + 1;
    if (line.size() > max_line_size)
      return report(max_line_size + 1, fmt::format("the line has {} bytes, more than {}", line.size(), max_line_size));
    if (const auto at = std::min(line.find('\0'), find_not_utf8(line)); at < line.size())
      return report(at + 1, line[at] == '\0' ? "a NUL byte can't be part of a line" : "this byte is not valid UTF-8");
    if (auto found = parse_variable(line))
      return take(std::move(*found), column);
    if (begins_like_a_variable(rest))
      return report(column,
                    "expected NAME = value (with quotes in pairs), five time fields, or a macro such as @daily");
    read_entry(line);
  }

  [[nodiscard]] parsed_crontab finish() && { return std::move(parsed_); }

private:
  void report(std::size_t column, std::string text) { parsed_.faults.push_back({line_, column, std::move(text)}); }

  void take(variable found, std::size_t column) {
    if (found.name == "LOGNAME" || found.name == "USER")
      return report(column, fmt::format("{} is always the entry's user: the line is left out", found.name));
    if (found.name == "SHELL" && found.value.empty())
      return report(found.value_column, "SHELL is empty: the line is left out");
    if (found.name == "CRON_TZ")
      take_timezone(found);
    variables_.insert_or_assign(std::move(found.name), std::move(found.value));
  }

  void take_timezone(const variable& found) {
    const auto outcome = check_timezone(found.value);
    is_zone_known_ = outcome.has_value();
    timezone_ = found.value;
    if (!outcome)
      report(found.value_column,
             fmt::format("{}; the entries below, up to the next CRON_TZ, are left out", outcome.err().text()));
  }

  void read_entry(std::string_view line) {
    times_text times;
    if (auto wrong = read_times(line, times))
      return report(wrong->column, std::move(wrong->text));
    entry next;
    auto rest = line.substr(times.end);
    skip_blanks(rest);
    if (kind_ == crontab_kind::system) {
      next.user_column = line.size() - rest.size() + 1;
      next.user = take_word(rest);
      if (next.user.empty())
        return report(next.user_column, "expected a user and a command after the times");
      skip_blanks(rest);
    }
    auto parts = split_at_percent(rest);
    if (without_trailing_blanks(parts.command).empty())
      return report(line.size() - rest.size() + 1, kind_ == crontab_kind::system
                                                       ? "expected a command after the user"
                                                       : "expected a command after the times");
    if (!is_zone_known_)
      return;
    next.line = line_;
    next.times = std::move(times.expression);
    next.times_column = times.column;
    next.written = rest;
    next.command = std::move(parts.command);
    next.standard_input = std::move(parts.standard_input);
    next.variables = variables_;
    next.timezone = timezone_;
    parsed_.entries.push_back(std::move(next));
  }

  crontab_kind kind_;
  std::size_t line_ = 0;
  std::map<std::string, std::string> variables_;
  std::string timezone_;
  bool is_zone_known_ = true;
  parsed_crontab parsed_;
};

} // namespace

parsed_crontab parse_crontab(std::string_view text, crontab_kind kind) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF"; // some editors put it in front
  if (text.starts_with(byte_order_mark))
    text.remove_prefix(byte_order_mark.size());
  crontab_reader reader{kind};
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    reader.read_line(line);
  }
  return std::move(reader).finish();
}

} // namespace carillon::crontab
