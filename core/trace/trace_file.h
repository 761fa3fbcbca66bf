// The .dtrace file: written in one piece, read by mapping it. The format: docs/trace-format.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <tl/expected.hpp>

#include "graph/object_graph.h"
#include "trace/error.h"
#include "trace/recording.h"

namespace dill::trace {

inline constexpr std::uint64_t kMaxFileBytes = 0x7FFF'FFFF;  // FlatBuffers' offsets have 31 bits

struct SaveOptions {
  std::uint64_t max_bytes = kMaxFileBytes;  // of the file; never more than kMaxFileBytes
};

struct Saved {
  std::uint64_t file_bytes = 0;
  bool pickle_left_out = false;  // recording.bytes were left out, because the file would have become too large
};

// Writes the recording to `path`, which appears complete or not at all (trace/new_file.h). Errors: TooLarge if it does
// not fit even without the pickle; BadRecording if it contradicts itself (open() would refuse the file); CannotWrite.
tl::expected<Saved, Error> save(const Recording& recording, const std::filesystem::path& path,
                                const SaveOptions& options = {});

struct Trace {
  Meta meta;
  std::shared_ptr<const graph::ObjectGraph> graph;
  std::span<const unsigned char> pickle;  // the bytes that were written; empty if they are not in the file
  bool pickle_left_out = false;           // they were there when the trace was saved, but too many
  std::uint64_t file_bytes = 0;           // size of the file
  std::shared_ptr<const void> storage;    // keeps `pickle` alive; the graph keeps itself alive
};

// The trace in the file, checked completely: whatever the bytes are, the result is a consistent graph or an error
// (CannotRead, NotATrace, UnknownVersion, Truncated, Damaged, TooLarge). The columns stay in the mapped file.
tl::expected<std::shared_ptr<const Trace>, Error> open(const std::filesystem::path& path);

}  // namespace dill::trace
