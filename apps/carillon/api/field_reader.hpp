#pragma once

#include "carillon/model/convert.hpp"
#include "carillon/model/policies.hpp"

#include <set>

namespace carillon::app {

/// Takes a JSON object apart, one field after the other. A field that is missing or null leaves its target as it is. The
/// first fault is kept, and `finish` gives it; its text begins with the field's name.
class field_reader {
public:
  /// `what` names the object where a fault is about all of it. It must outlive the reader, as `from` must.
  field_reader(const value& from, const char* what) : from_(from), what_(what) {
    if (from.get_if<value::map>() == nullptr)
      refuse({ec::invalid_argument, std::string{what} + ": expected a JSON object"});
  }

  /// Reads a known type (see value_traits), or an optional of one.
  template <class T>
  void read(const char* name, T& into) {
    read_with(name, into, from_value<T>);
  }

  /// Reads with `parse`: value -> result of something that `into` takes.
  template <class T, class F>
  void read_with(const char* name, T& into, F parse) {
    known_.insert(name);
    const auto* found = from_.find(name);
    if (fault_ || found == nullptr || found->is_null())
      return;
    if (auto parsed = parse(*found))
      into = std::move(*parsed);
    else
      refuse(parsed.err().within(name));
  }

  /// As `read_with` where null says something too: `into` then holds an empty optional, and stays empty if the field is missing.
  template <class T, class F>
  void read_nullable(const char* name, std::optional<std::optional<T>>& into, F parse) {
    if (const auto* found = from_.find(name); found != nullptr && found->is_null())
      into.emplace();
    read_with(name, into, parse);
  }

  /// As `read`; a field that is missing, null or an empty text is a fault.
  void read_required(const char* name, std::string& into) {
    read(name, into);
    if (into.empty())
      refuse({ec::invalid_argument, std::string{name} + ": is missing"});
  }

  /// The first fault, which is also a field that nobody asked for.
  [[nodiscard]] result<void> finish() {
    if (const auto* fields = from_.get_if<value::map>(); fields != nullptr && !fault_)
      for (const auto& [name, ignored] : *fields)
        if (!known_.contains(name))
          refuse({ec::invalid_argument, name + ": unknown field of " + what_});
    return fault_ ? result<void>{*fault_} : result<void>{};
  }

  void refuse(error what) {
    if (!fault_)
      fault_ = std::move(what);
  }

private:
  const value& from_;
  const char* what_;
  std::set<std::string> known_;
  std::optional<error> fault_;
};

} // namespace carillon::app
