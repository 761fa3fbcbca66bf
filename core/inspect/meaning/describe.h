// The parts of details.h, one for each kind of object. Each adds its lines.
#pragma once

#include <string>
#include <vector>

#include "inspect/meaning/contents.h"

namespace dill::inspect {

void describe_function(const Contents& contents, graph::NodeId function, int python, std::vector<std::string>& lines);
void describe_code(const Contents& contents, graph::NodeId code, int python, std::vector<std::string>& lines);
void describe_class(const Contents& contents, graph::NodeId type, std::vector<std::string>& lines);
void describe_array(const Contents& contents, graph::NodeId array, std::vector<std::string>& lines);

// "a, b, c … (12 more)"
std::string joined(const std::vector<std::string>& words, std::size_t most = 40);

}  // namespace dill::inspect
