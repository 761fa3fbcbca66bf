// What can go wrong with a trace file.
#pragma once

#include <cstdint>
#include <string>

namespace dill::trace {

struct Error {
  enum class Kind : std::uint8_t {
    CannotRead,      // the system refused: no such file, no permission, not a regular file ...
    CannotWrite,     // likewise; the disk is full ...
    NotATrace,       // empty, or a file of another kind
    UnknownVersion,  // a trace of a format that this program does not know
    Truncated,       // shorter than it says
    Damaged,         // a trace whose content contradicts itself
    TooLarge,        // does not fit the format's limit
    BadRecording,    // save(): the recording contradicts itself, so the file could not be opened again
  };

  Kind kind;
  std::string message;  // a sentence for people, with the file's name
};

}  // namespace dill::trace
