#include "cli/option_sets.hpp"

#include "carillon/runtime/node.hpp"

#include <algorithm>

namespace carillon::app {
namespace {

// The textual options that become lengths of time and policies once all are parsed.
struct serve_texts {
  std::string level = "sync";
  std::string stop_grace;
  std::string history_retention;
  std::vector<std::string> roles;
};

void read_roles(const std::vector<std::string>& roles, serve_command& serve) {
  if (roles.empty())
    return; // it has both
  const auto has = [&](const char* name) { return std::find(roles.begin(), roles.end(), name) != roles.end(); };
  if (has("none") && (has("scheduler") || has("worker")))
    throw CLI::ValidationError{"--role", "none goes alone"};
  serve.scheduler = has("scheduler");
  serve.worker = has("worker");
}

// They go together, which the node checks.
void add_tls_options(CLI::App& sub, cluster_config& cluster) {
  sub.add_option("--authority", cluster.authority_file,
                 "Certificate (PEM) of the cluster's authority, for addresses that other machines reach")
      ->type_name("FILE");
  sub.add_option("--certificate", cluster.certificate_file, "This node's certificate (PEM), issued by the authority")
      ->type_name("FILE");
  sub.add_option("--key", cluster.key_file, "The certificate's key (PEM), which only its owner may read")
      ->type_name("FILE");
}

} // namespace

void add_serve_command(CLI::App& app, parse_state& state) {
  const auto texts = std::make_shared<serve_texts>();
  add_command<serve_command>(
      app, state,
      {"serve", "Run a node: fire schedules, run jobs, answer on the control socket, until Ctrl-C",
       "carillon serve --data ./carillon-data --crontab my.crontab"},
      [&](CLI::App& sub, serve_command& serve) {
        sub.add_option(
               "--config",
               "Read settings from this file (TOML): these options, those of a cluster in [cluster] under names of "
               "their own; those given here count more")
            ->type_name("FILE");
        auto* data = sub.add_option("--data", serve.data, "Folder of the store; made if it isn't there")
                         ->type_name("DIR")
                         ->capture_default_str();
        sub.add_flag("--memory", serve.memory, "Keep everything in memory, gone with the process")->excludes(data);
        sub.add_option("--crontab", serve.crontabs,
                       "A crontab, or a folder of them; may be repeated. SIGHUP reads it again")
            ->type_name("FILE")
            ->allow_extra_args(false);
        sub.add_flag("--system", serve.system, "The crontabs have a user column, as /etc/crontab has")
            ->needs("--crontab");
        sub.add_option("--durability", texts->level,
                       "When something counts as done: on disk; given to the system; at once")
            ->type_name("LEVEL")
            ->check(CLI::IsMember({"sync", "async", "none"}))
            ->capture_default_str();
        sub.add_option("--name", serve.name,
                       "This node's identity, the same after a restart; made once for the data folder if not given")
            ->type_name("NAME");
        sub.add_option(
               "--role", texts->roles,
               "What the node does: scheduler, worker, none (it only answers); may be repeated; both if not given")
            ->type_name("ROLE")
            ->allow_extra_args(false)
            ->check(CLI::IsMember({"scheduler", "worker", "none"}));
        sub.add_option("--label", serve.labels,
                       "Something that this node offers, as gpu, for tasks that require it; may be repeated")
            ->type_name("LABEL")
            ->allow_extra_args(false);
        auto* listen = sub.add_option("--listen", serve.cluster.listen,
                                      "Let other nodes of the cluster in at this address of this machine")
                           ->type_name("HOST:PORT");
        sub.add_option("--join", serve.cluster.join,
                       "Take part in the work of the node that listens there; this one has no store of its own")
            ->type_name("HOST:PORT")
            ->excludes(listen)
            ->excludes("--memory")
            ->excludes("--durability");
        sub.add_option("--cluster", serve.cluster.name, "Name of the cluster; a node of another one is turned away")
            ->type_name("NAME")
            ->capture_default_str();
        add_tls_options(sub, serve.cluster);
        sub.add_option("--slots", serve.slots, "Jobs that run at once; 4 for each processor, at least 16, if not given")
            ->type_name("N")
            ->check(CLI::Range(std::size_t{0}, most_slots));
        sub.add_option("--threads", serve.threads, "Threads for tasks in C++; as many as slots if not given")
            ->type_name("N")
            ->check(CLI::Range(std::size_t{0}, most_slots));
        add_duration_option(sub, "--stop-grace", texts->stop_grace,
                            "How long a stop lets running jobs end by themselves");
        add_duration_option(sub, "--history", texts->history_retention, "How long finished jobs and skips are kept");
        sub.add_option("--http-ca", serve.http_ca,
                       "Certificates (PEM) that HTTP requests of jobs trust instead of the system's")
            ->type_name("FILE")
            ->check(CLI::ExistingFile);
        sub.add_flag("--quiet", serve.quiet, "Don't print each fire and outcome");
        sub.add_option("--log-level", serve.log_level, "What goes to standard error")
            ->type_name("LEVEL")
            ->check(CLI::IsMember({"debug", "info", "warn", "error", "off"}))
            ->capture_default_str();
      },
      [texts](serve_command& serve) {
        serve.level = parse_enum<durability>(texts->level).value_or(durability::sync);
        serve.stop_grace = read_duration(texts->stop_grace);
        serve.history_retention = read_duration(texts->history_retention);
        read_roles(texts->roles, serve);
      });
}

} // namespace carillon::app
