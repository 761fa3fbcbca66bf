// What is in a file: the bytes are taken apart into members, by content and never by name, archives within archives
// included. Nothing is imported, called, written or started.
//
// A container is visited before its members. What has no structure that is known here is a member all the same
// (Format::Data). Members that lie stored in the file are parts of it without copying; expanded ones live as long as
// someone keeps their storage.
//
// Where loaders do not read a file alike (headers that contradict each other, a pickle with a zip behind it), every
// view is a member: one file may be a Pickle and a Zip at once. What lies in a file is a finding, and the content is
// read all the same.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/finding.h"

namespace dill::inspect {

enum class Format : std::uint8_t {
  // Streams of opcodes.
  Pickle,  // one or more, one behind the other
  Joblib,  // a pickle with raw arrays between its opcodes: see Member::stream
  // Containers, whose members follow.
  Zip,
  TorchZip,  // a zip as torch.save writes it
  Npz,       // a zip of .npy files
  Tar,
  TorchTar,     // a tar as very old torch wrote it
  TorchLegacy,  // several pickles, then raw storages
  Npy,          // a numpy array; one of objects has a pickle as its member
  Gzip,
  Bzip2,
  Xz,
  Lzma,
  Zstd,
  Lz4,
  Zlib,
  JoblibZ,  // zlib as old joblib wrote it
  // Recognised, not read: no pickle that a loader of the format would read is in them.
  SevenZip,
  Rar,
  Hdf5,
  Safetensors,
  Onnx,
  Gguf,
  Parquet,
  Arrow,
  Sqlite,
  Dtrace,
  Elf,
  Pdf,
  Png,
  Text,
  Data,  // anything else
};

// Short name for people and reports: "pickle", "torch zip", "gzip" ...
std::string_view to_string(Format format);
// Whether members of it follow.
bool is_container(Format format);

enum class View : std::uint8_t {
  Plain,  // what loaders of the format read
  // What a loader of another kind would read from bytes that are shown as something else too, or what only one of two
  // headers that contradict each other says. Effects count; that it breaks off is no fault of the file.
  Other,
  // A pickle only by trying: it has neither a PROTO opcode nor a STOP, but would look something up before it breaks
  // off, or is opcodes for the most part.
  Guess,
};

inline constexpr std::size_t kNoMember = static_cast<std::size_t>(-1);

// Where a part of Member::stream lies in Member::bytes.
struct Piece {
  std::uint64_t stream;  // offset in the stream where the part begins
  std::uint64_t bytes;   // offset of its first byte in the bytes
};

// Bytes between the opcodes of a joblib dump.
struct RawPart {
  std::uint64_t begin = 0;  // in Member::bytes, padding included
  std::uint64_t end = 0;    // behind it, as far as it is there
  bool objects = false;     // an array of objects: a pickle of its own
};

struct Member {
  // The names of the entries on the way to it, joined by "!": "model/data.pkl", "inner.zip!a.pkl". What a filter or an
  // array expands to has its container's path, so the path of a gzipped pickle is "". Bytes that no entry names are
  // called "<before the archive>", "<archive comment>", "<gap at 123>" ... Names stand as in the file: reports must
  // neutralise them.
  std::string path;
  Format format = Format::Data;
  View view = View::Plain;
  std::span<const unsigned char> bytes;
  // The opcodes to read. The same as `bytes` but for Format::Joblib: there the raw arrays (and frames, which joblib
  // does not follow across arrays) are left out, and `pieces` says where the rest lies in `bytes`.
  std::span<const unsigned char> stream;
  std::vector<Piece> pieces;
  std::vector<RawPart> arrays;          // of Format::Joblib, in order
  std::shared_ptr<const void> storage;  // keeps bytes and stream alive; null if they lie in the bytes given
  std::shared_ptr<const void> stream_storage;
  std::optional<std::uint64_t> offset;  // in the bytes given; nullopt if it was expanded
  std::size_t index = 0;                // number of the visit, counted from 0
  std::size_t parent = kNoMember;       // index of the container
  Format within = Format::Data;         // format of the container; Data if there is none
  std::uint32_t depth = 0;              // containers around it
  bool complete = true;                 // false: it goes on, but a budget or damage ended its expansion
};

// Where offset `at` of a stream, or of the member's, lies in the bytes that it was taken from.
std::uint64_t offset_in_bytes(std::span<const Piece> pieces, std::uint64_t at);
inline std::uint64_t offset_in_bytes(const Member& member, std::uint64_t at) {
  return offset_in_bytes(std::span(member.pieces), at);
}

// Limits of one read. What they leave out is a finding with an id that begins with "stopped-".
struct Budgets {
  std::uint32_t depth = 8;                              // containers within containers
  std::uint64_t expanded = std::uint64_t{1} << 30;      // bytes that decompression makes, in all
  std::uint64_t ratio = 1000;                           // of expanded bytes to those they come from ...
  std::uint64_t ratio_above = std::uint64_t{16} << 20;  // ... once there are more expanded ones than this
  std::uint32_t members = 200'000;
  std::uint32_t findings = 10'000;  // that are told
};

class MemberVisitor {
 public:
  virtual ~MemberVisitor() = default;
  // The member is only lent: who wants its bytes later keeps `storage`.
  virtual void member(const Member& member) = 0;
  // `finding.member` is the path, `finding.offset` lies in the bytes of that member.
  virtual void finding(const Finding& finding) = 0;
  // Called now and then; `done` of `total` bytes given were looked at (a nested archive counts as one step). false ends
  // the read.
  virtual bool proceed(std::uint64_t done, std::uint64_t total);
};

struct MembersResult {
  std::size_t members = 0;
  std::uint64_t expanded = 0;  // bytes
  bool stopped = false;        // a budget left something out; there is a finding for each such place
  bool cancelled = false;      // the visitor did not let it proceed
};

// Time is linear in the length of the data plus the bytes expanded. `bytes` must stay as long as members of it are used.
MembersResult read_members(std::span<const unsigned char> bytes, const Budgets& budgets, MemberVisitor& visitor);

}  // namespace dill::inspect
