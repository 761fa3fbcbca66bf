// The ways in which a pickle is loaded. They do not read every file alike; see effects.h.
#pragma once

#include <cstdint>
#include <string_view>

namespace dill::inspect {

enum class Loader : std::uint8_t {
  CLoads,    // pickle.loads(bytes), CPython 3.8 to 3.13
  CBytesIO,  // pickle.load(io.BytesIO(...)), CPython 3.8 to 3.13
  CFile,     // pickle.load(open(..., 'rb')), CPython 3.8 to 3.13, whatever the size of the file's buffer
  Python,    // pickle._loads and pickle._Unpickler: the pickle module without its C part, CPython 3.8 to 3.13
  CNew,      // pickle.load and pickle.loads of CPython 3.14: decimal INT and LONG, sparse memo, no straddling of frames
  PythonNew,   // pickle._Unpickler of CPython 3.14
  Dill,        // dill.load and dill.loads: the C machine reading a BytesIO or a file, with a find_class of its own
  Joblib,      // joblib.load: the Python machine; the raw arrays between the opcodes are taken out before (containers/)
  TorchLegacy  // torch.load of a file from before PyTorch 1.6: five pickles in a row
};

inline constexpr std::size_t kLoaderCount = 9;

// A set of loaders: one bit each.
using Loaders = std::uint16_t;

constexpr Loaders bit(Loader loader) { return static_cast<Loaders>(1U << static_cast<unsigned>(loader)); }

inline constexpr Loaders kNoLoader = 0;
// Those that CPython and dill have. Joblib reads every pickle too, TorchLegacy joins in only where the file is made so.
inline constexpr Loaders kPlainLoaders = bit(Loader::CLoads) | bit(Loader::CBytesIO) | bit(Loader::CFile) |
                                         bit(Loader::Python) | bit(Loader::CNew) | bit(Loader::PythonNew) |
                                         bit(Loader::Dill);
inline constexpr Loaders kPythonLoaders = bit(Loader::Python) | bit(Loader::PythonNew) | bit(Loader::Joblib);
inline constexpr Loaders kDecimalLoaders = bit(Loader::CNew) | bit(Loader::PythonNew);

// Stable short name: "c-loads", "c-bytesio", "c-file", "python", "c-3.14", "python-3.14", "dill", "joblib", "torch".
std::string_view loader_name(Loader loader);

}  // namespace dill::inspect
