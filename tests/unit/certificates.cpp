#include "cluster/certificates.hpp"
#include "scratch_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>

#include <sys/stat.h>

using namespace carillon;
using namespace carillon::app;

namespace {

struct folder_fixture {
  const test::scratch_folder scratch;
  const std::string folder = scratch / "cluster";
  const std::string authority = folder + "/authority";
  const timestamp now = system_clock().now().wall;

  folder_fixture() { std::filesystem::create_directory(folder); }
};

mode_t mode_of(const std::string& path) {
  struct stat seen {};
  return ::stat(path.c_str(), &seen) == 0 ? seen.st_mode & 07777U : 0;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(certificates, folder_fixture)

BOOST_AUTO_TEST_CASE(keys_are_their_owners_alone_and_nothing_is_overwritten) {
  const auto made = make_authority(authority, "mine", now).or_throw();
  BOOST_TEST(mode_of(authority) == 0700u);
  BOOST_TEST(mode_of(made.key) == 0600u);
  const auto node = issue_certificate(authority, "one", std::chrono::days{90}, now).or_throw();
  BOOST_TEST(node.certificate == authority + "/one.pem");
  BOOST_TEST(mode_of(node.key) == 0600u);
  BOOST_TEST((make_authority(authority, "mine", now).err().code() == ec::conflict));
  BOOST_TEST((issue_certificate(authority, "one", std::chrono::days{90}, now).err().code() == ec::conflict));
  std::filesystem::remove(node.key);
  BOOST_TEST((issue_certificate(authority, "one", std::chrono::days{90}, now).err().code() == ec::conflict));
  BOOST_TEST(!std::filesystem::exists(node.key));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused_by_name) {
  const auto day = std::chrono::days{1};
  BOOST_TEST((issue_certificate(authority, "one", day, now).err().code() == ec::not_found));
  (void)make_authority(authority, "mine", now).or_throw();
  for (const auto* name : {"", "a/b", "../x", ".one", "a b", "authority"})
    BOOST_TEST((issue_certificate(authority, name, day, now).err().code() == ec::invalid_argument), name);
  BOOST_TEST((issue_certificate(authority, std::string(65, 'a'), day, now).err().code() == ec::invalid_argument));
  for (const auto validity : {duration{0}, duration{-1}, max_certificate_validity + duration{1}})
    BOOST_TEST((issue_certificate(authority, "one", validity, now).err().code() == ec::invalid_argument));
  BOOST_TEST((make_authority(folder + "/none/deeper", "mine", now).err().code() == ec::not_found));
  BOOST_TEST((make_authority(folder + "/other", "a b", now).err().code() == ec::invalid_argument));
  BOOST_TEST(
      (issue_certificate(authority, "one", max_certificate_validity, now + day).err().code() == ec::invalid_argument));
  (void)make_authority(folder + "/long", std::string(64, 'a'), now).or_throw();
  BOOST_TEST_REQUIRE(::chmod((authority + "/authority.key").c_str(), 0640) == 0);
  BOOST_TEST((issue_certificate(authority, "one", day, now).err().code() == ec::permission_denied));
  BOOST_TEST_REQUIRE(::chmod((authority + "/authority.key").c_str(), 0600) == 0);
  std::ofstream{authority + "/authority.key"} << "nonsense";
  const auto unread = issue_certificate(authority, "one", day, now);
  BOOST_TEST(unread.err().text().find("authority.key: it holds no key") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
