#include "runner/launcher_wire.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>

using namespace carillon;

namespace {

start_command a_start() {
  start_command start;
  start.attempt = 7;
  start.job_id = "id";
  start.fencing_token = 1ULL << 63;
  start.argv = {"echo", "", std::string{"a\0b", 3}};
  start.environment = {{"A", "1"}, {"B", ""}};
  start.standard_input = std::string(100'000, 'x');
  return start;
}

std::pair<frame_socket, frame_socket> a_connection() {
  int pair[2];
  BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  return {frame_socket{file_descriptor{pair[0]}}, frame_socket{file_descriptor{pair[1]}}};
}

std::string_view content(const std::string& frame) { return std::string_view{frame}.substr(4); }

} // namespace

BOOST_AUTO_TEST_SUITE(launcher_wire)

BOOST_AUTO_TEST_CASE(a_message_is_read_back) {
  const auto frame = to_frame(to_launcher{a_start()});
  const auto read = parse_to_launcher(content(frame));
  BOOST_REQUIRE(read);
  const auto& start = std::get<start_command>(*read);
  BOOST_TEST(start.attempt == 7u);
  BOOST_TEST(start.fencing_token == 1ULL << 63);
  BOOST_TEST((start.argv == a_start().argv));
  BOOST_TEST((start.environment == a_start().environment));
  BOOST_TEST(start.standard_input.size() == 100'000u);
}

BOOST_AUTO_TEST_CASE(every_cut_of_a_message_is_an_error) {
  auto start = a_start();
  start.standard_input.resize(10);
  const auto frame = to_frame(to_launcher{start});
  for (std::size_t size = 0; size < content(frame).size(); ++size)
    BOOST_TEST(!parse_to_launcher(content(frame).substr(0, size)));
  BOOST_TEST(!parse_to_launcher("\x77"));
  BOOST_TEST(!parse_from_launcher("\x02\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"));
}

BOOST_AUTO_TEST_CASE(what_a_command_said_is_read_back) {
  const auto frame = to_frame(from_launcher{command_said{7, 12, {"one", ""}}});
  const auto read = parse_from_launcher(content(frame));
  BOOST_REQUIRE(read);
  const auto& said = std::get<command_said>(*read);
  BOOST_TEST(said.attempt == 7u);
  BOOST_TEST(said.left_out == 12u);
  BOOST_TEST((said.lines == std::vector<std::string>{"one", ""}));
}

BOOST_AUTO_TEST_CASE(what_is_not_sent_is_counted) {
  auto [node, other] = a_connection();
  const auto frame = to_frame(to_launcher{a_start()});
  node.queue(frame);
  node.queue(frame);
  BOOST_TEST(node.unsent_bytes() == 2 * frame.size());
  while (node.has_unsent())
    BOOST_REQUIRE((node.send() && other.receive()));
  BOOST_TEST(node.unsent_bytes() == 0u);
}

BOOST_AUTO_TEST_CASE(both_sides_send_much_at_once_without_waiting) {
  auto [node, other] = a_connection();
  constexpr std::size_t count = 200;
  for (std::size_t i = 0; i < count; ++i) {
    node.queue(to_frame(to_launcher{a_start()}));
    command_ended ended;
    ended.attempt = i;
    ended.output = std::string(50'000, 'y');
    other.queue(to_frame(from_launcher{ended}));
  }
  std::size_t received_here = 0;
  std::size_t received_there = 0;
  while (received_here < count || received_there < count) {
    BOOST_REQUIRE((node.send() && other.send() && node.receive()));
    for (auto frame = node.next(); frame && *frame; frame = node.next())
      BOOST_REQUIRE(std::get<command_ended>(*parse_from_launcher(**frame)).attempt == received_here++);
    BOOST_REQUIRE(other.receive());
    for (auto frame = other.next(); frame && *frame; frame = other.next())
      ++received_there;
  }
  BOOST_TEST(!node.has_unsent());
}

BOOST_AUTO_TEST_CASE(what_came_before_the_end_is_still_read) {
  auto [node, other] = a_connection();
  node.queue(to_frame(to_launcher{stop_command{3, 4}}));
  BOOST_REQUIRE(node.send());
  node = {};
  BOOST_TEST(other.receive()); // what there was
  const auto frame = other.next();
  BOOST_REQUIRE((frame && *frame));
  BOOST_TEST(std::get<stop_command>(*parse_to_launcher(**frame)).attempt == 3u);
  BOOST_TEST(!other.receive());
  other.queue(to_frame(from_launcher{launcher_ready{}}));
  BOOST_TEST(!other.send());
}

BOOST_AUTO_TEST_CASE(a_frame_of_an_impossible_size_is_an_error) {
  auto [node, other] = a_connection();
  node.queue("\xFF\xFF\xFF\xFF");
  BOOST_REQUIRE((node.send() && other.receive()));
  BOOST_TEST(!other.next());
}

BOOST_AUTO_TEST_SUITE_END()
