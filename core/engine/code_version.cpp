#include "engine/code_version.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/ref.h"
#include "engine/runtime.h"
#include "engine/unpickler/load_runtime.h"

namespace dill::engine {
namespace {

// '.' no instruction, 'c' constant, 'n' name, 'g' name and one flag below it, 's' name and two flags, 'l' local variable,
// 'p' two of them, 'f' cell or free variable, 'j' jump forward, 'b' back, 'a' to, 'x' EXTENDED_ARG, 'q' comparison,
// 'r' RESUME, '-' anything else. The caches are hexadecimal.
struct Version {
  int minor;
  std::string_view kinds, caches;
};

// clang-format off
// Made from the module `opcode` of each Python.
constexpr std::array<Version, 6> kVersions{{
    {8,
     ".------..----..---.--.--------....................--------.---------------.-----.---------nn-j-nnnn."
     "cn----nqnnjaaaaan.....j.lll...----.ffff..--jx---f-----j----.n-j-",
     ""},
    {9,
     ".------..----..---.--.--------..................-----.----.---------------------..------.-nn-j-nnnn."
     "cn----nqnnjaaaaan--..aj.lll...----.ffff..--jx---f.....j---..n-----",
     ""},
    {10,
     ".------..----..---.--.-------------..............----.----.---------------------..------.-nn-j-nnnn-"
     "cn----nqnnjaaaaan---.aj.lll..-----.ffff..--jx---f...-.j---..n-----",
     ""},
    {11,
     ".--......----..-.........-....----.---...........------.....--......----..--......--------nn-j-nnnn-"
     "cn----nqnnjjj.jjg----.-jlll.jj----bfffffb.-.x---f-.r-..---..n.-----....-cbbbb",
     "0000000000000000000000000400000000000000000000000000000000001000000000000000000000000000000010040000"
     "000000420000000050000010000000000000000000000000000000000000a00000100004"},
    {12,
     ".-----...-.--..-.........---..----.---...........-------....--......--.-..--.......-.-.-.-nn-j-nnnn-"
     "cn----g-nnj...jjg----c-jlllljj----bfffffbs-lx---.--r-..---....----.....-c--nf",
     "0000000000000000000000000100000000000000000000000000000000001000000000000000000000000000000011040000"
     "000000910000000040000011000000000000000001000000000000000000000000000003"},
    {13,
     ".--.-------------.---------------------------------------------nflnn--.xj-nn-bbj--gcflllpfngnsf--jjj"
     "j--cj---nflppnn----..............................r",
     "0000010000000000000000000000000000000001300001000000030000110000000000001000010000900000000401000111"
     "100010004000000001"},
}};
// clang-format on

constexpr int kRunning = PY_MINOR_VERSION;

struct Sizes {
  Py_ssize_t constants, names, locals, cells, all;
};

bool read_sizes(const CodeParts& parts, Sizes& sizes) {
  if (!PyBytes_Check(parts.code)) return false;
  for (PyObject* const part : {parts.constants, parts.names, parts.locals, parts.cells, parts.free})
    if (!PyTuple_Check(part)) return false;
  sizes.constants = PyTuple_GET_SIZE(parts.constants);
  sizes.names = PyTuple_GET_SIZE(parts.names);
  sizes.locals = PyTuple_GET_SIZE(parts.locals);
  sizes.cells = PyTuple_GET_SIZE(parts.cells) + PyTuple_GET_SIZE(parts.free);
  sizes.all = sizes.locals + sizes.cells;
  return true;
}

// Python 3.10 has a table that covers all of the code; before it the begin of the last line is the last entry.
bool fits_lines(const Version& version, const CodeParts& parts, Py_ssize_t size) {
  if (parts.lines == nullptr || version.minor > 10 || !PyBytes_Check(parts.lines)) return true;
  const auto* const table = reinterpret_cast<const unsigned char*>(PyBytes_AS_STRING(parts.lines));
  const Py_ssize_t length = PyBytes_GET_SIZE(parts.lines);
  if (length == 0) return true;
  Py_ssize_t covered = 0;
  for (Py_ssize_t i = 0; i + 1 < length; i += 2) covered += table[i];
  return version.minor == 10 ? covered == size : covered < size;
}

enum class Fit { No, Resumeless, Yes };

// Resumeless: but for RESUME, which all that a compiler makes has from 3.11 on.
Fit fit(const Version& version, const CodeParts& parts) {
  Sizes sizes;
  if (!read_sizes(parts, sizes)) return Fit::Yes;  // the constructor says what is wrong
  const auto* const code = reinterpret_cast<const unsigned char*>(PyBytes_AS_STRING(parts.code));
  const Py_ssize_t size = PyBytes_GET_SIZE(parts.code);
  if (size % 2 != 0 || !fits_lines(version, parts, size)) return Fit::No;
  const Py_ssize_t count = size / 2;
  // From 3.11 on cells are counted behind the local variables.
  const Py_ssize_t locals = version.minor >= 11 ? sizes.all : sizes.locals;
  const Py_ssize_t cells = version.minor >= 11 ? sizes.all : sizes.cells;
  std::int64_t extended = 0;
  bool resumes = false;
  for (Py_ssize_t i = 0; i < count; ++i) {
    const unsigned opcode = code[2 * i];
    const std::int64_t argument = extended << 8 | code[2 * i + 1];
    const char kind = opcode < version.kinds.size() ? version.kinds[opcode] : '.';
    if (kind == '.' || argument > INT32_MAX) return Fit::No;
    extended = kind == 'x' ? argument : 0;
    resumes = resumes || kind == 'r';
    int caches = 0;
    if (opcode < version.caches.size()) {
      const char digit = version.caches[opcode];
      caches = digit <= '9' ? digit - '0' : digit - 'a' + 10;
    }
    if (i + caches >= count) return Fit::No;
    for (int cache = 1; cache <= caches; ++cache)
      if (code[2 * (i + cache)] != 0) return Fit::No;
    i += caches;
    const Py_ssize_t next = i + 1;
    // Before 3.10 jumps count bytes.
    const std::int64_t jump = version.minor >= 10 ? argument : argument / 2;
    bool good = true;
    switch (kind) {
      case 'c':
        good = argument < sizes.constants;
        break;
      case 'n':
        good = argument < sizes.names;
        break;
      case 'g':
        good = argument >> 1 < sizes.names;
        break;
      case 's':
        good = argument >> 2 < sizes.names;
        break;
      case 'l':
        good = argument < locals;
        break;
      case 'p':
        good = argument >> 4 < locals && (argument & 15) < locals;
        break;
      case 'f':
        good = argument < cells;
        break;
      case 'j':
        good = next + jump <= count;
        break;
      case 'b':
        good = jump <= next;
        break;
      case 'a':
        good = jump <= count;
        break;
      case 'q':
        good = argument < (version.minor == 8 ? 12 : 6);
        break;
      default:
        break;
    }
    if (!good) return Fit::No;
  }
  if (extended != 0) return Fit::No;
  return resumes || version.minor < 11 ? Fit::Yes : Fit::Resumeless;
}

const Version* version_of(int minor) {
  const auto* const found =
      std::find_if(kVersions.begin(), kVersions.end(), [&](const Version& version) { return version.minor == minor; });
  return found == kVersions.end() ? nullptr : found;
}

std::string running() {
  const std::string text = Py_GetVersion();
  return text.substr(0, text.find(' '));
}

std::string line_of(const std::string& python) { return python.substr(0, python.find('.', python.find('.') + 1)); }

thread_local CodeCheck* current = nullptr;

constexpr std::string_view kHeader = "dill;python=";

}  // namespace

bool is_of_this_python(const CodeParts& parts) {
  static const Version* const version = version_of(kRunning);
  if (version == nullptr) return true;
  const Fit here = fit(*version, parts);
  if (here != Fit::Resumeless) return here == Fit::Yes;
  // Made by hand, or of another Python in which it is complete.
  return !parts.of_other_layout && std::none_of(kVersions.begin(), kVersions.end(), [&](const Version& other) {
    return other.minor >= 11 && fit(other, parts) == Fit::Yes;
  });
}

std::string pythons_of(const CodeParts& parts) {
  std::vector<int> fitting;
  for (const Version& version : kVersions)
    if (version.minor != kRunning && fit(version, parts) == Fit::Yes) fitting.push_back(version.minor);
  if (fitting.empty()) return "another Python";
  std::string text = "Python 3." + std::to_string(fitting.front());
  for (std::size_t i = 1; i < fitting.size(); ++i)
    text += (i + 1 == fitting.size() ? " or 3." : ", 3.") + std::to_string(fitting[i]);
  return text;
}

CodeCheck::CodeCheck(PyObject* ignore, PyObject* unpickler) : ignore_(ignore), unpickler_(unpickler), outer_(current) {
  current = this;
}

CodeCheck::~CodeCheck() { current = outer_; }

void CodeCheck::met_header(std::string python) {
  if (current != nullptr) current->python_ = std::move(python);
}

bool check_code(const CodeParts& parts, PyObject* name) {
  const bool has_header = current != nullptr && !current->python_.empty();
  if (has_header ? line_of(current->python_) == line_of(running()) : is_of_this_python(parts)) return true;
  Ref ignore;
  if (current != nullptr && current->unpickler_ != nullptr) {
    ignore = Ref::steal(PyObject_GetAttrString(current->unpickler_, "_ignore"));
  } else if (current != nullptr && current->ignore_ != nullptr && current->ignore_ != Py_None) {
    ignore = Ref::borrow(current->ignore_);
  } else {
    ignore = Ref::steal(PyObject_GetItem(runtime().settings.get(), runtime().names.ignore));
  }
  const int ignored = ignore ? PyObject_IsTrue(ignore.get()) : -1;
  if (ignored != 0) return ignored > 0;
  const std::string compiled_by = has_header ? "Python " + current->python_ : pythons_of(parts);
  PyErr_Format(load_runtime().unpickling_error.get(),
               "the code of %R was compiled by %s, and this is Python %s, which would crash running it (ignore=True "
               "loads it nevertheless)",
               name, compiled_by.c_str(), running().c_str());
  return false;
}

std::string header(int protocol) {
  if (protocol < 2) return {};
  const std::string text = std::string(kHeader) + running();
  // SHORT_BINUNICODE, in older protocols SHORT_BINSTRING; the length; POP.
  return std::string(1, protocol >= 4 ? '\x8c' : 'U') + static_cast<char>(text.size()) + text + '0';
}

bool wants_header() {
  PyObject* const wanted = PyDict_GetItemString(runtime().settings.get(), "header");
  const int truth = wanted == nullptr ? 0 : PyObject_IsTrue(wanted);
  if (truth < 0) PyErr_Clear();
  return truth > 0;
}

std::string python_in_header(PyObject* text) {
  Py_ssize_t size;
  const char* const start = PyUnicode_CheckExact(text) && PyUnicode_IS_ASCII(text) && PyUnicode_GET_LENGTH(text) < 64
                                ? PyUnicode_AsUTF8AndSize(text, &size)
                                : nullptr;
  if (start == nullptr) return {};
  const std::string_view all(start, static_cast<std::size_t>(size));
  return all.starts_with(kHeader) ? std::string(all.substr(kHeader.size())) : std::string();
}

}  // namespace dill::engine
