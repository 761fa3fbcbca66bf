// The parts of details.h, one for each kind of object. Each adds its lines.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "inspect/meaning/array_dtype.h"
#include "inspect/meaning/contents.h"

namespace dill::inspect {

void describe_function(const Contents& contents, graph::NodeId function, int python, std::vector<std::string>& lines);
void describe_code(const Contents& contents, graph::NodeId code, int python, std::vector<std::string>& lines);
void describe_class(const Contents& contents, graph::NodeId type, std::vector<std::string>& lines);
void describe_array(const Contents& contents, graph::NodeId array, std::vector<std::string>& lines);

// A pandas.DataFrame, Series or Index: rows, columns with their dtypes, the first labels.
void describe_frame(const Contents& contents, graph::NodeId node, std::vector<std::string>& lines);

// An object of any other class: what it is made of, in the words of its class where that is known.
void describe_object(const Contents& contents, graph::NodeId node, std::vector<std::string>& lines);

// A torch tensor: dtype, shape, strides, where its items are stored.
void describe_tensor(const Contents& contents, graph::NodeId tensor, std::vector<std::string>& lines);

struct ArrayFacts {
  std::optional<ArrayDType> dtype;  // nothing if it is not understood
  std::vector<std::uint64_t> shape;
  std::vector<std::string> items;  // the first ones, as Python shows them
  bool fortran;
};
// Nothing for what is no array that is understood.
std::optional<ArrayFacts> array_facts(const Contents& contents, graph::NodeId array, std::size_t most_items);

// "a, b, c … (12 more)"
std::string joined(const std::vector<std::string>& words, std::size_t most = 40);

}  // namespace dill::inspect
