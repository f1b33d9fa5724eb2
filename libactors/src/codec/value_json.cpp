#include "carillon/model/value.hpp"

#include "carillon/base/utf8.hpp"
#include "codec/base64.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <limits>

namespace carillon {
namespace {

using json = nlohmann::json;
constexpr const char* bytes_key = "$bytes";

// Builds the value as the parser meets its parts, so that depth and size of numbers are checked on the way and no second
// tree is made.
class value_builder : public nlohmann::json_sax<json> {
public:
  bool null() override { return add(value{}); }
  bool boolean(bool x) override { return add(x); }
  bool number_integer(number_integer_t x) override { return add(x); }
  bool number_unsigned(number_unsigned_t x) override {
    if (x > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max()))
      return refuse(fmt::format("the whole number {} doesn't fit into 64 bits", x));
    return add(static_cast<std::int64_t>(x));
  }
  bool number_float(number_float_t x, const string_t& text) override {
    // The parser turns a whole number that is too large for 64 bits into a float, which would change it silently.
    if (text.find_first_of(".eE") == string_t::npos)
      return refuse(fmt::format("the whole number {} doesn't fit into 64 bits", text));
    return add(x);
  }
  bool string(string_t& x) override { return add(std::move(x)); }
  bool binary(binary_t&) override { return refuse("binary"); }
  bool start_object(std::size_t) override { return open(value::map{}); }
  bool key(string_t& x) override {
    if (std::get<value::map>(open_.back().content).contains(x))
      return refuse(fmt::format("the name {} is there twice", quote(x)));
    open_.back().key = std::move(x);
    return true;
  }
  bool end_object() override {
    auto entries = std::get<value::map>(std::move(open_.back().content));
    open_.pop_back();
    const auto found = entries.find(bytes_key);
    if (found == entries.end() || entries.size() != 1 || found->second.get_if<std::string>() == nullptr)
      return add(std::move(entries));
    auto raw = codec::parse_base64(*found->second.get_if<std::string>());
    return raw ? add(bytes{std::move(*raw)}) : refuse("$bytes isn't base64");
  }
  bool start_array(std::size_t) override { return open(value::list{}); }
  bool end_array() override {
    auto items = std::get<value::list>(std::move(open_.back().content));
    open_.pop_back();
    return add(std::move(items));
  }
  bool parse_error(std::size_t position, const std::string& token, const nlohmann::detail::exception&) override {
    return refuse(fmt::format("position {}: not valid JSON at {}", position, quote(token)));
  }

  value take() { return std::move(whole_); }
  [[nodiscard]] const std::string& wrong() const { return wrong_; }

private:
  struct level {
    std::variant<value::list, value::map> content;
    std::string key;
  };

  bool refuse(std::string why) {
    wrong_ = std::move(why);
    return false;
  }
  template <class Container>
  bool open(Container empty) {
    if (open_.size() >= static_cast<std::size_t>(max_value_depth))
      return refuse(fmt::format("nested deeper than {}", max_value_depth));
    open_.push_back({std::move(empty), {}});
    return true;
  }
  bool add(value x) {
    if (open_.empty())
      whole_ = std::move(x);
    else if (auto* items = std::get_if<value::list>(&open_.back().content))
      items->push_back(std::move(x));
    else
      std::get<value::map>(open_.back().content).insert_or_assign(std::move(open_.back().key), std::move(x));
    return true;
  }

  std::vector<level> open_;
  value whole_;
  std::string wrong_;
};

json to_json(const value& x) {
  struct visitor {
    json operator()(std::monostate) const { return nullptr; }
    json operator()(bool content) const { return content; }
    json operator()(std::int64_t content) const { return content; }
    json operator()(double content) const { return content; }
    json operator()(const std::string& text) const { return text; }
    json operator()(const bytes& raw) const { return {{bytes_key, codec::to_base64(raw.data)}}; }
    json operator()(const value::list& items) const {
      auto array = json::array();
      for (const auto& item : items)
        array.push_back(to_json(item));
      return array;
    }
    json operator()(const value::map& entries) const {
      auto object = json::object();
      for (const auto& [key, content] : entries)
        object[key] = to_json(content);
      return object;
    }
  };
  return std::visit(visitor{}, x.data());
}

} // namespace

result<value> parse_json_text(std::string_view text) {
  value_builder builder;
  if (!json::sax_parse(text, &builder))
    return {ec::invalid_argument, fmt::format("JSON: {}", builder.wrong())};
  return builder.take();
}

std::string to_json_text(const value& x) {
  // Bytes that aren't UTF-8, such as what a program printed, become U+FFFD.
  return to_json(x).dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace carillon
