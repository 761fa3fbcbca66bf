// What can be said about one object of a graph in a few lines: for the inspector of the Explorer and for terminals.
#pragma once

#include <string>
#include <vector>

#include "inspect/meaning/code_object.h"
#include "inspect/meaning/contents.h"

namespace dill::inspect {

// Lines of plain text, without control characters; none for an object about which the graph says everything.
//   function        signature, file and line, constants, names, free variables, disassembly
//   code            the same without signature
//   class by value  bases, metaclass, methods and other attributes; members of an enum, fields of a dataclass or
//                   named tuple
//   pandas          rows, columns and dtypes of a DataFrame or Series, labels and levels of an Index, categories
//   numpy array     dtype, shape, first items; those that joblib wrote between the opcodes too
//   torch tensor    dtype, shape, strides, its storage
//   any other       an object of a class that is known as Python writes it (spelling.h), a bound method, an estimator of
//                   scikit-learn; else the call that makes it, and its attributes
// `python`: minor version of the Python that wrote the file, by python_of().
std::vector<std::string> details(const Contents& contents, graph::NodeId node, int python);

// "def area(self, scale: float = 1.0, *, unit='cm') -> float", as the source would have it, without control characters;
// "" for what is no function by value.
std::string signature(const Contents& contents, graph::NodeId function);

// The code object of a function by value.
std::optional<CodeObject> code_of(const Contents& contents, graph::NodeId function);

}  // namespace dill::inspect
