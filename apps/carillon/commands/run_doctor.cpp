#include "cli/parse.hpp"
#include "cli/serve_file.hpp"
#include "cli/table.hpp"
#include "commands/run.hpp"
#include "doctor/certificates.hpp"
#include "doctor/folder.hpp"
#include "doctor/machine.hpp"
#include "io/read_file.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <iterator>

namespace carillon::app {
namespace {

using doctor::finding;
using doctor::level;

colour colour_of(level how) {
  return how == level::ok ? colour::green : how == level::warning ? colour::yellow : colour::red;
}

// What `carillon serve --config FILE` would take from it.
finding read_configuration(const std::string& path, serve_command& into) {
  constexpr const char* subject = "configuration";
  const auto text = read_whole_file(path);
  if (!text)
    return {level::error, subject, text.err().within(path).text(), "name a file that can be read"};
  const auto faults = check_serve_file(*text);
  if (!faults.empty())
    return {level::error, subject, fmt::format("{}:{}:{}: {}", path, faults[0].line, faults[0].column, faults[0].text),
            fmt::format("`carillon check {}` says all that is wrong with it", path)};
  std::vector<std::string> words{"serve"};
  const auto file = parse_serve_file(*text);
  for (const auto& each : file.settings)
    words.push_back(each.word);
  if (auto parsed = parse_command_line(std::move(words)); const auto* said = std::get_if<invocation>(&parsed))
    into = std::get<serve_command>(said->what);
  return {level::ok, subject, fmt::format("{} is good, {} settings", path, file.settings.size()), {}};
}

// What a node says that answers there.
void add_node(const std::string& socket, doctor::findings& found) {
  auto node = control_client::connect(socket);
  if (!node)
    return; // no node is no fault
  const auto status = node->ask("GET", {{"status"}, {}});
  if (!status) {
    found.push_back({level::warning, "node", status.err().text(), "look at what the node has logged"});
    return;
  }
  const auto* quarantined = status->find("quarantined");
  const auto* count = quarantined != nullptr ? quarantined->get_if<std::int64_t>() : nullptr;
  if (count != nullptr && *count > 0)
    found.push_back({level::warning, "node",
                     fmt::format("it answers; {} records are in the quarantine of its store", *count),
                     "`carillon store check` lists them"});
  else
    found.push_back({level::ok, "node", "it answers", {}});
}

std::string render_checks(const doctor::findings& all, bool colours) {
  std::string text;
  for (const auto& each : all) {
    text +=
        fmt::format("{} {:<14} {}\n", paint(fmt::format("{:<8}", to_string(each.how)), colour_of(each.how), colours),
                    each.subject, printable(each.text));
    if (!each.advice.empty())
      text += fmt::format("{:<23} -> {}\n", "", printable(each.advice));
  }
  return text;
}

value doctor_document(const doctor::findings& all, bool is_good) {
  value::list findings;
  for (const auto& each : all)
    findings.push_back(value::map{{"level", std::string{to_string(each.how)}},
                                  {"subject", each.subject},
                                  {"text", each.text},
                                  {"advice", each.advice.empty() ? value{} : value{each.advice}}});
  return value::map{{"ok", is_good}, {"findings", std::move(findings)}};
}

} // namespace

result<exit_code> run_doctor(const doctor_command& what, const std::string& named_socket, bool json) {
  serve_command node;
  doctor::findings found;
  if (!what.config.empty())
    found.push_back(read_configuration(what.config, node));
  if (!what.data.empty())
    node.data = what.data;
  found.push_back(judge(doctor::read_clock(node.data)));
  found.push_back(judge(doctor::read_zone_data()));
  found.push_back(judge(doctor::read_file_limit()));
  found.push_back(judge(doctor::read_disk(node.data)));
  found.push_back(doctor::check_folder(node.data));
  const auto socket = named_socket.empty() ? node.data + "/control.sock" : named_socket;
  found.push_back(doctor::check_socket(socket));
  add_node(socket, found);
  std::ranges::move(doctor::check_certificates(node.cluster, system_clock().now().wall), std::back_inserter(found));
  const bool is_good = std::ranges::none_of(found, [](const finding& x) { return x.how == level::error; });
  print(json ? to_json_text(doctor_document(found, is_good)) + "\n" : render_checks(found, has_colours(STDOUT_FILENO)));
  return is_good ? exit_code::success : exit_code::refused;
}

} // namespace carillon::app
