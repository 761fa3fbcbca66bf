#include "inspect/finding.h"
#include "inspect/judgement/inspection.h"

namespace dill::inspect {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::Note:
      return "note";
    case Severity::Suspicious:
      return "suspicious";
    case Severity::Dangerous:
      return "dangerous";
    case Severity::Error:
      return "error";
  }
  return "";
}

std::string_view to_string(Level level) {
  switch (level) {
    case Level::DataOnly:
      return "data only";
    case Level::Reconstruction:
      return "reconstruction";
    case Level::Calls:
      return "calls";
  }
  return "";
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::Clean:
      return "clean";
    case Verdict::Suspicious:
      return "suspicious";
    case Verdict::Dangerous:
      return "dangerous";
    case Verdict::Error:
      return "error";
  }
  return "";
}

}  // namespace dill::inspect
