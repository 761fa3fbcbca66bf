// Recordings for tests: a small one with everything in it, and large random ones.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>

#include "trace/recording.h"

namespace dill::test {

// A node of the recording; `begin` and `end` are bytes of the pickle.
inline graph::NodeId add(trace::Recording& recording, graph::NodeId parent, graph::EdgeKind edge,
                         const std::string& label, std::uint32_t index, const std::string& type, std::uint64_t begin,
                         std::uint64_t end) {
  trace::Record record;
  record.parent = parent;
  record.edge = edge;
  record.label = recording.strings.intern(label);
  record.index = index;
  record.type = recording.strings.intern(type);
  record.begin = begin;
  record.end = end;
  recording.records.push_back(record);
  return static_cast<graph::NodeId>(recording.records.size() - 1);
}

inline void set_text(trace::Recording& recording, graph::NodeId node, graph::DetailKind kind, const std::string& stored,
                     std::uint32_t length) {
  trace::Record& record = recording.records[node];
  record.detail_kind = kind;
  record.detail = recording.texts.size() << 8 | stored.size();
  for (std::size_t i = 0; i < graph::kDetailHeader; ++i) recording.texts.push_back(static_cast<char>(length >> 8 * i));
  recording.texts.insert(recording.texts.end(), stored.begin(), stored.end());
}

// svc with a dict, a str, a folded run, a culprit, a memo hit, two causes: every section of the file has content.
inline trace::Recording small_recording(bool timed = true) {
  using graph::EdgeKind;
  trace::Recording r;
  const auto root = add(r, graph::kNoNode, EdgeKind::Root, "svc", graph::kNoIndex, "app.Service", 2, 98);
  const auto config = add(r, root, EdgeKind::Attribute, "cfg", graph::kNoIndex, "dict", 10, 70);
  const auto name = add(r, config, EdgeKind::DictValue, "'näme'", 0, "str", 12, 30);
  const auto data = add(r, config, EdgeKind::DictValue, "'db'", 1, "sqlite3.Connection", 30, 30);
  const auto numbers = add(r, root, EdgeKind::Attribute, "numbers", graph::kNoIndex, "list", 70, 97);
  const auto run = add(r, numbers, EdgeKind::Item, "", 16, "int", 75, 95);
  r.records[root].reduction = graph::Reduction::Instance;
  r.records[root].reducer = r.strings.intern("object.__reduce_ex__");
  r.records[config].detail_kind = graph::DetailKind::Length;
  r.records[config].detail = 3;
  r.records[config].memo = 4;
  set_text(r, name, graph::DetailKind::Str, "Zoë", 120);
  r.records[data].outcome = graph::Outcome::Culprit;
  r.records[run].detail_kind = graph::DetailKind::Int;
  r.records[run].detail = static_cast<std::uint64_t>(-17);
  r.records[run].count = 984;
  r.references.push_back({numbers, config, r.strings.intern(""), 1000, EdgeKind::Item});
  r.problems.push_back({.node = data,
                        .exception = r.strings.intern("TypeError"),
                        .message = r.strings.intern("cannot pickle 'sqlite3.Connection' object"),
                        .expression = r.strings.intern("svc.cfg['db']"),
                        .route = r.strings.intern("svc -> attribute cfg -> key 'db'"),
                        .advice = r.strings.intern("open the connection again after loading"),
                        .replayed = false,
                        .causes = {{r.strings.intern("ValueError"), r.strings.intern("first")},
                                   {r.strings.intern("KeyError"), r.strings.intern("'second'")}}});
  const graph::StringId file = r.strings.intern("/srv/app/näme.py");
  r.locations = {{root, file, 12, 0, 1}, {data, file, 40, 44, 0}};
  if (timed) {
    for (std::uint64_t i = 0; i < r.records.size(); ++i) r.times.push_back({i * 10, i * 10 + 5});
  }
  for (unsigned i = 0; i < 100; ++i) r.bytes.push_back(static_cast<unsigned char>(i * 7));
  r.meta = {.dill_version = "0.4.1",
            .python_version = "3.11.2",
            .source = "app.py:svc",
            .protocol = 4,
            .bytes_total = 100,
            .objects_total = 990,
            .elapsed_ns = 123456,
            .diagnosis = true};
  return r;
}

// `nodes` nodes as a pickler would meet them: containers with 2 to 30 children, 70 % leaves, 7.5 % memo hits.
inline trace::Recording large_recording(std::uint32_t nodes, std::uint32_t seed) {
  trace::Recording r;
  std::mt19937 random(seed);
  r.records.reserve(nodes);
  const graph::StringId types[] = {r.strings.intern("dict"), r.strings.intern("list"), r.strings.intern("app.Order")};
  const graph::StringId leaf = r.strings.intern("app.Leaf");
  struct Open {
    graph::NodeId node;
    std::uint32_t left;
    std::uint32_t done;
  };
  std::vector<Open> stack;
  std::uint64_t byte = 2;
  std::exponential_distribution<double> fan(1.0 / 6);
  const auto fan_out = [&] { return std::min(30u, 2 + static_cast<std::uint32_t>(fan(random))); };
  while (r.records.size() < nodes) {
    while (!stack.empty() && stack.back().left == 0) {
      r.records[stack.back().node].end = ++byte;
      stack.pop_back();
    }
    const auto node = static_cast<graph::NodeId>(r.records.size());
    trace::Record record;
    record.begin = byte;
    byte += 3;
    record.end = byte;
    if (!stack.empty()) {
      Open& top = stack.back();
      record.parent = top.node;
      record.edge = graph::EdgeKind::Item;
      record.index = top.done++;
      --top.left;
    }
    // Without a container on the stack the walk would end here.
    const bool is_leaf = stack.size() > 1 && random() % 10 < 7;
    record.type = is_leaf ? leaf : types[random() % 3];
    record.detail_kind = is_leaf ? graph::DetailKind::Int : graph::DetailKind::Length;
    record.reduction = graph::Reduction::Builtin;
    if (is_leaf) {
      record.detail = random();
    } else {
      record.memo = node;
      const std::uint32_t children = stack.empty() ? nodes : fan_out();
      record.detail = children;
      stack.push_back({node, children, 0});
    }
    r.records.push_back(record);
    if (node > 0 && random() % 1000 < 75) {
      const graph::NodeId from = stack.back().node;
      r.references.push_back(
          {from, static_cast<graph::NodeId>(random() % node), 0, 1000 + node, graph::EdgeKind::Item});
    }
  }
  while (!stack.empty()) {
    r.records[stack.back().node].end = ++byte;
    stack.pop_back();
  }
  r.meta.bytes_total = byte + 1;
  r.meta.objects_total = r.records.size() + r.references.size();
  return r;
}

}  // namespace dill::test
