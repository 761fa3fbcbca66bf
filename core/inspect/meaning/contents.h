// Reads values back from the bytes of which a graph was made: a graph keeps the beginnings of texts and folds runs of
// leaves, the bytes have all of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/object_graph.h"

namespace dill::inspect {

// One item of a container, or a part of an object.
struct Item {
  graph::NodeId node;    // which stands for it, perhaps with others of its run
  std::uint64_t offset;  // of the opcode that made it, if it is a leaf; else the first byte of the node
};

// An entry of a dict, or a named part of an object.
struct NamedItem {
  std::string key;  // as a Python literal, or the name of an attribute; "" if it is an object
  std::optional<Item> key_object;
  Item value;
  std::uint32_t more = 0;  // further entries that are folded into this one, and not known
};

// name of "'name'"
std::string unquoted(std::string_view key);

class Contents {
 public:
  // `bytes` is what the graph was read from; both must outlive this.
  Contents(const graph::ObjectGraph& graph, std::span<const unsigned char> bytes) : graph_(graph), bytes_(bytes) {}

  const graph::ObjectGraph& graph() const { return graph_; }
  std::span<const unsigned char> bytes() const { return bytes_; }

  // What `parent` holds by edges of that kind, in the order of their indices, memo hits included, runs unfolded. At most
  // `limit` items.
  std::vector<Item> items(graph::NodeId parent, graph::EdgeKind kind, std::size_t limit = kMostItems) const;
  // What `parent` holds by edges of that kind with their labels, in the same order, runs unfolded where their keys can be
  // read from the bytes. At most `limit` entries.
  std::vector<NamedItem> entries(graph::NodeId parent, graph::EdgeKind kind, std::size_t limit) const;
  // The child or memo hit that `parent` holds under a label; nothing if there is none.
  std::optional<Item> part(graph::NodeId parent, graph::EdgeKind kind, std::string_view label) const;
  // None, a bool, a number, a str or bytes.
  bool is_leaf(const Item& item) const;
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
  struct Held {
    std::uint32_t index;
    graph::StringId label;
    graph::NodeId node;
    bool tree;  // a child, not a memo hit
  };
  // Entries of a run behind `first`, which is added too; false if they cannot be read.
  bool unfold_entries(const NamedItem& first, graph::EdgeKind kind, std::size_t limit,
                      std::vector<NamedItem>& into) const;
  // The first `limit` children and the first `limit` memo hits of that kind, which stand in the order of their indices,
  // put together in that order: many objects may hold one that holds very many.
  std::vector<Held> held(graph::NodeId parent, graph::EdgeKind kind, std::size_t limit) const;
  void unfold(graph::NodeId node, std::size_t limit, std::vector<Item>& into) const;

  const graph::ObjectGraph& graph_;
  std::span<const unsigned char> bytes_;
};

}  // namespace dill::inspect
