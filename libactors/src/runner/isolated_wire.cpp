#include "runner/isolated_wire.hpp"

#include "codec/records.hpp"

#include <cstring>

namespace carillon {
namespace {

std::string isolated_frame_of(const std::string& content) {
  const auto size = static_cast<std::uint32_t>(content.size());
  std::string frame(sizeof size, '\0');
  std::memcpy(frame.data(), &size, sizeof size);
  return frame + content;
}

error damaged() { return {ec::internal, "the node and a process of its isolated tasks don't understand each other"}; }

} // namespace

std::string to_frame(const isolated_hello& message) {
  return isolated_frame_of(codec::encode(value{static_cast<std::int64_t>(message.number)}));
}
std::string to_frame(const isolated_job& message) { return isolated_frame_of(codec::encode(message.what)); }
std::string to_frame(const isolated_words& message) {
  value::map fields{{"text", message.text}, {"left_out", static_cast<std::int64_t>(message.left_out)}};
  if (message.progress)
    fields["progress"] = *message.progress;
  return isolated_frame_of(codec::encode(value{std::move(fields)}));
}
std::string to_frame(const attempt_result& message) {
  return isolated_frame_of(codec::encode(value{value::map{{"outcome", static_cast<std::int64_t>(message.outcome)},
                                                          {"result", message.result},
                                                          {"error", message.error_text}}}));
}

result<isolated_hello> parse_isolated_hello(std::string_view content) {
  const auto read = codec::decode<value>(content);
  const auto* number = read ? read->get_if<std::int64_t>() : nullptr;
  return number != nullptr ? result<isolated_hello>{isolated_hello{static_cast<std::uint64_t>(*number)}} : damaged();
}

result<isolated_job> parse_isolated_job(std::string_view content) {
  auto read = codec::decode<job>(content);
  return read ? result<isolated_job>{isolated_job{*std::move(read)}} : damaged();
}

result<isolated_news> parse_isolated_news(std::string_view content) {
  const auto read = codec::decode<value>(content);
  if (!read)
    return damaged();
  if (const auto* text = read->find("text"), *left_out = read->find("left_out");
      text != nullptr && left_out != nullptr) {
    const auto* progress = read->find("progress");
    if (text->get_if<std::string>() == nullptr || left_out->get_if<std::int64_t>() == nullptr ||
        (progress != nullptr && progress->get_if<double>() == nullptr))
      return damaged();
    return isolated_news{isolated_words{progress != nullptr ? std::optional{*progress->get_if<double>()} : std::nullopt,
                                        *text->get_if<std::string>(),
                                        static_cast<std::uint64_t>(*left_out->get_if<std::int64_t>())}};
  }
  const auto* outcome = read->find("outcome");
  const auto* given = read->find("result");
  const auto* text = read->find("error");
  if (outcome == nullptr || outcome->get_if<std::int64_t>() == nullptr || given == nullptr || text == nullptr ||
      text->get_if<std::string>() == nullptr)
    return damaged();
  const auto kind = static_cast<job_outcome>(*outcome->get_if<std::int64_t>());
  if (to_string(kind) == "unknown")
    return damaged();
  return isolated_news{attempt_result{kind, *given, *text->get_if<std::string>()}};
}

} // namespace carillon
