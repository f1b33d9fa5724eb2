#include "rocksdb/rocksdb_log.hpp"

#include <cstdarg>

namespace carillon::keyed {
namespace {

class silent_log final : public rocksdb::Logger {
public:
  silent_log() : Logger(rocksdb::InfoLogLevel::FATAL_LEVEL) {}

  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

} // namespace

std::shared_ptr<rocksdb::Logger> make_silent_log() { return std::make_shared<silent_log>(); }

} // namespace carillon::keyed
