// What the machines of all loaders have in common: what each opcode does to stack and memo, and what that calls. Reading
// the bytes is left to effect_machine.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "inspect/effects/machine_stack.h"

namespace dill::inspect {

class MachineCore : public MachineStack {
 public:
  using MachineStack::MachineStack;

 protected:
  // ---- opcodes, their arguments read ---------------------------------------------------------------------------------

  void empty_container(TermKind kind);
  void tuple_of(std::size_t count);
  void tuple_to_mark();
  void list_to_mark();
  void dict_to_mark();
  void frozen_set_to_mark();
  void append();
  void appends();
  void set_item();
  void set_items();
  void add_items();
  void global(pickle::Bytes module, pickle::Bytes name, Loaders who);
  void stack_global();
  void reduce();
  void build();
  void instance(pickle::Bytes module, pickle::Bytes name, Loaders who);
  void object();
  void new_object(bool with_keywords);
  void persistent_text(pickle::Bytes id);
  void persistent();
  void extension(std::int64_t code);
  void next_buffer();
  void readonly_buffer();
  void protocol(unsigned number);

 private:
  struct Name {
    NamePart part;
    TermBits term;
  };

  void emit(EffectKind kind, TermBits callee, TermBits arguments, Loaders who = kAllLoaders, TermBits keywords = {});
  TermBits lookup(const Name& module, const Name& name, Loaders who);
  Name name_of(pickle::Bytes text);
  Name name_of(TermBits term, std::string& buffer);
  void hash(TermBits container, TermBits key);
  TermBits list_of(std::span<const TermBits> items);
  TermBits dict_of(std::span<const TermBits> items);
  void append_from(std::size_t first);
  void append_to_bytearray(TermBits target, std::size_t first);
  void set_from(std::size_t first);
  void set_in_list(TermBits list, TermBits key, TermBits value);
  void set_in_bytearray(TermBits target, TermBits key, TermBits value);
  void call(TermBits callee, TermBits arguments, TermBits keywords = {});
  void build_builtin(TermBits state);
  // Whether Python's `if term:` is false; nothing if only run time knows.
  std::optional<bool> is_false(TermBits term) const;
  void hold_in(TermBits container, std::span<const TermBits> items);

  std::string module_buffer_, name_buffer_;
};

}  // namespace dill::inspect
