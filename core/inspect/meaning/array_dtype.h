// A numpy.dtype in a graph: the plain type of the items, or the fields of a record.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "inspect/arrays.h"
#include "inspect/meaning/contents.h"

namespace dill::inspect {

struct DTypeField {
  std::string name;
  DType dtype;
  std::uint64_t offset;  // in the record
};

struct ArrayDType {
  DType dtype;
  std::vector<DTypeField> fields;  // of a record
};

// Nothing for what is no dtype, or none that is plain enough to be understood.
std::optional<ArrayDType> dtype_of(const Contents& contents, graph::NodeId node);

// "float64", ">i2", "[('x', 'int32'), ('y', 'float64')]"
std::string dtype_text(const ArrayDType& dtype);

// An item as Python shows it, a record as a tuple; "" for what is not understood, or too few bytes.
std::string item_text(const ArrayDType& dtype, std::span<const unsigned char> bytes);

}  // namespace dill::inspect
