// Opcodes that look up, call, give a state, or take something from outside.
#include "inspect/effects/machine_core.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "inspect/effects/compat_names.h"
#include "pickle/escapes.h"

namespace dill::inspect {

using pickle::Bytes;
namespace tb = term_bits;

namespace {

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

}  // namespace

void MachineCore::emit(EffectKind kind, TermBits callee, TermBits arguments, Loaders who, TermBits keywords) {
  Effect effect;
  effect.kind = kind;
  effect.callee = Term(&store_, callee);
  effect.arguments = Term(&store_, arguments);
  if (keywords.bits != 0) effect.keywords = Term(&store_, keywords);
  if (kind == EffectKind::Call && tb::kind(callee) != TermKind::Global) result_.dynamic = true;
  deliver(effect, who);
}

MachineCore::Name MachineCore::name_of(Bytes text) {
  Name name;
  name.part.known = pickle::is_utf8(text, pickle::Surrogates::Refuse);  // if not, no loader gets here
  if (!name.part.known) return name;
  std::size_t length = std::min<std::size_t>(text.size(), limits_.max_name);
  name.part.whole = length == text.size();
  if (!name.part.whole) {
    while (length > 0 && (text[length] & 0xC0) == 0x80) --length;
    name.term = store_.displaced_literal(TermKind::Str, offset_, text);
  }
  name.part.text = text_of(text.first(length));
  return name;
}

MachineCore::Name MachineCore::name_of(TermBits term, std::string& buffer) {
  Name name;
  name.term = term;
  if (tb::kind(term) != TermKind::Str) return name;
  buffer = store_.text(term, limits_.max_name, &name.part.whole);
  name.part.known = name.part.whole || !buffer.empty();  // a text that was given up for memory is not known
  name.part.text = buffer;
  return name;
}

TermBits MachineCore::lookup(const Name& module, const Name& name, Loaders who) {
  Effect effect;
  effect.kind = EffectKind::Lookup;
  effect.module = module.part;
  effect.name = name.part;
  const TermBits found = store_.global(offset_, module.term, name.term, module.part, name.part);
  effect.callee = Term(&store_, found);
  if (!module.part.known || !name.part.known) {
    result_.dynamic = true;
  } else if (module.part.whole && name.part.whole) {
    const std::string_view module_name = module.part.text;
    if (module_name == "__builtin__" && (name.part.text == "__main__" || name.part.text == "NoneType")) {
      const bool main = name.part.text == "__main__";
      effect.maps_to_module = main ? "__main__" : "types";
      effect.maps_to_name = main ? "__dict__" : "NoneType";
      effect.maps_for = bit(Loader::Dill);
    } else if (module_name == "dill.dill") {
      effect.maps_to_module = "dill._dill";
      effect.maps_to_name = name.part.text;
      effect.maps_for = bit(Loader::Dill);
    } else if (protocol_ < 3) {
      if (const auto mapped = python_three_name(module_name, name.part.text)) {
        effect.maps_to_module = mapped->module;
        effect.maps_to_name = mapped->name;
        effect.maps_for = kAllLoaders;
      }
    }
    if (protocol_ >= 4)
      effect.attributes += static_cast<std::uint32_t>(std::count(name.part.text.begin(), name.part.text.end(), '.'));
  }
  deliver(effect, who);
  return found;
}

// ---- look-ups and calls ---------------------------------------------------------------------------------------------

void MachineCore::global(Bytes module, Bytes name, Loaders who) {
  make_room();
  push(lookup(name_of(module), name_of(name), who));
}

void MachineCore::stack_global() {
  if (!has(2)) return replace_by_unknown(fence_);
  make_room();
  const TermBits name = take();
  const TermBits module = take();
  for (const TermBits part : {module, name}) {
    const TermKind kind = tb::kind(part);
    if (kind == TermKind::Str) continue;
    if (tb::is_builtin(kind)) {
      fault("name-no-text", "STACK_GLOBAL is given something that is no str");
    } else {
      doubt();
    }
  }
  push(lookup(name_of(module, module_buffer_), name_of(name, name_buffer_), kAllLoaders));
}

void MachineCore::call(TermBits callee, TermBits arguments, TermBits keywords) {
  const TermKind kind = tb::kind(arguments);
  const bool builtin_arguments = tb::is_builtin(kind);
  const bool builtin_keywords = keywords.bits == 0 || tb::is_builtin(tb::kind(keywords));
  if (tb::is_builtin(tb::kind(callee))) {
    // The Python machine unpacks the arguments before it finds that there is nothing to call.
    if (!builtin_arguments || !builtin_keywords) {
      emit(EffectKind::Call, callee, arguments, kPythonLoaders, keywords);
      doubt();
    }
    return fault("not-callable", "what is called is a literal");
  }
  if (!builtin_arguments) {
    doubt();
  } else if (kind != TermKind::Tuple) {
    const bool iterable = kind >= TermKind::Str;
    fault(iterable ? kCMachines : kAllLoaders, "arguments-no-tuple", "the arguments of the call are no tuple");
  }
  if (keywords.bits != 0) {
    if (!builtin_keywords) {
      doubt();
    } else if (tb::kind(keywords) != TermKind::Dict) {
      if (!builtin_arguments) emit(EffectKind::Call, callee, arguments, kPythonLoaders, keywords);
      fault("keywords-no-dict", "the keyword arguments are no dict");
    } else if (store_.size(keywords) != 0) {
      for (std::uint64_t i = 0; i < store_.kept(keywords); ++i) {
        if (tb::kind(store_.item(keywords, i).first) != TermKind::Str) doubt();
      }
    }
  }
  emit(EffectKind::Call, callee, arguments, kAllLoaders, keywords);
}

void MachineCore::reduce() {
  if (!has(2)) return replace_by_unknown(fence_);
  make_room();
  const TermBits arguments = take();
  const TermBits callee = take();
  call(callee, arguments);
  push(store_.result(offset_, callee, arguments, {}));
}

void MachineCore::new_object(bool with_keywords) {
  if (!has(with_keywords ? 3 : 2)) return replace_by_unknown(fence_);
  make_room();
  const TermBits keywords = with_keywords ? take() : TermBits{};
  const TermBits arguments = take();
  const TermBits callee = take();
  call(callee, arguments, keywords);
  push(store_.result(offset_, callee, arguments, keywords));
}

void MachineCore::object() {
  const std::size_t first = take_mark();
  if (first >= stack_.size()) {
    has(std::numeric_limits<std::size_t>::max());
    return replace_by_unknown(first);
  }
  make_room();
  const TermBits callee = stack_[first];
  const TermBits arguments = store_.tuple(offset_, items_from(first + 1));
  call(callee, arguments);
  truncate(first);
  push(store_.result(offset_, callee, arguments, {}));
}

void MachineCore::instance(Bytes module, Bytes name, Loaders who) {
  make_room();
  // The C machine looks for the MARK first, the Python machine when it has found the class.
  if (marks_.empty()) fault(kCMachines, "no-mark", "there is no MARK for the opcode");
  const TermBits callee = lookup(name_of(module), name_of(name), who);
  const std::size_t first = take_mark();
  const TermBits arguments = store_.tuple(offset_, items_from(first));
  emit(EffectKind::Call, callee, arguments, who);
  truncate(first);
  push(store_.result(offset_, callee, arguments, {}));
}

// ---- states ---------------------------------------------------------------------------------------------------------

void MachineCore::build() {
  if (!has(2)) return replace_by_unknown(fence_);
  make_room();
  const TermBits state = take();
  const TermBits target = stack_.back();
  if (tb::is_builtin(tb::kind(target))) return build_builtin(state);
  emit(EffectKind::Build, target, state);
  store_.set_state(target, state);  // behind it: whoever is told sees whether this is the first one
}

std::optional<bool> MachineCore::is_false(TermBits term) const {
  switch (tb::kind(term)) {
    case TermKind::None:
      return true;
    case TermKind::Bool:
    case TermKind::Int: {
      bool fits = false;
      const std::int64_t value = store_.integer(term, &fits);
      return fits && value == 0;
    }
    case TermKind::Float:
      return Term(&store_, term).number() == 0;
    case TermKind::Str:
    case TermKind::Bytes:
    case TermKind::ByteArray:
      return store_.payload_size(term) == 0;
    case TermKind::Tuple:
    case TermKind::FrozenSet:
    case TermKind::List:
    case TermKind::Dict:
    case TermKind::Set:
      if (!store_.size_is_known(term)) return std::nullopt;
      return store_.size(term) == 0;
    default:
      return std::nullopt;
  }
}

// A builtin object has neither __setstate__ nor a __dict__ nor attributes that can be set: only states that are empty
// get by, and what is asked for that is their truth.
void MachineCore::build_builtin(TermBits state) {
  const TermBits target = stack_.back();
  const auto part = [&](TermBits value, bool slots) {
    const TermKind kind = tb::kind(value);
    const std::optional<bool> empty = is_false(value);
    if (!empty) {
      if (!tb::is_builtin(kind)) emit(EffectKind::Build, target, value, kPythonLoaders);
      return doubt();
    }
    if (kind == TermKind::None && !slots) return;
    const bool c_goes_on = slots && kind == TermKind::Dict && *empty;
    fault(static_cast<Loaders>((c_goes_on ? 0 : kCMachines) | (*empty ? 0 : kPythonLoaders)), "no-state",
          "a builtin object is given a state");
  };
  if (tb::kind(state) == TermKind::Tuple && store_.size(state) == 2 && store_.kept(state) == 2) {
    part(store_.item(state, 0).second, false);
    part(store_.item(state, 1).second, true);
  } else {
    part(state, false);
  }
}

// ---- what comes from outside ----------------------------------------------------------------------------------------

void MachineCore::persistent_text(Bytes id) {
  make_room();
  need(kNeedsPersistentLoad);
  const TermBits made = store_.persistent(offset_, store_.displaced_literal(TermKind::Str, offset_, id));
  emit(EffectKind::PersistentLoad, made, store_.field(made, 0));
  push(made);
}

void MachineCore::persistent() {
  need(kNeedsPersistentLoad);
  if (!has(1)) return replace_by_unknown(fence_);
  make_room();
  const TermBits id = take();
  const TermBits made = store_.persistent(offset_, id);
  emit(EffectKind::PersistentLoad, made, id);
  push(made);
}

void MachineCore::extension(std::int64_t code) {
  make_room();
  if (code <= 0) fault(kCMachines, "bad-extension", "extension codes below 1 are refused");
  need(kNeedsRegistry);
  const TermBits made = store_.extension(offset_, code);
  result_.dynamic = true;
  emit(EffectKind::Extension, made, {});
  push(made);
}

void MachineCore::next_buffer() {
  need(kNeedsBuffers);
  push(tb::make(TermKind::Buffer, tb::holds(kHoldsBuffer) | tb::kHashCalls, offset_));
}

void MachineCore::readonly_buffer() {
  if (!has(1)) return;
  TermBits& top = stack_.back();
  const TermKind kind = tb::kind(top);
  if (kind == TermKind::Bytes || kind == TermKind::Buffer) return;
  if (kind == TermKind::ByteArray) {
    // A memoryview: like bytes in everything that matters here but the hash.
    top.bits = (top.bits & ~tb::kKindMask) | static_cast<std::uint64_t>(TermKind::Bytes) | tb::kUnhashable;
  } else if (tb::is_builtin(kind)) {
    fault("no-buffer", "READONLY_BUFFER is given something that is no buffer");
  } else {
    emit(EffectKind::Hook, top, {});  // __buffer__, since CPython 3.12
    doubt();
  }
}

void MachineCore::protocol(unsigned number) {
  if (number > pickle::kHighestProtocol) {
    return fault("bad-protocol", "there is no protocol " + std::to_string(number));
  }
  protocol_ = static_cast<std::uint8_t>(number);
  result_.protocol = std::max(result_.protocol, static_cast<int>(number));
}

}  // namespace dill::inspect
