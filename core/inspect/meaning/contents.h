// Reads values back from the bytes of which a graph was made: a graph keeps the beginnings of texts and folds runs of
// leaves, the bytes have all of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "graph/object_graph.h"

namespace dill::inspect {

// One item of a container, or a part of an object.
struct Item {
  graph::NodeId node;    // which stands for it, perhaps with others of its run
  std::uint64_t offset;  // of the opcode that made it, if it is a leaf; else the first byte of the node
};

class Contents {
 public:
  // `bytes` is what the graph was read from; both must outlive this.
  Contents(const graph::ObjectGraph& graph, std::span<const unsigned char> bytes) : graph_(graph), bytes_(bytes) {}

  const graph::ObjectGraph& graph() const { return graph_; }
  std::span<const unsigned char> bytes() const { return bytes_; }

  // What `parent` holds by edges of that kind, in the order of their indices, memo hits included, runs unfolded. At most
  // `limit` items.
  std::vector<Item> items(graph::NodeId parent, graph::EdgeKind kind, std::size_t limit = kMostItems) const;
  // The child or memo hit that `parent` holds under a label; nothing if there is none.
  std::optional<Item> part(graph::NodeId parent, graph::EdgeKind kind, std::string_view label) const;
  Item whole(graph::NodeId node) const { return {node, graph_.columns().begin[node]}; }

  // The whole value of a leaf; nothing if it is none of that type.
  std::optional<std::string> str(const Item& item) const;
  // As str, or the bytes of a bytes or bytearray object.
  std::optional<std::string> bytes(const Item& item) const;
  std::optional<std::int64_t> integer(const Item& item) const;
  // A leaf as a Python literal, cut behind about `limit` bytes; what describes any other value.
  std::string text(const Item& item, std::size_t limit = 200) const;

  static constexpr std::size_t kMostItems = 100'000;

 private:
  void unfold(graph::NodeId node, std::size_t limit, std::vector<Item>& into) const;

  const graph::ObjectGraph& graph_;
  std::span<const unsigned char> bytes_;
};

}  // namespace dill::inspect
