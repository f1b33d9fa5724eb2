#include "engine/job_log_book.hpp"

#include <algorithm>
#include <cmath>

namespace carillon::engine {
namespace {

constexpr std::size_t job_overhead_bytes = 512;
constexpr std::size_t line_overhead_bytes = 96;

} // namespace

std::size_t job_log_book::size_of(const entry& what) {
  return job_overhead_bytes + what.lines_size_bytes + (what.progress ? what.progress->text.size() : 0);
}

bool job_log_book::has_ended(const entry& what, duration boot) {
  return what.last_attempt && (what.ended_attempt >= *what.last_attempt || what.settled <= boot);
}

job_log_book::entry& job_log_book::touch(const job_id& id, duration boot) {
  const auto [found, is_new] = jobs_.try_emplace(id);
  auto& what = found->second;
  if (is_new)
    size_bytes_ += size_of(what);
  else
    (what.is_over ? over_ : open_).erase(what.turn);
  what.heard = boot;
  return what;
}

// After a change: where it stands, and room for all.
void job_log_book::settle(entry& what, const job_id& id, std::size_t size_before) {
  what.is_over = what.last_attempt || (what.ended_attempt > 0 && what.ended_attempt >= what.attempt);
  what.turn = ++turns_;
  (what.is_over ? over_ : open_).emplace(what.turn, id);
  size_bytes_ += size_of(what) - size_before;
  while (size_bytes_ > bounds_.size_bytes)
    forget(over_.empty() ? open_ : over_);
}

void job_log_book::forget(order& of) {
  const auto first = of.begin();
  const auto found = jobs_.find(first->second);
  size_bytes_ -= size_of(found->second);
  jobs_.erase(found);
  of.erase(first);
}

void job_log_book::add_line(entry& to, log_line line) const {
  line.number = ++to.newest;
  to.lines_size_bytes += line.text.size() + line_overhead_bytes;
  to.lines.push_back(std::move(line));
  while (to.lines.size() > 1 &&
         (to.lines.size() > bounds_.lines_of_a_job || to.lines_size_bytes > bounds_.size_bytes_of_a_job)) {
    const auto& oldest = to.lines.front();
    ++to.forgotten;
    to.newest_forgotten = oldest.number;
    to.lines_size_bytes -= oldest.text.size() + line_overhead_bytes;
    to.lines.pop_front();
  }
}

void job_log_book::put(const job_report& said, timestamp wall, duration boot) {
  auto& what = touch(said.job, boot);
  const auto size_before = size_of(what);
  what.attempt = std::max(what.attempt, said.attempt);
  if (said.left_out > 0)
    add_line(what, {0, said.attempt, log_stream::carillon, wall, left_out_text(said.left_out)});
  for (const auto& line : said.lines)
    add_line(what, {0, said.attempt, line.stream, wall - std::max(line.age, duration{0}), line.text});
  // A stale attempt may still be talking.
  if (said.progress && (!what.progress || what.progress->attempt <= said.attempt)) {
    const auto within = std::isfinite(said.progress->fraction) ? std::clamp(said.progress->fraction, 0.0, 1.0) : 0.0;
    what.progress = job_progress{++what.newest, said.attempt, wall - std::max(said.progress->age, duration{0}), within,
                                 said.progress->text};
  }
  if (said.ended)
    what.ended_attempt = std::max(what.ended_attempt, said.attempt);
  settle(what, said.job, size_before);
}

void job_log_book::finish(const job_id& id, std::uint32_t attempt, duration ago, duration boot) {
  auto& what = touch(id, boot);
  const auto size_before = size_of(what);
  if (!what.last_attempt) {
    what.last_attempt = attempt;
    const auto patience = what.attempt >= attempt ? bounds_.last_words : bounds_.first_words;
    what.settled = boot + patience - std::clamp(ago, duration{0}, patience);
  }
  settle(what, id, size_before);
}

job_log_book::reading job_log_book::read(const job_id& id, std::uint64_t after, std::size_t limit,
                                         duration boot) const {
  reading found;
  auto& page = found.page;
  page.next = after;
  const auto known = jobs_.find(id);
  if (known == jobs_.end())
    return found;
  const auto& what = known->second;
  if (after > what.newest)
    page.next = after = 0;
  page.progress = what.progress;
  found.is_news = what.newest > after;
  if (limit == 0) {
    found.is_news = found.is_news || has_ended(what, boot);
    return found;
  }
  if (after < what.newest_forgotten)
    page.lines.push_back({what.newest_forgotten, what.lines.front().attempt, log_stream::carillon,
                          what.lines.front().at, "up to here " + left_out_text(what.forgotten)});
  auto next = std::upper_bound(what.lines.begin(), what.lines.end(), after,
                               [](std::uint64_t number, const log_line& line) { return number < line.number; });
  for (; next != what.lines.end() && page.lines.size() < limit; ++next)
    page.lines.push_back(*next);
  page.next = next == what.lines.end() ? what.newest : page.lines.back().number;
  page.ended = next == what.lines.end() && has_ended(what, boot);
  found.is_news = found.is_news || page.ended;
  return found;
}

std::optional<duration> job_log_book::settles_at(const job_id& id) const {
  const auto known = jobs_.find(id);
  return known != jobs_.end() && known->second.last_attempt ? std::optional{known->second.settled} : std::nullopt;
}

void job_log_book::expire(duration boot) {
  while (!over_.empty() && jobs_.at(over_.begin()->second).heard + bounds_.kept <= boot)
    forget(over_);
}

std::optional<duration> job_log_book::next_expiry(duration boot) const {
  if (over_.empty())
    return std::nullopt;
  return std::max(jobs_.at(over_.begin()->second).heard + bounds_.kept - boot, duration{0});
}

} // namespace carillon::engine
