#include "system/program.hpp"

#include "carillon/model/value.hpp"

#include <sys/mount.h>
#include <sys/resource.h>

#include <atomic>
#include <fstream>

using namespace carillon;
using namespace carillon::system_test;

namespace {

struct node_fixture {
  scratch_folder folder;
  served_node node{folder / "data"};

  // The node still answers.
  void check_alive() const { BOOST_TEST(node.ask({"status"}).code == 0); }
};

// While it lives, root has no more rights than the user nobody, and neither have the programs that it starts.
class without_root {
public:
  without_root() {
    constexpr uid_t nobody = 65'534;
    // The real one too: a program that starts with two users can't see into itself, as a search for leaks has to.
    BOOST_TEST_REQUIRE((!is_root_ || ::setresuid(nobody, nobody, 0) == 0));
  }
  ~without_root() {
    if (is_root_ && ::setresuid(0, 0, 0) != 0)
      std::abort(); // the tests that follow would fail for no reason
  }
  without_root(const without_root&) = delete;
  without_root& operator=(const without_root&) = delete;

private:
  bool is_root_ = ::geteuid() == 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(bad_input)

BOOST_FIXTURE_TEST_CASE(each_bad_request_has_its_message_and_code, node_fixture) {
  struct bad_line {
    std::vector<std::string> words;
    int code;
    const char* said;
  };
  const std::vector<bad_line> lines{
      {{"schedule", "add", "x", "--cron", "0 3 * * *", "--timezone", "Mars/Olympus", "--", "date"}, 2, "Mars/Olympus"},
      {{"schedule", "add", "x", "--cron", "99 * * * *", "--", "date"}, 2, "trigger: "},
      {{"schedule", "add", "x", "--cron", "banana", "--", "date"}, 2, "trigger: "},
      {{"schedule", "add", "x", "--trigger", "{", "--", "date"}, 2, "--trigger: no JSON"},
      {{"schedule", "add", "x", "--trigger", "@/nowhere", "--", "date"}, 2, "/nowhere: No such file or directory"},
      {{"schedule", "add", "x", "--trigger", "@/tmp", "--", "date"}, 2, "/tmp: it is a folder"},
      {{"job", "run", "--stdin-file", "/tmp", "--", "date"}, 2, "/tmp: it is a folder"},
      {{"schedule", "add", "x", "--at", "tomorrow", "--", "date"}, 2, "run_time"},
      {{"schedule", "add", "a b", "--every", "5s", "--", "date"}, 2, "position 2"},
      {{"schedule", "add", std::string(201, 'x'), "--every", "5s", "--", "date"}, 2, "200"},
      {{"schedule", "add", "x", "--every", "5s", "--task", "nobody.knows"}, 2, "nobody.knows"},
      {{"schedule", "pause", "nothing"}, 2, "nothing"},
      {{"job", "run", "--task", "nobody.knows"}, 2, "nobody.knows"},
      {{"job", "show", "nothing"}, 2, "id: "},
      {{"job", "cancel", "01930000-0000-7000-8000-000000000000"}, 2, "01930000"},
      {{"events", "--type", "nothing"}, 2, "type: there is no event"},
      {{"job", "list", "--after", "?"}, 2, ""},
      {{"job", "run", "--wait", "--", "/nowhere/program"}, 2, "/nowhere/program"},
      {{"job", "list", "--state", "lost"}, 1, "--state"},
      {{"job", "fly"}, 1, "there is no command fly"},
      {{"job", "--fly"}, 1, "there is no option --fly, and a command must follow"},
      {{"--fly"}, 1, "there is no option --fly, and a command must follow"},
  };
  for (const auto& line : lines) {
    const auto said = node.ask(line.words);
    BOOST_TEST(said.code == line.code, said.err << said.out);
    BOOST_TEST(has(said.err, line.said), line.said << " in: " << said.err);
    BOOST_TEST(said.out == "");
  }
  check_alive();
}

BOOST_FIXTURE_TEST_CASE(an_argument_that_is_too_large_is_refused_with_the_limit, node_fixture) {
  std::ofstream{folder / "huge"} << '"' << std::string(10U << 20U, 'x') << '"';
  std::ofstream{folder / "large"} << std::string(2U << 20U, 'x');
  const auto huge = node.ask({"job", "run", "--task", "command", "--args", "@" + (folder / "huge")});
  BOOST_TEST(huge.code == 2);
  BOOST_TEST(has(huge.err, "at most 4194304 bytes"), huge.err);
  const auto large = node.ask({"job", "run", "--stdin-file", folder / "large", "--", "cat"});
  BOOST_TEST(large.code == 2);
  BOOST_TEST(has(large.err, "1048576"), large.err);
  check_alive();
}

BOOST_FIXTURE_TEST_CASE(a_second_node_on_the_folder_or_the_socket_is_refused, node_fixture) {
  const auto folder_taken = run({"serve", "--data", folder / "data"});
  BOOST_TEST(folder_taken.code == 2, folder_taken.err);
  BOOST_TEST(has(folder_taken.err, folder / "data"), folder_taken.err);
  const auto socket_taken = run({"serve", "--data", folder / "other", "--socket", node.socket()});
  BOOST_TEST(socket_taken.code == 2, socket_taken.err);
  BOOST_TEST(has(socket_taken.err, "listens on " + node.socket()), socket_taken.err);
  check_alive();
}

BOOST_FIXTURE_TEST_CASE(garbage_is_answered_or_cut_and_the_node_lives, node_fixture) {
  for (const std::string garbage : {"\x16\x03\x01\x02\x01", "hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                                    "POST /v1/jobs HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                                    "POST /v1/jobs HTTP/1.1\r\nContent-Length: x\r\n\r\n"}) {
    const raw_client client{node.socket()};
    client.send(garbage + "\r\n\r\n");
    BOOST_TEST(has(client.receive_some(), "HTTP/1.1 400"), garbage);
  }
  {
    const raw_client client{node.socket()};
    client.send("GET /v1/status HTTP/1.1\r\nX: " + std::string(1U << 20U, 'x') + "\r\n\r\n");
    BOOST_TEST(has(client.receive_some(), "HTTP/1.1 431"));
  }
  {
    const raw_client half{node.socket()}; // and gone
    half.send("POST /v1/jobs HTTP/1.1\r\nContent-Length: 100\r\n\r\n{");
  }
  check_alive();
}

BOOST_FIXTURE_TEST_CASE(problems_are_documents, node_fixture) {
  const auto unknown = http(node.socket(), "GET", "/v1/schedules/none");
  BOOST_TEST(has(unknown, "HTTP/1.1 404"));
  BOOST_TEST(has(unknown, "application/problem+json"));
  BOOST_TEST(has(unknown, R"("code":"not_found")"));
  const auto field = http(node.socket(), "POST", "/v1/schedules", R"({"id": "x", "colour": "red"})");
  BOOST_TEST(has(field, "HTTP/1.1 400"));
  BOOST_TEST(has(field, R"("field":"task")"), field);
  BOOST_TEST(has(http(node.socket(), "POST", "/v1/schedules", "{"), "the request's body is no JSON"));
  const auto wrong_method = http(node.socket(), "PATCH", "/v1/schedules");
  BOOST_TEST(has(wrong_method, "HTTP/1.1 405"));
  BOOST_TEST(has(wrong_method, "\r\nAllow: GET, POST\r\n"), wrong_method);
  BOOST_TEST(has(http(node.socket(), "POST", "/v1/events/stream"), "\r\nAllow: GET\r\n"));
  BOOST_TEST(has(http(node.socket(), "GET", "/v2/schedules"), "HTTP/1.1 404"));
  BOOST_TEST(has(http(node.socket(), "GET", "/v1/jobs?limit=5000"), "limit: must be 1 to 1000"));
  BOOST_TEST(has(http(node.socket(), "GET", "/v1/jobs/%zz"), "HTTP/1.1 400"));
  check_alive();
}

BOOST_FIXTURE_TEST_CASE(a_client_that_asks_first_is_told_to_go_on, node_fixture) {
  const raw_client client{node.socket()};
  client.send("POST /v1/schedules HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  BOOST_TEST(client.receive_some() == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("{}");
  BOOST_TEST(has(client.receive_some(), "HTTP/1.1 400"));
}

BOOST_FIXTURE_TEST_CASE(clients_that_went_while_they_waited_make_room_for_others, node_fixture) {
  const std::string id = "01890a5d-ac96-774b-bcce-b302099a8057";
  http(node.socket(), "POST", "/v1/jobs",
       R"({"id": ")" + id +
           R"(", "task": "command", "arguments": {"argv": ["true"]}, "not_before": "2100-01-01T00:00Z"})");
  {
    std::vector<std::unique_ptr<raw_client>> waiting; // as many as the node takes
    for (int i = 0; i < 512; ++i) {
      waiting.push_back(std::make_unique<raw_client>(node.socket()));
      waiting.back()->send("GET /v1/jobs/" + id + "/wait?limit=30s HTTP/1.1\r\nHost: test\r\n\r\n");
    }
    BOOST_TEST(has(http(node.socket(), "GET", "/v1/status"), "HTTP/1.1 503"));
  }
  // Each answer comes from the thread that notices the others' leaving: long before their waiting is over.
  bool served = false;
  for (int i = 0; i < 100 && !served; ++i)
    served = has(http(node.socket(), "GET", "/v1/status"), "HTTP/1.1 200");
  BOOST_TEST(served);
}

BOOST_FIXTURE_TEST_CASE(two_hundred_clients_at_once_are_all_answered, node_fixture) {
  constexpr std::size_t clients = 200;
  std::atomic<std::size_t> good = 0;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < clients; ++i)
      threads.emplace_back([&, i] {
        const auto id = "p" + std::to_string(i);
        const auto added = http(node.socket(), "POST", "/v1/schedules",
                                R"({"id": ")" + id + R"(", "task": "command", "arguments": {"argv": ["true"]},
                                    "trigger": {"type": "date", "run_time": "2100-01-01T00:00Z"}})");
        if (has(added, "HTTP/1.1 201") &&
            has(http(node.socket(), "GET", "/v1/schedules/" + id), R"("id":")" + id + "\""))
          ++good;
      });
  }
  BOOST_TEST(good == clients);
  check_alive();
}

BOOST_FIXTURE_TEST_CASE(a_reader_that_doesnt_read_holds_nobody_up, node_fixture) {
  const raw_client reader{node.socket()};
  reader.send("GET /v1/events/stream HTTP/1.1\r\nHost: test\r\n\r\n");
  BOOST_TEST(has(reader.receive_some(), "HTTP/1.1 200"));
  for (int i = 0; i < 200; ++i)
    http(node.socket(), "POST", "/v1/jobs",
         R"({"task": "command", "arguments": {"argv": ["true"]}, "not_before": "2100-01-01T00:00Z"})");
  check_alive();
}

BOOST_AUTO_TEST_CASE(a_node_that_isnt_there_is_unreachable) {
  const scratch_folder folder;
  const auto said = run({"--socket", folder / "none", "status"});
  BOOST_TEST(said.code == 3);
  BOOST_TEST(has(said.err, "carillon serve"), said.err);
}

BOOST_AUTO_TEST_CASE(a_socket_path_that_is_too_long_is_refused_with_the_limit) {
  const scratch_folder folder;
  const auto path = folder / std::string(120, 'x');
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"serve", "--memory", "--socket", path}, {"serve", "--data", path}, {"status", "--socket", path}}) {
    const auto said = run(words);
    BOOST_TEST(said.code == 2);
    BOOST_TEST(has(said.err, "at most 107 bytes"), said.err);
  }
}

BOOST_AUTO_TEST_CASE(a_folder_that_cant_be_made_is_named) {
  const auto said = run({"serve", "--data", "/proc/carillon"});
  BOOST_TEST((said.code == 2 || said.code == 4), said.err);
  BOOST_TEST(has(said.err, "/proc/carillon"), said.err);
}

BOOST_AUTO_TEST_CASE(a_folder_without_permission_is_named) {
  const without_root nobody; // root may do everything
  if (::faccessat(AT_FDCWD, CARILLON_PROGRAM, X_OK, AT_EACCESS) != 0) {
    BOOST_TEST_MESSAGE("not run: only root can run the program, as it lies in a folder of root's");
    return;
  }
  const scratch_folder folder;
  std::filesystem::create_directory(folder / "closed");
  std::filesystem::permissions(folder / "closed", std::filesystem::perms::none);
  const auto said = run({"serve", "--data", folder / "closed"});
  std::filesystem::permissions(folder / "closed", std::filesystem::perms::owner_all);
  BOOST_TEST(said.code == 2, said.err);
  BOOST_TEST(has(said.err, "closed"), said.err);
}

BOOST_AUTO_TEST_CASE(a_crontab_that_isnt_there_is_named) {
  const scratch_folder folder;
  const auto said = run({"serve", "--memory", "--socket", folder / "s", "--crontab", folder / "none"});
  BOOST_TEST(said.code == 2, said.err);
  BOOST_TEST(has(said.err, "none"), said.err);
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_and_the_node_goes_on_when_there_is_space_again) {
  const scratch_folder folder;
  const auto disk = folder / "disk";
  std::filesystem::create_directory(disk);
  if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=2m") != 0) {
    BOOST_TEST_MESSAGE("not run: it takes root to make a small disk");
    return;
  }
  {
    served_node node{disk + "/data"};
    const std::string large(60'000, 'x');
    auto said = node.ask({"job", "run", "--", "echo", large});
    for (int tries = 0; tries < 100 && said.code == 0; ++tries)
      said = node.ask({"job", "run", "--", "echo", large});
    BOOST_TEST(said.code == 2, said.err);
    BOOST_TEST(has(said.err, "no space"), said.err);
    BOOST_REQUIRE(::mount("tmpfs", disk.c_str(), "tmpfs", MS_REMOUNT, "size=64m") == 0);
    const auto end = std::chrono::steady_clock::now() + deadline;
    do
      said = node.ask({"job", "run", "--wait", "--", "echo", "back"});
    while (said.code != 0 && std::chrono::steady_clock::now() < end);
    BOOST_TEST(said.code == 0, said.err);
    BOOST_TEST(node.ask({"check"}).code == 0);
    BOOST_TEST(has(node.program().err().said(), "can't commit")); // said by an actor, which lives on
  }
  ::umount2(disk.c_str(), MNT_DETACH);
}

BOOST_AUTO_TEST_CASE(what_a_node_prints_without_an_output_gets_into_no_file_of_its_own) {
  const scratch_folder folder;
  const served_node node{folder / "data", {}, {"sh", "-c", "exec \"$0\" \"$@\" >&-"}};
  BOOST_TEST(node.ask({"job", "run", "--wait", "--", "true"}).code == 0);
  std::ifstream lock{folder / "data/node.lock"};
  const std::string content{std::istreambuf_iterator{lock}, {}};
  BOOST_TEST(content.empty(), content);
}

BOOST_AUTO_TEST_SUITE_END()
