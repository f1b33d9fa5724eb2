#include "serve/serve_config.hpp"

namespace carillon::app {

node_config node_config_of(const serve_command& what) {
  node_config config;
  config.name = what.name;
  config.scheduler = what.scheduler;
  config.worker = what.worker;
  config.cluster = what.cluster;
  config.data_folder = what.memory ? std::string{} : what.data;
  config.store.level = what.level;
  config.slots = what.slots;
  config.labels = what.labels;
  config.threads = what.threads;
  config.http = http_runner_config{what.http_ca};
  if (what.stop_grace)
    config.stop_grace = *what.stop_grace;
  if (what.history_retention)
    config.store.history_retention = *what.history_retention;
  return config;
}

crontab::crontab_config crontab_config_of(const serve_command& what, const std::string& zone) {
  crontab::crontab_config config;
  for (const auto& path : what.crontabs)
    config.sources.push_back({path, what.system ? crontab::crontab_kind::system : crontab::crontab_kind::user});
  config.timezone = zone;
  return config;
}

result<void> check_serve(const serve_command& what) {
  if (auto there = crontab::check_sources(crontab_config_of(what, "UTC")); !there)
    return there;
  return node::check(node_config_of(what));
}

} // namespace carillon::app
