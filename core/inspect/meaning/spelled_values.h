// The values of well-known classes that do not show in the arguments they are made with: dates in packed bytes, the
// number in a UUID, the parts of a path.
#pragma once

#include <optional>

#include "inspect/meaning/spelling.h"

namespace dill::inspect {

// `shown`: the name to write. Nothing for an object that is not as its class writes it.
std::optional<Spelling> spelled_value(const Contents& contents, graph::NodeId node, std::string_view shown,
                                      std::size_t most);

}  // namespace dill::inspect
