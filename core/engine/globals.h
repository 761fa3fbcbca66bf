// Which globals a function refers to, told from its bytecode: what `recurse` sends along instead of all globals.
#pragma once

#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/ref.h"

namespace dill::engine {

// Names that the code object and those in it load, store or delete as globals, as a list in the order in which
// dill.detect.nestedglobals gives them; null with an exception.
Ref nested_globals(PyObject* code);

// The names that a code object and those in it may mean as globals: also those that a class body reads, which
// nested_globals() leaves out as upstream does.
Ref possible_globals(PyObject* code);

// Remembers what it found: one is for one dump. Functions that refer to each other in a circle are "endless": upstream
// follows them until it gives up, and so no stream of theirs exists that ours would have to equal.
class GlobalsFinder {
 public:
  enum class Answer { Error, Found, Endless };

  // dill.detect.globalvars(function, recurse=True, builtin=True) as a new dict with keys of its own.
  Answer find(PyObject* function, Ref& found);

  // Forgets everything: the dump has ended.
  void clear();

  // The dict that stands for `globals` in this dump where functions share theirs: new, or the one of the last call.
  // `items` are those of `globals` that the function needs and that were not in the result of a call before; all of
  // them without `recurse`. False with an exception.
  // `module` and `code` are the function's.
  bool share(PyObject* module, PyObject* code, PyObject* globals, bool recurse, Ref& shared, Ref& items);

 private:
  struct Entry {
    Ref function;  // keeps the address
    Ref found;     // null while it is looked for
    bool endless = false;
  };
  struct Shared {
    Ref globals, copy, names_done;
    bool complete = false;
  };

  Answer visit(PyObject* object, int depth, Ref& found);
  Answer look(PyObject* function, int depth, Ref& found);
  Ref names_in(PyObject* code);

  std::unordered_map<PyObject*, Entry> functions_;
  std::unordered_map<PyObject*, Shared> shared_;
  std::unordered_map<PyObject*, std::pair<Ref, Ref>> codes_;  // code -> (itself, names)
};

}  // namespace dill::engine
