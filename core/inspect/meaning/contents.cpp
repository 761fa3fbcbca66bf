#include "inspect/meaning/contents.h"

#include <algorithm>
#include <string_view>

#include "graph/text.h"
#include "graph/utf8.h"
#include "inspect/values.h"
#include "pickle/decoder.h"
#include "pickle/escapes.h"
#include "pickle/literals.h"

namespace dill::inspect {

using graph::EdgeKind;
using graph::NodeId;
using pickle::Instruction;
using pickle::Opcode;

namespace {

std::optional<Instruction> instruction_at(std::span<const unsigned char> bytes, std::uint64_t offset) {
  if (offset >= bytes.size()) return std::nullopt;
  pickle::Decoder decoder(bytes, pickle::Frames::MayBeCut);
  decoder.seek(offset);
  const auto instruction = decoder.next();
  if (!instruction) return std::nullopt;
  return *instruction;
}

// Opcodes between the keys and values of a dict that are none themselves.
bool stays_between(Opcode opcode) {
  switch (opcode) {
    case Opcode::MARK:
    case Opcode::SETITEM:
    case Opcode::SETITEMS:
    case Opcode::MEMOIZE:
    case Opcode::PUT:
    case Opcode::BINPUT:
    case Opcode::LONG_BINPUT:
    case Opcode::FRAME:
      return true;
    default:
      return false;
  }
}

std::string raw(pickle::Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

std::string unquoted(std::string_view key) {
  if (key.size() < 2 || (key.front() != '\'' && key.front() != '"')) return std::string(key);
  return std::string(key.substr(1, key.size() - 2));
}

std::vector<Contents::Held> Contents::held(NodeId parent, EdgeKind kind, std::size_t limit) const {
  const graph::GraphColumns& columns = graph_.columns();
  std::vector<Held> found;
  for (const NodeId child : graph_.children(parent)) {
    if (found.size() >= limit) break;
    if (columns.edge[child] == kind) found.push_back({columns.index[child], columns.label[child], child, true});
  }
  const std::size_t children = found.size();
  for (const std::uint32_t i : graph_.references_from(parent)) {
    if (found.size() - children >= limit) break;
    const graph::Reference& reference = columns.references[i];
    if (reference.kind == kind) found.push_back({reference.index, reference.label, reference.to, false});
  }
  std::ranges::stable_sort(found, {}, &Held::index);
  return found;
}

std::vector<Item> Contents::items(NodeId parent, EdgeKind kind, std::size_t limit) const {
  std::vector<Item> found;
  for (const Held& each : held(parent, kind, limit)) {
    if (found.size() >= limit) break;
    if (each.tree && graph_.columns().count[each.node] > 1) {
      unfold(each.node, limit, found);
    } else {
      found.push_back(whole(each.node));
    }
  }
  return found;
}

std::vector<NamedItem> Contents::entries(NodeId parent, EdgeKind kind, std::size_t limit) const {
  std::vector<NamedItem> found;
  std::vector<Held> keys;
  bool keys_read = false;
  for (const Held& each : held(parent, kind, limit)) {
    if (found.size() >= limit) break;
    const std::uint32_t more = each.tree ? graph_.columns().count[each.node] - 1 : 0;
    NamedItem entry{std::string(graph_.string(each.label)), {}, whole(each.node), more};
    if (entry.key.empty() && graph_.columns().outcome[each.node] != graph::Outcome::Folded) {
      if (!keys_read) keys = held(parent, EdgeKind::DictKey, limit);
      keys_read = true;
      const auto key = std::ranges::lower_bound(keys, each.index, {}, &Held::index);
      if (key != keys.end() && key->index == each.index) entry.key_object = whole(key->node);
    }
    if (more > 0 && unfold_entries(entry, kind, limit, found)) continue;
    found.push_back(std::move(entry));
  }
  return found;
}

// The bytes of a run are its first value, then key and value in turn, and what takes them off the stack.
bool Contents::unfold_entries(const NamedItem& first, EdgeKind kind, std::size_t limit,
                              std::vector<NamedItem>& into) const {
  const graph::GraphColumns& columns = graph_.columns();
  const NodeId node = first.value.node;
  const std::uint64_t constants = 2 * std::uint64_t{columns.count[node]} - 1;
  const bool literal = kind == EdgeKind::DictValue || kind == EdgeKind::ReduceDictItem;
  const std::size_t before = into.size();
  pickle::Decoder decoder(bytes_, pickle::Frames::MayBeCut);
  decoder.seek(std::min<std::uint64_t>(columns.begin[node], bytes_.size()));
  into.push_back({first.key, first.key_object, first.value, 0});
  std::string key;
  for (std::uint64_t read = 0; read < constants && into.size() < limit;) {
    const auto instruction = decoder.next();
    if (!instruction || instruction->offset >= columns.end[node]) {
      into.resize(before);
      return false;
    }
    if (pickle::is_constant(instruction->opcode)) {
      if (read % 2 == 1) {
        key = Values(bytes_).literal(make_leaf(*instruction));
        if (!literal) key = unquoted(key);
      } else if (read > 0) {
        into.push_back({key, {}, {node, instruction->offset}, 0});
      }
      ++read;
    } else if (!stays_between(instruction->opcode)) {
      into.resize(before);
      return false;
    }
  }
  return true;
}

void Contents::unfold(NodeId node, std::size_t limit, std::vector<Item>& into) const {
  const graph::GraphColumns& columns = graph_.columns();
  pickle::Decoder decoder(bytes_, pickle::Frames::MayBeCut);
  decoder.seek(std::min<std::uint64_t>(columns.begin[node], bytes_.size()));
  std::uint32_t left = columns.count[node];
  while (left > 0 && into.size() < limit && decoder.position() < columns.end[node]) {
    const auto instruction = decoder.next();
    if (!instruction) return;
    if (!pickle::is_constant(instruction->opcode)) continue;
    into.push_back({node, instruction->offset});
    --left;
  }
}

std::optional<Item> Contents::part(NodeId parent, EdgeKind kind, std::string_view label) const {
  const graph::GraphColumns& columns = graph_.columns();
  for (const NodeId child : graph_.children(parent)) {
    if (columns.edge[child] == kind && graph_.string(columns.label[child]) == label) return whole(child);
  }
  for (const std::uint32_t i : graph_.references_from(parent)) {
    const graph::Reference& reference = columns.references[i];
    if (reference.kind == kind && graph_.string(reference.label) == label) return whole(reference.to);
  }
  return std::nullopt;
}

bool Contents::is_leaf(const Item& item) const {
  switch (graph_.columns().detail_kind[item.node]) {
    case graph::DetailKind::Int:
    case graph::DetailKind::Float:
    case graph::DetailKind::Bool:
    case graph::DetailKind::Str:
    case graph::DetailKind::Bytes:
      return true;
    default: {
      const std::string_view type = graph_.type(item.node);
      return type == "NoneType" || type == "int";
    }
  }
}

std::optional<std::string> Contents::str(const Item& item) const {
  if (graph_.columns().detail_kind[item.node] != graph::DetailKind::Str) return std::nullopt;
  return bytes(item);
}

std::optional<std::string> Contents::bytes(const Item& item) const {
  const graph::DetailKind kind = graph_.columns().detail_kind[item.node];
  if (kind != graph::DetailKind::Str && kind != graph::DetailKind::Bytes) return std::nullopt;
  auto instruction = instruction_at(bytes_, item.offset);
  if (!instruction) return std::nullopt;
  switch (instruction->opcode) {
    case Opcode::STRING:
      if (auto text = pickle::unescape_string(instruction->payload)) return *text;
      return std::nullopt;
    case Opcode::UNICODE:
      if (auto text = pickle::unescape_unicode(instruction->payload)) return *text;
      return std::nullopt;
    case Opcode::BYTEARRAY8:
      return raw(instruction->payload);
    default:
      if (pickle::is_constant(instruction->opcode)) return raw(instruction->payload);
      break;
  }
  // Protocols 0 to 2 write bytes as a call of _codecs.encode: the text is the first string behind its name.
  pickle::Decoder decoder(bytes_, pickle::Frames::MayBeCut);
  decoder.seek(instruction->offset);
  for (int steps = 0; steps < 6; ++steps) {
    const auto next = decoder.next();
    if (!next) return std::nullopt;
    if (next->opcode == Opcode::BINUNICODE || next->opcode == Opcode::SHORT_BINUNICODE) {
      return latin1_bytes(raw(next->payload));
    }
    if (next->opcode == Opcode::UNICODE) {
      const auto text = pickle::unescape_unicode(next->payload);
      if (!text) return std::nullopt;
      return latin1_bytes(*text);
    }
  }
  return std::nullopt;
}

std::optional<std::int64_t> Contents::integer(const Item& item) const {
  const graph::GraphColumns& columns = graph_.columns();
  const graph::DetailKind kind = columns.detail_kind[item.node];
  if (kind != graph::DetailKind::Int && kind != graph::DetailKind::Bool) return std::nullopt;
  if (columns.count[item.node] == 1) return static_cast<std::int64_t>(columns.detail[item.node]);
  const auto instruction = instruction_at(bytes_, item.offset);
  if (!instruction || instruction->big) return std::nullopt;
  if (instruction->opcode == Opcode::NEWTRUE) return 1;
  return instruction->integer;
}

std::string Contents::text(const Item& item, std::size_t limit) const {
  const graph::GraphColumns& columns = graph_.columns();
  const graph::DetailKind kind = columns.detail_kind[item.node];
  if (kind == graph::DetailKind::Str || kind == graph::DetailKind::Bytes) {
    if (auto whole = bytes(item)) {
      const bool is_bytes = kind == graph::DetailKind::Bytes;
      std::string start = is_bytes ? whole->substr(0, limit) : graph::to_utf8(whole->substr(0, limit + 4));
      if (!is_bytes) start = std::string(graph::utf8_prefix(start, limit));
      std::string literal = graph::python_literal(start, is_bytes);
      if (start.size() < whole->size()) literal += "…";
      return literal;
    }
  } else if (columns.count[item.node] > 1) {
    if (const auto instruction = instruction_at(bytes_, item.offset);
        instruction && pickle::is_constant(instruction->opcode)) {
      return Values(bytes_).literal(make_leaf(*instruction));
    }
  }
  std::string described = graph_.description(item.node);
  return described.empty() ? std::string(graph_.type(item.node)) : described;
}

}  // namespace dill::inspect
