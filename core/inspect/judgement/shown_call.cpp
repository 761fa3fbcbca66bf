#include "inspect/judgement/shown_call.h"

namespace dill::inspect {

std::string shown_call(const Term& callee, const Term& arguments, std::size_t limit) {
  std::string text = callee.expression(limit);
  if (arguments.kind() != TermKind::Tuple) return text + "(*" + arguments.expression(limit) + ")";
  if (arguments.size() == 1 && arguments.kept() == 1) return text + "(" + arguments.item(0).expression(limit) + ")";
  return text + arguments.expression(limit);
}

}  // namespace dill::inspect
