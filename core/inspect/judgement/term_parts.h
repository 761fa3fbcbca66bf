// Walks over what a term holds.
#pragma once

#include <cstdint>
#include <vector>

#include "inspect/effects/term.h"

namespace dill::inspect {

// How many terms are looked at for one call: fewer once there have been many, so that calls that share what they are
// given cannot make the time grow with both.
class VisitBudget {
 public:
  std::size_t most() const { return spent_ < kMostInAll ? 2'000 : 64; }
  void spend(std::size_t visited) { spent_ += visited; }

 private:
  static constexpr std::uint64_t kMostInAll = 20'000'000;
  std::uint64_t spent_ = 0;
};

inline Term argument(const Term& arguments, std::uint64_t index) {
  return index < arguments.kept() ? arguments.item(index) : Term();
}

inline bool is_container(TermKind kind) {
  return kind == TermKind::Tuple || kind == TermKind::List || kind == TermKind::Dict || kind == TermKind::Set ||
         kind == TermKind::FrozenSet;
}

// Calls `visit` for each part of `term` that is no container of the pickle itself, until it returns false. Returns
// false if it did, and `cut` says whether there is more than could be looked at.
template <typename Visit>
bool visit_parts(const Term& term, VisitBudget& budget, bool& cut, const Visit& visit) {
  std::vector<Term> waiting{term};
  const std::size_t most = budget.most();
  for (std::size_t visited = 0; !waiting.empty(); ++visited) {
    budget.spend(1);
    if (visited >= most) {
      cut = true;
      return true;
    }
    const Term part = waiting.back();
    waiting.pop_back();
    if (part.inert()) continue;
    if (!is_container(part.kind())) {
      if (!visit(part)) return false;
      continue;
    }
    if (part.kept() < part.size()) cut = true;
    for (std::uint64_t i = 0; i < part.kept(); ++i) {
      waiting.push_back(part.item(i));
      if (part.kind() == TermKind::Dict) waiting.push_back(part.key(i));
    }
  }
  return true;
}

}  // namespace dill::inspect
