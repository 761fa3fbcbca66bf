#include "trace/new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <string>
#include <system_error>

namespace dill::trace {

namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> cannot_write(const fs::path& path, int error) {
  return tl::unexpected(
      Error{Error::Kind::CannotWrite, "cannot write " + path.string() + ": " + std::generic_category().message(error)});
}

// The file under its temporary name; removed unless it got its final one.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& target) {
    std::random_device random;
    // A name that is taken only by chance or by an earlier crash: a few attempts are plenty.
    for (int attempt = 0; attempt < 100 && number_ < 0; ++attempt) {
      path_ = target.parent_path() / ("." + target.filename().string() + "." + std::to_string(random()) + ".part");
      number_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (number_ < 0 && errno != EEXIST) break;
    }
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (number_ >= 0) ::close(number_);
    if (!path_.empty() && opened_) ::unlink(path_.c_str());
  }

  bool write(std::span<const unsigned char> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(number_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return false;
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return true;
  }

  // Whether the file could be created; errno says why not.
  bool created() {
    opened_ = number_ >= 0;
    return opened_;
  }

  bool finish(const fs::path& target) {
    if (::fsync(number_) != 0) return false;
    const int number = std::exchange(number_, -1);
    if (::close(number) != 0) return false;
    if (::rename(path_.c_str(), target.c_str()) != 0) return false;
    opened_ = false;
    return true;
  }

 private:
  fs::path path_;
  int number_ = -1;
  bool opened_ = false;
};

}  // namespace

tl::expected<void, Error> write_new_file(const fs::path& path, std::span<const unsigned char> bytes) {
  std::error_code error;
  fs::path target = path;
  if (fs::is_symlink(path, error)) {
    target = fs::weakly_canonical(path, error);
    if (error) return cannot_write(path, error.value());
  }
  const fs::file_status status = fs::status(target, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    return tl::unexpected(
        Error{Error::Kind::CannotWrite, "cannot write " + path.string() + ": it is not a regular file"});
  }
  if (!target.has_filename()) return cannot_write(path, EINVAL);

  TemporaryFile file(target);
  if (!file.created()) return cannot_write(path, errno);
  if (!file.write(bytes) || !file.finish(target)) return cannot_write(path, errno);

  // The name itself must survive a power cut too; a folder that cannot be synchronised is no failure of the write.
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  if (const int number = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); number >= 0) {
    ::fsync(number);
    ::close(number);
  }
  return {};
}

}  // namespace dill::trace
