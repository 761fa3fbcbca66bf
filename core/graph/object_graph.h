// The one picture of a pickled object: what the Explorer, the reports and the diagnosis read.
//
// An ObjectGraph is an immutable set of columns, one row a node, in the order in which the pickler met the objects
// (parent < child, so a single forward or backward sweep is a traversal). Columns are spans: they lie in vectors made by
// a GraphBuilder or straight in a memory-mapped trace file; the graph keeps whatever holds them alive.
// A reference to an object that already has a node (a memo hit) is no node but an entry of `references`.
// Immutable after construction, so any number of threads may read one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dill::graph {

using NodeId = std::uint32_t;
using StringId = std::uint32_t;  // index into GraphColumns::strings; 0 is always the empty string

inline constexpr NodeId kNoNode = 0xFFFF'FFFF;
inline constexpr std::uint32_t kNoMemo = 0xFFFF'FFFF;
inline constexpr std::uint32_t kNoIndex = 0xFFFF'FFFF;

// How a parent holds a child. The number is part of the trace format: append only.
enum class EdgeKind : std::uint8_t {
  Root = 0,
  Attribute,       // getattr(parent, label) is the child (checked when recorded); label: the name
  Item,            // parent[index]
  DictValue,       // parent[key]; label: the key as a Python literal ("'db'"), or "" where it has none; index: position
  DictKey,         // list(parent)[index]
  SetItem,         // list(parent)[index]
  Closure,         // parent.__closure__[index], a cell; label: the free variable's name
  CellContents,    // parent.cell_contents
  Default,         // parent.__defaults__[index]
  KwDefault,       // parent.__kwdefaults__[label]
  Global,          // parent.__globals__[label]
  Code,            // parent.__code__
  FunctionState,   // another part of a function: label is the attribute (__doc__, __annotations__, __dict__, ...)
  ClassBase,       // parent.__bases__[index]
  Metaclass,       // type(parent)
  Type,            // the class of an instance, saved with it
  ClassEntry,      // parent.__dict__[label]
  ModuleEntry,     // vars(parent)[label]
  State,           // parent.__getstate__(), replayed; label "" for the state itself
  StateItem,       // parent.__getstate__()[key], replayed; label: the key as a Python literal
  ReduceCallable,  // parent.__reduce_ex__(protocol)[0], replayed
  ReduceArgument,  // parent.__reduce_ex__(protocol)[1][index], replayed
  ReduceListItem,  // item `index` of the reduce value's list items (4th member)
  ReduceDictItem,  // entry of the reduce value's dict items (5th member); label: the key as a literal; index: position
  ReduceSetter,    // the reduce value's state setter (6th member)
  CodeConstant,    // parent.co_consts[index]
  PostItem,        // an argument of a call made after the object exists (dill's post-processing)
  PersistentId,    // the persistent id that stands for the parent
  Slot,            // parent.label, a __slots__ member (checked when recorded)
  Bound,           // parent.__self__ or parent.__func__; label: which
  Variable,        // a variable of the program that is examined; label: its name
  SaverItem,       // what a Python saver passed to pickler.save(); no expression leads to it
  kCount
};

// How the pickler turned the object into opcodes. Append only.
enum class Reduction : std::uint8_t {
  Unknown = 0,
  Builtin,          // an opcode of its own (int, str, list, dict ...)
  Global,           // by reference: module and qualified name
  Instance,         // object.__reduce_ex__, unmodified
  ReduceEx,         // the type's own __reduce_ex__ / __reduce__
  DispatchTable,    // dispatch_table or copyreg
  ReducerOverride,  // the pickler's reducer_override
  Saver,            // a saver in Pickler.dispatch that is not dill's
  Dill,             // one of dill's reducers
  PersistentId,
  kCount
};

// Append only.
enum class Outcome : std::uint8_t {
  Saved = 0,
  Culprit,      // this object itself could not be pickled: it has a Problem
  Passed,       // a Python reducer raised because of something below it
  NotExamined,  // belongs to a reducer that was broken off by a problem
  Folded,       // a remainder: `count` objects of the bytes begin to end that were read but not kept (graph/folding.h)
  kCount
};

// What `detail` means. Append only.
enum class DetailKind : std::uint8_t {
  None = 0,
  Text,    // a string of the string table: detail is its StringId
  Int,     // the value, two's complement
  Float,   // the bits of the IEEE double
  Bool,    // 0 or 1
  Str,     // beginning of a str in `texts`: detail = offset << 8 | stored bytes; see kDetailHeader
  Bytes,   // beginning of a bytes, likewise
  Length,  // number of items of a container
  kCount
};

// In `texts`, a Str or Bytes detail starts with its full length (characters or bytes) as a little-endian uint32;
// the stored bytes (whole UTF-8 sequences, at most kDetailBytes) follow.
inline constexpr std::size_t kDetailHeader = 4;
inline constexpr std::size_t kDetailBytes = 48;

struct Reference {  // a memo hit: `from` holds an object that already had a node
  NodeId from;
  NodeId to;
  StringId label;
  std::uint32_t index;
  EdgeKind kind;
  friend bool operator==(const Reference&, const Reference&) = default;
};

// Where the source of a function, code object, generator or class begins.
struct Location {
  NodeId node;
  StringId file;            // as the code object names it: a full name, or "<stdin>" and the like
  std::uint32_t line;       // from 1, decorators included
  std::uint32_t last_line;  // 0 if unknown
  std::uint8_t in_class;    // 1: not the class's own line (Python before 3.13 does not keep it) but its first method's
  friend bool operator==(const Location&, const Location&) = default;
};

struct Cause {  // one link of an exception's __cause__ / __context__ chain
  StringId type;
  StringId message;
};

struct Problem {
  NodeId node;
  StringId exception;   // the type's name: "TypeError"
  StringId message;     // str() of the exception
  StringId expression;  // Python expression from the root to the node, checked; "" where there is none
  StringId route;       // the same way in prose, always there
  StringId advice;      // a fix in words or code to paste; "" if none is known
  bool replayed;        // the expression calls __getstate__ or __reduce_ex__ again
  std::vector<Cause> causes;
};

// All columns have one entry a node, except where noted.
struct GraphColumns {
  std::span<const NodeId> parent;  // kNoNode for a root, else smaller than the node itself
  std::span<const EdgeKind> edge;
  std::span<const StringId> label;       // see EdgeKind
  std::span<const std::uint32_t> index;  // see EdgeKind; kNoIndex where it means nothing
  std::span<const StringId> type;        // "module.QualName", builtins without module
  std::span<const DetailKind> detail_kind;
  std::span<const std::uint64_t> detail;  // see DetailKind
  std::span<const Reduction> reduction;
  std::span<const StringId> reducer;     // the function that reduced it ("dill._dill.save_function"), or ""
  std::span<const std::uint64_t> begin;  // first byte in the pickle
  std::span<const std::uint64_t> end;    // behind the last byte (of the node with everything below it)
  std::span<const std::uint32_t> memo;   // memo number, or kNoMemo
  std::span<const std::uint32_t> count;  // objects in this node: 1, or more for a folded run (graph/folding.h)
  std::span<const Outcome> outcome;
  std::span<const std::uint64_t> start_ns;  // both empty if the recording was not timed
  std::span<const std::uint64_t> stop_ns;
  std::span<const Reference> references;       // in recording order
  std::span<const std::uint32_t> string_ends;  // string i is string_bytes[string_ends[i-1] .. string_ends[i])
  std::span<const char> string_bytes;
  std::span<const char> texts;          // see DetailKind::Str
  std::span<const Location> locations;  // one at most for a node, ascending by node
};

class ObjectGraph {
 public:
  // `columns` must be consistent (parent < id, ids and ranges in bounds): GraphBuilder's are, a file's are checked by
  // trace::open. `storage` is whatever the spans point into.
  ObjectGraph(GraphColumns columns, std::vector<Problem> problems, std::shared_ptr<const void> storage);

  std::uint32_t size() const { return static_cast<std::uint32_t>(columns_.parent.size()); }
  const GraphColumns& columns() const { return columns_; }
  std::span<const Problem> problems() const { return problems_; }

  NodeId parent(NodeId node) const { return columns_.parent[node]; }
  std::span<const NodeId> children(NodeId node) const;
  // Indices into columns().references of the memo hits that start at / lead to the node.
  std::span<const std::uint32_t> references_from(NodeId node) const;
  std::span<const std::uint32_t> references_to(NodeId node) const;
  const Problem* problem_of(NodeId node) const;    // nullptr if the node has none
  const Location* location_of(NodeId node) const;  // nullptr if it is not known where the object is defined

  std::string_view string(StringId id) const;
  std::string_view type(NodeId node) const { return string(columns_.type[node]); }
  // Short text for people: "42", "'abc…' (1,200 characters)", "3 items", "function build at app.py:12"; may be empty.
  std::string description(NodeId node) const;
  // What to write at the edge: ".name", "[3]", "['db']", "closure: conn", ...
  std::string edge_text(EdgeKind kind, StringId label, std::uint32_t index) const;
  std::string edge_text(NodeId node) const;

  // Bytes written for the node alone: those between its first and its last that belong to no other node. What a call
  // made later writes for a part of it belongs to that part, wherever it lies.
  std::uint64_t own_bytes(NodeId node) const { return own_bytes_[node]; }
  std::uint64_t subtree_bytes(NodeId node) const { return columns_.end[node] - columns_.begin[node]; }
  // Number of Problems in the spanning subtree of the node, its own included.
  std::uint32_t problems_below(NodeId node) const { return problems_below_[node]; }

 private:
  GraphColumns columns_;
  std::vector<Problem> problems_;
  std::shared_ptr<const void> storage_;
  std::vector<std::uint32_t> child_first_;
  std::vector<NodeId> child_list_;
  std::vector<std::uint32_t> from_first_, from_list_, to_first_, to_list_;
  std::vector<std::uint32_t> problems_below_;
  std::vector<std::uint64_t> own_bytes_;
};

}  // namespace dill::graph
