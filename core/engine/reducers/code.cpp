// Code objects: every field of the constructor, in the layout that dill writes for this Python.
#include "engine/reducers/build.h"

namespace dill::engine {
namespace {

// The graph shows the constants (nested functions are among them); the other fields are numbers and tables.
Shape code_shape(std::size_t fields, std::size_t constants) {
  Shape shape;
  shape.hide_callable = true;
  shape.arguments.assign(fields, {EdgeKind::FunctionState, nullptr, Show::Hidden, {}});
  shape.arguments[constants] = {EdgeKind::CodeConstant, "co_consts", Show::Open, EdgeKind::CodeConstant};
  return shape;
}

constexpr bool kLeadingLnotab = PY_VERSION_HEX >= 0x030A0000;
#if PY_VERSION_HEX >= 0x030B0000
constexpr std::size_t kFields = 18;
#else
constexpr std::size_t kFields = 16;
#endif
constexpr std::size_t kConstants = 7;

#if PY_VERSION_HEX >= 0x030B0000

// co_lnotab is deprecated since 3.12 and asking for it warns; the table is derived from co_linetable here, as the
// interpreter does it (PEP 626's table to the form of Objects/lnotab_notes.txt of Python 3.9).
class LineTable {
 public:
  LineTable(const unsigned char* data, Py_ssize_t size, int first_line)
      : at_(data), end_(data + size), line_(first_line) {}

  std::string lnotab() {
    std::string table;
    int noted_code = 0, noted_line = line_, code = 0;
    while (at_ < end_) {
      const int start = code;
      code += entry();
      if (line_ == noted_line) continue;
      emit(table, start - noted_code, line_ - noted_line);
      noted_code = start;
      noted_line = line_;
    }
    return table;
  }

 private:
  // Reads one entry and returns the length in bytes of the code that it covers.
  int entry() {
    const unsigned char head = *at_++;
    const int kind = (head >> 3) & 15;
    if (kind == 15) {
      // no line
    } else if (kind == 14) {
      line_ += signed_varint();
      varint();
      varint();
      varint();
    } else if (kind == 13) {
      line_ += signed_varint();
    } else if (kind >= 10) {
      line_ += kind - 10;
      at_ += 2;
    } else {
      at_ += 1;
    }
    return ((head & 7) + 1) * 2;
  }

  unsigned varint() {
    unsigned value = 0;
    for (int shift = 0; at_ < end_; shift += 6) {
      const unsigned char byte = *at_++;
      value |= static_cast<unsigned>(byte & 63) << shift;
      if ((byte & 64) == 0) break;
    }
    return value;
  }

  int signed_varint() {
    const unsigned value = varint();
    return (value & 1) != 0 ? -static_cast<int>(value >> 1) : static_cast<int>(value >> 1);
  }

  static void emit(std::string& table, int code, int line) {
    const auto pair = [&](int a, int b) {
      table.push_back(static_cast<char>(a));
      table.push_back(static_cast<char>(b));
    };
    for (; code > 255; code -= 255) pair(255, 0);
    const int limit = line > 127 ? 127 : -128;
    while (line > 127 || line < -128) {
      pair(code, limit);
      code = 0;
      line -= limit;
    }
    pair(code, line);
  }

  const unsigned char* at_;
  const unsigned char* end_;
  int line_;
};

Ref lnotab(PyCodeObject* code) {
  LineTable table(reinterpret_cast<const unsigned char*>(PyBytes_AS_STRING(code->co_linetable)),
                  PyBytes_GET_SIZE(code->co_linetable), code->co_firstlineno);
  const std::string bytes = table.lnotab();
  return Ref::steal(PyBytes_FromStringAndSize(bytes.data(), static_cast<Py_ssize_t>(bytes.size())));
}

Ref bytecode(PyCodeObject* code) { return Ref::steal(PyCode_GetCode(code)); }
Ref local_names(PyCodeObject* code) { return Ref::steal(PyCode_GetVarnames(code)); }
Ref free_names(PyCodeObject* code) { return Ref::steal(PyCode_GetFreevars(code)); }
Ref cell_names(PyCodeObject* code) { return Ref::steal(PyCode_GetCellvars(code)); }

#else

[[maybe_unused]] Ref lnotab(PyCodeObject* code) { return attribute(reinterpret_cast<PyObject*>(code), "co_lnotab"); }
Ref bytecode(PyCodeObject* code) { return Ref::borrow(code->co_code); }
Ref local_names(PyCodeObject* code) { return Ref::borrow(code->co_varnames); }
Ref free_names(PyCodeObject* code) { return Ref::borrow(code->co_freevars); }
Ref cell_names(PyCodeObject* code) { return Ref::borrow(code->co_cellvars); }

#endif

// Fills a tuple from the left; a null object makes it fail.
class Filler {
 public:
  explicit Filler(PyObject* tuple) : tuple_(tuple) {}
  void add(Ref object) {
    if (!object) failed_ = true;
    if (!failed_) PyTuple_SET_ITEM(tuple_, at_++, object.release());
  }
  void add(PyObject* borrowed) { add(Ref::borrow(borrowed)); }
  void add(int number) { add(Ref::steal(PyLong_FromLong(number))); }
  bool failed() const { return failed_; }

 private:
  PyObject* tuple_;
  Py_ssize_t at_ = 0;
  bool failed_ = false;
};

}  // namespace

bool reduce_code(Context&, PyObject* object, Reduced& out) {
  constexpr std::size_t count = kFields + (kLeadingLnotab ? 1 : 0);
  static const Shape shape = code_shape(count, kConstants + (kLeadingLnotab ? 1 : 0));
  auto* const code = reinterpret_cast<PyCodeObject*>(object);
  Ref arguments = Ref::steal(PyTuple_New(static_cast<Py_ssize_t>(count)));
  if (!arguments) return false;
  Filler fields(arguments.get());
  if constexpr (kLeadingLnotab) fields.add(lnotab(code));
  fields.add(code->co_argcount);
  fields.add(code->co_posonlyargcount);
  fields.add(code->co_kwonlyargcount);
  fields.add(code->co_nlocals);
  fields.add(code->co_stacksize);
  fields.add(code->co_flags);
  fields.add(bytecode(code));
  fields.add(code->co_consts);
  fields.add(code->co_names);
  fields.add(local_names(code));
  fields.add(code->co_filename);
  fields.add(code->co_name);
#if PY_VERSION_HEX >= 0x030B0000
  fields.add(code->co_qualname);
#endif
  fields.add(code->co_firstlineno);
#if PY_VERSION_HEX >= 0x030A0000
  fields.add(code->co_linetable);
#else
  fields.add(code->co_lnotab);
#endif
#if PY_VERSION_HEX >= 0x030B0000
  fields.add(code->co_exceptiontable);
#endif
  fields.add(free_names(code));
  fields.add(cell_names(code));
  if (fields.failed()) return false;
  out.kind = Reduced::Kind::Reduce;
  out.by_dill = false;
  out.callable = runtime().of_dill(Helper::_create_code);
  out.arguments = std::move(arguments);
  out.shape = &shape;
  return static_cast<bool>(out.callable);
}

}  // namespace dill::engine
