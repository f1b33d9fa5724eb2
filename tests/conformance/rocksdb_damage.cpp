// What happens to a RocksDB store whose files were damaged, whose folder is held by another process, or whose disk is full.
#include "store_world/store_world.hpp"

#include <fmt/format.h>
#include <rocksdb/db.h>

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

using namespace carillon;
using namespace carillon::testing;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

std::string read_file(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream content;
  content << in.rdbuf();
  return content.str();
}
void write_file(const fs::path& path, const std::string& content) {
  std::ofstream{path, std::ios::binary | std::ios::trunc} << content;
}

struct told {
  int status = 0;
  std::string text;
};
told probe(const fs::path& folder) {
  // RocksDB says on standard error what makes it stop: that is no news here.
  auto* out = ::popen((std::string{CARILLON_STORE_PROBE} + " " + folder.string() + " 2>&1").c_str(), "r");
  told result;
  char buffer[4'096];
  while (const auto size = std::fread(buffer, 1, sizeof buffer, out))
    result.text.append(buffer, size);
  result.status = ::pclose(out);
  return result;
}

// A database with records in sorted files and, if it is copied before it is closed, some more in the log.
void fill(store_world& w, int from, int count) {
  w.put_task("mail");
  for (int i = from; i < from + count; i += 50)
    w.batch([&](data_store& s) {
      for (int k = i; k < i + 50; ++k) {
        need(s.add_job(make_job("mail", static_cast<std::uint64_t>(k), epoch)));
        need(s.add_schedule(make_schedule("s" + std::to_string(k), "mail", 1h), conflict_policy::fail));
      }
    });
}

struct damaged_database {
  damaged_database() : world(backend::rocksdb) {
    fill(world, 0, 200);
    world.reopen(); // what was added so far is in sorted files now
    fill(world, 200, 100);
    fs::copy(world.folder->path() / "db", source(), fs::copy_options::recursive);
    fs::remove(source() / "LOCK");
  }
  [[nodiscard]] fs::path source() const { return world.folder->path() / "source"; }
  [[nodiscard]] fs::path copy() const { return world.folder->path() / "copy"; }
  [[nodiscard]] std::vector<std::string> files(const std::string& like) const {
    std::vector<std::string> names;
    for (const auto& x : fs::directory_iterator{source()})
      if (x.path().filename().string().find(like) != std::string::npos && x.file_size() > 0)
        names.push_back(x.path().filename());
    std::ranges::sort(names);
    return names;
  }
  // Opens a copy with `change` done to the file `name`. The file must be as it was if the store was refused.
  told open_with(const std::string& name, const std::function<void(std::string&)>& change) const {
    fs::remove_all(copy());
    fs::copy(source(), copy(), fs::copy_options::recursive);
    auto content = read_file(copy() / name);
    change(content);
    write_file(copy() / name, content);
    auto result = probe(copy());
    if (!result.text.starts_with("ok"))
      BOOST_TEST((read_file(copy() / name) == content), name << " was changed or deleted");
    return result;
  }

  store_world world;
};

void flip(std::string& content, std::size_t at) { content[at] = static_cast<char>(content[at] ^ 16); }

void check_clear(const told& result, const std::string& what) {
  BOOST_TEST(result.status == 0, what << " ended badly: " << result.text);
  const bool is_whole = result.text.starts_with("ok 300 0");
  const bool is_refused = result.text.starts_with("store_corrupt: ") || result.text.starts_with("store_version: ");
  BOOST_TEST((is_whole || is_refused), what << ": " << result.text);
}

} // namespace

BOOST_AUTO_TEST_SUITE(rocksdb_damage)

BOOST_AUTO_TEST_CASE(a_copy_of_an_open_database_is_whole) {
  const damaged_database database;
  BOOST_TEST(database.open_with("CURRENT", [](std::string&) {}).text == "ok 300 0\n");
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_in_any_file_is_found_or_harmless) {
  const damaged_database database;
  for (const auto* like : {".sst", "MANIFEST", ".log", "CURRENT"})
    for (const auto& name : database.files(like)) {
      const auto size = fs::file_size(database.source() / name);
      for (const auto part : {0.0, 0.3, 0.6, 0.95}) {
        const auto at = static_cast<std::size_t>(part * static_cast<double>(size));
        check_clear(database.open_with(name, [&](std::string& x) { flip(x, at); }),
                    fmt::format("{}, byte {}", name, at));
      }
    }
}

BOOST_AUTO_TEST_CASE(damage_in_the_middle_of_the_log_is_no_torn_tail) {
  const damaged_database database;
  const auto name = database.files(".log").back();
  const auto size = fs::file_size(database.source() / name);
  const auto result = database.open_with(name, [&](std::string& x) { flip(x, size / 3); });
  BOOST_TEST(result.text.starts_with("store_corrupt: "), result.text);
  BOOST_TEST(result.text.find("Nothing was deleted") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_torn_tail_of_the_log_loses_the_last_batch_at_most) {
  const damaged_database database;
  const auto name = database.files(".log").back();
  const auto result = database.open_with(name, [](std::string& x) { x.resize(x.size() - 7); });
  BOOST_TEST(result.text == "ok 250 0\n");
}

BOOST_AUTO_TEST_CASE(a_truncated_or_missing_file_is_found) {
  const damaged_database database;
  for (const auto* like : {".sst", "MANIFEST"})
    for (const auto& name : database.files(like)) {
      check_clear(database.open_with(name, [](std::string& x) { x.resize(x.size() / 2); }), name + ", half of it");
      check_clear(database.open_with(name, [](std::string& x) { x.clear(); }), name + ", emptied");
    }
  const auto name = database.files(".sst").front();
  database.open_with("CURRENT", [&](std::string&) {});
  fs::remove(database.copy() / name);
  const auto result = probe(database.copy());
  BOOST_TEST(result.text.starts_with("store_corrupt: "), result.text);
  BOOST_TEST(result.text.find(name) != std::string::npos, result.text);
}

// RocksDB would make a new database there, and delete the files of the old one at the next opening.
BOOST_AUTO_TEST_CASE(a_store_without_its_current_file_is_refused_as_often_as_it_is_opened_and_kept_as_it_is) {
  const damaged_database database;
  const auto all = [&] {
    std::map<std::string, std::string> found;
    for (const auto& x : fs::directory_iterator{database.copy()})
      if (const auto name = x.path().filename().string(); !name.starts_with("LO")) // LOG and LOCK
        found[name] = read_file(x.path());
    return found;
  };
  for (const auto* kept : {"", ".sst", ".log", "MANIFEST"}) { // all, or what a copy that was broken off may have
    database.open_with("CURRENT", [](std::string&) {});
    for (const auto& x : std::vector<fs::directory_entry>{fs::directory_iterator{database.copy()}, {}})
      if (const auto name = x.path().filename().string(); name == "CURRENT" || name.find(kept) == std::string::npos)
        fs::remove_all(x.path());
    if (std::string_view{kept} == ".log")
      write_file(database.copy() / "000123.sst", "somebody else's");
    const auto before = all();
    BOOST_TEST_REQUIRE(!before.empty());
    for (int opened = 0; opened < 3; ++opened) {
      const auto result = probe(database.copy());
      BOOST_TEST(result.text.starts_with("store_corrupt: "), kept << ": " << result.text);
      BOOST_TEST((all() == before), kept);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_database_that_is_no_store_is_refused_and_kept_as_it_is) {
  const damaged_database database;
  database.open_with("CURRENT", [](std::string&) {});
  const auto sorted = database.files(".sst").front();
  const auto content = read_file(database.source() / sorted);
  fs::remove_all(database.copy());
  fs::create_directory(database.copy());
  {
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* opened = nullptr;
    BOOST_REQUIRE(rocksdb::DB::Open(options, database.copy(), &opened).ok());
    const std::unique_ptr<rocksdb::DB> other{opened};
    BOOST_REQUIRE(other->Put({}, "theirs", "1").ok());
  }
  write_file(database.copy() / "900000.sst", content); // as what is left beside a list of files that was begun anew
  for (int opened = 0; opened < 2; ++opened) {
    const auto result = probe(database.copy());
    BOOST_TEST(result.text.starts_with("store_corrupt: "), result.text);
    BOOST_TEST((read_file(database.copy() / "900000.sst") == content));
  }
}

BOOST_AUTO_TEST_CASE(a_second_process_is_told_who_holds_the_store) {
  temporary_folder folder;
  const auto db = folder.path() / "db";
  int to_child[2], from_child[2];
  BOOST_REQUIRE_EQUAL(::pipe(to_child), 0);
  BOOST_REQUIRE_EQUAL(::pipe(from_child), 0);
  const auto child = ::fork();
  if (child == 0) {
    ::dup2(to_child[0], STDIN_FILENO);
    ::dup2(from_child[1], STDOUT_FILENO);
    ::close(to_child[1]);
    ::execl(CARILLON_STORE_PROBE, "store_probe", db.c_str(), "hold", nullptr);
    ::_exit(127);
  }
  char line[3];
  BOOST_REQUIRE_EQUAL(::read(from_child[0], line, sizeof line), 3);
  const auto refused = open_rocksdb_store(db, {});
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.err().code() == ec::store_in_use));
  BOOST_TEST(refused.err().text().find(fmt::format("process {} (store_probe)", child)) != std::string::npos,
             refused.err().text());
  ::close(to_child[0]);
  ::close(to_child[1]);
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST(open_rocksdb_store(db, {}).has_value()); // free again
  for (const int descriptor : from_child)
    ::close(descriptor);
}

BOOST_AUTO_TEST_CASE(the_same_process_opens_a_store_once) {
  store_world w{backend::rocksdb};
  BOOST_TEST((code_of(open_rocksdb_store(w.folder->path() / "db", {})) == ec::store_in_use));
}

BOOST_AUTO_TEST_CASE(the_folder_is_for_its_owner_only) {
  store_world w{backend::rocksdb};
  using fs::perms;
  BOOST_TEST((fs::status(w.folder->path() / "db").permissions() == (perms::owner_all)));
  const auto file = w.folder->path() / "file";
  write_file(file, "x");
  BOOST_TEST((code_of(open_rocksdb_store(file, {})) == ec::store_io));
  BOOST_TEST((code_of(open_rocksdb_store("", {})) == ec::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_and_the_store_goes_on_when_there_is_space_again) {
  temporary_folder folder;
  if (::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=24m") != 0) {
    BOOST_TEST_MESSAGE("left out: it takes root to make a small disk");
    return;
  }
  {
    store_config config;
    auto store = need(open_rocksdb_store(folder.path() / "db", config));
    clock_reading now{epoch, 1h};
    const auto add = [&](std::uint64_t number) {
      need(store->begin(now));
      task mail;
      mail.id = "mail";
      need(store->put_task(mail));
      auto what = make_job("mail", number, epoch);
      what.arguments = std::string(200'000, static_cast<char>('a' + number % 26));
      need(store->add_job(what));
      return code_of(store->commit());
    };
    const auto ballast = folder.path() / "ballast";
    BOOST_TEST((add(0) == ec::none));
    write_file(ballast, std::string(16 << 20, 'x'));
    std::uint64_t number = 1;
    ec failure = ec::none;
    for (; number < 200 && failure == ec::none; ++number)
      failure = add(number);
    BOOST_TEST((failure == ec::disk_full), to_string(failure));
    fs::remove(ballast);
    BOOST_TEST((add(number) == ec::none)); // begin() has reopened it
    BOOST_TEST(store->find_job(make_job("mail", 0, epoch).id).has_value());
    BOOST_TEST((code_of(store->find_job(make_job("mail", number - 1, epoch).id)) == ec::not_found));
  }
  ::umount(folder.path().c_str());
}

BOOST_AUTO_TEST_SUITE_END()
