#include "carillon/model/convert.hpp"

namespace carillon {
namespace {

template <class T>
result<T> read(const value& x, const char* what) {
  const auto* content = x.get_if<T>();
  return content != nullptr ? result<T>{*content} : detail::expected(what);
}

} // namespace

error detail::expected(const char* what) { return {ec::invalid_argument, std::string{"expected "} + what}; }
error detail::expected_whole(std::int64_t least, std::uint64_t most) {
  return expected(("a whole number from " + std::to_string(least) + " to " + std::to_string(most)).c_str());
}

value value_traits<value>::to(const value& x) { return x; }
result<value> value_traits<value>::from(const value& x) { return x; }

value value_traits<bool>::to(bool x) { return x; }
result<bool> value_traits<bool>::from(const value& x) { return read<bool>(x, "true or false"); }

value value_traits<std::string>::to(const std::string& x) { return x; }
result<std::string> value_traits<std::string>::from(const value& x) { return read<std::string>(x, "a text"); }

value value_traits<bytes>::to(const bytes& x) { return x; }
result<bytes> value_traits<bytes>::from(const value& x) { return read<bytes>(x, "bytes"); }

} // namespace carillon
