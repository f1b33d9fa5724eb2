#include "crontab/ids.hpp"

#include <fmt/format.h>

namespace carillon::crontab {
namespace {

constexpr std::size_t max_part_size = 80; // two of these and the rest stay below max_id_size_bytes

std::string make_id_safe(std::string_view text) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._@-";
  std::string safe{text.substr(0, max_part_size)};
  for (auto& c : safe)
    if (allowed.find(c) == std::string_view::npos)
      c = '_';
  return safe;
}

// FNV-1a, folded to 32 bits: ids are stored, so the function never changes.
std::uint32_t hash_of(std::initializer_list<std::string_view> parts) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](unsigned char byte) { hash = (hash ^ byte) * 0x100000001b3; };
  for (const auto part : parts) {
    for (const char c : part)
      add(static_cast<unsigned char>(c));
    add(0);
  }
  return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

} // namespace

std::string id_maker::make_id(std::string_view path, std::string_view user, std::string_view command) {
  const auto name = path.substr(path.rfind('/') + 1);
  auto id =
      fmt::format("{}{}:{}:{:08x}", id_prefix, make_id_safe(user), make_id_safe(name), hash_of({path, user, command}));
  if (const auto count = ++seen_[id]; count > 1)
    id += fmt::format("#{}", count);
  return id;
}

} // namespace carillon::crontab
