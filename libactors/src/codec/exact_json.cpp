#include "codec/exact_json.hpp"

#include "carillon/base/utf8.hpp"

#include <fmt/format.h>

#include <vector>

namespace carillon::codec {
namespace {

using json = nlohmann::json;

class tree_builder : public nlohmann::json_sax<json> {
public:
  bool null() override { return add(nullptr); }
  bool boolean(bool x) override { return add(x); }
  bool number_integer(number_integer_t x) override { return add(x); }
  bool number_unsigned(number_unsigned_t x) override { return add(x); }
  bool number_float(number_float_t, const string_t& text) override {
    return add(json::binary({text.begin(), text.end()}));
  }
  bool string(string_t& x) override { return add(std::move(x)); }
  bool binary(binary_t&) override { return refuse({ec::invalid_argument, "binary data isn't JSON text"}); }
  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& x) override {
    if (open_.back().tree.contains(x))
      return refuse({ec::invalid_argument, fmt::format("the name {} is there twice", quote(first_bytes(x, 60)))});
    open_.back().key = std::move(x);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& what) override {
    // 406: a number that no double holds, which isn't one that anything here needs.
    const auto* reason = what.id == 406 ? "the number is too large" : "not valid JSON";
    return refuse({ec::invalid_argument, fmt::format("position {}: {}", position, reason)});
  }

  result<json> take() {
    if (wrong_.code() != ec::none)
      return wrong_;
    return std::move(whole_);
  }

private:
  struct level {
    json tree;
    std::string key;
  };

  bool refuse(error why) {
    wrong_ = std::move(why);
    return false;
  }

  bool open(json empty) {
    if (open_.size() >= max_exact_json_depth)
      return refuse({ec::limit_exceeded, fmt::format("nested deeper than {}", max_exact_json_depth)});
    open_.push_back({std::move(empty), {}});
    return true;
  }

  bool close() {
    auto tree = std::move(open_.back().tree);
    open_.pop_back();
    return add(std::move(tree));
  }

  bool add(json x) {
    if (open_.empty())
      whole_ = std::move(x);
    else if (auto& [tree, key] = open_.back(); tree.is_array())
      tree.push_back(std::move(x));
    else
      tree[std::move(key)] = std::move(x);
    return true;
  }

  std::vector<level> open_;
  json whole_;
  error wrong_;
};

} // namespace

result<json> parse_exact_json(std::string_view text) {
  tree_builder builder;
  json::sax_parse(text, &builder);
  return builder.take();
}

std::string number_text(const json& number) {
  if (number.is_binary())
    return {number.get_binary().begin(), number.get_binary().end()};
  return number.is_number() ? number.dump() : std::string{};
}

std::string dump_exact_json(const json& value) {
  if (value.is_binary())
    return number_text(value);
  if (!value.is_structured())
    return value.dump();
  std::string text{value.is_array() ? '[' : '{'};
  for (const auto& [key, member] : value.items()) {
    if (text.size() > 1)
      text += ',';
    if (value.is_object())
      text += json(key).dump() + ':';
    text += dump_exact_json(member);
  }
  return text += value.is_array() ? ']' : '}';
}

} // namespace carillon::codec
