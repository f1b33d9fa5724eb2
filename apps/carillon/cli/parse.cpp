#include "cli/parse.hpp"

#include "carillon/base/version.hpp"
#include "cli/option_sets.hpp"
#include "cli/serve_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace carillon::app {
namespace {

// The command as far as it was understood.
const CLI::App& understood(const CLI::App& app) {
  const auto found = app.get_subcommands();
  return found.empty() ? app : understood(*found.front());
}

// Its words: `carillon schedule add`.
std::string path_of(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name() : path_of(*app.get_parent()) + " " + app.get_name();
}

std::string option_text_of(const CLI::App& app, const CLI::App& at, const CLI::ParseError& fault) {
  const auto commands = at.get_subcommands([](const CLI::App*) { return true; });
  if (commands.empty() || fault.get_name() != "RequiredError")
    return fault.what();
  std::string names;
  for (const auto* each : commands)
    names += (names.empty() ? "" : ", ") + each->get_name();
  const auto rest = app.remaining(true);
  if (!rest.empty() && rest.front().starts_with("-"))
    return "there is no option " + rest.front() + ", and a command must follow; there are " + names;
  return (rest.empty() ? "a command must follow" : "there is no command " + rest.front()) + "; there are " + names;
}

parse_end explain(const CLI::App& app, const CLI::ParseError& fault) {
  std::ostringstream out;
  if (fault.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    app.exit(fault, out, out);
    return {exit_code::success, out.str()};
  }
  const auto& at = understood(app);
  out << path_of(at) << ": " << option_text_of(app, at, fault) << "\nTry `" << path_of(at) << " --help`.\n";
  return {exit_code::usage, out.str()};
}

// CLI11 would take the words of the command after `--` for positionals of its own, and some for subcommands.
void split_command(std::vector<std::string>& arguments, parse_state& state) {
  const auto mark = std::find(arguments.begin(), arguments.end(), "--");
  if (mark == arguments.end())
    return;
  state.has_argv = true;
  state.argv.assign(mark + 1, arguments.end());
  arguments.erase(mark, arguments.end());
}

// What `serve --config FILE` names takes the place of these two words. CLI11 2.1 reads the file of the whole program only.
void take_serve_file(std::vector<std::string>& arguments) {
  const auto serve = std::find(arguments.begin(), arguments.end(), "serve");
  const auto option = std::find_if(serve, arguments.end(), [](const std::string& word) {
    return word == "--config" || word.starts_with("--config=");
  });
  if (option == arguments.end())
    return;
  const bool is_apart = *option == "--config";
  if (is_apart && option + 1 == arguments.end())
    return; // which CLI11 says
  const auto path = is_apart ? *(option + 1) : option->substr(option->find('=') + 1);
  if (std::any_of(option + 1, arguments.end(), [](const std::string& word) { return word.starts_with("--config"); }))
    throw CLI::ValidationError{"--config", "goes once"};
  std::ifstream file{path};
  if (!file || std::filesystem::is_directory(path))
    throw CLI::ValidationError{"--config", path + ": " + (file ? "it is a folder" : std::strerror(errno))};
  const auto words = read_serve_file(file, path, arguments);
  if (!words)
    throw CLI::ValidationError{"--config", words.err().text()};
  const auto at = arguments.erase(option, option + (is_apart ? 2 : 1));
  arguments.insert(at, words->begin(), words->end());
}

// CLI11 takes the next word for the text that is missing in `--data=`.
void refuse_nothing_after_equals(const std::vector<std::string>& arguments) {
  for (const auto& word : arguments)
    if (word.size() > 3 && word.starts_with("--") && word.find('=') == word.size() - 1)
      throw CLI::ValidationError{word, "it is empty"};
}

// An empty text is a variable of a script that isn't set, more often than meant. It must not count as an option that wasn't given.
void refuse_empty(const CLI::App& app) {
  constexpr std::string_view may_be_empty[] = {"--stdin", "--http-body", "--after", "--since"};
  for (const auto* option : app.get_options())
    if (option->count() > 0 && std::ranges::find(may_be_empty, option->get_name()) == std::end(may_be_empty) &&
        std::ranges::find(option->results(), std::string{}) != option->results().end())
      throw CLI::ValidationError{option->get_name(), "it is empty"};
  for (const auto* sub : app.get_subcommands())
    refuse_empty(*sub);
}

} // namespace

std::variant<invocation, parse_end> parse_command_line(std::vector<std::string> arguments) {
  parse_state state;
  split_command(arguments, state);
  CLI::App app{"Carillon: a scheduler for tasks and commands that loses nothing", "carillon"};
  app.footer("Examples:\n"
             "  carillon serve --data ./carillon-data\n"
             "  carillon schedule add tick --every 5s -- date\n"
             "  carillon job run --wait -- sh -c 'echo hi'\n\n"
             "Exit codes: 0 done; 1 wrong usage; 2 refused, or a job that was waited for didn't succeed;\n"
             "3 no node reached; 4 a fault of the node, its store, or this program.");
  app.set_version_flag("--version", fmt::format("carillon {}", version()));
  app.fallthrough();
  app.require_subcommand(1);
  app.add_option("--socket", state.read.socket,
                 "The node's control socket; ./carillon-data/control.sock if not given. Before or after the command")
      ->type_name("PATH")
      ->envname("CARILLON_SOCKET");
  app.parse_complete_callback([&] { refuse_empty(app); }); // before those of the commands
  add_serve_command(app, state);
  add_schedule_commands(app, state);
  add_job_commands(app, state);
  add_task_commands(app, state);
  add_store_commands(app, state);
  add_cluster_commands(app, state);
  add_node_commands(app, state);
  add_import_commands(app, state);
  add_simulate_command(app, state);
  add_bench_commands(app, state);
  add_other_commands(app, state);
  try {
    refuse_nothing_after_equals(arguments);
    take_serve_file(arguments);
    std::reverse(arguments.begin(), arguments.end()); // CLI11 takes them from the back
    app.parse(std::move(arguments));
    if (state.has_argv)
      throw CLI::ValidationError{"--", "this command takes no command to run"};
  } catch (const CLI::ParseError& fault) {
    return explain(app, fault);
  }
  return std::move(state.read);
}

} // namespace carillon::app
