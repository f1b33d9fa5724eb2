#include "runner/launcher_wire.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace carillon {
namespace {

template <class Number>
void put_number(std::string& out, Number number) {
  char raw[sizeof number];
  std::memcpy(raw, &number, sizeof number);
  out.append(raw, sizeof number);
}

void put(std::string& out, std::uint64_t number) { put_number(out, number); }

void put(std::string& out, const std::string& text) {
  put_number(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

void put(std::string& out, const std::vector<std::string>& texts) {
  put_number(out, static_cast<std::uint32_t>(texts.size()));
  for (const auto& text : texts)
    put(out, text);
}

void put(std::string& out, const std::map<std::string, std::string>& entries) {
  put_number(out, static_cast<std::uint32_t>(entries.size()));
  for (const auto& [name, content] : entries) {
    put(out, name);
    put(out, content);
  }
}

// Reads fields from the front of `in`; after the first one that isn't there, `is_whole` stays false.
struct frame_reader {
  std::string_view in;
  bool is_whole = true;

  template <class Number>
  Number number() {
    Number read{};
    if (in.size() < sizeof read) {
      is_whole = false;
      return read;
    }
    std::memcpy(&read, in.data(), sizeof read);
    in.remove_prefix(sizeof read);
    return read;
  }

  void get(std::uint64_t& into) { into = number<std::uint64_t>(); }

  void get(std::string& into) {
    const auto size = number<std::uint32_t>();
    if (in.size() < size) {
      is_whole = false;
      return;
    }
    into.assign(in.substr(0, size));
    in.remove_prefix(size);
  }

  void get(std::vector<std::string>& into) {
    for (auto left = number<std::uint32_t>(); left > 0 && is_whole; --left)
      get(into.emplace_back());
  }

  void get(std::map<std::string, std::string>& into) {
    for (auto left = number<std::uint32_t>(); left > 0 && is_whole; --left) {
      std::string name;
      get(name);
      get(into[name]);
    }
  }
};

template <class Variant>
std::string launcher_frame_of(const Variant& message) {
  std::string frame(sizeof(std::uint32_t), '\0');
  frame += static_cast<char>(message.index());
  std::visit(
      [&](const auto& content) {
        std::apply([&](auto... field) { (put(frame, content.*field), ...); }, std::decay_t<decltype(content)>::fields);
      },
      message);
  const auto size = static_cast<std::uint32_t>(frame.size() - sizeof(std::uint32_t));
  std::memcpy(frame.data(), &size, sizeof size);
  return frame;
}

template <class Message>
Message read_fields(frame_reader& reader) {
  Message message;
  std::apply([&](auto... field) { (reader.get(message.*field), ...); }, Message::fields);
  return message;
}

template <class Variant, std::size_t... Kinds>
result<Variant> read_frame(std::string_view content, std::index_sequence<Kinds...>) {
  const error damaged{ec::internal, "the node and its launcher don't understand each other"};
  if (content.empty())
    return damaged;
  const auto kind = static_cast<unsigned char>(content.front());
  frame_reader reader{content.substr(1)};
  std::optional<Variant> message;
  ((kind == Kinds ? void(message = read_fields<std::variant_alternative_t<Kinds, Variant>>(reader)) : void()), ...);
  if (!message || !reader.is_whole)
    return damaged;
  return std::move(*message);
}

constexpr std::size_t chunk_bytes = 64 << 10;
constexpr int chunks_at_once = 16; // so that one busy peer doesn't keep the loop from its other work

} // namespace

std::string to_frame(const to_launcher& message) { return launcher_frame_of(message); }
std::string to_frame(const from_launcher& message) { return launcher_frame_of(message); }

result<to_launcher> parse_to_launcher(std::string_view content) {
  return read_frame<to_launcher>(content, std::make_index_sequence<std::variant_size_v<to_launcher>>{});
}

result<from_launcher> parse_from_launcher(std::string_view content) {
  return read_frame<from_launcher>(content, std::make_index_sequence<std::variant_size_v<from_launcher>>{});
}

frame_socket::frame_socket(file_descriptor socket) : socket_(std::move(socket)) {
  ::fcntl(socket_.get(), F_SETFL, ::fcntl(socket_.get(), F_GETFL) | O_NONBLOCK);
}

bool frame_socket::send() {
  while (!unsent_.empty()) {
    const auto& frame = unsent_.front();
    const auto sent = ::send(socket_.get(), frame.data() + sent_of_first_, frame.size() - sent_of_first_,
                             MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent < 0)
      return errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM;
    sent_of_first_ += static_cast<std::size_t>(sent);
    if (sent_of_first_ == frame.size()) {
      unsent_bytes_ -= frame.size();
      unsent_.pop_front();
      sent_of_first_ = 0;
    }
  }
  return true;
}

bool frame_socket::receive() {
  received_.erase(0, std::exchange(taken_, 0));
  for (int chunk = 0; chunk < chunks_at_once; ++chunk) {
    const auto before = received_.size();
    received_.resize(before + chunk_bytes);
    const auto read = ::recv(socket_.get(), received_.data() + before, chunk_bytes, MSG_DONTWAIT);
    const int problem = errno;
    received_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(read, 0)));
    if (read < 0 && problem == EINTR)
      continue;
    if (read < 0)
      return problem == EAGAIN;
    if (read == 0)
      return false;
    if (static_cast<std::size_t>(read) < chunk_bytes)
      break;
  }
  return true;
}

result<std::optional<std::string_view>> frame_socket::next() {
  const auto rest = std::string_view{received_}.substr(taken_);
  std::uint32_t size = 0;
  if (rest.size() < sizeof size)
    return std::optional<std::string_view>{};
  std::memcpy(&size, rest.data(), sizeof size);
  if (size > max_launcher_frame_bytes)
    return {ec::internal, fmt::format("a frame of {} bytes between the node and its launcher", size)};
  if (rest.size() < sizeof size + size)
    return std::optional<std::string_view>{};
  taken_ += sizeof size + size;
  return std::optional{rest.substr(sizeof size, size)};
}

} // namespace carillon
