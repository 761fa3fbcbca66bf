// Reduce values: REDUCE, NEWOBJ, BUILD, references by name, and the calls that follow an object.
#include <cstring>

#include "engine/driver.h"
#include "engine/locate.h"
#include "engine/runtime.h"

namespace dill::engine {
namespace {

using graph::EdgeKind;
using pickle::Opcode;
using Show = PartShape::Show;

const std::vector<PartShape> kNoParts;
// The state of a class with __slots__: (dict or None, dict of slots).
const std::vector<PartShape> kSlotState = {{EdgeKind::State, "", Show::Open, EdgeKind::StateItem},
                                           {EdgeKind::State, "", Show::Open, EdgeKind::StateItem}};
const std::vector<PartShape> kSlotStateOnly = {{EdgeKind::State, "", Show::Hidden, {}},
                                               {EdgeKind::State, "", Show::Open, EdgeKind::StateItem}};
// setattr(cell, 'cell_contents', value), which completes a cell.
const Shape kFillCell = {true,
                         {{EdgeKind::PostItem, nullptr, Show::Hidden, {}},
                          {EdgeKind::PostItem, nullptr, Show::Hidden, {}},
                          {EdgeKind::CellContents, nullptr, Show::Node, {}}}};
const Shape kHiddenCall = {true,
                           {{EdgeKind::PostItem, nullptr, Show::Hidden, {}},
                            {EdgeKind::PostItem, nullptr, Show::Hidden, {}},
                            {EdgeKind::PostItem, nullptr, Show::Hidden, {}}}};

bool pickling_error(const char* format, PyObject* a, PyObject* b = nullptr, PyObject* c = nullptr) {
  PyErr_Format(runtime().pickling_error.get(), format, a, b, c);
  return false;
}

bool is_slot_state(PyObject* state) {
  return PyTuple_CheckExact(state) && PyTuple_GET_SIZE(state) == 2 && PyDict_CheckExact(PyTuple_GET_ITEM(state, 1)) &&
         (PyTuple_GET_ITEM(state, 0) == Py_None || PyDict_CheckExact(PyTuple_GET_ITEM(state, 0)));
}

bool has_name(PyObject* callable, const char* name) {
  if (Py_TYPE(callable) == &PyType_Type) {  // the name, without making a str of it
    const char* const full = reinterpret_cast<PyTypeObject*>(callable)->tp_name;
    const char* const dot = PyType_HasFeature(reinterpret_cast<PyTypeObject*>(callable), Py_TPFLAGS_HEAPTYPE)
                                ? nullptr
                                : std::strrchr(full, '.');
    return std::strcmp(dot == nullptr ? full : dot + 1, name) == 0;
  }
  bool failed;
  const Ref found = attribute_or_null(callable, runtime().names.name, failed);
  if (failed) PyErr_Clear();
  return found && PyUnicode_Check(found.get()) && PyUnicode_CompareWithASCIIString(found.get(), name) == 0;
}

// args[0] of __newobj__ and __newobj_ex__ must be a class, and the object's own.
bool check_new_class(PyObject* object, PyObject* cls, const char* function) {
  const Names& names = runtime().names;
  if (!PyObject_HasAttr(cls, names.new_)) {
    PyErr_Format(runtime().pickling_error.get(), "args[0] from %s args has no __new__", function);
    return false;
  }
  if (object == nullptr) return true;
  const Ref of_object = Ref::steal(PyObject_GetAttr(object, names.class_));
  if (!of_object) return false;
  if (of_object.get() == cls) return true;
  PyErr_Format(runtime().pickling_error.get(), "args[0] from %s args has the wrong class", function);
  return false;
}

}  // namespace

void Driver::begin_construction(PyObject* object, std::vector<PostItem> post) {
  construction_index_[object] = constructions_.size();
  constructions_.push_back({object, std::move(post)});
}

std::vector<PostItem> Driver::end_construction(const Frame& frame) {
  std::vector<PostItem> post = std::move(constructions_.back().post);
  constructions_.pop_back();
  construction_index_.erase(frame.object);
  return post;
}

bool Driver::warn_recursive(PyObject* object) {
  const Names& names = runtime().names;
  bool failed;
  const Ref module = attribute_or_null(object, names.module, failed);
  if (failed) return false;
  const Ref name = qualified_name(object);
  if (!name) return false;
  const Ref text = Ref::steal(
      module
          ? PyUnicode_FromFormat("Cannot pickle %R: %S.%S has recursive self-references that trigger a RecursionError.",
                                 object, module.get(), name.get())
          : PyUnicode_FromFormat("Cannot pickle %R: it has recursive self-references that trigger a RecursionError.",
                                 object));
  if (!text) return false;
  const char* utf8 = PyUnicode_AsUTF8(text.get());
  return utf8 != nullptr && PyErr_WarnEx(runtime().pickling_warning.get(), utf8, 3) == 0;
}

bool Driver::start_reducer(PyObject* object, Reducer reducer) {
  if (reducer == reduce_module_dict && is_ordinary_dict(*this, object)) return start_dict(object);
  Reduced reduced;
  if (!reducer(*this, object, reduced)) return false;
  return start_reduced(object, std::move(reduced));
}

bool Driver::start_reduced(PyObject* object, Reduced reduced) {
  switch (reduced.kind) {
    case Reduced::Kind::Dict:
      return start_dict(object);
    case Reduced::Kind::Global:
      return start_global(object, reduced.name ? reduced.name.get() : nullptr);
    case Reduced::Kind::Raw:
      if (reporting()) observer_->reduced(node_, graph::Reduction::Global, nullptr);
      encoder_.put_raw({reinterpret_cast<const unsigned char*>(reduced.raw.data()), reduced.raw.size()});
      return true;
    case Reduced::Kind::Saver:
      if (reporting()) observer_->reduced(node_, graph::Reduction::Saver, reduced.callable.get());
      return call_saver(object, reduced.callable.get());
    case Reduced::Kind::None:
    case Reduced::Kind::Reduce:
      break;
  }
  if (reduced.shape != nullptr && reporting())
    observer_->reduced(node_, graph::Reduction::Dill, reduced.callable.get());
  if (!reduced.by_dill) return push_reduce(object, std::move(reduced));
  if (runtime().replaced(Helper::_save_with_postproc) && (pickler() != nullptr || PyErr_Occurred()))
    return pickler() != nullptr && start_by_postproc_of_others(object, reduced);
  return start_by_dill(object, std::move(reduced));
}

// Saves the object as one that is under construction until its post items are written.
bool Driver::start_by_dill(PyObject* object, Reduced reduced) {
  if (is_dill) {
    if (construction_of(object) >= 0) return warn_recursive(object) && start_global(object, nullptr);
    begin_construction(object, std::move(reduced.post));
    Frame& frame = push(Step::Post, object);
    frame.work = new Work;
  }
  return push_reduce(object, std::move(reduced));
}

// Somebody has put a function of his own in the place of dill._dill._save_with_postproc.
bool Driver::start_by_postproc_of_others(PyObject* object, const Reduced& reduced) {
  const Ref function = runtime().of_dill(Helper::_save_with_postproc);
  const Ref value =
      reduced.state ? Ref::steal(PyTuple_Pack(3, reduced.callable.get(), reduced.arguments.get(), reduced.state.get()))
                    : Ref::steal(PyTuple_Pack(2, reduced.callable.get(), reduced.arguments.get()));
  const Ref items = Ref::steal(PyList_New(0));
  if (!function || !value || !items) return false;
  for (const PostItem& item : reduced.post) {
    const Ref pair = Ref::steal(PyTuple_Pack(2, item.callable.get(), item.arguments.get()));
    if (!pair || PyList_Append(items.get(), pair.get()) < 0) return false;
  }
  const Ref arguments = Ref::steal(PyTuple_Pack(2, hooks_.pickler, value.get()));
  const Ref keywords = Ref::steal(Py_BuildValue("{s:O,s:O}", "obj", object, "postproc_list", items.get()));
  if (!arguments || !keywords) return false;
  ++nested_;
  const graph::NodeId node = node_;
  const Ref result = Ref::steal(PyObject_Call(function.get(), arguments.get(), keywords.get()));
  node_ = node;
  --nested_;
  return static_cast<bool>(result);
}

bool Driver::start_python_value(PyObject* object, const Ref& value, PyObject* reducer) {
  if (PyUnicode_Check(value.get())) return start_global(object, value.get());
  if (!PyTuple_Check(value.get())) return pickling_error("%S must return string or tuple", reducer);
  const Py_ssize_t size = PyTuple_GET_SIZE(value.get());
  if (size < 2 || size > 6) return pickling_error("Tuple returned by %S must have two to six elements", reducer);
  Reduced reduced;
  reduced.kind = Reduced::Kind::Reduce;
  reduced.by_dill = false;
  Ref* const members[] = {&reduced.callable,   &reduced.arguments,  &reduced.state,
                          &reduced.list_items, &reduced.dict_items, &reduced.state_setter};
  for (Py_ssize_t i = 0; i < size; ++i) {
    PyObject* member = PyTuple_GET_ITEM(value.get(), i);
    if (i < 2 || member != Py_None) *members[i] = Ref::borrow(member);
  }
  return push_reduce(object, std::move(reduced));
}

bool Driver::start_by_reduce_ex(PyObject* object) {
  const Names& names = runtime().names;
  bool failed;
  Ref method = attribute_or_null(object, names.reduce_ex, failed);
  if (failed) return false;
  Ref value;
  if (method) {
    const Ref number = Ref::steal(PyLong_FromLong(protocol));
    if (!number) return false;
    if (reporting()) observer_->reduced(node_, graph::Reduction::ReduceEx, method.get());
    value = Ref::steal(PyObject_CallOneArg(method.get(), number.get()));
  } else {
    method = attribute_or_null(object, names.reduce, failed);
    if (failed) return false;
    if (!method) {
      PyErr_Format(runtime().pickling_error.get(), "Can't pickle '%s' object: %R", Py_TYPE(object)->tp_name, object);
      return false;
    }
    if (reporting()) observer_->reduced(node_, graph::Reduction::ReduceEx, method.get());
    value = Ref::steal(PyObject_CallNoArgs(method.get()));
  }
  return value && start_python_value(object, value, method.get());
}

// What object.__reduce_ex__ does for a plain instance, without calling it.
bool Driver::start_instance(PyObject* object) {
  const Names& names = runtime().names;
  Ref state = Ref::steal(PyObject_GenericGetDict(object, nullptr));
  if (!state) {
    if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return false;
    PyErr_Clear();
  } else {
    // Attributes of the instance itself hide the methods that were looked at on its class.
    for (PyObject* name : {names.reduce_ex, names.getstate, names.getnewargs_ex, names.getnewargs, names.class_}) {
      const int has = PyDict_Contains(state.get(), name);
      if (has < 0) return false;
      if (has) return start_by_reduce_ex(object);
    }
    if (PyDict_GET_SIZE(state.get()) == 0) state = Ref();
  }
  if (reporting()) observer_->reduced(node_, graph::Reduction::Instance, nullptr);
  auto* const work = new Work;
  Frame& frame = push(Step::Reduce, object);
  frame.work = work;
  work->mode = Work::Mode::Newobj;
  work->reduced.kind = Reduced::Kind::Reduce;
  work->reduced.callable = Ref::borrow(reinterpret_cast<PyObject*>(Py_TYPE(object)));
  work->reduced.arguments = runtime().empty_tuple;
  work->reduced.state = std::move(state);
  return true;
}

bool Driver::push_reduce(PyObject* object, Reduced reduced) {
  const Runtime& rt = runtime();
  if (!PyTuple_Check(reduced.arguments.get())) {
    PyErr_SetString(rt.pickling_error.get(), "args from save_reduce() must be a tuple");
    return false;
  }
  if (!PyCallable_Check(reduced.callable.get())) {
    PyErr_SetString(rt.pickling_error.get(), "func from save_reduce() must be callable");
    return false;
  }
  if (reduced.state_setter && !PyCallable_Check(reduced.state_setter.get())) {
    PyErr_SetString(rt.pickling_error.get(), "state_setter from save_reduce() must be callable");
    return false;
  }
  auto mode = Work::Mode::Call;
  PyObject* const callable = reduced.callable.get();
  if (reduced.shape == nullptr && protocol >= 2) {
    if (callable == rt.newobj.get() || has_name(callable, "__newobj__"))
      mode = Work::Mode::Newobj;
    else if (callable == rt.newobj_ex.get() || has_name(callable, "__newobj_ex__"))
      mode = Work::Mode::NewobjEx;
  }
  if (mode == Work::Mode::Newobj) {
    const Py_ssize_t size = PyTuple_GET_SIZE(reduced.arguments.get());
    if (size == 0) {
      PyErr_SetString(PyExc_IndexError, "tuple index out of range");
      return false;
    }
    const Ref cls = Ref::borrow(PyTuple_GET_ITEM(reduced.arguments.get(), 0));
    if (!check_new_class(object, cls.get(), "__newobj__")) return false;
    reduced.arguments = Ref::steal(PyTuple_GetSlice(reduced.arguments.get(), 1, size));
    if (!reduced.arguments) return false;
    reduced.callable = cls;
  } else if (mode == Work::Mode::NewobjEx) {
    if (PyTuple_GET_SIZE(reduced.arguments.get()) != 3) {
      PyErr_SetString(PyExc_ValueError, "__newobj_ex__ takes a class, a tuple and a dict");
      return false;
    }
    if (!check_new_class(object, PyTuple_GET_ITEM(reduced.arguments.get(), 0), "__newobj_ex__")) return false;
    if (protocol < 4) {
      if (!make_partial(reduced)) return false;
      mode = Work::Mode::Call;
    } else if (!PyTuple_Check(PyTuple_GET_ITEM(reduced.arguments.get(), 1)) ||
               !PyDict_Check(PyTuple_GET_ITEM(reduced.arguments.get(), 2))) {
      PyErr_SetString(rt.pickling_error.get(), "__newobj_ex__ takes a class, a tuple and a dict");
      return false;
    }
  }
  auto* const work = new Work;
  work->mode = mode;
  work->made = reduced.shape == nullptr;
  work->reduced = std::move(reduced);
  push(Step::Reduce, object).work = work;
  return true;
}

bool Driver::step_reduce(std::size_t at) {
  enum Phase : std::uint8_t {
    Callable,
    Arguments,
    Keywords,
    Call,
    ListItems,
    DictItems,
    State,
    SetterObject,
    Build,
    Done
  };
  for (;;) {
    Frame& frame = stack_[at];
    const Work& work = *frame.work;
    const Reduced& reduced = work.reduced;
    const Shape* const shape = reduced.shape;
    PyObject* next = nullptr;
    switch (static_cast<Phase>(frame.phase++)) {
      case Callable:
        next = reduced.callable.get();
        if (work.mode == Work::Mode::NewobjEx) next = PyTuple_GET_ITEM(reduced.arguments.get(), 0);
        if (shape != nullptr && shape->hide_callable)
          part(frame, {EdgeKind::ReduceCallable, nullptr, Show::Hidden, {}}, graph::kNoIndex);
        else
          child(frame, work.mode == Work::Mode::Call ? EdgeKind::ReduceCallable : EdgeKind::Type, graph::kNoIndex);
        break;
      case Arguments:
        next = reduced.arguments.get();
        if (work.mode == Work::Mode::NewobjEx) next = PyTuple_GET_ITEM(next, 1);
        part(frame, {EdgeKind::ReduceArgument, "", Show::Open, EdgeKind::ReduceArgument}, graph::kNoIndex,
             shape != nullptr ? &shape->arguments : nullptr);
        break;
      case Keywords:
        if (work.mode != Work::Mode::NewobjEx) continue;
        next = PyTuple_GET_ITEM(reduced.arguments.get(), 2);
        part(frame, {EdgeKind::ReduceArgument, "", Show::Open, EdgeKind::ReduceDictItem}, graph::kNoIndex);
        break;
      case Call: {
        encoder_.put(work.mode == Work::Mode::Call     ? Opcode::REDUCE
                     : work.mode == Work::Mode::Newobj ? Opcode::NEWOBJ
                                                       : Opcode::NEWOBJ_EX);
        if (frame.object == nullptr) continue;
        hidden_ = frame.hidden;
        const std::uint32_t known = memo_.find(frame.object);
        if (known != Memo::kMissing) {  // the object was written below its own arguments
          encoder_.put(Opcode::POP);
          put_get(known);
        } else {
          memoize(frame.object, frame.node);
        }
        continue;
      }
      case ListItems:
      case DictItems: {
        const bool list = frame.phase - 1 == ListItems;
        PyObject* const items = list ? reduced.list_items.get() : reduced.dict_items.get();
        if (items == nullptr) continue;
        const Ref iterator = Ref::steal(PyObject_GetIter(items));
        if (!iterator) return false;
        PyObject* const object = stack_[at].object;  // `frame` may have moved: __iter__ is user code that may save
        const bool own = object != nullptr && (list ? PyList_Check(object) : static_cast<bool>(PyDict_Check(object)));
        node_ = stack_[at].node;
        hidden_ = stack_[at].hidden;
        Frame& pushed = push(list ? Step::Appends : Step::DictItems, nullptr);
        pushed.extra = Ref(iterator).release();
        if (list)
          pushed.item_edge = own ? EdgeKind::Item : EdgeKind::ReduceListItem;
        else
          pushed.item_edge = own ? EdgeKind::DictValue : EdgeKind::ReduceDictItem;
        return true;
      }
      case State:
        if (!reduced.state) {
          frame.phase = Done;
          continue;
        }
        if (reduced.state_setter) {
          next = reduced.state_setter.get();
          child(frame, EdgeKind::ReduceSetter, graph::kNoIndex);
          break;
        }
        frame.phase = Build;
        next = reduced.state.get();
        if (shape != nullptr)
          part(frame, shape->state, graph::kNoIndex, &shape->state_parts);
        else if (is_slot_state(next))
          part(frame, {EdgeKind::State, "", Show::Open, EdgeKind::State}, graph::kNoIndex,
               PyTuple_GET_ITEM(next, 0) == Py_None ? &kSlotStateOnly : &kSlotState);
        else
          part(frame, {EdgeKind::State, "", PyDict_CheckExact(next) ? Show::Open : Show::Node, EdgeKind::StateItem},
               graph::kNoIndex);
        break;
      case SetterObject:
        if (!frame.written) {  // the setter is written: now its two arguments
          frame.written = 1;
          frame.phase = SetterObject;
          next = frame.object != nullptr ? frame.object : Py_None;
          part(frame, {EdgeKind::PostItem, nullptr, Show::Hidden, {}}, graph::kNoIndex);
          break;
        }
        next = reduced.state.get();
        child(frame, EdgeKind::State, graph::kNoIndex);
        break;
      case Build:
        if (reduced.state_setter) {
          encoder_.put(Opcode::TUPLE2);
          encoder_.put(Opcode::REDUCE);
          encoder_.put(Opcode::POP);
        } else {
          encoder_.put(Opcode::BUILD);
        }
        continue;
      case Done:
        pop();
        return true;
    }
    if (!start(next)) return false;
    if (stack_.size() != at + 1) return true;
  }
}

// The object exists: the calls that complete it follow, the last queued one first, each result dropped.
bool Driver::step_post(std::size_t at) {
  enum Phase : std::uint8_t { Begin, Ready, Drop };
  if (stack_[at].phase == Begin) {
    stack_[at].work->post = end_construction(stack_[at]);
    stack_[at].position = static_cast<Py_ssize_t>(stack_[at].work->post.size());
    stack_[at].phase = Ready;
  }
  if (stack_[at].phase == Drop) {
    encoder_.put(Opcode::POP);
    stack_[at].phase = Ready;
  }
  while (stack_[at].position > 0) {
    Frame& frame = stack_[at];
    const PostItem& item = frame.work->post[static_cast<std::size_t>(--frame.position)];
    frame.phase = Drop;
    node_ = item.node;
    hidden_ = frame.hidden || item.node == graph::kNoNode;
    if (item.callable.get() == runtime().setitems.get() && PyTuple_GET_SIZE(item.arguments.get()) == 2) {
      PyObject* const target = PyTuple_GET_ITEM(item.arguments.get(), 0);
      PyObject* const source = PyTuple_GET_ITEM(item.arguments.get(), 1);
      if (PyDict_GET_SIZE(source) == 0) {
        frame.phase = Ready;
        continue;
      }
      const std::uint32_t known = memo_.find(target);
      if (known == Memo::kMissing) return pickling_error("the globals of %R were not written", frame.object);
      put_get(known);
      if (observer_ == nullptr && walks_plainly() && PyDict_CheckExact(source)) return start_plain_items(source);
      const EdgeKind edge = item.edge;
      Frame& items = push(Step::Dict, source);
      items.length = PyDict_GET_SIZE(source);
      items.item_edge = edge;
      return true;
    }
    Reduced call;
    call.kind = Reduced::Kind::Reduce;
    call.callable = item.callable;
    call.arguments = item.arguments;
    call.shape = item.edge == EdgeKind::CellContents ? &kFillCell : &kHiddenCall;
    return push_reduce(nullptr, std::move(call));
  }
  pop();
  return true;
}

bool Driver::start_global(PyObject* object, PyObject* wanted_name) {
  const Runtime& rt = runtime();
  const Names& names = rt.names;
  if (reporting()) observer_->reduced(node_, graph::Reduction::Global, nullptr);
  Ref name = Ref::borrow(wanted_name);
  bool failed;
  if (!name) {
    name = attribute_or_null(object, names.qualname, failed);
    if (failed) return false;
  }
  if (!name || name.get() == Py_None) {
    name = Ref::steal(PyObject_GetAttr(object, names.name));
    if (!name) return false;
  }
  Ref module_name = attribute_or_null(object, names.module, failed);
  if (failed) return false;
  if (!module_name || module_name.get() == Py_None) {
    const Ref pickle = Ref::steal(PyImport_ImportModule("pickle"));
    if (!pickle) return false;
    module_name = Ref::steal(PyObject_CallMethod(pickle.get(), "whichmodule", "OO", object, name.get()));
    if (!module_name) return false;
  }
  const auto not_found = [&] {
    if (!PyErr_ExceptionMatches(PyExc_ImportError) && !PyErr_ExceptionMatches(PyExc_KeyError) &&
        !PyErr_ExceptionMatches(PyExc_AttributeError))
      return false;
    const Ref cause = take_exception();
    pickling_error("Can't pickle %R: it's not found as %S.%S", object, module_name.get(), name.get());
    return false;
  };
  if (!PyUnicode_Check(module_name.get())) {
    PyErr_SetString(PyExc_TypeError, "module name must be a string");
    return false;
  }
  Ref module;
  if (PyDict_Check(rt.sys_modules.get()))
    module = Ref::borrow(PyDict_GetItemWithError(rt.sys_modules.get(), module_name.get()));
  if (!module) {
    if (PyErr_Occurred()) return false;
    const Ref imported = Ref::steal(PyImport_ImportModuleLevelObject(module_name.get(), nullptr, nullptr, nullptr, 0));
    if (!imported) return not_found();
    module = Ref::steal(PyObject_GetItem(rt.sys_modules.get(), module_name.get()));
    if (!module) return not_found();
  }
  const Ref found = walk(module.get(), name.get());
  if (!found) return not_found();
  if (found.get() != object)
    return pickling_error("Can't pickle %R: it's not the same object as %S.%S", object, module_name.get(), name.get());
  if (protocol >= 2) {
    const Ref key = Ref::steal(PyTuple_Pack(2, module_name.get(), name.get()));
    if (!key) return false;
    PyObject* const code = PyDict_GetItemWithError(rt.extension_registry.get(), key.get());
    if (code == nullptr && PyErr_Occurred()) return false;
    if (code != nullptr) {
      const long number = PyLong_AsLong(code);
      if (number == -1 && PyErr_Occurred()) return false;
      if (number <= 0 || number > 0x7FFF'FFFF) {
        PyErr_Format(number <= 0 ? PyExc_RuntimeError : PyExc_OverflowError, "extension code %ld is out of range",
                     number);
        return false;
      }
      if (number <= 0xFF)
        encoder_.put(Opcode::EXT1, static_cast<std::uint8_t>(number));
      else if (number <= 0xFFFF)
        encoder_.put_number(Opcode::EXT2, static_cast<std::uint16_t>(number));
      else
        encoder_.put_number(Opcode::EXT4, static_cast<std::int32_t>(number));
      return true;
    }
  }
  if (protocol < 4) return write_named_global(object, module.get(), module_name.get(), name.get());
  if (!save_hidden(module_name.get()) || !save_hidden(name.get())) return false;
  encoder_.put(Opcode::STACK_GLOBAL);
  memoize(object, node_);
  return true;
}

// The edge of an entry of the state: an attribute where `getattr` gives the very value without running user code.
EdgeKind Driver::state_edge(std::size_t at, PyObject* key, PyObject* value) const {
  std::size_t owner = at;
  while (owner > 0 && stack_[owner].step != Step::Reduce) --owner;
  PyObject* const object = stack_[owner].object;
  if (object == nullptr || !PyUnicode_CheckExact(key) || !PyUnicode_IsIdentifier(key)) return EdgeKind::StateItem;
  PyTypeObject* const type = Py_TYPE(object);
  if (type->tp_getattro != PyObject_GenericGetAttr) return EdgeKind::StateItem;
  PyObject* const of_class = _PyType_Lookup(type, key);
  if (of_class != nullptr && Py_TYPE(of_class) == &PyMemberDescr_Type) {
    const Ref held = Ref::steal(PyObject_GenericGetAttr(object, key));
    if (!held) PyErr_Clear();
    return held.get() == value ? EdgeKind::Slot : EdgeKind::StateItem;
  }
  if (of_class != nullptr && Py_TYPE(of_class)->tp_descr_set != nullptr) return EdgeKind::StateItem;
  if (type->tp_dictoffset == 0) return EdgeKind::StateItem;
  const Ref attributes = Ref::steal(PyObject_GenericGetDict(object, nullptr));
  if (!attributes) {
    PyErr_Clear();
    return EdgeKind::StateItem;
  }
  PyObject* const held = PyDict_GetItemWithError(attributes.get(), key);
  if (held == nullptr) PyErr_Clear();
  return held == value ? EdgeKind::Attribute : EdgeKind::StateItem;
}

}  // namespace dill::engine
