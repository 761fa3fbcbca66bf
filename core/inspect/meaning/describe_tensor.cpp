// Tensors of torch: what they are, and in which storage their items are, which stands outside the pickle.
#include "graph/text.h"
#include "inspect/arrays.h"
#include "inspect/meaning/describe.h"
#include "inspect/meaning/value_text.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::NodeId;

namespace {

std::string numbers(const Contents& contents, const Item& tuple) {
  const auto items = contents.items(tuple.node, EdgeKind::Item, 64);
  std::string text = "(";
  for (const Item& item : items) text += (text.size() == 1 ? "" : ", ") + contents.text(item);
  return text + (items.size() == 1 ? ",)" : ")");
}

// ('storage', class, key, place, items)
void describe_storage(const Contents& contents, const Item& storage, std::vector<std::string>& lines) {
  const auto id = contents.items(storage.node, EdgeKind::PersistentId, 1);
  const auto parts = id.empty() ? std::vector<Item>() : contents.items(id[0].node, EdgeKind::Item, 5);
  if (parts.size() < 5) return;
  const auto items = contents.integer(parts[4]);
  lines.push_back("storage " + contents.text(parts[2]) + " on " + contents.str(parts[3]).value_or("?") +
                  (items && *items >= 0 ? ": " + graph::counted(static_cast<std::uint64_t>(*items), "item") : "") +
                  " of " + std::string(global_name(contents.graph().type(parts[1].node))));
}

}  // namespace

void describe_tensor(const Contents& contents, NodeId tensor, std::vector<std::string>& lines) {
  // _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks); a Parameter has the tensor first.
  const auto arguments = contents.items(tensor, EdgeKind::ReduceArgument, 5);
  if (!arguments.empty() && contents.graph().type(arguments[0].node) == "torch.Tensor") {
    lines.push_back("parameter: " + contents.graph().description(arguments[0].node));
    return;
  }
  if (arguments.size() < 4) return;
  const std::string description = contents.graph().description(tensor);
  if (!description.empty()) lines.push_back("tensor: " + description);
  const auto offset = contents.integer(arguments[1]);
  lines.push_back("strides " + numbers(contents, arguments[3]) + ", from item " + std::to_string(offset.value_or(0)) +
                  (arguments.size() > 4 && contents.integer(arguments[4]).value_or(0) != 0 ? ", requires grad" : ""));
  describe_storage(contents, arguments[0], lines);
}

}  // namespace dill::inspect
