#include "cli/terminal.hpp"
#include "commands/run.hpp"
#include "control/server.hpp"
#include "crontab/crontab_service.hpp"
#include "doctor/machine.hpp"
#include "io/listening_socket.hpp"
#include "serve/printer.hpp"
#include "serve/serve_config.hpp"
#include "serve/service_manager.hpp"

#include "carillon/base/log.hpp"
#include "carillon/base/utf8.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>
#include <string>
#include <utility>

namespace carillon::app {
namespace {

namespace asio = boost::asio;

void set_up_log(const std::string& level) {
  const auto mode = has_colours(STDERR_FILENO) ? spdlog::color_mode::always : spdlog::color_mode::never;
  auto log = spdlog::stderr_color_mt("carillon", mode);
  log->set_level(spdlog::level::from_str(level));
  log->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  set_log_sink([log](log_level at, std::string_view text) {
    log->log(at == log_level::error     ? spdlog::level::err
             : at == log_level::warning ? spdlog::level::warn
                                        : spdlog::level::info,
             text);
  });
  spdlog::set_default_logger(std::move(log));
}

const char* describe_roles(const serve_command& what) {
  if (what.scheduler)
    return what.worker ? "scheduler and worker" : "scheduler, no worker";
  return what.worker ? "worker, no scheduler" : "neither scheduler nor worker";
}

std::string describe_store(const serve_command& what) {
  if (!what.cluster.join.empty())
    return "store of " + what.cluster.join;
  const auto own = what.memory ? std::string{"store in memory"} : "store " + what.data;
  return what.cluster.listen.empty() ? own : own + ", other nodes at " + what.cluster.listen;
}

// Where clients look for the node. A store in memory has no folder, so the socket's is made here.
result<std::string> choose_socket(const serve_command& what, const std::string& named) {
  auto path = named.empty() ? what.data + "/control.sock" : named;
  if (auto checked = check_socket_path(path); !checked)
    return checked.err();
  if (what.memory && named.empty() && ::mkdir(what.data.c_str(), S_IRWXU) != 0 && errno != EEXIST)
    return error{ec::permission_denied, "can't make the folder " + what.data + " for the control socket"};
  return path;
}

// As many connections and files of the store as the system lets it have: whoever opens some and says nothing isn't to use them up.
// Gives what it was before, which is what commands get.
rlim_t allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return 0;
  const auto before = std::exchange(limit.rlim_cur, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return before;
}

void log_load(const crontab::load_report& report) {
  for (const auto& fault : report.faults)
    spdlog::warn("{}", fault);
  spdlog::info("crontabs read: {} entries added, {} changed, {} removed, {} as before", report.added, report.replaced,
               report.removed, report.unchanged);
}

void reload(crontab::crontab_service& crontabs) {
  if (const auto report = crontabs.reload())
    log_load(*report);
  else
    spdlog::error("the crontabs can't be read again, and stay as they were: {}", report.err().text());
}

// Blocks until SIGINT or SIGTERM, or until `io` is stopped. After that the signals have their usual effect: a second one ends the process at once.
void wait_for_stop(asio::io_context& io, asio::signal_set& signals, crontab::crontab_service* crontabs,
                   service_manager& manager) {
  std::function<void()> wait = [&] {
    signals.async_wait([&](boost::system::error_code, int number) {
      if (number != SIGHUP)
        return manager.stop_watchdog();
      manager.reloading();
      if (crontabs != nullptr)
        reload(*crontabs);
      manager.ready();
      wait();
    });
  };
  wait();
  io.run();
  boost::system::error_code ignored;
  signals.clear(ignored);
}

result<void> serve_until_stopped(node& served, const serve_command& what, control_server& server, asio::io_context& io,
                                 asio::signal_set& signals) {
  const auto zone = machine_zone_name();
  if (const auto variable = doctor::read_zone_data().unused_variable; !variable.empty())
    log(log_level::warning,
        fmt::format("TZ is {}, which isn't the name of a zone: {} is taken", quote(variable), zone));
  std::optional<crontab::crontab_service> crontabs;
  std::optional<event_printer> printer;
  if (!what.quiet)
    printer.emplace(served, has_colours(STDOUT_FILENO));
  if (!what.crontabs.empty()) {
    const auto report = crontabs.emplace(served, crontab_config_of(what, zone)).load();
    if (!report)
      return report.err();
    log_load(*report);
  }
  if (auto started = served.start(); !started)
    return started.err();
  server.start({served, {.now = {}, .local_zone = zone}, system_clock().now().wall});
  spdlog::info("node {} is ready: {}, {}, control socket {}", served.config().name, describe_roles(what),
               describe_store(what), server.path());
  service_manager manager{io, served};
  manager.ready();
  wait_for_stop(io, signals, crontabs ? &*crontabs : nullptr, manager);
  manager.stopping();
  server.close();
  spdlog::info("stopping; a second signal ends it at once");
  served.stop();
  server.stop();
  return {};
}

} // namespace

result<exit_code> run_serve(const serve_command& what, const std::string& named_socket) {
  set_up_log(what.log_level);
  std::signal(SIGPIPE, SIG_IGN); // a reader that has gone isn't the node's end
  std::signal(SIGHUP, SIG_IGN);  // nor is one that comes before it is ready
  asio::io_context io{1};
  const auto socket = choose_socket(what, named_socket);
  if (!socket)
    return socket.err();
  auto config = node_config_of(what);
  config.command_launcher = {"/proc/self/exe", "launcher", std::to_string(allow_many_files())};
  result<void> failed;
  config.on_failure = [&](const error& why) {
    asio::post(io, [&io, &failed, why] {
      failed = why;
      io.stop();
    });
  };
  auto served = node::open(std::move(config));
  if (!served)
    return served.err();
  // Until here SIGINT and SIGTERM end the process at once: the store that it waits for may never come.
  asio::signal_set signals{io, SIGINT, SIGTERM, SIGHUP};
  auto server = control_server::open(*socket);
  if (!server)
    return server.err();
  const auto ended = serve_until_stopped(*served, what, *server, io, signals);
  if (!ended)
    return ended.err();
  if (!failed)
    return failed.err();
  spdlog::info("stopped");
  return exit_code::success;
}

} // namespace carillon::app
