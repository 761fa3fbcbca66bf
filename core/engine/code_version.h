// Which Pythons a code object can be of: their bytecode differs, and the interpreter crashes on that of another.
#pragma once

#include <Python.h>

#include <string>

namespace dill::engine {

// The parts of a code object that tell, as a stream has them. All borrowed.
struct CodeParts {
  PyObject* code;       // bytes
  PyObject* constants;  // a tuple, as the others
  PyObject* names;
  PyObject* locals;
  PyObject* cells;
  PyObject* free;
  PyObject* lines = nullptr;     // the line table of a Python before 3.11, if it is known to be one; bytes
  bool of_other_layout = false;  // its fields are not those that code of the running Python has
};

// True if every instruction is one of the running Python and refers to what there is. Such code need not be compiled by
// it: what two Pythons spell alike they also run alike.
bool is_of_this_python(const CodeParts& parts);

// For people: "Python 3.12", "Python 3.8 or 3.9"; "another Python" if it is none of those that are known.
std::string pythons_of(const CodeParts& parts);

// While it lives, the code of a load on this thread is checked as the load was asked to. Loads may nest.
class CodeCheck {
 public:
  // `ignore`: what the load got under that name, or null; None means settings['ignore']. `unpickler`: the dill.Unpickler
  // whose attribute _ignore counts instead, or null. Both borrowed.
  CodeCheck(PyObject* ignore, PyObject* unpickler);
  CodeCheck(const CodeCheck&) = delete;
  CodeCheck& operator=(const CodeCheck&) = delete;
  ~CodeCheck();

  // The load met the header of a pickle that another Python wrote, as "3.12.1".
  static void met_header(std::string python);

 private:
  friend bool check_code(const CodeParts& parts, PyObject* name);
  PyObject* ignore_;
  PyObject* unpickler_;
  std::string python_;  // of the header; empty if there was none
  CodeCheck* outer_;
};

// False with UnpicklingError if the code is another Python's, unless the load ignores that. `name` is the function's.
bool check_code(const CodeParts& parts, PyObject* name);

// What stands behind PROTO in a pickle that says which Python wrote it, in opcodes of that protocol; empty before 2.
std::string header(int protocol);

// settings['header']. Raises nothing.
bool wants_header();

// The Python in such a header; empty if the text is none.
std::string python_in_header(PyObject* text);

}  // namespace dill::engine
