#include "rocksdb/disk_file_system.hpp"

#include "rocksdb/disk_content.hpp"

#include <algorithm>
#include <utility>

namespace carillon::keyed {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

// No failure says that it is worth a retry: RocksDB would try again in a thread of its own.
IOStatus to_status(const error& what) {
  switch (what.code()) {
    case ec::disk_full: return IOStatus::NoSpace(what.text());
    case ec::not_found: return IOStatus::NotFound(what.text());
    case ec::store_corrupt: return IOStatus::Corruption(what.text());
    case ec::permission_denied: return IOStatus::IOError("Permission denied: " + what.text());
    default: return IOStatus::IOError(what.text());
  }
}
IOStatus to_status(const result<void>& what) { return what ? IOStatus::OK() : to_status(what.err()); }

std::string without_last_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/')
    path.pop_back();
  return path;
}

/// Who works on which files.
struct session {
  std::shared_ptr<file_disk> disk;
  std::uint64_t process;

  /// What `work` gives, which has the files to itself.
  template <class Work>
  auto with_files(Work&& work) const {
    auto& content = disk->inside();
    const std::lock_guard lock{content.mutex};
    return work(content.files);
  }
};

class open_file {
public:
  open_file(const session& by, disk_image::file_ptr what) : by_(by), what_(std::move(what)) {}

  IOStatus read(std::uint64_t offset, std::size_t n, Slice& found, char* scratch) const {
    return by_.with_files([&](disk_image&) {
      const auto& bytes = what_->bytes;
      const auto from = std::min<std::uint64_t>(offset, bytes.size());
      const auto size = std::min<std::uint64_t>(n, bytes.size() - from);
      std::copy_n(bytes.data() + from, size, scratch);
      found = Slice{scratch, size};
      return IOStatus::OK();
    });
  }

private:
  session by_;
  disk_image::file_ptr what_;
};

class sequential_file final : public rocksdb::FSSequentialFile {
public:
  explicit sequential_file(open_file what) : what_(std::move(what)) {}

  IOStatus Read(std::size_t n, const IOOptions&, Slice* found, char* scratch, IODebugContext*) override {
    auto done = what_.read(position_, n, *found, scratch);
    position_ += found->size();
    return done;
  }
  IOStatus Skip(std::uint64_t n) override {
    position_ += n;
    return IOStatus::OK();
  }

private:
  open_file what_;
  std::uint64_t position_ = 0;
};

class random_access_file final : public rocksdb::FSRandomAccessFile {
public:
  explicit random_access_file(open_file what) : what_(std::move(what)) {}

  IOStatus Read(std::uint64_t offset, std::size_t n, const IOOptions&, Slice* found, char* scratch,
                IODebugContext*) const override {
    return what_.read(offset, n, *found, scratch);
  }

private:
  open_file what_;
};

class writable_file final : public rocksdb::FSWritableFile {
public:
  writable_file(const session& by, std::string path, disk_image::file_ptr what)
    : by_(by), path_(std::move(path)), what_(std::move(what)) {}

  using FSWritableFile::Append;
  IOStatus Append(const Slice& bytes, const IOOptions&, IODebugContext*) override {
    return by_.with_files([&](disk_image& files) {
      return to_status(files.append(by_.process, path_, *what_, {bytes.data(), bytes.size()}));
    });
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions&, IODebugContext*) override {
    return by_.with_files(
        [&](disk_image& files) { return to_status(files.truncate(by_.process, path_, *what_, size)); });
  }
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    return by_.with_files([&](disk_image& files) { return to_status(files.sync(by_.process, path_, *what_)); });
  }
  // Whatever was appended has been given to the operating system.
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  // `bytes_per_sync` is about when the kernel begins to write; it promises nothing.
  IOStatus RangeSync(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  bool IsSyncThreadSafe() const override { return true; }
  std::uint64_t GetFileSize(const IOOptions&, IODebugContext*) override {
    return by_.with_files([&](disk_image&) { return static_cast<std::uint64_t>(what_->bytes.size()); });
  }

private:
  session by_;
  std::string path_;
  disk_image::file_ptr what_;
};

class folder final : public rocksdb::FSDirectory {
public:
  folder(const session& by, std::string path) : by_(by), path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    return by_.with_files([&](disk_image& files) { return to_status(files.sync_folder(by_.process, path_)); });
  }
  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

private:
  session by_;
  std::string path_;
};

struct held_lock final : rocksdb::FileLock {
  explicit held_lock(std::string of) : path(std::move(of)) {}
  std::string path;
};

// Of `FileSystem` itself, not of its wrapper: what is forgotten here must not reach the machine's disk.
class disk_file_system final : public rocksdb::FileSystem {
public:
  explicit disk_file_system(std::shared_ptr<file_disk> disk) : by_{std::move(disk), 0} {
    by_.process = by_.with_files([](disk_image& files) { return files.process(); });
  }

  const char* Name() const override { return "carillon.file_disk"; }

  // ---- opening

  IOStatus NewSequentialFile(const std::string& path, const FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* opened, IODebugContext*) override {
    return open<sequential_file>(path, *opened);
  }
  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* opened, IODebugContext*) override {
    return open<random_access_file>(path, *opened);
  }
  IOStatus NewWritableFile(const std::string& path, const FileOptions&, std::unique_ptr<rocksdb::FSWritableFile>* made,
                           IODebugContext*) override {
    return by_.with_files([&](disk_image& files) {
      auto file = files.create(by_.process, path);
      if (!file)
        return to_status(file.err());
      *made = std::make_unique<writable_file>(by_, path, *std::move(file));
      return IOStatus::OK();
    });
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions&, std::unique_ptr<rocksdb::FSDirectory>* opened,
                        IODebugContext*) override {
    *opened = std::make_unique<folder>(by_, without_last_slash(path));
    return IOStatus::OK();
  }

  // ---- names

  IOStatus FileExists(const std::string& path, const IOOptions&, IODebugContext*) override {
    return by_.with_files([&](disk_image& files) {
      return files.has_folder(without_last_slash(path)) || files.find(path) ? IOStatus::OK() : IOStatus::NotFound(path);
    });
  }
  IOStatus GetChildren(const std::string& path, const IOOptions&, std::vector<std::string>* found,
                       IODebugContext*) override {
    return by_.with_files([&](disk_image& files) {
      auto names = files.list(without_last_slash(path));
      if (!names)
        return to_status(names.err());
      *found = *std::move(names);
      return IOStatus::OK();
    });
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) override {
    return by_.with_files([&](disk_image& files) { return to_status(files.remove(by_.process, path)); });
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions&, IODebugContext*) override {
    return by_.with_files([&](disk_image& files) { return to_status(files.rename(by_.process, from, to)); });
  }
  IOStatus CreateDir(const std::string& path, const IOOptions& options, IODebugContext* debug) override {
    return CreateDirIfMissing(path, options, debug);
  }
  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions&, IODebugContext*) override {
    by_.with_files([&](disk_image& files) { files.make_folder(without_last_slash(path)); });
    return IOStatus::OK();
  }
  IOStatus DeleteDir(const std::string& path, const IOOptions&, IODebugContext*) override {
    by_.with_files([&](disk_image& files) { files.remove_folder(without_last_slash(path)); });
    return IOStatus::OK();
  }

  // ---- what is known of files

  IOStatus GetFileSize(const std::string& path, const IOOptions&, std::uint64_t* size, IODebugContext*) override {
    return by_.with_files([&](disk_image& files) {
      const auto found = files.find(path);
      if (!found)
        return to_status(found.err());
      *size = (*found)->bytes.size();
      return IOStatus::OK();
    });
  }
  // There is no time here: RocksDB only asks for it to throw away archived logs, which it doesn't keep.
  IOStatus GetFileModificationTime(const std::string&, const IOOptions&, std::uint64_t* when,
                                   IODebugContext*) override {
    *when = 0;
    return IOStatus::OK();
  }
  IOStatus IsDirectory(const std::string& path, const IOOptions&, bool* is_folder, IODebugContext*) override {
    *is_folder = by_.with_files([&](disk_image& files) { return files.has_folder(without_last_slash(path)); });
    return IOStatus::OK();
  }
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* absolute, IODebugContext*) override {
    *absolute = path;
    return IOStatus::OK();
  }
  IOStatus GetTestDirectory(const IOOptions&, std::string* path, IODebugContext*) override {
    *path = "/test";
    return IOStatus::OK();
  }

  // ---- who has it

  IOStatus LockFile(const std::string& path, const IOOptions&, rocksdb::FileLock** lock, IODebugContext*) override {
    return by_.with_files([&](disk_image& files) {
      if (const auto locked = files.lock(by_.process, path); !locked)
        return to_status(locked.err());
      *lock = new held_lock{path}; // NOLINT(cppcoreguidelines-owning-memory): UnlockFile gets it back
      return IOStatus::OK();
    });
  }
  IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) override {
    const std::unique_ptr<held_lock> owned{static_cast<held_lock*>(lock)};
    by_.with_files([&](disk_image& files) { files.unlock(by_.process, owned->path); });
    return IOStatus::OK();
  }

private:
  template <class File, class Opened>
  IOStatus open(const std::string& path, std::unique_ptr<Opened>& opened) const {
    return by_.with_files([&](disk_image& files) {
      auto found = files.find(path);
      if (!found)
        return to_status(found.err());
      opened = std::make_unique<File>(open_file{by_, *std::move(found)});
      return IOStatus::OK();
    });
  }

  session by_;
};

} // namespace

std::shared_ptr<rocksdb::FileSystem> make_disk_file_system(std::shared_ptr<file_disk> disk) {
  return std::make_shared<disk_file_system>(std::move(disk));
}

} // namespace carillon::keyed
