#include "panels/reduction_text.h"

#include <QCoreApplication>

namespace dill::gui {
namespace {
QString tr(const char* text) { return QCoreApplication::translate("ReductionText", text); }
}  // namespace

QString reductionText(graph::Reduction reduction) {
  using graph::Reduction;
  switch (reduction) {
    case Reduction::Builtin:
      return tr("with opcodes of its own");
    case Reduction::Global:
      return tr("by reference (module and name)");
    case Reduction::Instance:
      return tr("as an instance (object.__reduce_ex__)");
    case Reduction::ReduceEx:
      return tr("by its type's __reduce_ex__ or __reduce__");
    case Reduction::DispatchTable:
      return tr("by copyreg or a dispatch_table");
    case Reduction::ReducerOverride:
      return tr("by the pickler's reducer_override");
    case Reduction::Saver:
      return tr("by a saver registered with Pickler.dispatch");
    case Reduction::Dill:
      return tr("by one of dill's reducers");
    case Reduction::PersistentId:
      return tr("as a persistent id");
    case Reduction::Unknown:
    case Reduction::kCount:
      break;
  }
  return {};
}

QString outcomeText(graph::Outcome outcome) {
  using graph::Outcome;
  switch (outcome) {
    case Outcome::Culprit:
      return tr("cannot be pickled");
    case Outcome::Passed:
      return tr("its reducer raised because of something below it");
    case Outcome::NotExamined:
      return tr("not examined: a problem broke off the reducer it belongs to");
    case Outcome::Folded:
      return tr("folded: too many objects to show all at once. View > Open folded part (Ctrl+Return) shows them");
    case Outcome::Saved:
    case Outcome::kCount:
      break;
  }
  return {};
}

}  // namespace dill::gui
