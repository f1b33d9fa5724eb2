#include "cli/option_sets.hpp"

namespace carillon::app {

void add_node_commands(CLI::App& app, parse_state& state) {
  auto& group = add_group(app, "node", "Look at and change the nodes of the cluster", "carillon node list");
  add_command<list_command>(group, state, {"list", "List the nodes that have joined", "carillon node list --json"},
                            [&](CLI::App& sub, list_command& list) {
                              list.kind = "nodes";
                              list.what.segments = {"nodes"};
                              add_json_option(sub, state);
                            });
  add_show_command(group, state, "node", "carillon node show worker-1");
  const auto wait = std::make_shared<std::string>();
  add_command<drain_node_command>(
      group, state,
      {"drain", "Give a node no jobs any more, also after its restart, until it is resumed",
       "carillon node drain worker-1 --hand-back --wait 1m"},
      [&](CLI::App& sub, drain_node_command& what) {
        sub.add_option("name", what.name, "Which one")->required()->type_name("NAME");
        sub.add_flag("--hand-back", what.hand_back, "Stop what runs there, so that it begins on another node");
        add_duration_option(sub, "--wait", *wait, "Until nothing runs there any more, so long at most");
        add_json_option(sub, state);
      },
      [wait](drain_node_command& what) { what.wait = read_duration(*wait); });
  add_change_command(group, state, change_command::verb::resume_node,
                     {"resume", "Give nodes jobs again", "carillon node resume worker-1"});
  add_change_command(group, state, change_command::verb::remove_node,
                     {"remove", "Forget nodes that are gone for good", "carillon node remove worker-1"});
}

} // namespace carillon::app
