// Reads pickles without importing or calling anything: the bytes become the graph of the objects that loading them
// would make.
//
// Objects that loading would build by a call are named after the class where the stream tells it, else "result of
// module.name". dill's own helpers (functions, code, classes, cells, modules) are shown as what they rebuild. Time and
// memory are linear in the input, whatever the bytes are.
//
// How values stand in the graph: scalar dict keys are labels of their values and have no node; the state dict of an
// object and the argument tuple of a call are not nodes but edges of the object (whatever else refers to such a dict or
// tuple refers to the object in the graph). What a call made after an object
// exists adds to a part of it (dill's post-processing) is a child of the object that was being written (EdgeKind::
// PostItem, or Global for a function's globals), and a reference from the part that gets it.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>
#include <unordered_map>

#include "graph/object_graph.h"

namespace dill::inspect {

struct Limits {
  // Objects, and references between them, that may be kept at a time: reading ends with a fault beyond.
  std::uint32_t max_objects = 20'000'000;
  // From so many on the further items of large containers are folded into remainders (graph/folding.h).
  std::uint32_t shown_objects = 1'000'000;
  // What lies outside these bytes is folded as well, but for the first items of each container: the way to open a
  // remainder is to read again with its bytes.
  std::uint64_t shown_begin = 0;
  std::uint64_t shown_end = std::numeric_limits<std::uint64_t>::max();
  // Where the first pickle begins.
  std::uint64_t start = 0;
  // Called now and then with the offset of the next opcode. Returns false to stop. May be empty.
  std::function<bool(std::uint64_t done)> proceed = {};
};

// Where and why reading ended early. Everything before is in the graph; objects that were not finished hold what had
// been read of them.
struct Fault {
  std::uint64_t offset;  // of the opcode at fault, or the length of the data if that ended
  std::string message;   // one sentence, without the offset
  std::string opcode;    // its name, or "" if there is none
};

struct StaticPickle {
  // One root per complete pickle in the data, one more for each unfinished part before a fault, and one for each
  // object that was made and thrown away (label "discarded"), since making it calls something.
  std::shared_ptr<const graph::ObjectGraph> graph;
  std::optional<Fault> fault;
  std::uint32_t pickles = 0;  // complete pickles, one behind the other
  std::uint64_t end = 0;      // offset behind the last STOP; bytes behind it that are no pickle are not read
  std::uint64_t size = 0;     // length of the data: size - end bytes are left over, unless there is a fault
  int protocol = 0;           // highest protocol announced by a PROTO opcode, or needed by an opcode
  std::uint64_t objects = 0;  // objects written, folded ones and memo hits included
  std::uint64_t folded = 0;   // objects that remainders stand for
  std::string python;         // of the writer, if dill's header tells: "3.11.7"
  // How much of a global's dotted name is its module: "collections.abc.Set" -> 15. Of two that have the same dotted name
  // the first.
  std::unordered_map<std::string, std::uint32_t> module_lengths;
};

// The data is no pickle at all: empty, or wrong from the first opcode on. Or the reading was stopped (Limits::proceed).
struct Error {
  std::uint64_t offset;
  std::string message;
};

tl::expected<StaticPickle, Error> read_pickle(std::span<const unsigned char> bytes, const Limits& limits = {});

}  // namespace dill::inspect
