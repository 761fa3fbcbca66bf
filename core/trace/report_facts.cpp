#include "trace/report_facts.h"

namespace dill::trace {

graph::ReportFacts report_facts(const Meta& meta) {
  return {.source = meta.source,
          .dill_version = meta.dill_version,
          .python_version = meta.python_version,
          .protocol = meta.protocol,
          .bytes_total = meta.bytes_total,
          .objects_total = meta.objects_total,
          .recorded = true};
}

}  // namespace dill::trace
