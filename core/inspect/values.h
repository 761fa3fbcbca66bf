// The objects a pickle describes, as the symbolic machine finds them: a growing store of values and of edges between
// them, in stream order, cycles and sharing included. spanning.h turns it into an ObjectGraph.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "graph/lazy_reserve.h"
#include "graph/object_graph.h"
#include "graph/string_table.h"
#include "pickle/decoder.h"

namespace dill::inspect {

using ValueId = std::uint32_t;
using EdgeId = std::uint32_t;
inline constexpr std::uint32_t kNone = 0xFFFF'FFFF;

enum class Kind : std::uint8_t {
  None,
  Bool,
  Int,
  Float,
  Str,
  Bytes,  // the last of the leaves
  ByteArray,
  List,
  Tuple,
  Dict,
  Set,
  FrozenSet,
  Global,      // by reference
  Object,      // made by a call
  Persistent,  // stands outside the pickle
  Extension,   // by a number of copyreg's extension registry
  Buffer,      // out-of-band buffer
  Unfinished,  // items behind a MARK that the data ended after
  Remainder,   // further items of a container, folded (remainders.h)
};

// How the payload of a Str, Bytes, ByteArray or big Int is to be read.
enum class Encoding : std::uint8_t {
  Plain,       // UTF-8 or bytes
  Quoted,      // STRING: Python escapes
  RawUnicode,  // UNICODE
  Digits,      // a decimal integer
  Binary,      // a two's complement integer
  Latin1,      // bytes written as str in protocols 1 and 2: UTF-8, each character is a byte
  RawLatin1,   // likewise in protocol 0: raw-unicode-escape
};

struct Value {
  std::uint64_t begin = 0;  // first opcode
  std::uint64_t end = 0;    // behind the last one
  std::uint64_t number =
      0;  // Bool, Int: the value; Float: its bits; Extension: its code; Object: entries put into it; Remainder:
          // the objects in it; else offset of the payload
  std::uint64_t length = 0;  // of the payload; items of a container or a Remainder
  EdgeId first_edge = kNone;
  EdgeId last_edge = kNone;
  graph::StringId type = 0;        // 0 for builtin kinds; Global: the dotted name
  graph::StringId class_name = 0;  // of a class: what its instances are called
  graph::StringId note = 0;        // description
  std::uint32_t memo = graph::kNoMemo;
  std::uint32_t run = 0;    // leaves in the run at the end of the edges
  ValueId part_of = kNone;  // the object which this tuple or dict was written for, as its arguments or state
  Kind kind = Kind::None;
  Encoding encoding = Encoding::Plain;
  graph::Reduction reduction = graph::Reduction::Builtin;
  bool big = false;     // Int that does not fit in 64 bits: it has a payload
  bool folded = false;  // a leaf that is no node of its own
  bool shared = false;  // in the memo, or duplicated

  bool is_leaf() const { return kind <= Kind::Bytes; }
};

struct Edge {
  ValueId child = kNone;
  EdgeId next = kNone;
  graph::StringId label = 0;
  std::uint32_t index = graph::kNoIndex;
  std::uint32_t count = 1;  // leaves folded into the child
  graph::EdgeKind kind = graph::EdgeKind::Item;
  bool original = true;  // the place where the child was written; false: a memo hit
};

// The leaf that an opcode for a None, bool, number, str or bytes makes; its encoding and payload are set.
Value make_leaf(const pickle::Instruction& instruction);
void read_leaf(const pickle::Instruction& instruction, Value& fresh);  // the same, in place

// UTF-8 as the Latin-1 bytes of its characters: how bytes travel in protocols 0 to 2.
std::string latin1_bytes(std::string_view text);

// How a parent holds a child.
struct Hold {
  graph::EdgeKind kind;
  std::uint32_t index = graph::kNoIndex;
  graph::StringId label = 0;
};

// What a Remainder stands for.
struct Folded {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t items = 0;    // of the container
  std::uint64_t objects = 0;  // all that were made, those in the items included
};

class Values {
 public:
  // `input` must outlive the store. There is room at once for as many values (at most `limit`) as such an input usually
  // holds: growing would copy all of them again and again.
  explicit Values(pickle::Bytes input, std::size_t limit = 0) : input_(input) {
    const std::size_t usual = std::min(input.size() / kUsualBytes, limit);
    graph::reserve_lazily(values_, usual);
    graph::reserve_lazily(edges_, usual);
  }

  Value& add() { return values_.emplace_back(); }
  ValueId add(const Value& value) {
    values_.push_back(value);
    return size() - 1;
  }
  ValueId add(Kind kind, std::uint64_t begin, std::uint64_t end) {
    Value& value = add();
    value.kind = kind;
    value.begin = begin;
    value.end = end;
    return size() - 1;
  }
  Value& operator[](ValueId value) { return values_[value]; }
  const Value& operator[](ValueId value) const { return values_[value]; }
  Edge& edge(EdgeId edge) { return edges_[edge]; }
  const Edge& edge(EdgeId edge) const { return edges_[edge]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(values_.size()); }
  std::size_t edge_count() const { return edges_.size(); }

  // Adds `child` behind the other edges of `parent`. A leaf at its original place may join the last one of its run
  // instead (graph/folding.h).
  void attach(ValueId parent, ValueId child, bool original, const Hold& hold);
  // Drops values at the end of the store from `first` on that were folded and that nothing can ask for again.
  void drop_folded_tail(ValueId first);
  // Drops the values and the edges from these on; nothing that stays may refer to them.
  void truncate(ValueId values, EdgeId edges);
  // Adds a Remainder behind the other edges of `parent`, or makes the one there longer. Returns it.
  ValueId attach_remainder(ValueId parent, const Folded& folded, const Hold& hold);
  ValueId add_remainder(const Folded& folded);
  // Adds an existing edge behind the other edges of `parent`.
  void link(ValueId parent, EdgeId edge);
  // Takes all edges off `parent` and returns the first one.
  EdgeId unlink_all(ValueId parent);

  // An object that _import_module() makes, and the like.
  bool is_module(ValueId value) const {
    return values_[value].kind == Kind::Object && string(values_[value].type) == "module";
  }

  graph::StringId intern(std::string_view text);
  std::string_view string(graph::StringId id) const { return strings_.at(id); }

  // The decoded beginning (at most about `limit` bytes) of a Str, Bytes or ByteArray.
  std::string text(const Value& value, std::size_t limit) const;
  // The beginning (at most `limit` bytes) of such a value as it stands in the input.
  std::string_view stored(const Value& value, std::size_t limit) const;
  // Length of a Str in characters, of Bytes and ByteArray in bytes.
  std::uint64_t text_length(const Value& value) const;
  // The digits of an Int, shortened if there are very many.
  std::string integer_text(const Value& value) const;
  // A leaf as a Python literal, shortened if long; "" for any other value.
  std::string literal(const Value& value) const;

 private:
  static constexpr std::size_t kUsualBytes = 6;  // of input for a value

  pickle::Bytes payload(const Value& value) const { return input_.subspan(value.number, value.length); }

  pickle::Bytes input_;
  std::vector<Value> values_;
  std::vector<Edge> edges_;
  graph::StringTable strings_;
};

}  // namespace dill::inspect
