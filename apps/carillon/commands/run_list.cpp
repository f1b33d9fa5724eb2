#include "cli/render.hpp"
#include "commands/run.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace carillon::app {
namespace {

constexpr std::size_t page_size = 500;

// What a list goes on after, as the node and the command line call it: a number of events, a cursor of everything else.
const char* name_of_place(const std::string& kind) { return kind == "events" ? "since" : "after"; }

// Takes the pages of a list one by one, so that a list of any length costs the memory of a page.
class page_printer {
public:
  virtual ~page_printer() = default;
  virtual void take(const value::list& items) = 0;
  virtual void end(const value& next) = 0;
};

class json_printer final : public page_printer {
public:
  explicit json_printer(const std::string& kind) { print("{\"" + kind + "\":["); }

  void take(const value::list& items) override {
    std::string text;
    for (const auto& item : items)
      text += std::exchange(separator_, ",") + to_json_text(item);
    print(text);
  }

  void end(const value& next) override { print("],\"next\":" + to_json_text(next) + "}\n"); }

private:
  std::string separator_;
};

class table_printer final : public page_printer {
public:
  table_printer(std::string kind, bool colours) : kind_(std::move(kind)), table_(headings_of(kind_), colours) {}

  void take(const value::list& items) override {
    std::vector<std::vector<cell>> rows;
    for (const auto& item : items)
      rows.push_back(row_of(kind_, item));
    count_ += rows.size();
    if (!rows.empty())
      print(table_.render(rows));
  }

  void end(const value& next) override {
    if (count_ == 0)
      print("There are no " + (kind_ == "dead_letters" ? "dead letters" : kind_) + ".\n");
    if (const auto* cursor = next.get_if<std::string>())
      print(fmt::format("There are more; go on with --{} {}\n", name_of_place(kind_), *cursor));
  }

private:
  std::string kind_;
  table table_;
  std::size_t count_ = 0;
};

std::unique_ptr<page_printer> make_printer(const client_context& context, const std::string& kind) {
  if (context.json)
    return std::make_unique<json_printer>(kind);
  return std::make_unique<table_printer>(kind, context.colours);
}

result<value> ask_page(const client_context& context, const list_command& what, std::size_t limit,
                       const std::string& after) {
  auto page = what.what;
  page.query.emplace_back("limit", std::to_string(limit));
  if (!after.empty()) {
    const std::string name = name_of_place(what.kind);
    std::erase_if(page.query, [&](const auto& parameter) { return parameter.first == name; });
    page.query.emplace_back(name, after);
  }
  return context.node.ask("GET", std::move(page));
}

} // namespace

result<exit_code> run_list(const client_context& context, const list_command& what) {
  std::unique_ptr<page_printer> printer;
  std::string after = what.after;
  auto left = what.limit.value_or(std::numeric_limits<std::size_t>::max());
  while (true) {
    const auto page = ask_page(context, what, std::min(left, page_size), after);
    if (!page)
      return page.err();
    const auto* found = page->find(what.kind);
    const auto* next = page->find("next");
    const auto* items = found != nullptr ? found->get_if<value::list>() : nullptr;
    if (items == nullptr || next == nullptr)
      return {ec::internal, "the node's answer has no list of " + what.kind};
    if (!printer)
      printer = make_printer(context, what.kind);
    printer->take(*items);
    left -= std::min(left, items->size());
    const auto* cursor = next->get_if<std::string>();
    if (cursor == nullptr || left == 0) {
      printer->end(*next);
      return exit_code::success;
    }
    after = *cursor;
  }
}

result<exit_code> run_follow(const client_context& context, const follow_command& what) {
  std::size_t seen = 0;
  const auto ended = context.node.follow(what.what, [&](const std::string& line) {
    ++seen;
    const auto event = context.json ? result<value>{value{}} : parse_json_text(line);
    print(context.json || !event ? line + "\n" : render_event(*event, context.colours));
    return !output_has_failed();
  });
  if (!ended)
    return ended.err();
  if (what.count && seen < *what.count && !output_has_failed())
    return {ec::timed_out,
            fmt::format("only {} of {} events came: the time is up, or the node has stopped", seen, *what.count)};
  return exit_code::success;
}

} // namespace carillon::app
