// Functions and cells (docs: stream format of dill, section 3.6).
#include <unordered_set>

#include "engine/reach.h"
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

// What a function consists of. Read from memory where it is Python's own; other implementations of functions (those of
// compilers, given to this saver by their authors) are asked for their attributes.
struct Parts {
  Ref code, globals, name, qualname, defaults, closure, doc, keyword_defaults, module;
};

Ref or_none(PyObject* object) { return Ref::borrow(object != nullptr ? object : Py_None); }

bool read_parts(PyObject* function, Parts& parts) {
  if (PyFunction_Check(function)) {
    const auto* const fields = reinterpret_cast<PyFunctionObject*>(function);
    parts.code = Ref::borrow(fields->func_code);
    parts.globals = Ref::borrow(fields->func_globals);
    parts.name = Ref::borrow(fields->func_name);
    parts.qualname = Ref::borrow(fields->func_qualname);
    parts.defaults = or_none(fields->func_defaults);
    parts.closure = or_none(fields->func_closure);
    parts.doc = or_none(fields->func_doc);
    parts.keyword_defaults = or_none(fields->func_kwdefaults);
    parts.module = or_none(fields->func_module);
    return true;
  }
  const Names& names = runtime().names;
  const std::pair<Ref*, PyObject*> needed[] = {{&parts.code, names.code},         {&parts.globals, names.globals},
                                               {&parts.name, names.name},         {&parts.qualname, names.qualname},
                                               {&parts.defaults, names.defaults}, {&parts.closure, names.closure}};
  for (const auto& [part, attribute] : needed) {
    *part = Ref::steal(PyObject_GetAttr(function, attribute));
    if (!*part) return false;
  }
  const std::pair<Ref*, PyObject*> optional[] = {
      {&parts.doc, names.doc}, {&parts.keyword_defaults, names.kwdefaults}, {&parts.module, names.module}};
  for (const auto& [part, attribute] : optional) {
    bool failed;
    *part = attribute_or_null(function, attribute, failed);
    if (failed) return false;
    if (!*part) *part = Ref::borrow(Py_None);
  }
  if (PyDict_Check(parts.globals.get())) return true;
  PyErr_Format(PyExc_TypeError, "__globals__ of %R is not a dict", function);
  return false;
}

// What BUILD gives the function: (its __dict__, other attributes), or its __dict__ alone.
Ref function_state(PyObject* function, const Parts& parts, PyObject* globals) {
  const Names& names = runtime().names;
  bool failed;
  const Ref annotations = attribute_or_null(function, names.annotations, failed);
  if (failed) return {};
  const Ref attributes = Ref::steal(PyDict_New());
  if (!attributes) return {};
  const std::pair<PyObject*, PyObject*> always[] = {{names.doc, parts.doc.get()},
                                                    {names.kwdefaults, parts.keyword_defaults.get()},
                                                    {names.annotations, annotations.get()}};
  for (const auto& [name, value] : always)
    if (value != nullptr && value != Py_None && !set(attributes.get(), name, value)) return {};
  const int renamed = PyObject_RichCompareBool(parts.qualname.get(), parts.name.get(), Py_NE);
  if (renamed < 0 || (renamed > 0 && !set(attributes.get(), names.qualname, parts.qualname.get()))) return {};
  PyObject* const global_name = PyDict_GetItemWithError(globals, names.name);
  if (global_name == nullptr && PyErr_Occurred()) return {};
  int moved = 1;
  if (global_name != nullptr) moved = PyObject_RichCompareBool(global_name, parts.module.get(), Py_NE);
  if (moved < 0 || (moved > 0 && !set(attributes.get(), names.module, parts.module.get()))) return {};
  Ref own = PyFunction_Check(function) ? Ref::steal(PyObject_GenericGetDict(function, nullptr))
                                       : Ref::steal(PyObject_GetAttr(function, names.dict));
  if (!own) return {};
  if (!PyDict_CheckExact(own.get())) {
    if (!set(attributes.get(), names.dict, own.get())) return {};
    own = Ref::borrow(Py_None);
  }
  if (PyDict_GET_SIZE(attributes.get()) == 0) return own;
  return Ref::steal(PyTuple_Pack(2, own.get(), attributes.get()));
}

// {'__name__': function.__module__}, the start of globals whose items follow later.
Ref fresh_globals(const Parts& parts) {
  Ref globals = Ref::steal(PyDict_New());
  if (!globals || !set(globals.get(), runtime().names.name, parts.module.get())) return {};
  return globals;
}

// True if the globals are the __dict__ of the module that the function says it belongs to.
bool globals_of_module(Context& context, const Parts& parts, bool& failed) {
  failed = false;
  if (parts.module.get() == Py_None) return false;
  const Ref module = find_module(context, parts.module.get());
  if (!module) {
    failed = true;
    return false;
  }
  if (PyModule_CheckExact(module.get())) return PyModule_GetDict(module.get()) == parts.globals.get();
  const Ref dict = attribute_or_null(module.get(), runtime().names.dict, failed);
  return dict && dict.get() == parts.globals.get();
}

// True if the globals are the __dict__ of the module that they name, whatever the function says.
bool globals_of_named_module(const Parts& parts) {
  const Runtime& rt = runtime();
  PyObject* const name = PyDict_GetItemWithError(parts.globals.get(), rt.names.name);
  PyObject* const modules = rt.sys_modules.get();
  if (name == nullptr || !PyUnicode_CheckExact(name) || !PyDict_Check(modules)) {
    PyErr_Clear();
    return false;
  }
  PyObject* const module = PyDict_GetItemWithError(modules, name);
  if (module == nullptr) PyErr_Clear();
  return module != nullptr && PyModule_Check(module) && PyModule_GetDict(module) == parts.globals.get();
}

// Whether somebody has put a function of his own in the place of dill.detect.globalvars or what it uses.
bool detect_is_replaced(Ref& globalvars) {
  const Runtime& rt = runtime();
  PyObject* const modules = rt.sys_modules.get();
  Ref detect = Ref::borrow(PyDict_Check(modules) ? PyDict_GetItemWithError(modules, rt.names.detect) : nullptr);
  if (!detect && !PyErr_Occurred()) detect = Ref::steal(PyImport_Import(rt.names.detect));
  globalvars = detect ? Ref::steal(PyObject_GetAttr(detect.get(), rt.names.globalvars)) : Ref();
  const Ref nested = globalvars ? Ref::steal(PyObject_GetAttr(detect.get(), rt.names.nestedglobals)) : Ref();
  return globalvars.get() != rt.globalvars.get() || nested.get() != rt.nestedglobals.get();
}

// The globals of a function when only those go along that it refers to.
bool recursive_globals(Context& context, PyObject* function, const Parts& parts, Ref& globals, Ref& later) {
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
    globals = later ? fresh_globals(parts) : Ref();
    return static_cast<bool>(globals);
  }
  auto answer = GlobalsFinder::Answer::Endless;
  if (!context.better) answer = context.globals().find(function, later);
  if (answer == GlobalsFinder::Answer::Endless)
    return context.globals().share(parts.module.get(), parts.code.get(), parts.globals.get(), true, globals, later);
  if (answer == GlobalsFinder::Answer::Found) globals = fresh_globals(parts);
  return static_cast<bool>(globals);
}

// What _create_function gets as globals, and the items that are filled in when the function exists (may be null).
bool find_globals(Context& context, PyObject* function, const Parts& parts, Ref& globals, Ref& later) {
  if (context.recurse) return recursive_globals(context, function, parts, globals, later);
  bool failed = false;
  if (context.session && context.original_main &&
      PyModule_GetDict(context.original_main.get()) == parts.globals.get()) {
    globals = Ref::borrow(PyModule_GetDict(context.main.get()));
  } else if (globals_of_module(context, parts, failed)) {
    globals = parts.globals;
  } else if (!failed && context.better &&
             ((context.session && PyModule_Check(context.main.get()) &&
               PyModule_GetDict(context.main.get()) == parts.globals.get()) ||
              globals_of_named_module(parts))) {
    globals = parts.globals;
  } else if (!failed && context.better) {
    return context.globals().share(parts.module.get(), parts.code.get(), parts.globals.get(), false, globals, later);
  } else if (!failed) {
    later = parts.globals;
    globals = fresh_globals(parts);
  }
  return !failed && globals;
}

}  // namespace

bool reduce_function(Context& context, PyObject* function, Reduced& out) {
  const int by_name = located(context, function);
  if (by_name < 0) return false;
  if (by_name > 0) {
    out.kind = Reduced::Kind::Global;
    out.name = qualified_name(function);
    return static_cast<bool>(out.name);
  }
  Parts parts;
  Ref globals, later;
  if (!read_parts(function, parts) || !find_globals(context, function, parts, globals, later)) return false;
  // Upstream refuses a function that is among its own defaults; they are set when it exists.
  if (parts.defaults.get() != Py_None && context.is_dill && reaches(context, parts.defaults.get(), function)) {
    Ref arguments = Ref::steal(PyTuple_Pack(3, function, runtime().names.defaults, parts.defaults.get()));
    if (!arguments) return false;
    out.post.push_back({runtime().setattr, std::move(arguments), context.node(), EdgeKind::Default});
    parts.defaults = Ref::borrow(Py_None);
  }
  if (!reduce_to(out, runtime().of_dill(Helper::_create_function),
                 {parts.code.get(), globals.get(), parts.name.get(), parts.defaults.get(), parts.closure.get()},
                 &kFunction))
    return false;
  out.by_dill = true;
  out.state = function_state(function, parts, globals.get());
  if (!out.state) return false;
  if (!later || PyDict_GET_SIZE(later.get()) == 0) return true;

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
