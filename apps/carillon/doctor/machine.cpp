#include "doctor/machine.hpp"

#include "carillon/base/utf8.hpp"
#include "carillon/trigger/defaults.hpp"
#include "carillon/trigger/zone_data.hpp"

#include <fmt/format.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/timex.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

namespace fs = std::filesystem;

namespace carillon::app::doctor {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mebibyte = 1 << 20;
constexpr timestamp first_release{1'767'225'600s}; // 2026: no clock that is right says less

timestamp to_timestamp(const timespec& x) {
  return timestamp{
      std::chrono::duration_cast<duration>(std::chrono::seconds{x.tv_sec} + std::chrono::nanoseconds{x.tv_nsec})};
}

std::optional<timestamp> newest_file_in(const std::string& folder) {
  std::optional<timestamp> newest;
  std::error_code failed;
  for (fs::directory_iterator at{folder, failed}, end; !failed && at != end; at.increment(failed)) {
    struct stat about {};
    if (::stat(at->path().c_str(), &about) == 0 && S_ISREG(about.st_mode))
      newest = std::max(newest.value_or(timestamp::min()), to_timestamp(about.st_mtim));
  }
  return newest;
}

std::string in_mebibytes(std::uint64_t bytes) {
  constexpr std::uint64_t gibibyte = 1024 * mebibyte;
  return bytes >= 10 * gibibyte ? fmt::format("{} GiB", bytes / gibibyte) : fmt::format("{} MiB", bytes / mebibyte);
}

} // namespace

clock_facts read_clock(const std::string& data_folder) {
  clock_facts facts;
  timex kernel{};
  facts.is_synchronised = ::adjtimex(&kernel) >= 0 && (kernel.status & STA_UNSYNC) == 0;
  facts.max_error = duration{kernel.maxerror};
  const auto before = system_clock().now();
  std::this_thread::sleep_for(50ms);
  const auto after = system_clock().now();
  facts.wall = after.wall;
  facts.watched = after.boot - before.boot;
  facts.apart = after.wall - before.wall - facts.watched;
  facts.newest_file = newest_file_in(data_folder);
  return facts;
}

finding judge(const clock_facts& facts) {
  constexpr duration much = 5ms; // no clock is slewed that fast
  finding found{
      level::error, "clock", {}, "set it, and let systemd-timesyncd or chrony keep it: `timedatectl set-ntp true`"};
  if (facts.wall < first_release) {
    found.text = fmt::format("it says {}, which is before this program was made", to_iso8601(facts.wall));
    return found;
  }
  found.how = level::warning;
  if (facts.newest_file && *facts.newest_file > facts.wall + 1min) {
    found.text =
        fmt::format("it says {}, and files in the data folder were written at {}: it is behind now, or was ahead",
                    to_iso8601(facts.wall), to_iso8601(*facts.newest_file));
    return found;
  }
  if (facts.apart > much || facts.apart < -much) {
    found.text = fmt::format("it was set by {}{} within {}", facts.apart < duration{0} ? "-" : "",
                             to_text(std::chrono::abs(facts.apart)), to_text(facts.watched));
    found.advice = "find out who sets it: it should be kept by one program, in small steps";
    return found;
  }
  if (!facts.is_synchronised) {
    found.text = "nothing keeps it: the kernel says that it isn't synchronised";
    found.advice = "let systemd-timesyncd or chrony keep it: `timedatectl set-ntp true` (in a container: on the host)";
    return found;
  }
  if (facts.max_error > 1s) {
    found.text = fmt::format("it may be wrong by {}", to_text(facts.max_error));
    found.advice = "look after the time server: `timedatectl timesync-status` or `chronyc tracking`";
    return found;
  }
  return {level::ok, "clock", fmt::format("synchronised, wrong by {} at most", to_text(facts.max_error)), {}};
}

zone_facts read_zone_data() {
  zone_facts facts{zone_data_version(), machine_zone_name(), system_clock().now().wall};
  const char* variable = std::getenv("TZ"); // NOLINT(concurrency-mt-unsafe): nobody changes it
  const std::string_view name = variable == nullptr ? "" : variable;
  if (!name.empty() && name.substr(name.starts_with(':') ? 1 : 0) != facts.machine_zone)
    facts.unused_variable = name;
  return facts;
}

finding judge(const zone_facts& facts) {
  constexpr const char* install =
      "`apt-get install --only-upgrade tzdata`; a running node takes newer data over by itself";
  int year = 0;
  if (facts.version.size() >= 5)
    year = std::atoi(facts.version.substr(0, 4).c_str());
  constexpr int first_year = 1990;
  if (year < first_year)
    return {level::warning, "zone data",
            fmt::format("no release is told ({}); the machine's zone is {}",
                        facts.version.empty() ? "there are none" : facts.version, facts.machine_zone),
            "`apt-get install tzdata`, unless every schedule is in UTC"};
  const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(facts.now)};
  const auto text = fmt::format("release {}; the machine's zone is {}", facts.version, facts.machine_zone);
  if (!facts.unused_variable.empty())
    return {level::warning, "zone data",
            fmt::format("{}; TZ is {}, which isn't the name of a zone", text, quote(facts.unused_variable)),
            "let TZ be a name such as Europe/Berlin, or unset it"};
  if (year + 1 < static_cast<int>(today.year()))
    return {level::warning, "zone data", text + ": it is old", install};
  return {level::ok, "zone data", text, {}};
}

file_limit_facts read_file_limit() {
  rlimit limit{};
  return {::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : 0};
}

finding judge(const file_limit_facts& facts) {
  constexpr std::uint64_t least = 512; // the store's 256, and some for jobs and clients
  constexpr std::uint64_t enough = 4'096;
  const auto text = facts.files == RLIM_INFINITY ? std::string{"any number"} : fmt::format("{} at most", facts.files);
  if (facts.files >= enough)
    return {level::ok, "open files", text, {}};
  return {facts.files < least ? level::error : level::warning, "open files", text,
          "allow more: `LimitNOFILE=65536` in the systemd unit, or `ulimit -Hn` of the shell that starts the node"};
}

disk_facts read_disk(const std::string& folder) {
  std::error_code failed;
  auto there = fs::absolute(folder, failed).lexically_normal();
  while (!fs::exists(there, failed) && there.has_parent_path() && there != there.root_path())
    there = there.parent_path();
  disk_facts facts;
  facts.folder = there.string();
  struct statvfs space {};
  struct statfs kind {};
  if (::statvfs(there.c_str(), &space) != 0 || ::statfs(there.c_str(), &kind) != 0) {
    facts.fault = std::strerror(errno);
    return facts;
  }
  facts.free_bytes = space.f_bavail * space.f_frsize;
  facts.total_bytes = space.f_blocks * space.f_frsize;
  facts.free_files = space.f_favail;
  facts.total_files = space.f_files;
  facts.is_read_only = (space.f_flag & ST_RDONLY) != 0;
  constexpr std::uint32_t nfs = 0x6969, smb = 0x517b, cifs = 0xff534d42, smb2 = 0xfe534d42, memory = 0x01021994;
  const auto type = static_cast<std::uint32_t>(kind.f_type);
  facts.is_network = type == nfs || type == smb || type == cifs || type == smb2;
  facts.is_memory = type == memory;
  return facts;
}

finding judge(const disk_facts& facts) {
  constexpr std::uint64_t least = 64 * mebibyte; // the store's buffers and logs
  constexpr std::uint64_t enough = 1024 * mebibyte;
  constexpr std::uint64_t few_files = 1'000;
  constexpr const char* subject = "disk";
  if (!facts.fault.empty())
    return {level::error, subject, fmt::format("{} can't be looked at: {}", facts.folder, facts.fault),
            "name a folder on a disk that can be used"};
  const auto text = fmt::format("{} of {} free on the disk of {}", in_mebibytes(facts.free_bytes),
                                in_mebibytes(facts.total_bytes), facts.folder);
  if (facts.is_read_only)
    return {level::error, subject, fmt::format("the disk of {} is read-only", facts.folder), "mount it for writing"};
  const bool has_few_files = facts.total_files > 0 && facts.free_files < few_files;
  if (facts.free_bytes < least || (facts.total_files > 0 && facts.free_files == 0))
    return {level::error, subject, has_few_files ? text + ", and no file more can be made" : text,
            "free some space: a store that can't write refuses every request until it can"};
  if (facts.is_network)
    return {level::warning, subject, text + "; it is on the network",
            "keep a store on a disk of the machine: locks and syncs on the network don't always hold"};
  if (facts.is_memory)
    return {level::warning, subject, text + "; it is in memory",
            "what is there is gone after a restart of the machine"};
  if (facts.free_bytes < enough || has_few_files)
    return {level::warning, subject,
            has_few_files ? fmt::format("{}; {} more files can be made", text, facts.free_files) : text,
            "free some space, or keep history for a shorter time (`--history`)"};
  return {level::ok, subject, text, {}};
}

} // namespace carillon::app::doctor
