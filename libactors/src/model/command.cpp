#include "carillon/model/command.hpp"

#include "carillon/base/utf8.hpp"
#include "carillon/model/task.hpp"
#include "model/field_of_arguments.hpp"

#include <fmt/format.h>

namespace carillon {
namespace {

error bad_command(std::string_view field, std::string_view expected) {
  return bad_field(command_task, field, expected);
}

template <class T>
bool read_command(const value& arguments, const char* field, std::string_view expected, T& into,
                  std::optional<error>& fault) {
  return read_field(command_task, arguments, field, expected, into, fault);
}

bool read_bytes_of_command(const value& arguments, const char* field, std::string& into, std::optional<error>& fault) {
  return read_bytes(command_task, arguments, field, into, fault);
}

std::optional<error> read_strings(const value& arguments, command_spec& spec) {
  std::optional<error> fault;
  value::list argv;
  if (!read_command(arguments, "argv", "a list of texts or bytes", argv, fault))
    return fault;
  for (const auto& item : argv) {
    const auto* text = find_text_or_bytes(item);
    if (text == nullptr)
      return bad_command("argv", "a list of texts or bytes");
    spec.argv.push_back(*text);
  }
  value::map environment;
  if (!read_command(arguments, "environment", "a map of texts or bytes", environment, fault))
    return fault;
  for (const auto& [name, item] : environment) {
    const auto* text = find_text_or_bytes(item);
    if (text == nullptr || name.empty() || name.find_first_of(std::string_view{"=\0", 2}) != std::string::npos)
      return bad_command("environment", "a map of texts or bytes, with names without =");
    spec.environment[name] = *text;
  }
  return std::nullopt;
}

std::optional<error> check_command(const command_spec& spec) {
  if (spec.argv.empty() == spec.shell_line.empty())
    return error{ec::invalid_argument, "command: give either argv or shell_line"};
  if (!spec.argv.empty() && spec.argv.front().empty())
    return bad_command("argv", "a program name first");
  if (spec.shell.empty())
    return bad_command("shell", "a path");
  const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  bool nul = has_nul(spec.shell_line) || has_nul(spec.working_directory) || has_nul(spec.shell) || has_nul(spec.user);
  for (const auto& argument : spec.argv)
    nul = nul || has_nul(argument);
  for (const auto& [name, content] : spec.environment)
    nul = nul || has_nul(content);
  if (nul)
    return error{ec::invalid_argument, "command: a NUL byte can't be passed to a program"};
  return std::nullopt;
}

} // namespace

value to_value(const command_spec& spec) {
  value::map fields;
  value::list argv;
  for (const auto& argument : spec.argv)
    argv.push_back(text_or_bytes(argument));
  if (!argv.empty())
    fields["argv"] = std::move(argv);
  if (!spec.shell_line.empty())
    fields["shell_line"] = text_or_bytes(spec.shell_line);
  if (spec.shell != command_spec{}.shell)
    fields["shell"] = text_or_bytes(spec.shell);
  value::map environment;
  for (const auto& [name, content] : spec.environment)
    environment[name] = text_or_bytes(content);
  if (!environment.empty())
    fields["environment"] = std::move(environment);
  if (spec.clear_environment)
    fields["clear_environment"] = true;
  if (!spec.working_directory.empty())
    fields["working_directory"] = text_or_bytes(spec.working_directory);
  if (!spec.standard_input.empty())
    fields["standard_input"] = text_or_bytes(spec.standard_input);
  if (!spec.user.empty())
    fields["user"] = spec.user;
  if (spec.kill_after != command_spec{}.kill_after)
    fields["kill_after_us"] = spec.kill_after.count();
  return fields;
}

result<command_spec> to_command_spec(const value& arguments) {
  const auto* fields = arguments.get_if<value::map>();
  if (fields == nullptr)
    return bad_command("arguments", "a map with argv or shell_line");
  for (const auto& [name, ignored] : *fields)
    if (constexpr std::string_view known = " argv shell_line shell environment clear_environment working_directory "
                                           "standard_input user kill_after_us ";
        known.find(" " + name + " ") == std::string_view::npos)
      return {ec::invalid_argument, fmt::format("command: unknown field {}", quote(name))};
  command_spec spec;
  if (auto fault = read_strings(arguments, spec))
    return *fault;
  std::optional<error> fault;
  std::int64_t kill_after = spec.kill_after.count();
  const bool all_fit = read_bytes_of_command(arguments, "shell_line", spec.shell_line, fault) &&
                       read_bytes_of_command(arguments, "shell", spec.shell, fault) &&
                       read_command(arguments, "clear_environment", "true or false", spec.clear_environment, fault) &&
                       read_bytes_of_command(arguments, "working_directory", spec.working_directory, fault) &&
                       read_bytes_of_command(arguments, "standard_input", spec.standard_input, fault) &&
                       read_command(arguments, "user", "a text", spec.user, fault) &&
                       read_command(arguments, "kill_after_us", "a whole number of microseconds", kill_after, fault);
  if (!all_fit)
    return *fault;
  if (kill_after < 0)
    return bad_command("kill_after_us", "a number >= 0");
  spec.kill_after = duration{kill_after};
  if (auto wrong = check_command(spec))
    return *wrong;
  return spec;
}

value to_value(const command_result& outcome) {
  value::map fields{{"output", outcome.output}, {"output_bytes", static_cast<std::int64_t>(outcome.output_bytes)}};
  if (outcome.exit_code)
    fields["exit_code"] = *outcome.exit_code;
  if (outcome.signal)
    fields["signal"] = *outcome.signal;
  return fields;
}

std::optional<command_result> to_command_result(const value& result) {
  const auto* output = result.find("output");
  const auto* size = result.find("output_bytes");
  if (output == nullptr || output->get_if<std::string>() == nullptr || size == nullptr ||
      size->get_if<std::int64_t>() == nullptr)
    return std::nullopt;
  command_result outcome;
  outcome.output = *output->get_if<std::string>();
  outcome.output_bytes = static_cast<std::uint64_t>(*size->get_if<std::int64_t>());
  const auto number = [&](const char* field) -> std::optional<int> {
    const auto* found = result.find(field);
    if (found == nullptr || found->get_if<std::int64_t>() == nullptr)
      return std::nullopt;
    return static_cast<int>(*found->get_if<std::int64_t>());
  };
  outcome.exit_code = number("exit_code");
  outcome.signal = number("signal");
  return outcome;
}

} // namespace carillon
