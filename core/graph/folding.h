// The folding rule, defined once for recorded and for statically read graphs.
//
// A leaf is an object of exactly one of the scalar types None, bool, int, float, str, bytes. Neighbouring leaves (same
// parent, same kind of edge, consecutive positions) of the same type form a run. The first kRunShown leaves of a run are
// nodes of their own; all further ones of that run are one node more, whose `count` says how many objects it stands for
// and whose label, index, description and first byte are those of its first object.
// Variables of a program never fold: each has a name of its own.
// Folded nodes have no memo number. A folded leaf that something else refers to by the memo gets a node there, at the
// first such place, and later references lead to it; such a node is no part of a run.
//
// Remainders are another thing: where a pickle has more objects than are kept, the static reader lets one node of
// Outcome::Folded stand for the further items of a container, whatever they are and with all that is below them.
#pragma once

#include <cstdint>

namespace dill::graph {

inline constexpr std::uint32_t kRunShown = 16;

// What the next leaf of a run does, `length` leaves of the run being there already.
enum class Fold { NewNode, JoinLast };
constexpr Fold fold(std::uint32_t length) { return length <= kRunShown ? Fold::NewNode : Fold::JoinLast; }

}  // namespace dill::graph
