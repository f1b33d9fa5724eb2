#include "io/listening_socket.hpp"
#include "scratch_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace carillon;
using namespace carillon::app;
namespace fs = std::filesystem;

namespace {

struct socket_folder : test::scratch_folder {
  [[nodiscard]] std::string file(const std::string& name) const { return *this / name; }
};

ec refusal(const std::string& path) {
  const auto opened = carillon::app::listening_socket::open(path);
  return opened ? ec::none : opened.err().code();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(listening_socket, socket_folder)

BOOST_AUTO_TEST_CASE(only_its_owner_reaches_it_and_it_is_removed_at_the_end) {
  const auto path = file("control.sock");
  {
    const auto opened = carillon::app::listening_socket::open(path).or_throw();
    struct stat found {};
    BOOST_TEST_REQUIRE(::stat(path.c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 0777U) == 0600U);
    BOOST_TEST((refusal(path) == ec::store_in_use));
  }
  BOOST_TEST(!fs::exists(path));
}

BOOST_AUTO_TEST_CASE(what_a_dead_process_left_is_replaced) {
  const auto path = file("control.sock");
  {
    auto dead = carillon::app::listening_socket::open(path).or_throw();
    fs::rename(path, file("kept")); // so that its end doesn't remove it
  }
  fs::rename(file("kept"), path);
  BOOST_TEST((refusal(path) == ec::none));
}

BOOST_AUTO_TEST_CASE(what_is_no_socket_is_not_overwritten) {
  const auto path = file("precious");
  std::ofstream{path} << "text";
  BOOST_TEST((refusal(path) == ec::store_in_use));
  BOOST_TEST(fs::file_size(path) == 4U);
}

BOOST_AUTO_TEST_CASE(too_long_a_path_is_refused_with_the_limit) {
  const auto refused = carillon::app::listening_socket::open(file(std::string(200, 'x')));
  BOOST_TEST_REQUIRE(!refused);
  BOOST_TEST((refused.err().code() == ec::limit_exceeded));
  BOOST_TEST(refused.err().text().find("at most 107 bytes") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_missing_folder_is_named) {
  BOOST_TEST((refusal(file("nowhere/control.sock")) == ec::not_found));
}

BOOST_AUTO_TEST_SUITE_END()
