#include "cli/option_sets.hpp"

namespace carillon::app {
namespace {

constexpr const char* folder_text = "Folder of the authority: keep it where no node is";

} // namespace

void add_cluster_commands(CLI::App& app, parse_state& state) {
  auto& group = add_group(app, "cluster", "Make the certificates by which the nodes of a cluster know each other",
                          "carillon cluster init && carillon cluster issue worker-1");
  add_command<make_authority_command>(
      group, state,
      {"init", "Make the cluster's own authority", "carillon cluster init --folder ./authority --name production"},
      [&](CLI::App& sub, make_authority_command& what) {
        sub.add_option("--folder", what.folder, folder_text)->type_name("DIR")->capture_default_str();
        sub.add_option("--name", what.cluster, "Name of the cluster")->type_name("NAME")->capture_default_str();
        add_json_option(sub, state);
      });
  const auto validity = std::make_shared<std::string>("365d");
  add_command<issue_certificate_command>(
      group, state,
      {"issue", "Issue a node's certificate, and make its key", "carillon cluster issue worker-1 --validity 90d"},
      [&](CLI::App& sub, issue_certificate_command& what) {
        sub.add_option("name", what.name, "Of the node")->required()->type_name("NAME");
        sub.add_option("--folder", what.folder, folder_text)->type_name("DIR")->capture_default_str();
        add_duration_option(sub, "--validity", *validity, "How long the certificate is good for")
            ->capture_default_str();
        add_json_option(sub, state);
      },
      [validity](issue_certificate_command& what) { what.validity = parse_duration(*validity).or_throw(); });
}

} // namespace carillon::app
