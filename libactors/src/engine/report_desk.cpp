#include "engine/report_desk.hpp"

#include "carillon/base/utf8.hpp"

#include <algorithm>

namespace carillon::engine {
namespace {

constexpr std::size_t waiting_overhead_bytes = 64;

// At most `limit` bytes, as UTF-8.
std::string cut(std::string_view text, std::size_t limit) {
  constexpr std::string_view mark = "...";
  if (text.size() <= limit)
    return to_utf8(text);
  return to_utf8(first_bytes(text, limit - mark.size())) + std::string{mark};
}

} // namespace

std::shared_ptr<report_desk::voice> report_desk::open(const job& what) {
  return std::make_shared<voice>(shared_from_this(), what);
}

void report_desk::shut() {
  std::list<std::shared_ptr<voice>> waiting; // they hold this desk
  std::vector<std::shared_ptr<voice>> under_way;
  const std::lock_guard guard{mutex_};
  is_shut_ = true;
  waiting.swap(waiting_);
  under_way.swap(under_way_);
  for (const auto& who : waiting)
    who->place_.reset();
}

bool report_desk::has_reports() const {
  const std::lock_guard guard{mutex_};
  return !waiting_.empty();
}

void report_desk::say(voice& who, const std::function<void(content&)>& what) {
  {
    const std::lock_guard guard{mutex_};
    auto before = voice::phase::silent;
    if (is_shut_ ||
        (!who.phase_.compare_exchange_strong(before, voice::phase::heard) && before == voice::phase::closed))
      return;
    what(who.said_);
    if (!enqueue(who))
      return;
  }
  on_first_();
}

void report_desk::close(voice& who) {
  auto before = voice::phase::silent;
  if (who.phase_.compare_exchange_strong(before, voice::phase::closed))
    return; // as most, which say nothing
  {
    const std::lock_guard guard{mutex_};
    if (is_shut_ || who.phase_.exchange(voice::phase::closed) == voice::phase::closed)
      return;
    if (ended_ == bounds_.ended_attempts) { // nobody has listened for long
      if (who.place_)
        waiting_.erase(*std::exchange(who.place_, std::nullopt));
      size_bytes_ -= who.said_.size_bytes;
      who.said_ = {};
      return;
    }
    if (who.place_)
      ++ended_;
    if (!enqueue(who))
      return;
  }
  on_first_();
}

bool report_desk::enqueue(voice& who) {
  if (who.place_)
    return false;
  const bool is_first = waiting_.empty();
  who.place_ = waiting_.insert(waiting_.end(), std::static_pointer_cast<voice>(who.shared_from_this()));
  if (who.is_closed())
    ++ended_;
  return is_first;
}

void report_desk::drop_oldest(content& from) {
  const auto size = from.lines.front().text.size() + waiting_overhead_bytes;
  from.left_out += from.lines.front().counts;
  from.lines.pop_front();
  from.size_bytes -= size;
  size_bytes_ -= size;
}

void report_desk::add_line(content& into, log_stream from, std::string_view text, std::uint64_t counts) {
  if (text.ends_with('\r'))
    text.remove_suffix(1);
  waiting_line made{from, time_->now().boot, cut(text, bounds_.line_bytes), counts};
  const auto size = made.text.size() + waiting_overhead_bytes;
  while (!into.lines.empty() && (into.lines.size() >= bounds_.lines || into.size_bytes + size > bounds_.size_bytes ||
                                 size_bytes_ + size > bounds_.all_size_bytes))
    drop_oldest(into);
  if (size_bytes_ + size > bounds_.all_size_bytes) { // the others' lines are as good
    into.left_out += counts;
    return;
  }
  into.lines.push_back(std::move(made));
  into.size_bytes += size;
  size_bytes_ += size;
}

job_report report_desk::report_of(const voice& who, duration now) {
  job_report made{who.job_, who.attempt_, who.said_.progress, who.said_.left_out, {}, who.is_closed()};
  if (made.progress)
    made.progress->age = now - made.progress->age;
  made.lines.reserve(who.said_.lines.size());
  for (const auto& line : who.said_.lines)
    made.lines.push_back({line.stream, now - line.said_at, line.text});
  return made;
}

std::vector<job_report> report_desk::take() {
  const std::lock_guard guard{mutex_};
  std::vector<job_report> batch;
  std::size_t lines = 0;
  std::size_t size = 0;
  const auto now = time_->now().boot;
  while (!waiting_.empty() && batch.size() < bounds_.batch_lines && lines < bounds_.batch_lines &&
         size < bounds_.batch_size_bytes) {
    auto who = std::move(waiting_.front());
    waiting_.pop_front();
    who->place_.reset();
    if (who->is_closed())
      --ended_;
    batch.push_back(report_of(*who, now));
    lines += who->said_.lines.size();
    size += who->said_.size_bytes + waiting_overhead_bytes;
    size_bytes_ -= who->said_.size_bytes;
    who->told_ = {who->said_.left_out, who->said_.progress};
    for (const auto& line : who->said_.lines)
      who->told_.lines += line.counts;
    who->said_ = {};
    under_way_.push_back(std::move(who));
  }
  return batch;
}

void report_desk::on_answered() {
  std::vector<std::shared_ptr<voice>> told; // what it lets go of may be the last of it
  const std::lock_guard guard{mutex_};
  told.swap(under_way_);
  for (const auto& who : told)
    who->told_ = {};
}

void report_desk::on_lost() {
  std::vector<std::shared_ptr<voice>> told;
  const std::lock_guard guard{mutex_};
  told.swap(under_way_);
  for (const auto& who : told) {
    const auto lost = std::exchange(who->told_, {});
    if (is_shut_ || (who->is_closed() && !who->place_ && ended_ == bounds_.ended_attempts))
      continue;
    who->said_.left_out += lost.lines;
    if (!who->said_.progress)
      who->said_.progress = lost.progress;
    (void)enqueue(*who); // whoever says that it is lost takes again
  }
}

void report_desk::voice::progress(double fraction, std::string_view text) noexcept {
  try {
    desk_->say(*this, [&](content& said) {
      const double within = fraction > 0 ? std::min(fraction, 1.0) : 0; // also what is no number
      said.progress = said_progress{desk_->time_->now().boot, within, cut(text, desk_->bounds_.line_bytes)};
    });
  } catch (...) { // no memory: it is said no more
  }
}

void report_desk::voice::line(log_stream from, std::string_view text) noexcept {
  try {
    desk_->say(*this, [&](content& said) {
      if (text.ends_with('\n'))
        text.remove_suffix(1);
      for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
        desk_->add_line(said, from, text.substr(0, end));
        text.remove_prefix(end + 1);
      }
      desk_->add_line(said, from, text);
    });
  } catch (...) { // no memory
  }
}

void report_desk::voice::left_out(std::uint64_t lines) noexcept {
  try {
    desk_->say(*this, [&](content& said) { desk_->add_line(said, log_stream::carillon, left_out_text(lines), lines); });
  } catch (...) { // as above
  }
}

void report_desk::voice::close() noexcept {
  try {
    desk_->close(*this);
  } catch (...) { // its end is told by the store
  }
}

} // namespace carillon::engine
