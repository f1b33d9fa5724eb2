#include "crash_world/crash_run.hpp"

#include "actor/errors.hpp"
#include "carillon/trigger/zone_data.hpp"
#include "store_world/store_world.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

namespace carillon::testing {
namespace {

using namespace std::chrono_literals;

class breaking_store final : public keyed::key_value {
public:
  breaking_store(std::unique_ptr<keyed::key_value> whole, std::shared_ptr<breaking_point> point)
    : whole_(std::move(whole)), point_(std::move(point)) {}

  [[nodiscard]] result<std::optional<std::string>> get(keyed::family where, std::string_view key) const override {
    return whole_->get(where, key);
  }
  [[nodiscard]] result<void> scan(keyed::family where, keyed::key_range range, keyed::direction towards,
                                  const keyed::record_visitor& visit) const override {
    return whole_->scan(where, range, towards, visit);
  }
  [[nodiscard]] result<std::unique_ptr<const keyed::record_reader>> snapshot() const override {
    return whole_->snapshot();
  }
  [[nodiscard]] result<void> drop_expired() const override { return whole_->drop_expired(); }
  result<void> write(const keyed::write_batch& batch, durability level) override {
    if (!point_->is_dead)
      ++point_->writes;
    if (point_->is_broken())
      return {ec::store_io, "the disk is gone"};
    auto written = whole_->write(batch, level);
    if (!written && point_->on_refused)
      point_->on_refused(*whole_, batch);
    if (point_->is_reached() && point_->on_cut)
      point_->on_cut();
    return written;
  }
  void expire_until(timestamp now) override { whole_->expire_until(now); }
  void interrupt() noexcept override { whole_->interrupt(); }
  result<void> close() override { return point_->is_broken() ? result<void>{} : whole_->close(); }

private:
  std::unique_ptr<keyed::key_value> whole_;
  std::shared_ptr<breaking_point> point_;
};

class breaking_source final : public keyed::key_value_source {
public:
  breaking_source(std::unique_ptr<keyed::key_value_source> whole, std::shared_ptr<breaking_point> point)
    : whole_(std::move(whole)), point_(std::move(point)) {}

  result<std::unique_ptr<keyed::key_value>> open() override {
    if (point_->is_broken())
      return {ec::store_io, "the disk is gone"};
    auto opened = whole_->open();
    if (!opened)
      return opened;
    return std::unique_ptr<keyed::key_value>{std::make_unique<breaking_store>(*std::move(opened), point_)};
  }
  [[nodiscard]] std::string backend() const override { return whole_->backend(); }
  [[nodiscard]] std::string path() const override { return whole_->path(); }

private:
  std::unique_ptr<keyed::key_value_source> whole_;
  std::shared_ptr<breaking_point> point_;
};

template <class Item, class List, class See>
void read_pages(List list, See see) {
  page_request request{1'000, {}};
  do {
    const auto found = list(request).or_throw();
    for (const auto& x : found.items)
      see(x);
    request.after = found.next;
  } while (!request.after.empty());
}

// The machine's zones, and Test/Zone, which has the rules of another one in each release. They stay in use: the other
// tests of this process find what they found before.
class zone_releases {
public:
  zone_releases() {
    std::filesystem::create_directories(folder_.path() / "Test");
    for (const auto& entry : std::filesystem::directory_iterator{"/usr/share/zoneinfo"})
      if (entry.path().filename() != "tzdata.zi")
        std::filesystem::create_symlink(entry.path(), folder_.path() / entry.path().filename());
  }
  void use(const std::string& version, const std::string& source) {
    std::filesystem::copy_file("/usr/share/zoneinfo/" + source, folder_.path() / "Test/Zone",
                               std::filesystem::copy_options::overwrite_existing);
    std::ofstream{folder_.path() / "tzdata.zi"} << "# version " << version << "\n";
    std::filesystem::last_write_time(folder_.path() / "tzdata.zi",
                                     std::filesystem::file_time_type{std::chrono::seconds{++releases_}});
    ::setenv("TZDIR", folder_.path().c_str(), 1); // NOLINT(concurrency-mt-unsafe): one thread
    refresh_zone_data();                          // one look finds the change, the next one takes it over
    refresh_zone_data();
  }

private:
  temporary_folder folder_;
  int releases_ = 0;
};
zone_releases& zones() {
  static zone_releases one;
  return one;
}

job_id direct_id(int number) { return job_id::make(epoch, 1, static_cast<std::uint64_t>(number)); }

} // namespace

std::unique_ptr<keyed::key_value_source> make_breaking(std::unique_ptr<keyed::key_value_source> whole,
                                                       std::shared_ptr<breaking_point> point) {
  return std::make_unique<breaking_source>(std::move(whole), std::move(point));
}

recorded_state read_everything(const data_store& store) {
  recorded_state all;
  read_pages<job>([&](const auto& request) { return store.list_jobs({}, request); },
                  [&](const job& x) { all.jobs.emplace(x.id, x); });
  read_pages<schedule>([&](const auto& request) { return store.list_schedules(request); },
                       [&](const schedule& x) { all.schedules.emplace(x.definition.id, x); });
  read_pages<task>([&](const auto& request) { return store.list_tasks(request); },
                   [&](const task& x) { all.tasks.emplace(x.id, x); });
  read_pages<skip>([&](const auto& request) { return store.list_skips({}, request); },
                   [&](const skip& x) { all.skips.push_back(x); });
  return all;
}

crash_run::crash_run(durability level, opener open, std::shared_ptr<breaking_point> point)
  : level_(level), open_(std::move(open)), point_(std::move(point)), begin_(world_.time().now().wall) {
  zones().use("2099a", "Europe/Berlin");
  world_.keep_messages(keep::nothing);
  config_.slots = 16;
  config_.store.level = level_;
  config_.tasks = {"work", "fail", "slow", "gone"};
  config_.open_store = open_;
  world_.inspect(message<publish_events>(), [this](const message_in_flight& seen) {
    note_events(seen.content->get_as<publish_events>(0).events);
  });
}

// ---- processes

void crash_run::start() {
  try {
    if (std::exchange(has_disk_, true))
      node_ = &world_.restart(config_);
    else
      node_ = &world_.add_node(config_);
  } catch (const std::exception&) { // the store can't be opened
    if (!point_->is_reached())
      throw;
  }
  if (point_->is_reached())
    throw interrupted{};
}

void crash_run::kill() {
  if (node_ == nullptr)
    return;
  point_->is_dead = true;
  world_.crash(*std::exchange(node_, nullptr));
  point_->is_dead = false;
}

void crash_run::recover(const crash_handler& on_crash) {
  if (point_->how == breaking_point::kind::power_cut) {
    std::optional<recorded_state> readable;
    if (node_ != nullptr && node_->state().status())
      readable = read_everything(node_->state());
    kill();
    point_->at = 0;
    on_crash(readable ? &*readable : nullptr);
  } else {
    world_.run_for(1500ms); // it is tried again in vain
    point_->at = 0;
    world_.run_for(2s);
  }
  if (node_ == nullptr)
    start();
}

void crash_run::restart() {
  kill();
  start();
}

// ---- the run

void crash_run::do_steps(const std::vector<step>& scenario, std::size_t& next) {
  if (node_ == nullptr)
    start();
  for (; next < scenario.size(); ++next)
    scenario[next](*this);
  become_quiet();
}

bool crash_run::run(const std::vector<step>& scenario, const crash_handler& on_crash) {
  std::size_t next = 0;
  try {
    do_steps(scenario, next);
    return false;
  } catch (const interrupted&) {
    recover(on_crash);
  }
  do_steps(scenario, next);
  return true;
}

bool crash_run::run_until_interrupted(const std::vector<step>& scenario, const crash_handler& on_crash) {
  std::size_t next = 0;
  try {
    do_steps(scenario, next);
    return false;
  } catch (const interrupted&) {
    recover(on_crash);
  }
  become_quiet();
  return true;
}

void crash_run::become_quiet() {
  slow_ones_end_ = true;
  for (int tries = 0; tries < 100; ++tries) {
    pass(5s);
    const auto status = node_->state().status().or_throw();
    if (status.pending_jobs == 0 && status.running_jobs == 0)
      return;
  }
  faults_.emplace_back("it never becomes quiet");
}

void crash_run::tend() {
  if (node_ == nullptr)
    return;
  auto& runner = node_->runner();
  std::vector<scripted_runner::attempt> ended;
  for (const auto& one : runner.running())
    if (one.stop_asked || one.what->task != "slow" || slow_ones_end_)
      ended.push_back(one);
  for (const auto& one : ended) {
    const auto& what = *one.what;
    if (++starts_[{what.id, what.held_by->token}] > 1)
      faults_.push_back(fmt::format("job {} ran twice with token {}", what.id.to_string(), what.held_by->token));
    if (one.stop_asked)
      runner.finish(what.id, attempt_result::failed(job_outcome::cancelled, "stopped"));
    else if (what.task == "fail")
      runner.finish(what.id, attempt_result::failed(job_outcome::error, "as always"));
    else
      runner.finish(what.id, attempt_result::success(value{static_cast<std::int64_t>(what.attempt)}));
  }
}

void crash_run::note_events(const std::vector<event>& events) {
  for (const auto& one : events)
    if (one.type == event_type::job_finished && ++ends_[one.job.value()] > 1 && level_ == durability::sync)
      faults_.push_back(fmt::format("job {} has ended twice", one.job->to_string()));
}

// ---- steps

template <class Reply, class Message>
void crash_run::request(Message message, const std::set<ec>& expected) {
  auto answer = std::make_shared<std::optional<ec>>();
  world_.system().spawn([=, to = node_->store](caf::event_based_actor* self) mutable {
    self->request(to, 30s, std::move(message))
        .then([answer](const Reply&) { *answer = ec::none; },
              [answer](const caf::error& why) { *answer = actor::from_caf(why).code(); });
  });
  world_.run_until(
      [&] {
        tend();
        return point_->is_reached() || answer->has_value();
      },
      1min);
  if (point_->is_reached())
    throw interrupted{};
  if (!*answer)
    faults_.emplace_back("a request isn't answered");
  else if (**answer != ec::none && !expected.contains(**answer))
    faults_.push_back(fmt::format("a request is refused: {}", to_string(**answer)));
}

void crash_run::add_tasks() {
  for (const auto& id : config_.tasks)
    add_task(id);
}

void crash_run::add(const schedule_definition& what) {
  auto& known = triggers_[what.id];
  if (known.empty() || known.back() != what.trigger)
    known.push_back(what.trigger);
  request<schedule>(add_schedule{what, conflict_policy::replace});
}
// A schedule may have finished.
void crash_run::pause(const std::string& id) { request<schedule>(pause_schedule{id}, {ec::not_found}); }
void crash_run::resume(const std::string& id, std::optional<timestamp> from) {
  request<schedule>(resume_schedule{id, from.has_value(), from.value_or(timestamp{})}, {ec::not_found});
}
void crash_run::remove(const std::string& id) { request<done>(remove_schedule{id}, {ec::not_found}); }

void crash_run::add_job(int number, const std::string& task, duration in, const std::function<void(job&)>& change) {
  job what;
  what.id = direct_id(number);
  what.task = task;
  what.arguments = static_cast<std::int64_t>(number);
  what.not_before = begin_ + in;
  if (change)
    change(what);
  request<job>(carillon::add_job{what});
  direct_.insert(what.id);
}
void crash_run::cancel_job(int number) { request<job>(carillon::cancel_job{direct_id(number)}, {ec::wrong_state}); }

void crash_run::run_schedule(const std::string& id, int new_number) {
  request<job>(carillon::run_schedule{id, direct_id(new_number)});
}
void crash_run::backfill(const std::string& id, int number, overlap_policy overlap) {
  carillon::backfill what;
  what.id = direct_id(number);
  what.schedule_id = id;
  what.from = begin_;
  what.to = begin_ + 55s; // a clock may be set back later
  what.which = backfill_selection::all;
  what.overlap = overlap;
  what.max_running_jobs = 2;
  request<backfill_progress>(backfill_schedule{what}, {ec::not_found});
}
void crash_run::rerun_job(int number, int new_number) {
  request<job>(carillon::rerun_job{direct_id(number), direct_id(new_number)});
  direct_.insert(direct_id(new_number));
}
void crash_run::drop_dead_letter(int number) {
  request<job>(carillon::drop_dead_letter{direct_id(number)}, {ec::wrong_state});
}

void crash_run::add_task(const std::string& id) {
  task what;
  what.id = id;
  what.runner = "scripted";
  request<done>(put_task{what});
}
void crash_run::remove_task(const std::string& id) { request<done>(carillon::remove_task{id, true}, {ec::not_found}); }

void crash_run::pass(duration length) {
  world_.run_until(
      [&] {
        tend();
        return point_->is_reached();
      },
      length);
  if (point_->is_reached())
    throw interrupted{};
}

void crash_run::step_clock(duration by) {
  world_.step_wall_clock(by);
  pass(1s);
}

void crash_run::lose_leases() {
  struct rule {
    interception lost;
    ~rule() { lost.stop(); }
  } const lost{world_.drop(message<renew_leases>())};
  pass(config_.store.lease + 5s);
}

void crash_run::change_zone_data() {
  zones().use("2099b", "Asia/Tokyo");
  pass(2min); // it is looked at once a minute
}

schedule_definition crash_run::every(duration period, const std::string& id, const std::string& task) const {
  auto what = make_schedule(id, task, period, begin_ + period);
  what.coalesce = coalesce_policy::latest;
  return what;
}

// ---- accounts

std::vector<std::string> crash_run::faults() const {
  auto all = faults_;
  const auto checked = node_->state().check().or_throw();
  all.insert(all.end(), checked.faults.begin(), checked.faults.end());
  const auto recorded = read_everything(node_->state());
  for (const auto& [id, what] : recorded.jobs)
    if (what.state != job_state::finished || what.outcome == job_outcome::none)
      all.push_back(fmt::format("job {} hasn't ended", id.to_string()));
  for (const auto& entry : recorded.jobs) {
    const auto& what = entry.second;
    const auto due = std::ranges::count_if(what.follow_ups, [&](const auto& x) { return is_due(x.on, what.outcome); });
    const auto made = std::ranges::count_if(
        recorded.jobs, [&](const auto& x) { return x.second.follows && x.second.follows->id == what.id; });
    if (due != made)
      all.push_back(fmt::format("job {} has {} follow-ups, and {} were added", what.id.to_string(), due, made));
  }
  for (const auto& id : direct_)
    if (level_ == durability::sync && !recorded.jobs.contains(id))
      all.push_back(fmt::format("job {} was acknowledged, and isn't there", id.to_string()));
  for (const auto& [id, triggers] : triggers_)
    for (auto& text : account_of(id, triggers, recorded))
      all.push_back(std::move(text));
  return all;
}

} // namespace carillon::testing
