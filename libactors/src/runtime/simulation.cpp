#include "carillon/runtime/simulation.hpp"

#include "carillon/store/virtual_store.hpp"
#include "engine/simulation.hpp"

namespace carillon {

result<simulation_report> simulate(const simulation_config& config, const simulation_callback& tell) {
  store_config settings;
  settings.level = durability::none;
  settings.lease = engine::simulation::lease;
  settings.history_retention = engine::simulation::history_retention;
  settings.bounds = config.bounds;
  settings.bounds.dead_letters = 0;
  const auto store = open_virtual_store(config.copy_of, settings);
  if (!store)
    return store.err();
  engine::simulation simulation{**store, config.bounds, config.settings, tell};
  if (auto added = simulation.add(config.tasks, config.schedules); !added)
    return added.err();
  return simulation.run();
}

} // namespace carillon
