// The check behind the FlatBuffers verifier: do the numbers in the columns make a graph?
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "graph/object_graph.h"

namespace dill::trace {

// "" if an ObjectGraph can be made of these columns and problems; otherwise what is wrong first, in words, such as
// "parent of node 7 is node 9". Afterwards every access that ObjectGraph and its readers make is in bounds:
//  - all columns of nodes have one length (the times: both that or both empty), at most 2^32-2
//  - parent < node or kNoNode; the first node is a root
//  - edge, reduction, outcome, detail_kind and the references' kind are known numbers
//  - strings: ends ascending, the first string empty, all texts UTF-8 and cut between characters; every id in bounds
//  - details: Text an id, Bool 0 or 1, Str and Bytes in bounds of `texts`, at most kDetailBytes long, Str UTF-8
//  - begin <= end <= bytes_total, start <= stop, count >= 1
//  - references and problems: nodes in bounds
//  - locations: nodes in bounds and ascending, line >= 1, last_line 0 or >= line, in_class 0 or 1
std::string check_columns(const graph::GraphColumns& columns, std::span<const graph::Problem> problems,
                          std::uint64_t bytes_total);

}  // namespace dill::trace
