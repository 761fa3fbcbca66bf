#include "session/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

namespace dill::session {
namespace {

// More than a few are taken only if so many processes write the same file at this moment.
constexpr int kSlots = 256;
// Leftovers of killed processes are looked for in these on every write.
constexpr int kSlotsCleaned = 4;
constexpr std::size_t kBlock = 1 << 20;

bool same_file(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

// All of `from`, read from its begin, to `to` from its begin. Sets errno when it fails.
bool copy_content(int from, int to) {
  std::vector<unsigned char> block(kBlock);
  off_t at = 0;
  while (true) {
    const ssize_t size = ::pread(from, block.data(), block.size(), at);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return size == 0 && ::ftruncate(to, at) == 0;
    for (ssize_t done = 0; done < size;) {
      const ssize_t written = ::pwrite(to, block.data() + done, static_cast<std::size_t>(size - done), at + done);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      done += written;
    }
    at += size;
  }
}

// A file in no folder of importance. Sets errno when it fails.
Descriptor scratch_file() {
  const char* const folder = std::getenv("TMPDIR");
  Descriptor file(::open(folder != nullptr && *folder != '\0' ? folder : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file) file = Descriptor(::memfd_create("dill session", MFD_CLOEXEC));
  return file;
}

bool folder_refuses(int error) { return error == EACCES || error == EPERM || error == EROFS; }

}  // namespace

Result<AtomicFile> AtomicFile::create(const std::string& path, Temporary temporary) {
  AtomicFile file;
  file.path_ = path;
  const std::size_t slash = path.rfind('/');
  file.name_ = slash == std::string::npos ? path : path.substr(slash + 1);
  if (file.name_.empty() || file.name_ == "." || file.name_ == "..") return file.failed(path.empty() ? ENOENT : EISDIR);
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  // The folder is the same one at the end, wherever the process or the folder moves meanwhile.
  file.folder_ = Descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  file.syncs_folder_ = static_cast<bool>(file.folder_);
  if (!file.folder_) file.folder_ = Descriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!file.folder_) return file.failed(errno);
  bool exists;
  if (auto looked = file.look_at_target(exists); !looked) return tl::unexpected(looked.error());
  if (auto opened = file.open_temporary(temporary); !opened) {
    if (!exists || !folder_refuses(opened.error().number)) return tl::unexpected(opened.error());
    file.kind_ = Kind::Elsewhere;
    file.file_ = scratch_file();
    if (!file.file_) return file.failed(errno);
  }
  return file;
}

// Refuses what must not be replaced.
Result<void> AtomicFile::look_at_target(bool& exists) {
  struct stat status;
  exists = ::fstatat(folder_.get(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
  if (!exists) return errno == ENOENT ? Result<void>() : failed(errno);
  if (S_ISLNK(status.st_mode)) return failed(ELOOP);
  if (S_ISDIR(status.st_mode)) return failed(EISDIR);
  if (!S_ISREG(status.st_mode)) return failed(EINVAL);
  if (::faccessat(folder_.get(), name_.c_str(), W_OK, AT_EACCESS) != 0) return failed(errno);
  return {};
}

Result<void> AtomicFile::open_temporary(Temporary temporary) {
  for (int number = 0; number < kSlotsCleaned; ++number) remove_stale(slot(number));
  if (temporary == Temporary::Unnamed && ::access("/proc/self/fd", X_OK) == 0)
    file_ = Descriptor(::openat(folder_.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file_) {
    kind_ = Kind::Unnamed;
    // Who looks at it under the name that it has for a moment sees that it is in use.
    ::flock(file_.get(), LOCK_EX | LOCK_NB);
    return {};
  }
  kind_ = Kind::Named;
  return open_named() ? Result<void>() : failed(errno);
}

std::string AtomicFile::slot(int number) const {
  // A name may have 255 bytes. Files that share the begin of theirs share slots, and that does no harm.
  return "." + name_.substr(0, 200) + ".dill-" + std::to_string(number);
}

// True if nothing has that name any more. A file that nobody holds locked is a leftover.
bool AtomicFile::remove_stale(const std::string& name) const {
  const Descriptor file(::openat(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file) return errno == ENOENT;
  struct stat opened, named;
  if (::fstat(file.get(), &opened) != 0 || !S_ISREG(opened.st_mode)) return false;
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return false;
  if (::fstatat(folder_.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) != 0) return errno == ENOENT;
  return same_file(opened, named) && ::unlinkat(folder_.get(), name.c_str(), 0) == 0;
}

bool AtomicFile::open_named() {
  for (int number = 0; number < kSlots; ++number) {
    const std::string name = slot(number);
    file_ = Descriptor(::openat(folder_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file_) {
      if (errno != EEXIST) return false;
      if (remove_stale(name)) --number;
      continue;
    }
    ::flock(file_.get(), LOCK_EX | LOCK_NB);
    // Somebody may have taken it for a leftover before it was locked.
    struct stat opened, named;
    if (::fstat(file_.get(), &opened) == 0 &&
        ::fstatat(folder_.get(), name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 && same_file(opened, named)) {
      temporary_ = name;
      return true;
    }
  }
  file_ = Descriptor();
  errno = EEXIST;
  return false;
}

Result<void> AtomicFile::commit() {
  bool exists;
  Result<void> done = look_at_target(exists);
  bool in_place = kind_ == Kind::Elsewhere;
  if (done && !in_place) {
    struct stat old;
    if (exists && ::fstatat(folder_.get(), name_.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0) {
      // As root a file of somebody else stays theirs; for others, what they would let in is not ours to decide.
      if (old.st_uid != ::geteuid() && ::geteuid() == 0 && ::fchown(file_.get(), old.st_uid, old.st_gid) != 0)
        done = failed(errno);
      if (done && (old.st_uid == ::geteuid() || ::geteuid() == 0) && ::fchmod(file_.get(), old.st_mode & 07777) != 0)
        done = failed(errno);
    }
    if (done && ::fsync(file_.get()) != 0) done = failed(errno);
    if (done) done = give_name();
    in_place = !done && exists && (folder_refuses(done.error().number) || done.error().number == EBUSY);
    if (done) synchronise_folder();
  }
  if (in_place) done = write_in_place();
  discard();
  return done;
}

Result<void> AtomicFile::give_name() {
  if (kind_ == Kind::Unnamed) {
    const Linked linked = link_to(name_);
    if (linked == Linked::Done) return {};
    // Only a name can take the place of another.
    if (linked == Linked::Refused ? !copy_to_named() : !link_to_slot()) return failed(errno);
  }
  if (::renameat(folder_.get(), temporary_.c_str(), folder_.get(), name_.c_str()) != 0) return failed(errno);
  temporary_.clear();
  return {};
}

// Gives the file without a name this one; errno says why not.
AtomicFile::Linked AtomicFile::link_to(const std::string& name) const {
  const std::string self = "/proc/self/fd/" + std::to_string(file_.get());
  if (::linkat(AT_FDCWD, self.c_str(), folder_.get(), name.c_str(), AT_SYMLINK_FOLLOW) == 0) return Linked::Done;
  return errno == EEXIST ? Linked::Taken : Linked::Refused;
}

bool AtomicFile::link_to_slot() {
  for (int number = 0; number < kSlots; ++number) {
    const std::string name = slot(number);
    const Linked linked = link_to(name);
    if (linked == Linked::Done) temporary_ = name;
    if (linked != Linked::Taken) return linked == Linked::Done;
    if (remove_stale(name)) --number;
  }
  errno = EEXIST;
  return false;
}

// For a process whose descriptors in /proc belong to somebody else, as after a change of its user.
bool AtomicFile::copy_to_named() {
  const Descriptor unnamed = std::move(file_);
  struct stat status;
  return ::fstat(unnamed.get(), &status) == 0 && open_named() && copy_content(unnamed.get(), file_.get()) &&
         ::fchmod(file_.get(), status.st_mode & 07777) == 0 && ::fsync(file_.get()) == 0;
}

Result<void> AtomicFile::write_in_place() {
  const Descriptor target(::openat(folder_.get(), name_.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC));
  const Descriptor old = target ? scratch_file() : Descriptor();
  if (!target || !old || !copy_content(target.get(), old.get())) return failed(errno);
  if (copy_content(file_.get(), target.get()) && ::fsync(target.get()) == 0) return {};
  const int error = errno;
  copy_content(old.get(), target.get());
  return failed(error);
}

// The name itself must survive a power cut too; a folder that cannot be synchronised is no failure of the write.
void AtomicFile::synchronise_folder() const {
  if (syncs_folder_) ::fsync(folder_.get());
}

void AtomicFile::discard() {
  if (!temporary_.empty()) ::unlinkat(folder_.get(), temporary_.c_str(), 0);
  temporary_.clear();
  file_ = Descriptor();
}

}  // namespace dill::session
