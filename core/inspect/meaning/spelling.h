// How objects of well-known classes are written in Python: "datetime.date(2026, 1, 2)", "Decimal('1.5')",
// "OrderedDict({'a': 1})", "Point(x=1, y=2)".
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "inspect/meaning/contents.h"

namespace dill::inspect {

// A text whose items are to be written where they stand.
using Spelling = std::vector<std::variant<std::string, Item>>;

// Nothing for an object of a class that is not known here. At most `most` items of it are written.
std::optional<Spelling> spelling(const Contents& contents, graph::NodeId node, std::size_t most);

// "name(a, b, key=c)": the call that makes `node`, whatever is called; nothing if it is not made by a call.
std::optional<Spelling> call_spelling(const Contents& contents, graph::NodeId node, std::size_t most);

// "{'a': 1, 'b': 2}": entries of that kind.
Spelling entries_spelling(const Contents& contents, graph::NodeId node, graph::EdgeKind kind, std::size_t most);

// "a=1, b=2": the attributes of an object.
Spelling attributes_spelling(const Contents& contents, graph::NodeId node, std::size_t most);

}  // namespace dill::inspect
