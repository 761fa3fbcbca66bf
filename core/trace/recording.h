// What the recorder writes while a dump runs: plain records, appended, without formatting or look-ups.
//
// Python-free. The engine fills it (engine/recorder), trace::to_graph turns it into an ObjectGraph, trace::save writes
// it as a .dtrace file. Node ids are the positions of the records.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "graph/object_graph.h"
#include "graph/string_table.h"

namespace dill::trace {

struct Record {
  graph::NodeId parent = graph::kNoNode;
  graph::StringId label = 0;
  std::uint32_t index = graph::kNoIndex;
  graph::StringId type = 0;
  graph::StringId reducer = 0;
  std::uint32_t memo = graph::kNoMemo;
  std::uint32_t count = 1;
  graph::EdgeKind edge = graph::EdgeKind::Root;
  graph::Reduction reduction = graph::Reduction::Unknown;
  graph::Outcome outcome = graph::Outcome::Saved;
  graph::DetailKind detail_kind = graph::DetailKind::None;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t detail = 0;
};

struct Times {
  std::uint64_t start_ns = 0;  // since the beginning of the dump
  std::uint64_t stop_ns = 0;
};

struct Meta {
  std::string dill_version;
  std::string python_version;  // "3.11.7"
  std::string source;          // script, expression or file that was examined; may be empty
  std::uint32_t protocol = 4;
  std::uint64_t bytes_total = 0;    // length of the pickle (of a failed walk: what would have been written)
  std::uint64_t objects_total = 0;  // objects saved, folded ones and memo hits included
  std::uint64_t elapsed_ns = 0;
  bool diagnosis = false;  // recorded in diagnostic mode: problems did not end the walk
};

struct Recording {
  std::vector<Record> records;
  std::vector<Times> times;  // empty, or one a record
  std::vector<graph::Reference> references;
  std::vector<graph::Problem> problems;
  std::vector<graph::Location> locations;  // ascending by node
  graph::StringTable strings;
  std::vector<char> texts;           // see graph::DetailKind::Str
  std::vector<unsigned char> bytes;  // the pickle itself; empty if not kept or if the walk failed
  Meta meta;
};

}  // namespace dill::trace
