// Interned strings: equal texts share one StringId; id 0 is the empty string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "graph/object_graph.h"

namespace dill::graph {

class StringTable {
 public:
  StringTable();

  // Id of `text`, added if it is new. `text` must be valid UTF-8. At most 2^32-1 strings and 4 GiB of text;
  // std::length_error beyond.
  StringId intern(std::string_view text);

  // The text of an id that intern() gave; valid until the next intern().
  std::string_view at(StringId id) const;
  std::size_t size() const { return ends_.size(); }
  const std::vector<std::uint32_t>& ends() const { return ends_; }
  const std::vector<char>& bytes() const { return bytes_; }

 private:
  void grow();

  std::vector<std::uint32_t> ends_;  // string i is bytes_[ends_[i-1] .. ends_[i])
  std::vector<char> bytes_;
  std::vector<StringId> slots_;  // open addressing; 0 marks a free slot
};

}  // namespace dill::graph
