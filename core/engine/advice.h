// What to do about an object that cannot be pickled: a reason by its type, and code to paste by what holds it.
#pragma once

#include <string>
#include <string_view>

#include "graph/object_graph.h"

namespace dill::engine {

struct Culprit {
  std::string_view type;         // as type_name() gives it
  graph::EdgeKind edge;          // how its parent holds it
  std::string_view label;        // of that edge
  std::string_view holder_type;  // type of the parent
  std::string_view expression;   // access path; may be empty
  bool replayed;                 // the path makes new objects, so nothing can be assigned through it
};

// Text for people: why it cannot be pickled and what to keep instead, if that is known of the type, then, indented by
// four blanks, Python code that fits the way the object is held. "" if there is nothing to say.
std::string advice_for(const Culprit& culprit);

}  // namespace dill::engine
