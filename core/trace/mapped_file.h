// A whole file as read-only memory.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <tl/expected.hpp>

#include "trace/error.h"

namespace dill::trace {

class MappedFile {
 public:
  // Error::CannotRead if `path` is not a regular file that this process may read. Never blocks on a pipe or device.
  static tl::expected<std::shared_ptr<const MappedFile>, Error> open(const std::filesystem::path& path);

  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  ~MappedFile();

  // Page-aligned; empty for an empty file. What another program writes into the same file shows here; one that
  // shortens it makes reading behind the new end fatal. Traces are replaced by renaming, which does neither.
  std::span<const unsigned char> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::span<const unsigned char> bytes) : bytes_(bytes) {}
  std::span<const unsigned char> bytes_;
};

}  // namespace dill::trace
