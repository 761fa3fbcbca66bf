// A whole file as read-only memory.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <tl/expected.hpp>

#include "file/shrink_guard.h"

namespace dill::file {

// Why a file cannot be mapped, or not be read to its end.
struct Error {
  enum class Kind : std::uint8_t {
    CannotRead,  // the system refused: no such file, no permission, not a regular file ...
    Shrank,      // another program shortened it (or the disk failed) while it was being read
  };
  Kind kind;
  std::string message;  // a sentence for people, with the file's name
};

class MappedFile {
 public:
  // Error::CannotRead if `path` is not a regular file that this process may read. Never blocks on a pipe or device.
  static tl::expected<std::shared_ptr<const MappedFile>, Error> open(const std::filesystem::path& path);

  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  // Page-aligned; empty for an empty file. What another program writes into the same file shows here. Where one shortens
  // it, zeros stand instead of what is gone: reading goes on, and what was read must be thrown away if shrank().
  std::span<const unsigned char> bytes() const { return bytes_; }

  // Whether the file is shorter than it was, or a page of it could not be read. Ask at the end of every read, before
  // its result is used.
  bool shrank() const;
  // The error for a file that shrank.
  Error shrank_error() const;

 private:
  MappedFile(std::filesystem::path path, int descriptor, std::span<const unsigned char> bytes);

  std::filesystem::path path_;
  int descriptor_;  // open as long as the mapping is, to ask for the size
  std::span<const unsigned char> bytes_;
  ShrinkGuard guard_;
};

}  // namespace dill::file
