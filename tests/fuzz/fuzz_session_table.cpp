// session_table and Contents: whatever the stream is, what they give lies in the file.
#include "graph/utf8.h"
#include "inspect/meaning/contents.h"
#include "inspect/meaning/session_table.h"
#include "require.h"

using namespace dill;
using fuzz::require;

namespace {

constexpr graph::NodeId kMostNodes = 500;  // of one input, so that inputs stay quick

void read_contents(const inspect::Contents& contents, std::size_t size) {
  const graph::ObjectGraph& graph = contents.graph();
  for (graph::NodeId node = 0; node < graph.size() && node < kMostNodes; ++node) {
    require(graph::is_utf8(contents.text(contents.whole(node))), "texts are UTF-8");
    for (const graph::EdgeKind kind : {graph::EdgeKind::Item, graph::EdgeKind::ReduceArgument}) {
      for (const inspect::Item& item : contents.items(node, kind, 20)) {
        require(item.node < graph.size() && item.offset <= size, "an item is in the graph and in the file");
        const auto text = contents.str(item);
        require(!text || text->size() <= 4 * size, "a text is not longer than its bytes");
        require(graph::is_utf8(contents.text(item)), "texts are UTF-8");
      }
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::span<const unsigned char> bytes(data, size);
  const auto read = inspect::read_pickle(bytes);
  if (!read) return 0;
  read_contents({*read->graph, bytes}, size);
  const auto table = inspect::session_table(*read, bytes);
  if (!table) return 0;
  require(table->bytes == size, "the size is that of the file");
  for (const inspect::SessionVariable& variable : table->variables) {
    require(variable.bytes <= size && variable.share >= 0 && variable.share <= 1, "a variable is a part of the file");
    require(graph::is_utf8(variable.name) && graph::is_utf8(variable.description), "texts are UTF-8");
  }
  return 0;
}
