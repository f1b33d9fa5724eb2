// A RocksDB store read as it lies there, beside whoever holds it.
#include "rocksdb/rocksdb_read_only.hpp"

#include "codec/envelope.hpp"
#include "keyed/keys.hpp"
#include "keyed/record_format.hpp"
#include "rocksdb/database_files.hpp"
#include "rocksdb/rocksdb_options.hpp"
#include "rocksdb/rocksdb_reading.hpp"
#include "rocksdb/rocksdb_status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace carillon::keyed {
namespace {

class read_only_records final : public record_reader {
public:
  read_only_records(std::unique_ptr<rocksdb::DB> db, std::vector<rocksdb::ColumnFamilyHandle*> opened,
                    const family_handles& families, std::string folder)
    : db_(std::move(db)), opened_(std::move(opened)), families_(families), folder_(std::move(folder)) {}
  ~read_only_records() override {
    for (auto* handle : opened_)
      (void)db_->DestroyColumnFamilyHandle(handle);
  }
  read_only_records(const read_only_records&) = delete;
  read_only_records& operator=(const read_only_records&) = delete;

  result<std::optional<std::string>> get(family where, std::string_view key) const override {
    return read_key(*db_, families_[static_cast<std::size_t>(where)], key, nullptr, folder_);
  }
  result<void> scan(family where, key_range range, direction towards, const record_visitor& visit) const override {
    return read_range(*db_, families_[static_cast<std::size_t>(where)], range, towards, visit, nullptr, folder_);
  }
  std::uint64_t estimated_records() const override {
    std::uint64_t all = 0;
    for (auto* each : families_)
      if (std::uint64_t of_one = 0;
          each != nullptr && db_->GetIntProperty(each, rocksdb::DB::Properties::kEstimateNumKeys, &of_one))
        all += of_one;
    return all;
  }

private:
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> opened_;
  family_handles families_;
  std::string folder_;
};

rocksdb::DBOptions read_only_options(const rocksdb_settings& settings) {
  auto options = settings.database;
  options.create_if_missing = false;
  options.create_missing_column_families = false;
  // All files are opened at once: those that the node deletes meanwhile can still be read.
  options.max_open_files = -1;
  // Nothing is flushed here: what the node hasn't flushed yet is read from its log into memory.
  options.write_buffer_manager = nullptr;
  return options;
}

// The state at one moment: what lies in the files of one version of the database, and what its log has beside it. No lock is
// taken and nothing is written.
result<std::unique_ptr<const record_reader>> open_once(const std::string& folder) {
  const rocksdb_settings settings{std::make_shared<std::atomic<std::int64_t>>(0)};
  const auto options = read_only_options(settings);
  std::vector<std::string> names;
  if (const auto listed = rocksdb::DB::ListColumnFamilies(options, folder, &names); !listed.ok())
    return to_error(listed, folder);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (const auto& name : names) {
    const auto* known = std::ranges::find(family_names, name);
    if (known == family_names.end() && name != rocksdb::kDefaultColumnFamilyName)
      return error{ec::store_version,
                   fmt::format("the store in {} was written by a newer version of Carillon: use that "
                               "version to read it",
                               folder)};
    descriptors.emplace_back(name, known == family_names.end()
                                       ? rocksdb::ColumnFamilyOptions{}
                                       : settings.of(static_cast<family>(known - family_names.begin())));
  }
  std::vector<rocksdb::ColumnFamilyHandle*> opened;
  rocksdb::DB* db = nullptr;
  if (const auto status =
          rocksdb::DB::OpenForReadOnly(rocksdb::Options{options, {}}, folder, descriptors, &opened, &db, false);
      !status.ok())
    return to_error(status, folder);
  family_handles families{}; // of an older version some may be missing
  for (std::size_t i = 0; i < names.size(); ++i)
    if (const auto* known = std::ranges::find(family_names, names[i]); known != family_names.end())
      families[static_cast<std::size_t>(known - family_names.begin())] = opened[i];
  return std::unique_ptr<const record_reader>{
      std::make_unique<read_only_records>(std::unique_ptr<rocksdb::DB>{db}, std::move(opened), families, folder)};
}

// Which version of the database the folder holds: each change of its files is appended here first.
std::pair<std::string, std::uintmax_t> version_of(const std::string& folder) {
  std::string name;
  std::getline(std::ifstream{folder + "/CURRENT"}, name);
  std::error_code failed;
  const auto size = std::filesystem::file_size(folder + "/" + name, failed);
  return {name, failed ? 0 : size};
}

// If a node moves on from one version to the next while this one is opened, files may be gone, and the log that has become
// superfluous with them: what came of that is no state that the store ever had. Then once more.
result<std::unique_ptr<const record_reader>> open_in_peace(const std::string& folder) {
  constexpr int tries = 1'000;
  constexpr int failures = 5; // a superfluous log may go while it is looked at
  int failed = 0;
  for (int i = 0; i < tries; ++i) {
    const auto before = version_of(folder);
    auto opened = open_once(folder);
    if (version_of(folder) == before && (opened || ++failed == failures))
      return opened;
  }
  return {ec::unavailable, fmt::format("the store in {} changes its files all the time: try again", folder)};
}

result<void> check_format(const record_reader& db, const std::string& folder) {
  const auto format = db.get(family::meta, format_key);
  if (!format)
    return format.err();
  if (!*format)
    return {ec::not_found, fmt::format("there is a database in {}, but not one of Carillon", folder)};
  const auto identity = read_store_identity(**format);
  if (!identity)
    return identity.err().within(fmt::format("the store in {}", folder));
  if (identity->format_version > codec::format_version)
    return {
        ec::store_version,
        fmt::format("the store in {} was written by a newer version of Carillon: use that version to read it", folder)};
  return {};
}

} // namespace

result<std::unique_ptr<const record_reader>> open_read_only(const std::string& folder) {
  if (::access((folder + "/CURRENT").c_str(), R_OK) != 0) {
    if (errno == EACCES)
      return {ec::permission_denied, fmt::format("the store in {} can't be read: {}", folder, std::strerror(errno))};
    if (const auto checked = check_database_files(*rocksdb::Env::Default(), folder); !checked)
      return checked.err();
    return {ec::not_found, fmt::format("there is no store in {}: name the data folder of a node", folder)};
  }
  auto opened = open_in_peace(folder);
  if (!opened)
    return opened;
  if (const auto checked = check_format(**opened, folder); !checked)
    return checked.err();
  return opened;
}

} // namespace carillon::keyed
