#include "rocksdb/rocksdb_log.hpp"

#include "carillon/base/log.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdarg>
#include <cstdio>

namespace carillon::keyed {
namespace {

class rocksdb_log final : public rocksdb::Logger {
public:
  rocksdb_log() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

  using Logger::Logv;
  // Without a level it is a header, which describes the options: nobody has asked.
  void Logv(const char*, va_list) override {}
  void Logv(rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < GetInfoLogLevel() || level == rocksdb::InfoLogLevel::HEADER_LEVEL)
      return;
    std::array<char, 1'024> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    log(level == rocksdb::InfoLogLevel::WARN_LEVEL ? log_level::warning : log_level::error,
        fmt::format("RocksDB: {}", text.data()));
  }
};

} // namespace

std::shared_ptr<rocksdb::Logger> make_rocksdb_log() { return std::make_shared<rocksdb_log>(); }

} // namespace carillon::keyed
