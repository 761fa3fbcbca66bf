#include "inspect/static_graph.h"

#include <string>
#include <utility>
#include <vector>

#include "inspect/salvage.h"
#include "inspect/spanning.h"
#include "inspect/symbolic_machine.h"

namespace dill::inspect {

namespace {

constexpr unsigned char kProto = static_cast<unsigned char>(pickle::Opcode::PROTO);

}  // namespace

tl::expected<StaticPickle, Error> read_pickle(std::span<const unsigned char> bytes, const Limits& limits) {
  if (bytes.empty()) return tl::unexpected(Error{0, "the data is empty"});
  SymbolicMachine machine(bytes, limits);
  StaticPickle result;
  result.size = bytes.size();
  std::vector<Root> roots;
  std::size_t discarded = 0;
  while (machine.remaining() > 0) {
    const std::uint64_t begin = machine.position();
    const std::uint64_t objects = machine.objects();
    const int protocol = machine.protocol();
    std::optional<Fault> fault = machine.read_pickle();
    // What does not even look like a pickle behind a complete one is left alone.
    if (fault && result.pickles > 0 && bytes[begin] != kProto) {
      result.objects = objects;
      result.protocol = protocol;
      break;
    }
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
  result.python = machine.python();
  for (const auto& [name, length] : machine.module_lengths()) {
    result.module_lengths.emplace(machine.values().string(name), length);
  }
  result.graph = span_graph(machine.values(), roots);
  return result;
}

}  // namespace dill::inspect
