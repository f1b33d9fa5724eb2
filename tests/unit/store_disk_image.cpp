#include "rocksdb/disk_image.hpp"

#include <boost/test/unit_test.hpp>

using namespace carillon;
using keyed::disk_image;
using operation = disk_image::operation;

namespace {

/// Always the same number.
class fixed_entropy final : public entropy {
public:
  explicit fixed_entropy(std::uint64_t value) : value_(value) {}
  std::uint64_t next() override { return value_; }

private:
  std::uint64_t value_;
};

struct image_world {
  image_world() { disk.make_folder("/db"); }

  void write(const std::string& path, std::string_view bytes) {
    auto found = disk.find(path);
    auto file = found ? *found : disk.create(disk.process(), path).or_throw();
    disk.append(disk.process(), path, *file, bytes).or_throw();
  }
  void sync(const std::string& path) { disk.sync(disk.process(), path, **disk.find(path)).or_throw(); }
  void sync_folder() { disk.sync_folder(disk.process(), "/db").or_throw(); }
  [[nodiscard]] std::string read(const std::string& path) const {
    const auto found = disk.find(path);
    return found ? (*found)->bytes : "(none)";
  }

  disk_image disk;
};

const error broken{ec::store_io, "broken"};

} // namespace

BOOST_AUTO_TEST_SUITE(store_disk_image)

BOOST_AUTO_TEST_CASE(a_power_cut_leaves_what_was_synced) {
  image_world w;
  w.write("/db/a", "one");
  w.sync("/db/a");
  w.sync_folder();
  w.write("/db/a", "two");
  BOOST_TEST(w.disk.has_unsynced());
  BOOST_TEST(w.read("/db/a") == "onetwo");
  w.disk.lose_unsynced(nullptr);
  BOOST_TEST(w.read("/db/a") == "one");
  BOOST_TEST(!w.disk.has_unsynced());
}

BOOST_AUTO_TEST_CASE(a_tail_that_was_not_synced_is_torn_at_any_byte) {
  for (std::uint64_t kept = 0; kept <= 3; ++kept) {
    image_world w;
    w.write("/db/a", "one");
    w.disk.sync_all();
    w.write("/db/a", "two");
    fixed_entropy random{kept};
    w.disk.lose_unsynced(&random);
    BOOST_TEST(w.read("/db/a") == std::string{"onetwo"}.substr(0, 3 + kept));
  }
}

BOOST_AUTO_TEST_CASE(a_file_whose_name_was_not_synced_is_gone_though_its_bytes_were) {
  image_world w;
  w.write("/db/a", "one");
  w.sync("/db/a");
  w.disk.lose_unsynced(nullptr);
  BOOST_TEST(w.read("/db/a") == "(none)");
}

BOOST_AUTO_TEST_CASE(renames_and_removals_that_were_not_synced_are_undone_the_last_ones_first) {
  const auto after_cut = [](std::uint64_t kept) {
    image_world w;
    w.write("/db/a", "a");
    w.write("/db/b", "b");
    w.disk.sync_all();
    w.disk.rename(w.disk.process(), "/db/a", "/db/b").or_throw();
    w.disk.remove(w.disk.process(), "/db/b").or_throw();
    fixed_entropy random{kept};
    w.disk.lose_unsynced(&random);
    return w.read("/db/a") + w.read("/db/b");
  };
  BOOST_TEST(after_cut(0) == "ab");
  BOOST_TEST(after_cut(1) == "(none)a");
  BOOST_TEST(after_cut(2) == "(none)(none)");
}

BOOST_AUTO_TEST_CASE(what_a_failed_sync_should_have_put_on_disk_never_gets_there) {
  image_world w;
  w.write("/db/a", "one");
  w.disk.sync_all();
  w.write("/db/a", "two");
  w.disk.fail_once(operation::sync, "a", 1, broken);
  BOOST_TEST(!w.disk.sync(w.disk.process(), "/db/a", **w.disk.find("/db/a")));
  w.sync("/db/a"); // says that all is well
  BOOST_TEST(w.read("/db/a") == "onetwo");
  w.disk.lose_unsynced(nullptr);
  BOOST_TEST(w.read("/db/a") == "one");
}

BOOST_AUTO_TEST_CASE(the_last_write_before_the_power_is_cut_takes_place_and_none_after_it) {
  image_world w;
  w.disk.cut_power(2);
  w.write("/db/a", "one");
  BOOST_TEST(w.disk.is_cut());
  const auto file = *w.disk.find("/db/a");
  BOOST_TEST((w.disk.append(w.disk.process(), "/db/a", *file, "two").err().code() == ec::store_io));
  BOOST_TEST(!w.disk.create(w.disk.process(), "/db/b"));
  BOOST_TEST(w.read("/db/a") == "one");
  w.disk.lose_unsynced(nullptr);
  w.write("/db/b", "works again");
  BOOST_TEST(w.read("/db/b") == "works again");
}

BOOST_AUTO_TEST_CASE(a_process_that_is_gone_changes_nothing_and_holds_no_lock) {
  image_world w;
  const auto old = w.disk.process();
  const auto file = w.disk.create(old, "/db/a").or_throw();
  w.disk.lock(old, "/db/LOCK").or_throw();
  BOOST_TEST((w.disk.lock(old, "/db/LOCK").err().code() == ec::store_in_use));
  w.disk.kill();
  BOOST_TEST(!w.disk.append(old, "/db/a", *file, "late"));
  BOOST_TEST(!w.disk.remove(old, "/db/a"));
  BOOST_TEST(w.read("/db/a").empty());
  BOOST_TEST(w.disk.lock(w.disk.process(), "/db/LOCK").has_value());
  w.disk.unlock(old, "/db/LOCK"); // not its own any more
  BOOST_TEST(!w.disk.lock(w.disk.process(), "/db/LOCK"));
}

BOOST_AUTO_TEST_CASE(the_nth_write_fails_and_so_does_all_that_follows_until_it_is_repaired) {
  image_world w;
  w.disk.fail_write(3, broken);
  w.write("/db/a", "one");
  const auto file = *w.disk.find("/db/a");
  BOOST_TEST(!w.disk.append(w.disk.process(), "/db/a", *file, "two"));
  BOOST_TEST(!w.disk.sync_folder(w.disk.process(), "/db"));
  w.disk.repair();
  w.write("/db/a", "two");
  BOOST_TEST(w.read("/db/a") == "onetwo");
  BOOST_TEST(w.disk.writes() == 5u);
}

BOOST_AUTO_TEST_CASE(one_operation_of_a_kind_fails_by_the_name_of_its_file) {
  image_world w;
  w.disk.fail_once(operation::append, "MANIFEST", 2, broken);
  w.write("/db/a", "one");
  w.write("/db/MANIFEST-1", "one");
  const auto file = *w.disk.find("/db/MANIFEST-1");
  BOOST_TEST(!w.disk.append(w.disk.process(), "/db/MANIFEST-1", *file, "two"));
  w.write("/db/MANIFEST-1", "three");
  BOOST_TEST(w.read("/db/MANIFEST-1") == "onethree");
}

BOOST_AUTO_TEST_CASE(a_full_disk_takes_what_fits_and_has_space_again_when_something_is_removed) {
  image_world w;
  w.write("/db/a", "12345");
  w.disk.limit_space(2);
  const auto file = w.disk.create(w.disk.process(), "/db/b").or_throw();
  BOOST_TEST((w.disk.append(w.disk.process(), "/db/b", *file, "abc").err().code() == ec::disk_full));
  BOOST_TEST(w.read("/db/b") == "ab");
  w.disk.remove(w.disk.process(), "/db/a").or_throw();
  BOOST_TEST(w.disk.append(w.disk.process(), "/db/b", *file, "cdefg").has_value());
  BOOST_TEST(!w.disk.append(w.disk.process(), "/db/b", *file, "h"));
}

BOOST_AUTO_TEST_CASE(operations_are_told_a_line_each) {
  image_world w;
  w.disk.record_operations(true);
  w.disk.fail_once(operation::remove, "", 1, broken);
  w.write("/db/a", "one");
  w.sync("/db/a");
  BOOST_TEST(!w.disk.remove(w.disk.process(), "/db/a"));
  const std::vector<std::string> expected{"create a", "append a 3", "sync a", "remove a: fails"};
  BOOST_TEST(w.disk.operations() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
