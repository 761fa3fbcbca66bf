// A small table from object addresses to string ids, for what a recorder meets again and again: names and types.
// It keeps no reference: the owner must keep what it puts in alive, or an address could come to mean another object.
#pragma once

#include <cstdint>
#include <vector>

#include "graph/object_graph.h"

namespace dill::engine {

class PointerIds {
 public:
  static constexpr graph::StringId kMissing = 0xFFFF'FFFF;

  PointerIds() : slots_(256) {}

  graph::StringId find(const void* pointer) const {
    for (std::size_t slot = hash(pointer);; ++slot) {
      const Slot& entry = slots_[slot & (slots_.size() - 1)];
      if (entry.pointer == pointer) return entry.id;
      if (entry.pointer == nullptr) return kMissing;
    }
  }

  void add(const void* pointer, graph::StringId id) {
    if ((used_ + 1) * 2 > slots_.size()) {
      std::vector<Slot> old(slots_.size() * 2);
      old.swap(slots_);
      used_ = 0;
      for (const Slot& entry : old)
        if (entry.pointer != nullptr) add(entry.pointer, entry.id);
    }
    std::size_t slot = hash(pointer) & (slots_.size() - 1);
    while (slots_[slot].pointer != nullptr) slot = (slot + 1) & (slots_.size() - 1);
    slots_[slot] = {pointer, id};
    ++used_;
  }

 private:
  struct Slot {
    const void* pointer = nullptr;
    graph::StringId id = 0;
  };

  static std::size_t hash(const void* pointer) {
    return (reinterpret_cast<std::uintptr_t>(pointer) >> 4) * 0x9E37'79B9'7F4A'7C15ull >> 20;
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace dill::engine
