// What the machines of all loaders have in common: stack, marks, memo, and what each opcode does to them. Reading the
// bytes is left to effect_machine.h.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "inspect/effects/effects.h"
#include "inspect/effects/memo_table.h"
#include "inspect/effects/raw_vector.h"
#include "inspect/effects/term_store.h"

namespace dill::inspect {

inline constexpr Loaders kAllLoaders = (1U << kLoaderCount) - 1;
inline constexpr Loaders kCMachines = kAllLoaders & static_cast<Loaders>(~kPythonLoaders);

// One pass over the data for a set of loaders that read the same bytes.
struct PassPlan {
  Loaders loaders = kNoLoader;
  bool first = true;       // the pass for all; others only say what differs from it
  std::uint64_t skip = 0;  // effects at its beginning that the first pass has told
  std::uint32_t file_buffer = 0;
};

class MachineCore {
 public:
  MachineCore(pickle::Bytes input, const EffectLimits& limits, const PassPlan& plan, EffectsResult& result,
              EffectSink& sink);

  Loaders active() const { return active_; }
  bool halted() const { return halted_; }
  // Effects of a loader so far, in all pickles.
  std::uint64_t effects_of(Loader loader) const { return effects_of_[static_cast<std::size_t>(loader)]; }
  Loaders forked() const { return forked_; }
  std::uint64_t fork_skip(Loader loader) const { return fork_skip_[static_cast<std::size_t>(loader)]; }

 protected:
  // ---- faults and differences ----------------------------------------------------------------------------------------

  // Those of `who` that still go on stop here.
  void fault(Loaders who, std::string_view id, std::string message);
  void fault(std::string_view id, std::string message) { fault(kAllLoaders, id, std::move(message)); }
  // Those of `who` read other bytes from here on: another pass follows them.
  void fork(Loaders who, std::string_view id, std::string message);
  void note_difference(std::string_view id, Loaders one, std::string message);
  void need(Needs what);
  // Whether loading goes on from here depends on what an object of run time is.
  void doubt();
  void stop_reading(std::string why);

  // ---- opcodes, their arguments read ---------------------------------------------------------------------------------

  void push(TermBits term) { stack_.push_back(term); }
  void push_literal(TermKind kind) { stack_.push_back(TermStore::literal(kind, offset_)); }
  std::size_t available() const { return stack_.size() - fence_; }

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
  void pop();
  void pop_mark();
  void duplicate();
  void mark();
  void memo_get(std::uint64_t number);
  void memo_put(std::uint64_t number);
  void memo_get_text(pickle::Bytes line);
  void memo_put_text(pickle::Bytes line);
  void memoize() { memo_put(memo_.size()); }
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
  void stop();
  void begin_pickle();
  // The pickle is read; `end`: where the next load() would go on. another(): whether there is anybody to do so.
  void complete(std::uint64_t end);
  bool another();

  // Once in a while: limits, and what the health says.
  void check_limits();

  pickle::Bytes input_;
  const EffectLimits& limits_;
  PassPlan plan_;
  EffectsResult& result_;
  EffectSink& sink_;

  std::uint64_t offset_ = 0;  // of the current opcode
  pickle::Opcode opcode_ = pickle::Opcode::STOP;
  Loaders active_;
  bool halted_ = false;
  std::uint32_t pickle_ = 0;
  std::uint8_t protocol_ = 0;

  TermStore store_;
  RawVector<TermBits> stack_;
  RawVector<std::uint64_t> marks_;
  std::size_t fence_ = 0;
  MemoTable memo_;

 private:
  struct Name {
    NamePart part;
    TermBits term;
  };

  bool has(std::size_t count);
  // Takes the innermost mark off and returns where it stood; the fence if there is none, which is a fault.
  std::size_t take_mark();
  TermBits take();
  void truncate(std::size_t size) { stack_.truncate(size); }
  std::span<const TermBits> items_from(std::size_t first) { return stack_.span().subspan(first); }
  void make_room();
  void replace_by_unknown(std::size_t size);

  void emit(EffectKind kind, TermBits callee, TermBits arguments, Loaders who = kAllLoaders, TermBits keywords = {});
  void deliver(Effect& effect, Loaders who);
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

  std::uint8_t needs_ = 0;
  bool memo_lost_ = false;
  std::uint64_t told_ = 0;
  Loaders forked_ = kNoLoader;
  std::array<std::uint64_t, kLoaderCount> effects_of_{};
  std::array<std::uint64_t, kLoaderCount> fork_skip_{};
  std::string module_buffer_, name_buffer_;
};

}  // namespace dill::inspect
