// A mutator for targets that read pickles: half of the time it moves whole opcodes, so that most of a stream stays valid
// and the fuzzer gets past the first one that it broke.
#include <algorithm>
#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "pickle/decoder.h"

extern "C" std::size_t LLVMFuzzerMutate(unsigned char* data, std::size_t size, std::size_t max_size);

namespace {

using namespace dill::pickle;
using Data = std::vector<unsigned char>;

struct Range {
  std::size_t begin, end;
};

class OpcodeMutation {
 public:
  OpcodeMutation(Bytes data, unsigned seed) : data_(data), random_(seed) {
    Decoder decoder(data, Frames::MayBeCut);
    while (const auto next = decoder.next()) ranges_.push_back({next->offset, next->offset + next->length});
  }

  Data make() {
    const std::size_t at = below(ranges_.size() + 1);
    const std::size_t place = at < ranges_.size() ? ranges_[at].begin : behind_last();
    switch (below(5)) {
      case 0:
        return replaced(place, place, fresh_opcode());
      case 1:
        return replaced(place, place, some_opcodes());
      case 2:
        return at < ranges_.size() ? replaced(place, ranges_[at].end, fresh_opcode()) : some_opcodes();
      case 3:
        return at < ranges_.size() ? replaced(place, ranges_[at].end, {}) : fresh_opcode();
      default: {  // the argument of one opcode under another one
        if (at == ranges_.size()) return replaced(place, place, fresh_opcode());
        Data changed(data_.begin(), data_.end());
        changed[place] = static_cast<unsigned char>(kOpcodes[below(kOpcodes.size())].opcode);
        return changed;
      }
    }
  }

 private:
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }
  std::size_t behind_last() const { return ranges_.empty() ? 0 : ranges_.back().end; }

  Data replaced(std::size_t begin, std::size_t end, const Data& by) const {
    Data changed(data_.begin(), data_.begin() + static_cast<std::ptrdiff_t>(begin));
    changed.insert(changed.end(), by.begin(), by.end());
    changed.insert(changed.end(), data_.begin() + static_cast<std::ptrdiff_t>(end), data_.end());
    return changed;
  }

  // Up to eight opcodes of the data itself.
  Data some_opcodes() {
    if (ranges_.empty()) return fresh_opcode();
    const std::size_t first = below(ranges_.size());
    const std::size_t last = std::min(ranges_.size() - 1, first + below(8));
    return {data_.begin() + static_cast<std::ptrdiff_t>(ranges_[first].begin),
            data_.begin() + static_cast<std::ptrdiff_t>(ranges_[last].end)};
  }

  Data number(std::size_t bytes) {
    static constexpr std::uint64_t kOdd[] = {0,
                                             1,
                                             2,
                                             3,
                                             127,
                                             128,
                                             255,
                                             256,
                                             65'535,
                                             0x7FFF'FFFF,
                                             0x8000'0000,
                                             0xFFFF'FFFF,
                                             0x7FFF'FFFF'FFFF'FFFF,
                                             0x8000'0000'0000'0000,
                                             ~0ULL};
    const std::uint64_t value = below(3) != 0 ? below(8) : kOdd[below(std::size(kOdd))];
    Data out;
    for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<unsigned char>(value >> (8 * i)));
    return out;
  }

  Data text(std::size_t length_bytes) {
    static constexpr std::string_view kTexts[] = {"",
                                                  "a",
                                                  "os",
                                                  "system",
                                                  "builtins",
                                                  "getattr",
                                                  "__reduce__",
                                                  "dill._dill",
                                                  "_create_function",
                                                  "collections",
                                                  "OrderedDict",
                                                  "a.b",
                                                  "\xF0\x9F\x98\x80"};
    const std::string_view chosen = kTexts[below(std::size(kTexts))];
    Data out;
    for (std::size_t i = 0; i < length_bytes; ++i)
      out.push_back(i == 0 ? static_cast<unsigned char>(chosen.size()) : 0);
    out.insert(out.end(), chosen.begin(), chosen.end());
    return out;
  }

  static Data bytes(std::string_view text) { return {text.begin(), text.end()}; }

  Data fresh_argument(ArgumentKind kind) {
    static constexpr std::string_view kGlobals[] = {"builtins\nlist\n",           "os\nsystem\n",
                                                    "collections\nOrderedDict\n", "dill._dill\n_create_code\n",
                                                    "numpy\nndarray\n",           "copyreg\n_reconstructor\n"};
    static constexpr std::string_view kDecimals[] = {
        "0\n", "1\n", "00\n", "01\n", "-1\n", "7L\n", "99999999999999999999\n"};
    switch (kind) {
      case ArgumentKind::None:
        return {};
      case ArgumentKind::Uint1:
        return number(1);
      case ArgumentKind::Uint2:
        return number(2);
      case ArgumentKind::Int4:
      case ArgumentKind::Uint4:
        return number(4);
      case ArgumentKind::Uint8:
      case ArgumentKind::Float8:
        return number(8);
      case ArgumentKind::DecimalNl:
        return bytes(kDecimals[below(std::size(kDecimals))]);
      case ArgumentKind::FloatNl:
        return bytes("1.5\n");
      case ArgumentKind::StringNl:
        return bytes("'a\\x41'\n");
      case ArgumentKind::StringNlPair:
        return bytes(kGlobals[below(std::size(kGlobals))]);
      case ArgumentKind::UnicodeNl:
        return bytes("a\\u0041\n");
      case ArgumentKind::String1:
      case ArgumentKind::Unicode1:
      case ArgumentKind::Bytes1:
      case ArgumentKind::Long1:
        return text(1);
      case ArgumentKind::String4:
      case ArgumentKind::Unicode4:
      case ArgumentKind::Bytes4:
      case ArgumentKind::Long4:
        return text(4);
      case ArgumentKind::Unicode8:
      case ArgumentKind::Bytes8:
      case ArgumentKind::ByteArray8:
        return text(8);
    }
    return {};
  }

  Data fresh_opcode() {
    const OpcodeInfo& info = kOpcodes[below(kOpcodes.size())];
    Data out{static_cast<unsigned char>(info.opcode)};
    const Data argument = fresh_argument(info.argument);
    out.insert(out.end(), argument.begin(), argument.end());
    return out;
  }

  Bytes data_;
  std::mt19937 random_;
  std::vector<Range> ranges_;
};

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(unsigned char* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  if (seed % 2 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const Data changed = OpcodeMutation({data, size}, seed).make();
  const std::size_t kept = std::min(changed.size(), max_size);
  std::copy_n(changed.begin(), kept, data);
  return kept;
}
