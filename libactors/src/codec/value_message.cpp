#include "codec/messages.hpp"

namespace carillon::codec {

void to_message(const value::map& from, message_entries& to) {
  to.Reserve(static_cast<int>(from.size()));
  for (const auto& [key, content] : from) {
    auto& entry = *to.Add();
    entry.set_key(key);
    to_message(content, *entry.mutable_content());
  }
}

fault from_message(const message_entries& from, value::map& to) {
  for (const auto& entry : from) {
    value content;
    if (auto wrong = from_message(entry.content(), content))
      return wrong;
    // The entries are in ascending order, so that the end is the right place for each.
    to.insert_or_assign(to.end(), entry.key(), std::move(content));
  }
  return std::nullopt;
}

void to_message(const value& from, record::value& to) {
  struct visitor {
    record::value& to;
    void operator()(std::monostate) const {}
    void operator()(bool x) const { to.set_boolean(x); }
    void operator()(std::int64_t x) const { to.set_integer(x); }
    void operator()(double x) const { to.set_real(x); }
    void operator()(const std::string& x) const { to.set_text(x); }
    void operator()(const bytes& x) const { to.set_raw(x.data); }
    void operator()(const value::list& items) const {
      auto& list = *to.mutable_list();
      list.mutable_items()->Reserve(static_cast<int>(items.size()));
      for (const auto& item : items)
        to_message(item, *list.add_items());
    }
    void operator()(const value::map& entries) const { to_message(entries, *to.mutable_entries()->mutable_entries()); }
  };
  std::visit(visitor{to}, from.data());
}

fault from_message(const record::value& from, value& to) {
  switch (from.kind_case()) {
    case record::value::KIND_NOT_SET:
      if (!record::value::GetReflection()->GetUnknownFields(from).empty())
        return "a value of an unknown kind";
      break;
    case record::value::kBoolean: to = from.boolean(); break;
    case record::value::kInteger: to = std::int64_t{from.integer()}; break;
    case record::value::kReal: to = from.real(); break;
    case record::value::kText: to = from.text(); break;
    case record::value::kRaw: to = bytes{from.raw()}; break;
    case record::value::kList: {
      value::list items;
      items.reserve(static_cast<std::size_t>(from.list().items_size()));
      for (const auto& item : from.list().items())
        if (auto wrong = from_message(item, items.emplace_back()))
          return wrong;
      to = std::move(items);
      break;
    }
    case record::value::kEntries: {
      value::map entries;
      if (auto wrong = from_message(from.entries().entries(), entries))
        return wrong;
      to = std::move(entries);
      break;
    }
  }
  return std::nullopt;
}

} // namespace carillon::codec
