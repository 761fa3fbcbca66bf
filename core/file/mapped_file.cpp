#include "file/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

namespace dill::file {

namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

tl::unexpected<Error> cannot_read(const std::filesystem::path& path, const std::string& why) {
  return tl::unexpected(Error{Error::Kind::CannotRead, "cannot read " + path.string() + ": " + why});
}

std::string system_message() { return std::generic_category().message(errno); }

}  // namespace

tl::expected<std::shared_ptr<const MappedFile>, Error> MappedFile::open(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a pipe without a writer would wait for one.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return cannot_read(path, system_message());
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return cannot_read(path, system_message());
  if (S_ISDIR(status.st_mode)) return cannot_read(path, "it is a folder");
  if (!S_ISREG(status.st_mode)) return cannot_read(path, "it is not a regular file");

  std::span<const unsigned char> bytes;
  if (status.st_size > 0) {
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > std::numeric_limits<std::size_t>::max()) return cannot_read(path, "it is too large");
    void* const memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (memory == MAP_FAILED) return cannot_read(path, system_message());
    bytes = {static_cast<const unsigned char*>(memory), size};
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(path, file.release(), bytes));
}

MappedFile::MappedFile(std::filesystem::path path, int descriptor, std::span<const unsigned char> bytes)
    : path_(std::move(path)), descriptor_(descriptor), bytes_(bytes), guard_(bytes) {}

MappedFile::~MappedFile() {
  guard_.release();
  if (!bytes_.empty()) ::munmap(const_cast<unsigned char*>(bytes_.data()), bytes_.size());
  ::close(descriptor_);
}

bool MappedFile::shrank() const {
  if (guard_.faulted()) return true;
  // The rest of the last page that is left reads as zeros without any fault.
  struct stat status {};
  return ::fstat(descriptor_, &status) == 0 && static_cast<std::uint64_t>(status.st_size) < bytes_.size();
}

Error MappedFile::shrank_error() const {
  return {Error::Kind::Shrank, "cannot read " + path_.string() + ": it became shorter while it was being read"};
}

}  // namespace dill::file
