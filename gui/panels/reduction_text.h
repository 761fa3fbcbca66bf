// How an object was pickled, in words.
#pragma once

#include <QString>

#include "graph/object_graph.h"

namespace dill::gui {

QString reductionText(graph::Reduction reduction);
// Empty for Outcome::Saved.
QString outcomeText(graph::Outcome outcome);

}  // namespace dill::gui
