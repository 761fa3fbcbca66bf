// Reads opcode by opcode from one of the inputs and tells the core what they mean.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "inspect/effects/machine_core.h"
#include "inspect/effects/pickle_input.h"
#include "pickle/escapes.h"

namespace dill::inspect {

enum class PickleEnd : std::uint8_t {
  Stop,    // at a STOP
  Broken,  // nothing can be read behind this
  Halted,  // by a limit or the sink
};

template <class Input>
class EffectMachine : public MachineCore {
 public:
  EffectMachine(pickle::Bytes bytes, Input input, const EffectLimits& limits, const PassPlan& plan,
                EffectsResult& result, EffectSink& sink)
      : MachineCore(bytes, limits, plan, result, sink), input_at_(input) {}

  // All pickles, one behind the other.
  void run();

 private:
  PickleEnd run_pickle();
  // An opcode that does more than put a literal, a tuple or a memo entry somewhere. False: the pickle ends here.
  bool run_opcode(unsigned char opcode);

  // Parts of an opcode. nullptr or false: it cannot be read, and that has been told.
  const unsigned char* take(std::uint64_t count);
  const unsigned char* take_into(std::uint64_t count);
  bool number(unsigned size, std::uint64_t& value);
  bool line(pickle::Bytes& line);
  // A line of GLOBAL, INST or PERSID. `who` loses those that cannot read it.
  bool name_line(pickle::Bytes& line, Loaders& who);
  bool cannot_read();
  // The part that begins at `begin` ends behind the end of its frame.
  void crossed(std::uint64_t begin, bool into);

  bool fixed_literal(TermKind kind, unsigned size);
  bool text(TermKind kind, unsigned size);
  bool python_two_text(unsigned size);
  // Of a text with escapes: notes if it is an address name.
  void note_name(const tl::expected<std::string, pickle::EscapeError>& text);
  bool number_text(pickle::Opcode opcode);
  bool names(bool instance);
  bool frame();
  // A literal that begins behind its opcode, or one that had to be looked for elsewhere.
  void push_sized(TermKind kind, unsigned size, const unsigned char* payload, std::uint64_t length);

  static std::uint64_t little_endian(const unsigned char* at, unsigned size) {
    std::uint64_t value = 0;
    for (unsigned i = size; i-- > 0;) value = value << 8 | at[i];
    return value;
  }

  Input input_at_;
  std::uint64_t frame_end_ = kNoOffset;  // LinearInput: of the loaders that read frame by frame
};

extern template class EffectMachine<LinearInput>;
extern template class EffectMachine<StreamInput>;
extern template class EffectMachine<FramedInput>;

}  // namespace dill::inspect
