// A code object in a pickle: its parts, and the versions of Python that its bytecode may be of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspect/meaning/contents.h"

namespace dill::inspect {

struct CodeObject {
  graph::NodeId node = graph::kNoNode;
  std::int64_t argcount = 0, posonlyargcount = 0, kwonlyargcount = 0, nlocals = 0, stacksize = 0, flags = 0;
  std::int64_t firstlineno = 0;
  std::string code;
  std::vector<Item> consts;
  std::vector<std::string> names, varnames, freevars, cellvars;
  std::string filename, name, qualname;  // qualname is name before 3.11
  std::string lines;                     // co_lnotab (3.8, 3.9), co_linetable (3.10 on)
  std::string exceptions;                // co_exceptiontable (3.11 on)
  bool has_exceptions = false;           // it has 18 fields, as from 3.11 on
  bool has_old_lines = false;  // a line table for old readers leads the arguments, as dill writes from 3.10 on

  // Names by the number in LOAD_FAST: locals, from 3.11 on followed by cells and free variables.
  std::vector<std::string> local_names(int minor) const;
  // Names by the number in LOAD_DEREF.
  std::vector<std::string> cell_names(int minor) const;
};

// The code object that `node` is; nothing if it is none, or lacks a part.
std::optional<CodeObject> code_object(const Contents& contents, graph::NodeId node);

// Whether a node is a code object, by its type.
bool is_code(const graph::ObjectGraph& graph, graph::NodeId node);

// The minor versions (of 3.8 to 3.14) that would accept the code object and for which its bytecode makes sense.
std::vector<int> pythons_of(const CodeObject& code);

// The minor versions of Python that may have written several code objects.
class PythonVersions {
 public:
  PythonVersions();

  void add(const CodeObject& code);
  // Whether there were not yet so many that more say nothing new.
  bool wants_more() const;
  // Whether there was one that some Python made.
  bool any() const { return seen_ > 0; }
  // Versions that fit all of them, the oldest first. Empty where they are of different versions.
  std::vector<int> possible() const;

 private:
  std::vector<int> all_;
  std::size_t seen_ = 0;
  bool not_twelve_ = false;
};

// The minor version that all code objects of a graph are of: what dill's header says ("3.11.7"), else the newest one that
// fits all of them. 0 if there is none.
int python_of(const Contents& contents, std::string_view header);

}  // namespace dill::inspect
