// The opcodes of a pickle, numbered: every kStride-th one is remembered, what lies between is decoded when it is asked
// for. 9,000,000 opcodes take half a megabyte.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/containers/members.h"

namespace dill::gui {

struct OpcodeRow {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::string_view name;    // "BINUNICODE"; empty for the row that tells why reading ended early
  std::string argument;     // for people; a long one is shortened
  std::uint64_t depth = 0;  // of the stack behind the opcode, marks included as pickletools counts them
  bool underflow = false;   // it takes more than there is
  bool array = false;       // no opcode: the raw bytes of an array (joblib)
};

class OpcodeIndex {
 public:
  static constexpr std::uint32_t kStride = 256;
  // What follows is not listed. Views count rows in an int; a file may be nothing but open marks.
  static constexpr std::uint64_t kMaxOpcodes = 1'000'000'000;
  static constexpr std::size_t kMaxMarks = 8'000'000;

  // Reads the whole of `bytes` once. `arrays` are the raw parts of it that are no opcodes, in order; `storage` keeps both
  // alive. For a worker thread; stops early once `cancel` is set, and knows the opcodes up to there.
  OpcodeIndex(std::span<const unsigned char> bytes, std::span<const inspect::RawPart> arrays,
              std::shared_ptr<const void> storage, const std::atomic<bool>& cancel);

  // Number of rows: one an opcode or raw array, and one more for an error at the end.
  std::uint64_t size() const { return opcodes_ + (error_.empty() ? 0 : 1); }
  // The row whose bytes hold `offset`; the last one for offsets behind it. 0 for an empty index.
  std::uint64_t rowAt(std::uint64_t offset) const;
  // Rows first .. first + count - 1 as far as they exist.
  std::vector<OpcodeRow> rows(std::uint64_t first, std::uint64_t count) const;

 private:
  static constexpr std::uint32_t kNoMark = 0xFFFF'FFFF;
  struct Mark {
    std::uint64_t depth;   // of the stack below the mark
    std::uint32_t before;  // the mark below this one, or kNoMark
  };
  struct Stack {
    std::uint64_t depth = 0;
    std::uint32_t mark = kNoMark;
  };
  struct Checkpoint {
    std::uint64_t offset;
    Stack stack;
    Stack around;  // of the pickle around the array of objects that the opcode is in
  };
  class Walk;

  std::span<const unsigned char> bytes_;
  std::span<const inspect::RawPart> arrays_;
  std::shared_ptr<const void> storage_;
  std::vector<Checkpoint> checkpoints_;
  std::vector<Mark> marks_;  // that were open at some checkpoint
  std::uint64_t opcodes_ = 0;
  std::uint64_t end_ = 0;  // behind the last opcode
  std::string error_;
};

}  // namespace dill::gui
