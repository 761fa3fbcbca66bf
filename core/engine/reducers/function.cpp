// Functions and cells (docs: stream format of dill, section 3.6).
#include <unordered_set>

#include "engine/reducers/build.h"

namespace dill::engine {
namespace {

const Shape kFunction = {true,
                         {{EdgeKind::Code, nullptr, Show::Node, {}},
                          {EdgeKind::Global, "", Show::Open, EdgeKind::Global},
                          {EdgeKind::FunctionState, nullptr, Show::Hidden, {}},
                          {EdgeKind::FunctionState, "__defaults__", Show::Open, EdgeKind::Default},
                          {EdgeKind::FunctionState, "__closure__", Show::Open, EdgeKind::Closure}},
                         {EdgeKind::FunctionState, "", Show::Open, EdgeKind::FunctionState},
                         {{EdgeKind::FunctionState, "__dict__", Show::Open, EdgeKind::Attribute},
                          {EdgeKind::FunctionState, "", Show::Open, EdgeKind::FunctionState}}};

const Shape kCell = {true, {{EdgeKind::CellContents, nullptr, Show::Node, {}}}};
const Shape kEmptyCell = {true, {{EdgeKind::CellContents, nullptr, Show::Hidden, {}}}};

bool set(PyObject* dict, PyObject* key, PyObject* value) { return PyDict_SetItem(dict, key, value) == 0; }

// What BUILD gives the function: (its __dict__, other attributes), or its __dict__ alone.
Ref function_state(PyObject* function, PyObject* globals) {
  const Names& names = runtime().names;
  const Ref attributes = Ref::steal(PyDict_New());
  if (!attributes) return {};
  for (PyObject* name : {names.doc, names.kwdefaults, names.annotations}) {
    bool failed;
    const Ref value = attribute_or_null(function, name, failed);
    if (failed) return {};
    if (value && value.get() != Py_None && !set(attributes.get(), name, value.get())) return {};
  }
  const Ref qualname = Ref::steal(PyObject_GetAttr(function, names.qualname));
  const Ref name = Ref::steal(PyObject_GetAttr(function, names.name));
  if (!qualname || !name) return {};
  const int renamed = PyObject_RichCompareBool(qualname.get(), name.get(), Py_NE);
  if (renamed < 0 || (renamed > 0 && !set(attributes.get(), names.qualname, qualname.get()))) return {};
  bool failed;
  const Ref module = attribute_or_null(function, names.module, failed);
  if (failed) return {};
  PyObject* const global_name = PyDict_GetItemWithError(globals, names.name);
  if (global_name == nullptr && PyErr_Occurred()) return {};
  PyObject* const module_or_none = module ? module.get() : Py_None;
  int moved = 1;
  if (global_name != nullptr) moved = PyObject_RichCompareBool(global_name, module_or_none, Py_NE);
  if (moved < 0 || (moved > 0 && !set(attributes.get(), names.module, module_or_none))) return {};
  Ref own = Ref::steal(PyObject_GetAttr(function, names.dict));
  if (!own) return {};
  if (!PyDict_CheckExact(own.get())) {
    if (!set(attributes.get(), names.dict, own.get())) return {};
    own = Ref::borrow(Py_None);
  }
  if (PyDict_GET_SIZE(attributes.get()) == 0) return own;
  return Ref::steal(PyTuple_Pack(2, own.get(), attributes.get()));
}

// {'__name__': function.__module__}, the start of globals whose items follow later.
Ref fresh_globals(PyObject* function) {
  const Names& names = runtime().names;
  Ref globals = Ref::steal(PyDict_New());
  const Ref module = Ref::steal(PyObject_GetAttr(function, names.module));
  if (!globals || !module || !set(globals.get(), names.name, module.get())) return {};
  return globals;
}

// True if `globals` is the __dict__ of the module that the function says it belongs to.
bool globals_of_module(PyObject* function, PyObject* globals, bool& failed) {
  const Names& names = runtime().names;
  const Ref module_name = attribute_or_null(function, names.module, failed);
  if (failed || !module_name || module_name.get() == Py_None) return false;
  const Ref module = find_module(module_name.get());
  if (!module) {
    failed = true;
    return false;
  }
  const Ref dict = attribute_or_null(module.get(), names.dict, failed);
  return dict && dict.get() == globals;
}

// Whether somebody has put a function of his own in the place of dill.detect.globalvars or what it uses.
bool detect_is_replaced(Ref& globalvars) {
  const Runtime& rt = runtime();
  const Ref detect = Ref::steal(PyImport_ImportModule("dill.detect"));
  globalvars = detect ? attribute(detect.get(), "globalvars") : Ref();
  const Ref nested = globalvars ? attribute(detect.get(), "nestedglobals") : Ref();
  return globalvars.get() != rt.globalvars.get() || nested.get() != rt.nestedglobals.get();
}

// The globals of a function when only those go along that it refers to.
bool recursive_globals(Context& context, PyObject* function, PyObject* own_globals, Ref& globals, Ref& later) {
  Ref globalvars;
  if (detect_is_replaced(globalvars)) {
    const Ref arguments = Ref::steal(PyTuple_Pack(1, function));
    const Ref keywords = Ref::steal(Py_BuildValue("{s:O,s:O}", "recurse", Py_True, "builtin", Py_True));
    if (!globalvars || !arguments || !keywords) return false;
    later = Ref::steal(PyObject_Call(globalvars.get(), arguments.get(), keywords.get()));
    if (later && !PyDict_Check(later.get())) {
      PyErr_SetString(PyExc_TypeError, "dill.detect.globalvars must return a dict");
      return false;
    }
    globals = later ? fresh_globals(function) : Ref();
    return static_cast<bool>(globals);
  }
  auto answer = GlobalsFinder::Answer::Endless;
  if (!context.better) answer = context.globals().find(function, later);
  if (answer == GlobalsFinder::Answer::Endless)
    return context.globals().share(function, own_globals, true, globals, later);
  if (answer == GlobalsFinder::Answer::Found) globals = fresh_globals(function);
  return static_cast<bool>(globals);
}

}  // namespace

bool reduce_function(Context& context, PyObject* function, Reduced& out) {
  const Names& names = runtime().names;
  const int by_name = located(context, function);
  if (by_name < 0) return false;
  if (by_name > 0) {
    out.kind = Reduced::Kind::Global;
    out.name = qualified_name(function);
    return static_cast<bool>(out.name);
  }
  const Ref code = attribute(function, "__code__");
  const Ref own_globals = attribute(function, "__globals__");
  const Ref name = Ref::steal(PyObject_GetAttr(function, names.name));
  const Ref defaults = attribute(function, "__defaults__");
  const Ref closure = attribute(function, "__closure__");
  if (!code || !own_globals || !name || !defaults || !closure) return false;
  if (!PyDict_Check(own_globals.get())) {
    PyErr_Format(PyExc_TypeError, "__globals__ of %R is not a dict", function);
    return false;
  }

  Ref globals;  // what _create_function gets
  Ref later;    // items that are filled in when the function exists
  bool failed = false;
  if (context.recurse) {
    if (!recursive_globals(context, function, own_globals.get(), globals, later)) return false;
  } else if (context.session && context.original_main &&
             PyModule_GetDict(context.original_main.get()) == own_globals.get()) {
    globals = Ref::borrow(PyModule_GetDict(context.main.get()));
  } else if (globals_of_module(function, own_globals.get(), failed)) {
    globals = own_globals;
  } else if (!failed) {
    later = own_globals;
    globals = fresh_globals(function);
  }
  if (failed || !globals) return false;

  if (!reduce_to(out, runtime().of_dill(Helper::_create_function),
                 {code.get(), globals.get(), name.get(), defaults.get(), closure.get()}, &kFunction))
    return false;
  out.by_dill = true;
  out.state = function_state(function, globals.get());
  if (!out.state) return false;
  if (!later) return true;

  Ref items = Ref::steal(PyTuple_Pack(2, globals.get(), later.get()));
  if (!items) return false;
  PostItem fill{runtime().setitems, std::move(items), context.node(), EdgeKind::Global};
  if (context.constructions() != 0) {
    // Globals that hold an object under construction are filled when that object exists.
    std::unordered_set<PyObject*> values;
    PyObject *key, *value;
    for (Py_ssize_t position = 0; PyDict_Next(later.get(), &position, &key, &value);) values.insert(value);
    for (std::size_t i = 0; i < context.constructions(); ++i)
      if (values.count(context.construction(i)) != 0) return context.append_post(i, std::move(fill));
  }
  out.post.push_back(std::move(fill));
  return true;
}

bool reduce_cell(Context& context, PyObject* cell, Reduced& out) {
  const Runtime& rt = runtime();
  const Ref contents = Ref::borrow(PyCell_GET(cell));
  if (!contents) {
    if (!reduce_to(out, rt.of_dill(Helper::_create_cell), {rt.cell_empty.get()}, &kEmptyCell)) return false;
    if (context.is_dill) {
      out.by_dill = true;
      Ref arguments = Ref::steal(PyTuple_Pack(2, cell, rt.names.cell_contents));
      if (!arguments) return false;
      out.post.push_back({rt.delattr_shim, std::move(arguments), context.node(), EdgeKind::PostItem});
    }
    return true;
  }
  if (context.is_dill && context.constructions() != 0) {
    const std::ptrdiff_t own = context.construction_of(contents.get());
    Ref arguments = Ref::steal(PyTuple_Pack(3, cell, rt.names.cell_contents, contents.get()));
    if (!arguments) return false;
    if (!context.append_post(own >= 0 ? static_cast<std::size_t>(own) : 0,
                             {rt.setattr_shim, std::move(arguments), context.node(), EdgeKind::CellContents}))
      return false;
    return reduce_to(out, rt.of_dill(Helper::_create_cell), {Py_None}, &kEmptyCell);
  }
  return reduce_to(out, rt.of_dill(Helper::_create_cell), {contents.get()}, &kCell);
}

}  // namespace dill::engine
