// Which files are crontabs, and what is said of those that can't be read.
#include "crontab/crontab_files.hpp"
#include "scratch_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

using namespace carillon::crontab;
using carillon::test::scratch_folder;
namespace fs = std::filesystem;

namespace {

crontab_file read_one(const std::string& path, bool check_owner = false) {
  const auto listed = read_source({path, crontab_kind::system}, check_owner);
  BOOST_TEST_REQUIRE(listed.files.size() == 1U);
  return listed.files.front();
}

} // namespace

BOOST_AUTO_TEST_SUITE(crontab_files)

BOOST_AUTO_TEST_CASE(a_file_name_in_a_folder_has_letters_digits_underscores_and_hyphens) {
  for (const auto* name : {"backup", "e2scrub_all", "popularity-contest", "2", "A"})
    BOOST_TEST(is_crontab_name(name), name);
  for (const auto* name : {"", ".placeholder", "backup~", "backup.dpkg-new", "#backup#", "my backup", "ü"})
    BOOST_TEST(!is_crontab_name(name), name);
}

BOOST_AUTO_TEST_CASE(a_folder_gives_its_crontabs_by_name) {
  const scratch_folder folder;
  folder.write("b", "bee\n");
  folder.write("a", "");
  folder.write(".placeholder", "");
  folder.write("a.dpkg-old", "");
  fs::create_directory(folder / "sub");
  const auto listed = read_source({folder.path() + "/", crontab_kind::system}, false);
  BOOST_TEST(listed.path == folder.path());
  BOOST_TEST_REQUIRE(listed.files.size() == 2U);
  BOOST_TEST(listed.files[0].path == folder / "a");
  BOOST_TEST(listed.files[0].text.value() == "");
  BOOST_TEST(listed.files[1].text.value() == "bee\n");
  BOOST_TEST(listed.unreadable == "");
}

BOOST_AUTO_TEST_CASE(a_file_may_have_any_name_when_it_is_named_itself) {
  const scratch_folder folder;
  BOOST_TEST(read_one(folder.write("my crontab.txt", "x")).text.value() == "x");
}

BOOST_AUTO_TEST_CASE(a_path_is_made_absolute_and_plain) {
  const scratch_folder folder;
  folder.write("a", "x");
  const auto relative = fs::relative(folder / "a").string();
  BOOST_TEST(read_source({relative, crontab_kind::user}, false).path == folder / "a");
  BOOST_TEST(read_source({folder.path() + "/./b/../a", crontab_kind::user}, false).path == folder / "a");
}

BOOST_AUTO_TEST_CASE(a_file_that_was_removed_differs_from_one_that_cannot_be_read) {
  const scratch_folder folder;
  const auto removed = read_one(folder / "gone");
  BOOST_TEST(!removed.text.has_value());
  BOOST_TEST(removed.unreadable == "");
  // Its folder isn't there either: a disk that isn't mounted, perhaps.
  BOOST_TEST(read_one(folder / "no/such").unreadable == "No such file or directory");
}

BOOST_AUTO_TEST_CASE(only_a_regular_file_of_a_bounded_size_is_read) {
  const scratch_folder folder;
  BOOST_TEST_REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  BOOST_TEST(read_one(folder / "pipe").unreadable == "it isn't a regular file");
  BOOST_TEST(read_one("/dev/null").unreadable == "it isn't a regular file");
  fs::resize_file(folder.write("big", ""), max_file_size + 1);
  BOOST_TEST(read_one(folder / "big").unreadable == "it has 16777217 bytes, more than 16777216");
}

BOOST_AUTO_TEST_CASE(debians_own_crontabs_are_not_read_as_a_users) {
  for (const auto* path : {"/etc/crontab", "/etc/cron.d", "/etc/cron.d/x"})
    BOOST_TEST(read_source({path, crontab_kind::user}, false).unreadable ==
               "its entries name a user: read it with --system");
}

BOOST_AUTO_TEST_CASE(a_system_crontab_that_others_can_write_to_is_refused) {
  const scratch_folder folder;
  const auto path = folder.write("a", "x");
  if (geteuid() == 0) {
    BOOST_TEST(read_one(path, true).text.value() == "x");
    BOOST_TEST_REQUIRE(chmod(path.c_str(), 0664) == 0);
    BOOST_TEST(read_one(path, true).unreadable == "others than its owner can write to it: chmod go-w");
    BOOST_TEST_REQUIRE(chmod(path.c_str(), 0644) == 0);
    BOOST_TEST_REQUIRE(symlink(path.c_str(), (folder / "link").c_str()) == 0);
    BOOST_TEST(read_one(folder / "link", true).text.value() == "x");
    BOOST_TEST_REQUIRE(lchown((folder / "link").c_str(), 1, 1) == 0);
    BOOST_TEST(read_one(folder / "link", true).unreadable == "it is a link whose owner isn't root: chown -h root");
    BOOST_TEST_REQUIRE(chown(path.c_str(), 1, 1) == 0);
  }
  BOOST_TEST(read_one(path, true).unreadable == "its owner isn't root: chown root");
  BOOST_TEST(read_one(path, false).text.value() == "x");
  BOOST_TEST(read_source({path, crontab_kind::user}, true).files.at(0).text.value() == "x");
}

BOOST_AUTO_TEST_SUITE_END()
