// Texts about nodes, the same in every view.
#pragma once

#include <QString>

#include <cstdint>

#include "graph/object_graph.h"

namespace dill::gui {

struct Snapshot;

QString toQString(std::string_view utf8);
// `text` from a file with everything escaped that would not show, or show something else than what is there: control
// and format characters (text that runs from right to left, zero widths), line ends, characters of no meaning.
QString visibleText(const QString& text);

// "1.2 KiB", "812 bytes".
QString byteText(std::uint64_t bytes);
// "1,234,567".
QString countText(std::uint64_t count);
// Bytes of the node with everything below it; "—" for a culprit, for which only a placeholder was written.
QString nodeBytesText(const graph::ObjectGraph& graph, graph::NodeId node);

// The type's name without its module: "Connection" for "sqlite3.Connection".
QString shortType(const graph::ObjectGraph& graph, graph::NodeId node);
// How the parent holds the node: ".name", "[3]"; for a root without a name, "obj", as in
// graph::access_path.
QString edgeText(const graph::ObjectGraph& graph, graph::NodeId node);
// How many equal-typed values a node stands for; 1 for a folded part of a large graph, whose description counts them.
std::uint32_t runLength(const graph::ObjectGraph& graph, graph::NodeId node);
// " ×1,000,000", or "" for a node that stands for one value.
QString runMark(const graph::ObjectGraph& graph, graph::NodeId node);
// "Order · 3 items"; "×1,000,000" is added for a folded run.
QString typeAndDescription(const graph::ObjectGraph& graph, graph::NodeId node);
// The way to the node: the Python expression where there is one, else the route in words.
QString pathText(const graph::ObjectGraph& graph, graph::NodeId node);
// The edges from the root, as "obj › .cfg › ['db']"; a long way is shortened in its middle.
QString edgePath(const graph::ObjectGraph& graph, graph::NodeId node);
// "TypeError: cannot pickle ..."
QString errorText(const graph::ObjectGraph& graph, const graph::Problem& problem);
// "in a variable of 1.2 KiB": the variable of the examined program that holds the node; empty if no variable does.
QString variableText(const graph::ObjectGraph& graph, graph::NodeId node);
// Rich text with type, path, bytes and error, everything escaped.
QString toolTipText(const graph::ObjectGraph& graph, graph::NodeId node);
// The same with what findings say about the node.
QString toolTipText(const Snapshot& snapshot, graph::NodeId node);

}  // namespace dill::gui
