#pragma once

#include "carillon/store/data_store.hpp"
#include "carillon/store/key_value.hpp"

#include "keyed/keys.hpp"

#include <functional>
#include <optional>
#include <string>

/// Pages over a range of keys.
namespace carillon::keyed {

/// A page over a long history of which little is wanted ends early, so that nobody waits for minutes: the next one goes on.
inline constexpr std::size_t max_looked_at = 100'000;

// Cursors go through JSON and command lines: keys as hexadecimal digits.
[[nodiscard]] std::string to_cursor(std::string_view key);
/// Nothing if it isn't one.
[[nodiscard]] std::optional<std::string> parse_cursor(std::string_view cursor);
[[nodiscard]] error bad_cursor();

/// The records after (`ascending`) or before `after` in `range`. The views are into `range` and `kept`.
[[nodiscard]] key_range rest_of(const owned_range& range, direction towards, const std::string& after,
                                std::string& kept);

// Fills a page from a scan. `take(key, record)` gives the item, or nothing to leave it out. `next` is the key of the last
// record looked at.
template <class T, class Take>
class page_filler {
public:
  page_filler(std::size_t limit, Take take) : limit_(limit), take_(std::move(take)) {}

  bool operator()(std::string_view key, std::string_view record) {
    if (page_.items.size() == limit_ || looked_at_ == max_looked_at) {
      page_.next = to_cursor(last_key_);
      return false;
    }
    ++looked_at_;
    last_key_ = key;
    if (auto item = take_(key, record))
      page_.items.push_back(std::move(*item));
    return true;
  }
  page<T> finish() { return std::move(page_); }

private:
  std::size_t limit_;
  Take take_;
  page<T> page_;
  std::string last_key_;
  std::size_t looked_at_ = 0;
};

template <class T, class Take>
result<page<T>> read_page(const key_value& db, family where, const owned_range& range, direction towards,
                          const page_request& request, std::size_t limit, Take take) {
  const auto after = parse_cursor(request.after);
  if (!after || (!after->empty() && (*after < range.from || (!range.to.empty() && *after >= range.to))))
    return bad_cursor();
  std::string kept;
  page_filler<T, Take> filler{limit, std::move(take)};
  auto scanned = db.scan(where, rest_of(range, towards, *after, kept), towards, std::ref(filler));
  if (!scanned)
    return scanned.err();
  return filler.finish();
}

} // namespace carillon::keyed
