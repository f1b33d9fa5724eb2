// No allocation in `next`: counted by replacing the global operators of this program.
#include "trigger_making.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <new>

// NOLINTBEGIN(cppcoreguidelines-no-malloc)
namespace {
thread_local std::size_t allocations = 0;

void* allocate(std::size_t size) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
} // namespace

// g++ compares a `delete` that it has inlined with the `new` that it hasn't.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

void* operator new(std::size_t size) {
  if (void* memory = allocate(size))
    return memory;
  throw std::bad_alloc{};
}
// All of a kind: with a sanitizer the others would be its own.
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
// NOLINTEND(cppcoreguidelines-no-malloc)

using namespace carillon;
using namespace carillon::test;

BOOST_AUTO_TEST_SUITE(trigger_allocations)

BOOST_AUTO_TEST_CASE(the_counter_counts) {
  const auto before = allocations;
  const std::string text(100, 'x');
  BOOST_TEST(allocations > before);
  BOOST_TEST(text.size() == 100);
}

BOOST_AUTO_TEST_CASE(next_of_cron_interval_and_date_allocates_nothing) {
  for (
      const auto* json :
      {R"({"type": "date", "run_time": "2026-01-01T10:00Z"})", R"({"type": "interval", "minutes": 10})",
       R"({"type": "cron", "fields": {"minute": "*/7", "day": "2nd tue,last"}, "timezone": "America/New_York"})",
       R"({"type": "cron", "fields": {"week": 53, "hour": 2, "minute": 30}, "timezone": "Europe/Berlin", "dst": {"gap": "shift"}})",
       R"({"type": "classic_cron", "expression": "*/7 8-18 * * mon-fri", "timezone": "America/New_York"})",
       R"({"type": "classic_cron", "expression": "0 0 29 2 *", "timezone": "UTC"})",
       R"({"type": "calendar_interval", "days": 1, "hour": 2, "timezone": "Europe/Berlin"})"}) {
    auto rule = make_trigger(json);
    const auto before = allocations;
    std::size_t given = 0;
    while (given < 2'000 && *rule.next())
      ++given;
    const auto during = allocations - before;
    BOOST_TEST(during == 0, json << ": " << during);
    BOOST_TEST(given > 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()
