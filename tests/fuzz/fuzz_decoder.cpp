// The decoder: instructions cover the data without a gap, arguments lie inside of them, an error stays where it is.
#include <algorithm>
#include <string>

#include "pickle/decoder.h"
#include "pickle/escapes.h"
#include "require.h"

using namespace dill;
using fuzz::require;

namespace {

bool inside(pickle::Bytes part, const pickle::Instruction& instruction, pickle::Bytes data) {
  if (part.empty()) return true;
  const unsigned char* const begin = data.data() + instruction.offset;
  return part.data() > begin && part.data() + part.size() <= begin + instruction.length;
}

void check_text(const pickle::Instruction& instruction) {
  const pickle::ArgumentKind kind = pickle::opcode_info(instruction.opcode).argument;
  if (kind == pickle::ArgumentKind::UnicodeNl) {
    const auto text = pickle::unescape_unicode(instruction.payload);
    if (text) {
      const pickle::Bytes bytes(reinterpret_cast<const unsigned char*>(text->data()), text->size());
      require(pickle::is_utf8(bytes, pickle::Surrogates::Pass), "escapes of UNICODE give UTF-8");
    } else {
      require(text.error().offset < instruction.payload.size(), "an escape error lies in the text");
    }
  } else if (kind == pickle::ArgumentKind::StringNl) {
    const auto text = pickle::unescape_string(instruction.payload);
    require(!text || text->size() <= instruction.payload.size(), "escapes of STRING never grow");
  }
}

void read(pickle::Bytes data, pickle::Frames frames) {
  pickle::Decoder decoder(data, frames);
  std::uint64_t expected = 0;
  for (;;) {
    const auto next = decoder.next();
    if (!next) {
      const pickle::DecodeError& error = next.error();
      require(!error.message().empty() && error.offset == expected, "an error says what and where");
      require(decoder.position() == expected, "the position stays at the opcode at fault");
      const auto again = decoder.next();
      require(!again && again.error().kind == error.kind && again.error().offset == error.offset, "the error stays");
      return;
    }
    require(next->offset == expected && next->length > 0, "instructions follow each other");
    require(next->length <= data.size() - next->offset, "an instruction ends within the data");
    require(inside(next->payload, *next, data) && inside(next->second, *next, data), "arguments lie inside");
    check_text(*next);
    expected += next->length;
    require(decoder.position() == expected && decoder.remaining() == data.size() - expected, "the position follows");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  read({data, size}, pickle::Frames::MustFit);
  read({data, size}, pickle::Frames::MayBeCut);
  return 0;
}
