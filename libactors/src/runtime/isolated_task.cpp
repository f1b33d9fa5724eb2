#include "carillon/runtime/isolated_task.hpp"

#include "runtime/task_settings.hpp"

namespace carillon {

result<void> register_isolated_task(node& where, task settings) {
  const auto known = isolated_tasks_of_program();
  settings.runner = "isolated";
  if (auto checked = runtime::check_isolated(settings, known.get()); !checked)
    return checked;
  const auto& code = known->find(settings.id)->code;
  return where.register_task(std::move(settings), code);
}

} // namespace carillon
