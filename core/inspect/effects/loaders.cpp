#include "inspect/effects/loaders.h"

namespace dill::inspect {

std::string_view loader_name(Loader loader) {
  switch (loader) {
    case Loader::CLoads:
      return "c-loads";
    case Loader::CBytesIO:
      return "c-bytesio";
    case Loader::CFile:
      return "c-file";
    case Loader::Python:
      return "python";
    case Loader::CNew:
      return "c-3.14";
    case Loader::PythonNew:
      return "python-3.14";
    case Loader::Dill:
      return "dill";
    case Loader::Joblib:
      return "joblib";
    case Loader::TorchLegacy:
      return "torch";
  }
  return "";
}

}  // namespace dill::inspect
