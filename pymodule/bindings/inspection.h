// What the static readers hand to each other, for Python.
#pragma once

#include <memory>
#include <span>

#include "bindings.h"
#include "inspect/static_graph.h"

namespace dill::bindings {

// A dill._engine.StaticPickle; `storage` keeps alive the bytes that were read.
py::object static_pickle(inspect::StaticPickle read, std::span<const unsigned char> bytes,
                         std::shared_ptr<const void> storage);

void add_inspection(py::module_& module);  // inspect_file, inspect_bytes, Inspection, InspectionRules

}  // namespace dill::bindings
