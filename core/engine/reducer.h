// A reducer turns one object into a reduce value: what to call, with which arguments, which state, and which calls
// follow when the object exists. Reducers write nothing; a driver does (driver.h, or pickle._Pickler by way of
// `_dill.py`). Both drivers use these same functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/globals.h"
#include "engine/ref.h"
#include "graph/object_graph.h"

namespace dill::engine {

// A call `callable(*arguments)` to be written after an object exists, its result dropped. If the callable is
// dill._dill._setitems the arguments are (dest, source) and the items are written instead of a call.
struct PostItem {
  Ref callable;
  Ref arguments;
  graph::NodeId node = graph::kNoNode;  // the object it completes, for the observer
  graph::EdgeKind edge = graph::EdgeKind::PostItem;
};

// How the parts of a reduce value read in a graph: the arguments' edges, told by their position.
struct PartShape {
  graph::EdgeKind edge = graph::EdgeKind::ReduceArgument;
  const char* label = nullptr;
  // Hidden: not in the graph. Open: not a node itself; its items belong to the object with the edge `item_edge`.
  enum class Show : std::uint8_t { Node, Hidden, Open } show = Show::Node;
  graph::EdgeKind item_edge = graph::EdgeKind::ReduceArgument;
};

struct Shape {
  bool hide_callable = false;
  std::vector<PartShape> arguments;  // further arguments: an ordinary ReduceArgument
  PartShape state{graph::EdgeKind::State, "", PartShape::Show::Node, graph::EdgeKind::StateItem};
  std::vector<PartShape> state_parts{};  // of a state that is an open tuple
};

struct Reduced {
  enum class Kind : std::uint8_t {
    None,    // not set
    Reduce,  // call, with post items if `by_dill`
    Global,  // by reference; `name` may hold the qualified name
    Raw,     // `raw` is written as it is and not memoized
    Dict,    // an ordinary dict
    Saver,   // `callable`, a Python function, saves it: called with (pickler, object)
  };
  Kind kind = Kind::None;
  bool by_dill = true;  // registered as "under construction" while it is written, then the post items follow
  Ref callable, arguments, state, list_items, dict_items, state_setter;
  Ref name;
  std::string raw;
  std::vector<PostItem> post;
  const Shape* shape = nullptr;
};

// What a reducer may know about the dump that it works for.
class Context {
 public:
  virtual ~Context() = default;
  bool byref = false;
  bool recurse = false;
  bool session = false;
  bool first_pass = false;   // session only: the dict of the main module was not met yet
  bool is_dill = true;       // is_dill(pickler, child=True)
  bool is_dill_main = true;  // is_dill(pickler, child=False)
  int protocol = 4;
  bool fix_imports = true;  // modules get the names that Python 2 has for them; only before protocol 3
  int fmode = 0;
  Ref main;             // the module meant by __main__
  Ref original_main;    // session only
  bool better = false;  // settings['compat'] == 'better'
  Ref missing_modules;  // a set of the names that could not be imported during this dump; null if there is none

  // What is remembered about functions' globals for the length of a dump.
  virtual GlobalsFinder& globals() = 0;

  // Objects being written by a reducer of ours, oldest first. Only their identity may be used.
  virtual std::size_t constructions() = 0;
  virtual PyObject* construction(std::size_t i) = 0;
  virtual std::ptrdiff_t construction_of(PyObject* object) = 0;  // -1 if it is not under construction
  // Has a call follow construction `i`. False with a Python exception on failure.
  virtual bool append_post(std::size_t i, PostItem item) = 0;
  // True if the object is in the memo, so that only a reference to it would be written.
  virtual bool written(PyObject* object) = 0;
  // What Python functions get as pickler: borrowed, may be made by this. Null if there is none, or with an exception.
  virtual PyObject* pickler() { return nullptr; }
  virtual graph::NodeId node() const { return graph::kNoNode; }
};

// Sets `out` and returns true, or sets a Python exception and returns false.
using Reducer = bool (*)(Context&, PyObject*, Reduced& out);

struct NamedReducer {
  const char* saver;  // the name of the Python saver in dill._dill that stands for it
  Reducer reduce;
  PyTypeObject* type = nullptr;  // what it reads the memory of; null if it only asks for attributes

  bool takes(PyTypeObject* of) const { return type == nullptr || PyType_IsSubtype(of, type); }
};

// All reducers, ended by a null entry.
extern const NamedReducer kReducers[];

// The reducer that stands for a saver, to be used on this object. Null with a Python exception if there is none of that
// name, or it is for another type.
const NamedReducer* find_reducer(std::string_view saver, PyObject* object);

// What a weak reference or proxy refers to, None if that is gone; null with an exception for anything else.
Ref referent(PyObject* reference);

bool reduce_function(Context&, PyObject*, Reduced&);
bool reduce_code(Context&, PyObject*, Reduced&);
bool reduce_cell(Context&, PyObject*, Reduced&);
bool reduce_type(Context&, PyObject*, Reduced&);
bool reduce_module(Context&, PyObject*, Reduced&);
bool reduce_module_dict(Context&, PyObject*, Reduced&);
// True if the dict is surely no module's __dict__ (reduce_module_dict would say Kind::Dict).
bool is_ordinary_dict(Context&, PyObject*);
bool reduce_method(Context&, PyObject*, Reduced&);
bool reduce_descriptor(Context&, PyObject*, Reduced&);
bool reduce_property(Context&, PyObject*, Reduced&);
bool reduce_wrapped_method(Context&, PyObject*, Reduced&);
bool reduce_super(Context&, PyObject*, Reduced&);
bool reduce_slice(Context&, PyObject*, Reduced&);
bool reduce_by_repr(Context&, PyObject*, Reduced&);
bool reduce_mappingproxy(Context&, PyObject*, Reduced&);
bool reduce_dict_view(Context&, PyObject*, Reduced&);
bool reduce_lock(Context&, PyObject*, Reduced&);
bool reduce_rlock(Context&, PyObject*, Reduced&);
bool reduce_thread_handle(Context&, PyObject*, Reduced&);
bool reduce_context(Context&, PyObject*, Reduced&);
bool reduce_weakref(Context&, PyObject*, Reduced&);
bool reduce_weakproxy(Context&, PyObject*, Reduced&);
bool reduce_lru_cache(Context&, PyObject*, Reduced&);
bool reduce_generic_alias(Context&, PyObject*, Reduced&);
bool reduce_file(Context&, PyObject*, Reduced&);
bool reduce_default_factory_marker(Context&, PyObject*, Reduced&);
bool reduce_missing_marker(Context&, PyObject*, Reduced&);
bool reduce_keyword_only_marker(Context&, PyObject*, Reduced&);
bool reduce_field_kind(Context&, PyObject*, Reduced&);
bool reduce_type_variable(Context&, PyObject*, Reduced&);
bool reduce_capsule(Context&, PyObject*, Reduced&);
bool reduce_numpy_array(Context&, PyObject*, Reduced&);
bool reduce_numpy_ufunc(Context&, PyObject*, Reduced&);

}  // namespace dill::engine
