// What objects take in protocols 0 to 3 instead of the opcodes of protocol 4.
#include "engine/driver.h"
#include "engine/locate.h"
#include "engine/runtime.h"

namespace dill::engine {
namespace {

using graph::EdgeKind;
using pickle::Opcode;
using Show = PartShape::Show;

// set([...]): the items belong to the set.
const Shape kSetOfList = {true, {{EdgeKind::SetItem, nullptr, Show::Open, EdgeKind::SetItem}}};
// getattr(owner, name), which stands for the name of something in `owner`.
const Shape kGetattr = {
    true, {{EdgeKind::SaverItem, nullptr, Show::Node, {}}, {EdgeKind::SaverItem, nullptr, Show::Hidden, {}}}};

constexpr struct {
  char character;
  const char* escape;
} kEscapes[] = {{'\\', "\\u005c"}, {'\0', "\\u0000"}, {'\n', "\\u000a"}, {'\r', "\\u000d"}, {'\x1a', "\\u001a"}};

bool is_escaped(Py_UCS4 character) {
  for (const auto& known : kEscapes)
    if (character == static_cast<Py_UCS4>(known.character)) return true;
  return false;
}

// The text as the stock pickler has it before it is encoded, an object of its own.
Ref escaped_copy(PyObject* text) {
  Ref copy = Ref::borrow(text);
  for (const auto& known : kEscapes) {
    const Ref from = Ref::steal(PyUnicode_FromStringAndSize(&known.character, 1));
    const Ref to = Ref::steal(PyUnicode_FromString(known.escape));
    if (!from || !to) return {};
    copy = Ref::steal(PyUnicode_Replace(copy.get(), from.get(), to.get(), -1));
    if (!copy) return {};
  }
  return copy;
}

// 1, 0, or -1 with an exception; the answers of Runtime.
int memoizes_escaped_text() {
  Runtime& rt = runtime();
  if (rt.memoizes_escaped_text >= 0) return rt.memoizes_escaped_text;
  const Ref pickle = Ref::steal(PyImport_ImportModule("pickle"));
  const Ref file = Ref::steal(PyObject_CallNoArgs(rt.bytes_io.get()));
  if (!pickle || !file) return -1;
  const Ref pickler = Ref::steal(PyObject_CallMethod(pickle.get(), "_Pickler", "Oi", file.get(), 0));
  const Ref text = Ref::steal(PyUnicode_FromString("a line\n"));
  if (!pickler || !text) return -1;
  const Ref saved = Ref::steal(PyObject_CallMethod(pickler.get(), "save_str", "O", text.get()));
  const Ref memo = saved ? Ref::steal(PyObject_GetAttr(pickler.get(), rt.names.memo)) : Ref();
  const Ref id = Ref::steal(PyLong_FromVoidPtr(text.get()));
  if (!memo || !id) return -1;
  return rt.memoizes_escaped_text = PySequence_Contains(memo.get(), id.get());
}

int chains_getattr() {
  Runtime& rt = runtime();
  if (rt.chains_getattr >= 0) return rt.chains_getattr;
  const Ref pickle = Ref::steal(PyImport_ImportModule("pickle"));
  const Ref stock = pickle ? Ref::steal(PyObject_GetAttrString(pickle.get(), "_Pickler")) : Ref();
  if (!stock) return -1;
  return rt.chains_getattr = PyObject_HasAttrString(stock.get(), "_save_toplevel_by_name");
}

// What Python 2 calls it. False with an exception.
bool rename_for_python_2(Ref& module, Ref& name) {
  const Ref compat = Ref::steal(PyImport_ImportModule("_compat_pickle"));
  const Ref names = compat ? Ref::steal(PyObject_GetAttrString(compat.get(), "REVERSE_NAME_MAPPING")) : Ref();
  const Ref modules = names ? Ref::steal(PyObject_GetAttrString(compat.get(), "REVERSE_IMPORT_MAPPING")) : Ref();
  const Ref key = Ref::steal(PyTuple_Pack(2, module.get(), name.get()));
  if (!modules || !key) return false;
  const auto look_up = [](const Ref& table, const Ref& of, Ref& found) {
    found = Ref::steal(PyObject_GetItem(table.get(), of.get()));
    if (found) return true;
    if (!PyErr_ExceptionMatches(PyExc_KeyError)) return false;
    PyErr_Clear();
    return true;
  };
  Ref found;
  if (!look_up(names, key, found)) return false;
  if (!found) {
    if (!look_up(modules, module, found)) return false;
    if (found) module = found;
  } else {
    PyObject *new_module, *new_name;
    if (!PyArg_ParseTuple(found.get(), "OO", &new_module, &new_name)) return false;
    module = Ref::borrow(new_module);
    name = Ref::borrow(new_name);
  }
  if (PyUnicode_Check(module.get()) && PyUnicode_Check(name.get())) return true;
  PyErr_SetString(PyExc_TypeError, "the names in _compat_pickle must be strings");
  return false;
}

bool view_utf8(const Ref& text, std::string_view& view) {
  Py_ssize_t size;
  const char* const utf8 = PyUnicode_AsUTF8AndSize(text.get(), &size);
  if (utf8 != nullptr) view = {utf8, static_cast<std::size_t>(size)};
  return utf8 != nullptr;
}

}  // namespace

bool Driver::write_text_line(PyObject* object, Ref& memoized) {
#if PY_VERSION_HEX < 0x030C0000
  if (PyUnicode_READY(object) < 0) return false;
#endif
  const int kind = PyUnicode_KIND(object);
  const void* const data = PyUnicode_DATA(object);
  const Py_ssize_t length = PyUnicode_GET_LENGTH(object);
  bool escaped = false;
  encoder_.put(Opcode::UNICODE);
  for (Py_ssize_t i = 0; i < length; ++i) {
    const Py_UCS4 character = PyUnicode_READ(kind, data, i);
    escaped = escaped || is_escaped(character);
    encoder_.put_escaped(character);
  }
  encoder_.end_line();
  if (!escaped) return true;
  const int same = memoizes_escaped_text();
  if (same < 0) return false;
  if (same == 0) memoized = escaped_copy(object);
  return same != 0 || memoized;
}

bool Driver::write_long_line(PyObject* object) {
  const Ref digits = Ref::steal(PyObject_Repr(object));
  std::string_view text;
  if (!digits || !view_utf8(digits, text)) return false;
  encoder_.put_line(Opcode::LONG, std::string(text) + 'L');
  return true;
}

// Before protocol 3 there is no opcode for bytes.
bool Driver::write_bytes_by_call(PyObject* object) {
  const Runtime& rt = runtime();
  Reduced reduced;
  reduced.kind = Reduced::Kind::Reduce;
  reduced.by_dill = false;
  if (PyBytes_GET_SIZE(object) == 0) {
    reduced.callable = Ref::borrow(reinterpret_cast<PyObject*>(&PyBytes_Type));
    reduced.arguments = rt.empty_tuple;
  } else {
    const Ref codecs = Ref::steal(PyImport_ImportModule("codecs"));
    if (!codecs) return false;
    reduced.callable = Ref::steal(PyObject_GetAttrString(codecs.get(), "encode"));
    const Ref text = Ref::steal(PyUnicode_DecodeLatin1(PyBytes_AS_STRING(object), PyBytes_GET_SIZE(object), nullptr));
    if (!reduced.callable || !text) return false;
    reduced.arguments = Ref::steal(PyTuple_Pack(2, text.get(), rt.names.latin1));
    if (!reduced.arguments) return false;
  }
  return run_hidden([&] { return push_reduce(object, std::move(reduced)); });
}

bool Driver::write_persistent_id_line(PyObject* pid) {
  const Ref text = Ref::steal(PyObject_Str(pid));
  std::string_view line;
  if (!text) return false;
  if (!PyUnicode_IS_ASCII(text.get())) {
    PyErr_SetString(runtime().pickling_error.get(), "persistent IDs in protocol 0 must be ASCII strings");
    return false;
  }
  if (!view_utf8(text, line)) return false;
  encoder_.put_line(Opcode::PERSID, line);
  return true;
}

// Before protocol 4 sets and frozensets are calls with a list.
bool Driver::start_set_by_call(PyObject* object) {
  Reduced reduced;
  reduced.kind = Reduced::Kind::Reduce;
  reduced.by_dill = false;
  reduced.shape = &kSetOfList;
  reduced.callable = Ref::borrow(reinterpret_cast<PyObject*>(Py_TYPE(object)));
  const Ref items = Ref::steal(PySequence_List(object));
  if (!items) return false;
  reduced.arguments = Ref::steal(PyTuple_Pack(1, items.get()));
  return reduced.arguments && push_reduce(object, std::move(reduced));
}

// Before protocol 4 nothing like NEWOBJ_EX is there: a partial of the class's __new__ is called without arguments.
bool Driver::make_partial(Reduced& reduced) {
  const Runtime& rt = runtime();
  PyObject* const cls = PyTuple_GET_ITEM(reduced.arguments.get(), 0);
  const Ref new_ = Ref::steal(PyObject_GetAttr(cls, rt.names.new_));
  const Ref given = Ref::steal(PySequence_Tuple(PyTuple_GET_ITEM(reduced.arguments.get(), 1)));
  const Ref keywords = Ref::steal(PyDict_New());
  if (!new_ || !given || !keywords) return false;
  PyObject* const mapping = PyTuple_GET_ITEM(reduced.arguments.get(), 2);
  if (PyDict_Update(keywords.get(), mapping) < 0) {
    if (!PyErr_ExceptionMatches(PyExc_AttributeError)) return false;
    // As the interpreter says it of a call with **mapping.
    PyErr_Format(PyExc_TypeError, "functools.partial() argument after ** must be a mapping, not %.200s",
                 Py_TYPE(mapping)->tp_name);
    return false;
  }
  const Ref first = Ref::steal(PyTuple_Pack(2, new_.get(), cls));
  const Ref all = first ? Ref::steal(PySequence_Concat(first.get(), given.get())) : Ref();
  if (!all) return false;
  reduced.callable = Ref::steal(PyObject_Call(rt.partial.get(), all.get(), keywords.get()));
  reduced.arguments = rt.empty_tuple;
  return static_cast<bool>(reduced.callable);
}

// The end of start_global() before protocol 4, where GLOBAL takes only names without a dot.
bool Driver::write_named_global(PyObject* object, PyObject* module, PyObject* module_name, PyObject* name) {
  const Ref dot = Ref::steal(PyUnicode_FromString("."));
  const Ref parts = dot ? Ref::steal(PyUnicode_RPartition(name, dot.get())) : Ref();
  if (!parts) return false;
  PyObject* const last = PyTuple_GET_ITEM(parts.get(), 2);
  const bool dotted = PyUnicode_GET_LENGTH(PyTuple_GET_ITEM(parts.get(), 1)) != 0;
  const Ref owner = dotted ? walk(module, PyTuple_GET_ITEM(parts.get(), 0)) : Ref::borrow(module);
  if (!owner) return false;
  if (owner.get() == module) {
    if (!write_top_level_name(module_name, last)) return false;
    memoize(object, node_);
    return true;
  }
  const int chains = chains_getattr();
  if (chains < 0) return false;
  if (chains > 0) {
    const Ref path = Ref::steal(PyUnicode_Split(name, dot.get(), -1));
    return path && write_getattr_chain(object, module_name, path.get());
  }
  Reduced reduced;
  reduced.kind = Reduced::Kind::Reduce;
  reduced.by_dill = false;
  reduced.shape = &kGetattr;
  reduced.callable = Ref::borrow(PyDict_GetItemString(runtime().builtins.get(), "getattr"));
  reduced.arguments = Ref::steal(PyTuple_Pack(2, owner.get(), last));
  if (!reduced.callable) PyErr_SetString(PyExc_AttributeError, "the builtin function getattr is gone");
  return reduced.callable && reduced.arguments && push_reduce(object, std::move(reduced));
}

bool Driver::write_getattr_chain(PyObject* object, PyObject* module_name, PyObject* parts) {
  const Py_ssize_t length = PyList_GET_SIZE(parts);
  const Ref getattr = Ref::borrow(PyDict_GetItemString(runtime().builtins.get(), "getattr"));
  if (!getattr) {
    PyErr_SetString(PyExc_AttributeError, "the builtin function getattr is gone");
    return false;
  }
  for (Py_ssize_t i = 1; i < length; ++i) {
    if (!save_hidden(getattr.get())) return false;
    if (protocol < 2) encoder_.put(Opcode::MARK);
  }
  if (!write_top_level_name(module_name, PyList_GET_ITEM(parts, 0))) return false;
  for (Py_ssize_t i = 1; i < length; ++i) {
    if (!save_hidden(PyList_GET_ITEM(parts, i))) return false;
    encoder_.put(protocol < 2 ? Opcode::TUPLE : Opcode::TUPLE2);
    encoder_.put(Opcode::REDUCE);
  }
  memoize(object, node_);
  return true;
}

bool Driver::write_top_level_name(PyObject* module_name, PyObject* name) {
  Ref module = Ref::borrow(module_name), top = Ref::borrow(name);
  if (protocol < 3) {
    if (fix_imports && !rename_for_python_2(module, top)) return false;
    const auto is_ascii = [](const Ref& text) { return text && PyUnicode_IS_ASCII(text.get()); };
    if (!is_ascii(module) || !is_ascii(top)) {
      PyErr_Format(runtime().pickling_error.get(),
                   "can't pickle global identifier '%S.%S' using pickle protocol %d, which takes only ASCII",
                   module.get(), top.get(), protocol);
      return false;
    }
  }
  std::string_view module_text, name_text;
  if (!view_utf8(module, module_text) || !view_utf8(top, name_text)) return false;
  encoder_.put_global(module_text, name_text);
  return true;
}

}  // namespace dill::engine
