#include "runner/isolated_pool.hpp"

#include "carillon/base/entropy.hpp"
#include "carillon/base/log.hpp"
#include "carillon/model/task.hpp"
#include "runner/stopped_outcome.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon {
namespace {

constexpr duration stop_patience = std::chrono::seconds{10}; // for what is killed to be gone

// What the process wrote at last, for a person.
std::string last_line(const std::string& output) {
  const auto end = output.find_last_not_of("\r\n");
  if (end == std::string::npos)
    return {};
  const auto begin = output.find_last_of('\n', end);
  return output.substr(begin == std::string::npos ? 0 : begin + 1,
                       end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

// The process ended before the code did: `how` is what its command came to.
attempt_result to_crash(const attempt_result& how, std::optional<stop_reason> stopped) {
  if (stopped) // its text says so already
    return attempt_result::failed(stopped_outcome(*stopped),
                                  how.error_text.empty() ? std::string{stopped_text(*stopped)} : how.error_text,
                                  how.result);
  const auto process = to_command_result(how.result);
  if (!process || (!process->exit_code && !process->signal)) // it couldn't be started, or was lost with its launcher
    return attempt_result::failed(how.outcome, "the task's process: " + how.error_text);
  const auto line = last_line(process->output);
  return attempt_result::failed(job_outcome::crashed,
                                fmt::format("the task's process {}{}{}",
                                            how.error_text.empty() ? "exited with code 0" : how.error_text,
                                            line.empty() ? "" : ": ", line),
                                how.result);
}

void pass_on(const isolated_words& words, report_sink* to) {
  if (to == nullptr)
    return;
  if (words.left_out > 0)
    to->left_out(words.left_out);
  if (words.progress)
    to->progress(*words.progress, words.text);
  else if (!words.text.empty() || words.left_out == 0) // else it is the last count
    to->line(log_stream::log, words.text);
}

} // namespace

void isolated_pool::start(isolated_attempt attempt) {
  auto frame = to_frame(isolated_job{*attempt.what});
  if (frame.size() > max_launcher_frame_bytes)
    return attempt.done(attempt_result::failed(job_outcome::error, "the job's arguments are too large"));
  auto* idle = find_idle();
  auto& taker = idle != nullptr ? *idle : make_process();
  taker.attempt = std::move(attempt);
  if (idle == nullptr) {
    taker.unsent = std::move(frame);
    return processes_.start(taker.command, nullptr, [tell = tell_, number = last_number_](attempt_result how) {
      tell(number, std::move(how));
    });
  }
  taker.socket.queue(std::move(frame));
  (void)taker.socket.send(); // one that is gone is told of by its end
}

isolated_pool::process* isolated_pool::find_idle() {
  for (auto& [number, one] : all_)
    if (one.socket.is_open() && !one.attempt && !one.is_ending)
      return &one;
  return nullptr;
}

isolated_pool::process& isolated_pool::make_process() {
  const auto number = ++last_number_;
  command_spec spec;
  spec.argv = {"/proc/self/exe", isolated_process_option, socket_name_, std::to_string(number)};
  spec.kill_after = kill_after_;
  job command;
  command.id = job_id::make(timestamp{}, system_entropy().next(), system_entropy().next());
  command.task = command_task;
  command.arguments = to_value(spec);
  command.held_by = lease{"isolated", 0, number};
  auto& made = all_[number];
  made.command = std::make_shared<const job>(std::move(command));
  return made;
}

void isolated_pool::stop(const job_id& id, stop_reason why) {
  for (auto& [number, one] : all_)
    if (one.attempt && one.attempt->what->id == id) {
      if (!one.attempt->stopped)
        one.attempt->stopped = why;
      end_process(one, why);
    }
}

void isolated_pool::end_process(process& which, stop_reason why) {
  which.is_ending = true;
  processes_.stop(which.command->id, why);
}

void isolated_pool::on_hello(std::uint64_t number, frame_socket socket, const process_identity& identity) {
  const auto found = all_.find(number);
  if (found == all_.end() || found->second.socket.is_open())
    return;
  auto& one = found->second;
  one.socket = std::move(socket);
  one.identity = identity;
  one.socket.queue(std::exchange(one.unsent, {}));
  on_ready(number);
}

void isolated_pool::on_ready(std::uint64_t number) {
  const auto found = all_.find(number);
  if (found == all_.end() || !found->second.socket.is_open())
    return;
  auto& one = found->second;
  const bool is_there = one.socket.send() && one.socket.receive();
  read_news(one);
  if (!is_there)
    one.socket = {}; // its end is coming
}

void isolated_pool::read_news(process& from) {
  while (from.attempt && !from.ended) {
    const auto content = from.socket.next();
    if (content && !*content)
      return;
    auto news = content ? parse_isolated_news(**content) : result<isolated_news>{content.err()};
    if (!news)
      return on_result(from, attempt_result::failed(job_outcome::error, news.err().text()));
    if (const auto* words = std::get_if<isolated_words>(&*news))
      pass_on(*words, from.attempt->done.reports().get());
    else
      on_result(from, std::get<attempt_result>(*std::move(news)));
  }
}

void isolated_pool::on_result(process& from, attempt_result ended) {
  const auto members = find_members({family_of(from)}).front();
  const bool is_alone =
      std::ranges::all_of(members, [&](const family_member& one) { return one.identity == from.identity; });
  if (from.is_ending || !is_alone) {
    from.ended = std::move(ended);
    if (!from.is_ending)
      end_process(from, stop_reason::node_stops);
    return;
  }
  auto attempt = *std::exchange(from.attempt, std::nullopt);
  trim_idle();
  attempt.done(with_reason(std::move(ended), attempt.stopped));
}

void isolated_pool::trim_idle() {
  std::size_t idle = 0;
  for (auto& [number, one] : all_)
    if (!one.attempt && !one.is_ending && ++idle > idle_limit_)
      end_process(one, stop_reason::node_stops);
}

process_family isolated_pool::family_of(const process& which) {
  return {which.identity, false, which.command->id.to_string(), which.command->held_by->token};
}

void isolated_pool::on_process_ended(std::uint64_t number, const attempt_result& how) {
  on_ready(number); // what it said before
  const auto found = all_.extract(number);
  if (found.empty())
    return;
  auto& one = found.mapped();
  // What ended by itself, by a crash, may have left something behind.
  if (!kill_families({family_of(one)}, stop_patience))
    log(log_level::warning, "something that an isolated task has started can't be killed");
  if (!one.attempt)
    return;
  one.attempt->done(one.ended ? with_reason(*std::move(one.ended), one.attempt->stopped)
                              : to_crash(how, one.attempt->stopped));
}

std::vector<isolated_pool::watched> isolated_pool::sockets() const {
  std::vector<watched> open;
  for (const auto& [number, one] : all_)
    if (one.socket.is_open())
      open.push_back({number, one.socket.fd(), one.socket.has_unsent()});
  return open;
}

void isolated_pool::prepare_close() {
  for (auto& [number, one] : all_)
    if (one.attempt && !one.attempt->stopped)
      one.attempt->stopped = stop_reason::node_stops;
}

void isolated_pool::close() {
  for (auto& [number, one] : std::exchange(all_, {}))
    if (one.attempt)
      one.attempt->done(attempt_result::failed(stopped_outcome(stop_reason::node_stops),
                                               std::string{stopped_text(stop_reason::node_stops)}));
}

} // namespace carillon
