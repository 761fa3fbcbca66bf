#include "inspect/static_graph.h"

#include <string>
#include <utility>
#include <vector>

#include "inspect/salvage.h"
#include "inspect/spanning.h"
#include "inspect/symbolic_machine.h"

namespace dill::inspect {

namespace {

constexpr std::uint32_t kPicklesShown = 64;  // of a file of which further ones are folded
constexpr unsigned char kProto = static_cast<unsigned char>(pickle::Opcode::PROTO);

}  // namespace

tl::expected<StaticPickle, Error> read_pickle(std::span<const unsigned char> bytes, const Limits& limits) {
  if (bytes.size() <= limits.start) return tl::unexpected(Error{bytes.size(), "the data is empty"});
  SymbolicMachine machine(bytes, limits);
  StaticPickle result;
  result.size = bytes.size();
  std::vector<Root> roots;
  std::size_t discarded = 0;
  Folded folded;
  const auto add_folded = [&] {
    if (folded.items == 0) return;
    roots.push_back({machine.add_remainder(folded), "further pickles"});
    folded = {};
  };
  while (machine.remaining() > 0) {
    const Entry before = machine.here();
    const std::uint64_t begin = before.begin;
    const std::uint64_t made = machine.made();
    const std::uint64_t objects = machine.objects();
    const int protocol = machine.protocol();
    std::optional<Fault> fault = machine.read_pickle();
    if (machine.stopped()) return tl::unexpected(Error{fault->offset, std::move(fault->message)});
    // What does not even look like a pickle behind a complete one is left alone.
    if (fault && result.pickles > 0 && bytes[begin] != kProto) {
      result.objects = objects;
      result.protocol = protocol;
      break;
    }
    const bool outside = begin >= limits.shown_end || machine.position() <= limits.shown_begin;
    const bool foldable = result.pickles >= kPicklesShown && machine.root() != kNone && !fault &&
                          (outside || machine.values().size() >= limits.shown_objects);
    if (foldable && machine.fold_pickle(before)) {
      folded.begin = folded.items == 0 ? begin : folded.begin;
      folded.end = machine.position();
      ++folded.items;
      folded.objects += machine.made() - made;
      ++result.pickles;
      result.end = machine.position();
      result.objects = machine.objects();
      result.protocol = machine.protocol();
      continue;
    }
    add_folded();
    if (machine.root() != kNone) {
      roots.push_back({machine.root(), result.pickles == 0 ? "" : "pickle " + std::to_string(result.pickles + 1)});
      ++result.pickles;
      result.end = machine.position();
    } else if (fault && result.pickles == 0 && machine.objects() == 0) {
      return tl::unexpected(Error{fault->offset, std::move(fault->message)});
    } else {
      for (const ValueId value : salvage(machine.values(), machine.stack(), machine.marks(), fault->offset)) {
        roots.push_back({value, "unfinished"});
      }
    }
    for (; discarded < machine.discarded().size(); ++discarded) {
      const ValueId value = machine.discarded()[discarded];
      if (!machine.values()[value].is_leaf()) roots.push_back({value, "discarded"});
    }
    result.objects = machine.objects();
    result.protocol = machine.protocol();
    if (fault) {
      result.fault = std::move(fault);
      break;
    }
  }
  add_folded();
  result.python = machine.python();
  for (const auto& [name, length] : machine.module_lengths()) {
    result.module_lengths.emplace(machine.values().string(name), length);
  }
  const Values& values = machine.values();
  for (ValueId value = 0; value < values.size(); ++value) {
    if (values[value].kind == Kind::Remainder) result.folded += values[value].number;
  }
  result.graph = span_graph(values, roots);
  return result;
}

}  // namespace dill::inspect
