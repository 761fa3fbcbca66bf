// The bytes of a tar archive, entry by entry.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "inspect/containers/formats.h"

namespace dill::inspect::containers {

// A header of an entry with a checksum that is right.
bool is_tar_header(Bytes bytes);

struct TarEntry {
  enum class Kind : std::uint8_t { File, Folder, Link, Other };
  std::string name;
  Kind kind = Kind::File;
  Bytes bytes;
  std::uint64_t header = 0;  // offset of its header, or of the first one of several
  bool hidden = false;       // only found by looking for headers where no reader would come by
  bool cut = false;          // the archive ends before the content does
};

struct TarContent {
  std::vector<TarEntry> entries;
  std::uint64_t end = 0;  // behind the last block that belongs to the archive
  bool more = false;      // there are more entries than were asked for
  std::string damage;     // why reading ended early; "" if it did not
};

// At most `max_entries`. Time linear in the number of blocks.
TarContent read_tar(Bytes bytes, std::size_t max_entries);

}  // namespace dill::inspect::containers
