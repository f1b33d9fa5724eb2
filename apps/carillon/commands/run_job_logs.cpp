#include "cli/render.hpp"
#include "commands/run.hpp"

#include <fmt/format.h>

namespace carillon::app {
namespace {

result<value> ask_log_page(const client_context& context, const job_logs_command& what, const value& after) {
  target page{{"jobs", what.id, "log"}, {{"after", to_json_text(after)}, {"limit", "1000"}}};
  if (what.follow)
    page.query.emplace_back("wait", "20s");
  return context.node.ask("GET", std::move(page));
}

// Prints page after page, as people read them or as JSON.
class log_printer {
public:
  log_printer(const client_context& context, const job_logs_command& what) : context_(&context), what_(&what) {}

  void take(const value& page) {
    const auto& lines = *page.find("lines")->get_if<value::list>();
    const auto& progress = *page.find("progress");
    const bool is_news = !lines.empty() || progress != progress_ || *page.find("ended") == value{true};
    if (context_->json && what_->follow) {
      if (is_news)
        print(to_json_text(page) + "\n");
    } else if (context_->json) {
      lines_.insert(lines_.end(), lines.begin(), lines.end());
    } else {
      for (const auto& line : lines)
        print(render_log_line(line, context_->colours));
      if (what_->follow && progress != progress_)
        print(render_progress(progress, context_->colours));
    }
    has_said_ = has_said_ || !lines.empty();
    progress_ = progress;
  }

  void end(const value& page) {
    if (what_->follow)
      return;
    if (context_->json) {
      auto all = *page.get_if<value::map>();
      all["lines"] = std::move(lines_);
      return print(to_json_text(all) + "\n");
    }
    if (!progress_.is_null())
      print(render_progress(progress_, context_->colours));
    else if (!has_said_)
      print("It has said nothing, or nothing of it is kept.\n");
  }

private:
  const client_context* context_;
  const job_logs_command* what_;
  value::list lines_;
  value progress_;
  bool has_said_ = false;
};

} // namespace

result<exit_code> run_job_logs(const client_context& context, const job_logs_command& what) {
  log_printer printer{context, what};
  value after{std::int64_t{0}};
  while (true) {
    const auto page = ask_log_page(context, what, after);
    if (!page)
      return page.err();
    printer.take(*page);
    const bool is_all = *page->find("ended") == value{true} || (!what.follow && *page->find("next") == after);
    if (is_all || output_has_failed()) {
      printer.end(*page);
      return exit_code::success;
    }
    after = *page->find("next");
  }
}

} // namespace carillon::app
