// Decides by trying whether bytes are a pickle.
#pragma once

#include <cstdint>

#include "inspect/containers/formats.h"

namespace dill::inspect::containers {

struct PickleTrial {
  enum class Answer : std::uint8_t {
    No,
    Perhaps,  // it breaks off; loading it would look something up first, or it is opcodes for the most part
    Yes,      // it stops, or begins with PROTO, or goes on for long without a fault
  };
  Answer answer = Answer::No;
  bool stops = false;     // a STOP was reached
  bool acts = false;      // something is looked up or called before it ends
  bool unclosed = false;  // the limit was reached before anything else
  std::uint64_t end = 0;  // where the trial ended: behind STOP, or at the opcode at fault
  std::uint64_t opcodes = 0;
};

inline constexpr std::uint64_t kTrialOpcodes = 100'000;

// Follows at most `limit` opcodes of the first pickle on a stack that knows kinds of values only.
PickleTrial try_pickle(Bytes bytes, std::uint64_t limit = kTrialOpcodes);

}  // namespace dill::inspect::containers
