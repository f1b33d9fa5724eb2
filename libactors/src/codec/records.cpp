#include "codec/records.hpp"

#include "codec/messages.hpp"

#include <fmt/format.h>
#include <google/protobuf/io/coded_stream.h>

namespace carillon::codec {
namespace {

// The message of each type and its name in error texts.
template <class T>
struct message_of;
template <>
struct message_of<value> {
  using type = record::value;
  static constexpr auto name = "value";
};
template <>
struct message_of<trigger_definition> {
  using type = record::trigger_definition;
  static constexpr auto name = "trigger";
};
template <>
struct message_of<trigger_cursor> {
  using type = record::trigger_cursor;
  static constexpr auto name = "trigger cursor";
};
template <>
struct message_of<task> {
  using type = record::task;
  static constexpr auto name = "task";
};
template <>
struct message_of<schedule_definition> {
  using type = record::schedule_definition;
  static constexpr auto name = "schedule definition";
};
template <>
struct message_of<schedule_state> {
  using type = record::schedule_state;
  static constexpr auto name = "schedule state";
};
template <>
struct message_of<job> {
  using type = record::job;
  static constexpr auto name = "job";
};
template <>
struct message_of<skip> {
  using type = record::skip;
  static constexpr auto name = "skip";
};
template <>
struct message_of<past_definition> {
  using type = record::past_definition;
  static constexpr auto name = "past definition";
};
template <>
struct message_of<event> {
  using type = record::event;
  static constexpr auto name = "event";
};

template <>
struct message_of<node_description> {
  using type = record::node_description;
  static constexpr auto name = "node description";
};
template <>
struct message_of<cluster_node> {
  using type = record::cluster_node;
  static constexpr auto name = "node";
};
template <>
struct message_of<node_greeting> {
  using type = record::node_greeting;
  static constexpr auto name = "node greeting";
};

// One message of each type for each thread: a cleared message keeps its memory, which saves the allocations of each record.
// After a large record it is given back.
template <class T>
class scratch_message {
public:
  using message = typename message_of<T>::type;

  scratch_message() : message_(kept()) {}
  ~scratch_message() {
    constexpr std::size_t kept_size_bytes = 16 << 10;
    if (size_bytes > kept_size_bytes)
      message_ = message{};
    else
      message_.Clear();
  }
  scratch_message(const scratch_message&) = delete;
  scratch_message& operator=(const scratch_message&) = delete;

  message& operator*() const { return message_; }

  std::size_t size_bytes = 0; ///< of the record

private:
  static message& kept() {
    thread_local message one;
    return one;
  }
  message& message_;
};

template <class T>
void append_as_message(std::string& out, const T& x) {
  scratch_message<T> scratch;
  auto& message = *scratch;
  to_message(x, message);
  const auto start = out.size();
  message.AppendToString(&out);
  scratch.size_bytes = out.size() - start;
}

template <class T>
std::string encode_as_message(const T& x) {
  std::string out;
  append_as_message(out, x);
  return out;
}

} // namespace

std::string encode(const value& x) { return encode_as_message(x); }
std::string encode(const trigger_definition& x) { return encode_as_message(x); }
std::string encode(const trigger_cursor& x) { return encode_as_message(x); }
std::string encode(const task& x) { return encode_as_message(x); }
std::string encode(const schedule_definition& x) { return encode_as_message(x); }
std::string encode(const schedule_state& x) { return encode_as_message(x); }
std::string encode(const job& x) { return encode_as_message(x); }
std::string encode(const skip& x) { return encode_as_message(x); }
std::string encode(const past_definition& x) { return encode_as_message(x); }
std::string encode(const event& x) { return encode_as_message(x); }
std::string encode(const node_description& x) { return encode_as_message(x); }
std::string encode(const cluster_node& x) { return encode_as_message(x); }
std::string encode(const node_greeting& x) { return encode_as_message(x); }

void append(std::string& out, const schedule_state& x) { append_as_message(out, x); }
void append(std::string& out, const job& x) { append_as_message(out, x); }
void append(std::string& out, const skip& x) { append_as_message(out, x); }

std::optional<timestamp> peek_covered_to(std::string_view encoded) {
  constexpr auto wanted = static_cast<std::uint32_t>(record::schedule_state::kCoveredToFieldNumber);
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(encoded.data()),
                                            static_cast<int>(encoded.size()));
  // Fields lie in the order of their numbers, and none up to the wanted one is of a fixed size.
  while (const auto tag = in.ReadTag()) {
    std::uint32_t size = 0;
    std::uint64_t number = 0;
    switch (tag & 7) {
      case 0:
        if (!in.ReadVarint64(&number))
          return std::nullopt;
        if (tag >> 3 == wanted)
          return timestamp{duration{static_cast<std::int64_t>(number)}};
        break;
      case 2:
        if (!in.ReadVarint32(&size) || !in.Skip(static_cast<int>(size)))
          return std::nullopt;
        break;
      default: return std::nullopt;
    }
    if (tag >> 3 > wanted)
      return std::nullopt;
  }
  return std::nullopt;
}

template <class T>
result<T> decode(std::string_view encoded) {
  scratch_message<T> scratch;
  scratch.size_bytes = encoded.size();
  auto& message = *scratch;
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(encoded.data()),
                                            static_cast<int>(encoded.size()));
  in.SetRecursionLimit(max_message_depth);
  if (!message.MergePartialFromCodedStream(&in) || !in.ConsumedEntireMessage())
    return {ec::invalid_argument, fmt::format("{}: not a valid message", message_of<T>::name)};
  T decoded;
  if (auto wrong = from_message(message, decoded))
    return {ec::invalid_argument, fmt::format("{}: {}", message_of<T>::name, *wrong)};
  return decoded;
}

template result<value> decode<value>(std::string_view);
template result<trigger_definition> decode<trigger_definition>(std::string_view);
template result<trigger_cursor> decode<trigger_cursor>(std::string_view);
template result<task> decode<task>(std::string_view);
template result<schedule_definition> decode<schedule_definition>(std::string_view);
template result<schedule_state> decode<schedule_state>(std::string_view);
template result<job> decode<job>(std::string_view);
template result<skip> decode<skip>(std::string_view);
template result<past_definition> decode<past_definition>(std::string_view);
template result<event> decode<event>(std::string_view);
template result<node_description> decode<node_description>(std::string_view);
template result<cluster_node> decode<cluster_node>(std::string_view);
template result<node_greeting> decode<node_greeting>(std::string_view);

} // namespace carillon::codec
