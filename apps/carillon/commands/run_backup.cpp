#include "api/views.hpp"
#include "cli/progress_bar.hpp"
#include "commands/run.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace carillon::app {
namespace {

void tell(const std::string& folder, bool json) {
  print(json
            ? to_json_text(value::map{{"folder", folder}}) + "\n"
            : fmt::format("backup {}\n`carillon restore` makes a data folder of it; look into it with `carillon verify "
                          "--data {}`\n",
                          folder, folder));
}

std::string describe_backup(const restored_store& what, const restore_command& said) {
  auto text = fmt::format("restored {} as the store {}, {} records, in {}\n", said.backup, what.store_id, what.records,
                          said.data);
  if (what.paused > 0)
    text += fmt::format("{} schedules are paused; `carillon schedule resume ID` lets one fire\n", what.paused);
  if (what.unfinished_jobs > 0)
    text += fmt::format("{} jobs hadn't ended: they run when a worker comes. To look first: `carillon serve --data {} "
                        "--role none`\n",
                        what.unfinished_jobs, said.data);
  return text;
}

} // namespace

result<exit_code> run_backup(const client_context& context, const backup_command& what) {
  std::error_code failed; // the node may work elsewhere
  const auto folder = std::filesystem::absolute(what.folder, failed).lexically_normal().string();
  if (const auto made = ask_for_long_work(context, "backing up", {{"backup"}, {}}, value::map{{"folder", folder}});
      !made)
    return made.err();
  tell(folder, context.json);
  return exit_code::success;
}

result<exit_code> run_backup_of_folder(const backup_command& what, bool json) {
  if (const auto made = back_up_rocksdb_store(what.data, what.folder); !made)
    return made.err().code() == ec::store_in_use
               ? error{ec::store_in_use, made.err().text() + "; its node makes the backup if --data is left out"}
               : made.err();
  tell(what.folder, json);
  return exit_code::success;
}

result<exit_code> run_restore(const restore_command& what, bool json) {
  progress_bar bar{"restoring", "records"};
  restore_settings settings;
  settings.resume = what.resume;
  settings.tell = bar.listener();
  const auto made = restore_rocksdb_store(what.backup, what.data, settings);
  bar.clear();
  if (!made)
    return made.err();
  print(json ? to_json_text(view_of(*made)) + "\n" : describe_backup(*made, what));
  return exit_code::success;
}

} // namespace carillon::app
