// The values of a pandas array, column or index, as far as they are understood.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "inspect/meaning/contents.h"

namespace dill::inspect {

struct PandasValues {
  std::uint64_t count = 0;
  std::string dtype;               // "int64", "category", "datetime64[us, UTC]"; "" if it is not known
  std::vector<std::string> first;  // as Python shows them; empty if they are not understood
};

// An array of numpy or pandas (Categorical, DatetimeArray, IntegerArray ...). Without `most` only its dtype is sought.
PandasValues array_values(const Contents& contents, graph::NodeId array, std::size_t most);

// The labels of an index; nothing for one that is not understood.
std::optional<PandasValues> index_values(const Contents& contents, graph::NodeId index, std::size_t most);

// Entry `label` of what an index was made with: "name", "freq", "levels".
std::optional<Item> index_part(const Contents& contents, graph::NodeId index, std::string_view label);

// The categories of a Categorical or its dtype, and whether they are in order.
struct Categories {
  PandasValues values;
  bool ordered;
};
std::optional<Categories> categories_of(const Contents& contents, graph::NodeId node, std::size_t most);

}  // namespace dill::inspect
