// Where the parts of a zip lie and what its headers say, all of them: local headers, central directories and end
// records, also where they contradict each other. Nothing is expanded here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inspect/containers/formats.h"

namespace dill::inspect::containers {

struct ZipHeader {
  std::string name;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;
  std::uint32_t crc = 0;
  std::uint64_t compressed = 0;
  std::uint64_t size = 0;

  bool is_encrypted() const { return (flags & 1) != 0; }
  // Sizes and checksum stand behind the data.
  bool has_descriptor() const { return (flags & 8) != 0; }
};

// A local header, with what it says.
struct ZipLocal {
  ZipHeader header;
  std::uint64_t offset = 0;  // of the header
  std::uint64_t data = 0;    // behind it
};

// nullopt if no header lies there, or one that is cut off.
std::optional<ZipLocal> read_zip_local(Bytes bytes, std::uint64_t offset);

struct ZipEntry {
  ZipHeader header;             // from the central directory
  std::uint64_t offset = 0;     // where the local header should lie
  std::uint64_t directory = 0;  // which one it stands in
};

struct ZipDirectory {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  // Added to the offsets in it: readers differ in whether they do that for zips that begin behind something else.
  std::uint64_t shift = 0;
};

struct ZipEnd {
  std::uint64_t offset = 0;
  std::uint64_t end = 0;  // behind the comment
  Bytes comment;
  bool comment_cut = false;
};

struct ZipStructure {
  std::vector<ZipEnd> ends;  // in order of offset
  std::vector<ZipDirectory> directories;
  std::vector<ZipEntry> entries;  // of all directories
  struct Range {
    std::uint64_t begin, end;
  };
  std::vector<Range> records;      // zip64 records, which belong to no entry
  bool too_many = false;           // more entries or directories than are looked at
  bool counts_differ = false;      // an end record tells another number of entries
  bool missing_directory = false;  // an end record points at none
};

// `max_entries` in all directories together.
ZipStructure read_zip_structure(Bytes bytes, std::size_t max_entries);

// Offset of the last end record in the last 64 kB and a bit, where readers look for it.
std::optional<std::uint64_t> find_zip_end(Bytes bytes);

// Behind the data descriptor that follows data which ends at `end`; `end` if none does.
std::uint64_t behind_zip_descriptor(Bytes bytes, std::uint64_t end, bool expected);

// The next "PK" with these two bytes behind it in [begin, end).
std::optional<std::uint64_t> find_signature(Bytes bytes, std::uint64_t begin, std::uint64_t end, std::string_view kind);

}  // namespace dill::inspect::containers
