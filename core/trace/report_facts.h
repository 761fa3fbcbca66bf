// What a report says beside the graph, taken from a trace.
#pragma once

#include "graph/report.h"
#include "trace/recording.h"

namespace dill::trace {

graph::ReportFacts report_facts(const Meta& meta);

}  // namespace dill::trace
