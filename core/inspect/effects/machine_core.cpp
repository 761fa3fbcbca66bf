#include "inspect/effects/machine_core.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "inspect/effects/compat_names.h"
#include "inspect/effects/number_text.h"
#include "pickle/escapes.h"

namespace dill::inspect {

using pickle::Bytes;
using pickle::Opcode;
namespace tb = term_bits;

namespace {

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

constexpr std::array kEveryLoader = {Loader::CLoads, Loader::CBytesIO, Loader::CFile,
                                     Loader::Python, Loader::CNew,     Loader::PythonNew,
                                     Loader::Dill,   Loader::Joblib,   Loader::TorchLegacy};

// A memo index from which on CPython before 3.14 asks for memory that a process may not get.
constexpr std::uint64_t kLargeIndex = std::uint64_t{1} << 25;

}  // namespace

MachineCore::MachineCore(Bytes input, const EffectLimits& limits, const PassPlan& plan, EffectsResult& result,
                         EffectSink& sink)
    : input_(input),
      limits_(limits),
      plan_(plan),
      result_(result),
      sink_(sink),
      active_(plan.loaders),
      store_(input, limits) {}

// ---- faults and differences ------------------------------------------------------------------------------------------

void MachineCore::fault(Loaders who, std::string_view id, std::string message) {
  who &= active_;
  if (who == 0) return;
  active_ &= static_cast<Loaders>(~who);
  std::uint64_t after = 0;
  for (const Loader loader : kEveryLoader) {
    if ((who & bit(loader)) == 0) continue;
    after = effects_of(loader);
    LoaderOutcome& outcome = result_.outcomes[static_cast<std::size_t>(loader)];
    if (pickle_ != 0 || outcome.fault) continue;
    outcome.fault = EffectFault{id, offset_, after, pickle_, message};
    outcome.end = offset_;
    outcome.effects = after;
  }
  if (!plan_.first) {
    halted_ = halted_ || active_ == 0;
    return;
  }
  if (active_ != 0) return note_difference(id, who, std::move(message));
  EffectFault found{id, offset_, after, pickle_, std::move(message)};
  if (pickle_ == 0) {
    result_.fault = std::move(found);
  } else {
    result_.trailing_fault = std::move(found);
  }
}

void MachineCore::fork(Loaders who, std::string_view id, std::string message) {
  who &= active_;
  if (who == 0 || !plan_.first) return;
  for (const Loader loader : kEveryLoader) {
    if ((who & bit(loader)) != 0) fork_skip_[static_cast<std::size_t>(loader)] = effects_of(loader);
  }
  forked_ |= who;
  active_ &= static_cast<Loaders>(~who);
  note_difference(id, who, std::move(message));
}

void MachineCore::note_difference(std::string_view id, Loaders one, std::string message) {
  if (!plan_.first) return;
  if (result_.differences.size() >= limits_.max_differences) {
    result_.more_differences = true;
    return;
  }
  result_.differences.push_back(
      {id, offset_, one, static_cast<Loaders>(active_ & static_cast<Loaders>(~one)), std::move(message)});
}

void MachineCore::need(Needs what) {
  if ((needs_ & what) != 0) return;
  needs_ |= what;
  if (plan_.first && active_ != 0) result_.needs.push_back({what, offset_});
}

void MachineCore::doubt() {
  if (plan_.first && active_ != 0 && !result_.doubtful_from) result_.doubtful_from = offset_;
}

void MachineCore::stop_reading(std::string why) {
  halted_ = true;
  result_.complete = false;
  if (result_.stopped.empty()) result_.stopped = std::move(why);
}

void MachineCore::check_limits() {
  result_.deepest_stack = std::max<std::uint64_t>(result_.deepest_stack, stack_.size());
  if (stack_.size() + marks_.size() + memo_.size() > limits_.max_stack)
    stop_reading("more than " + std::to_string(limits_.max_stack) + " objects and marks on the stack and in the memo");
}

void MachineCore::begin_pickle() {
  stack_.truncate(0);
  marks_.truncate(0);
  fence_ = 0;
  memo_.clear();
  memo_lost_ = false;
  protocol_ = 0;
}

// ---- effects ---------------------------------------------------------------------------------------------------------

void MachineCore::deliver(Effect& effect, Loaders who) {
  who &= active_;
  if (who == 0 && active_ != 0) return;  // none of those that are still here does it
  if (who == 0 && !plan_.first) return;
  for (const Loader loader : kEveryLoader) {
    if ((who & bit(loader)) != 0) ++effects_of_[static_cast<std::size_t>(loader)];
  }
  if (told_++ < plan_.skip || halted_) return;
  effect.opcode = opcode_;
  effect.offset = offset_;
  effect.loaders = who;
  effect.needs = needs_;
  effect.protocol = protocol_;
  effect.pickle = pickle_;
  effect.file_buffer = plan_.file_buffer;
  const bool torch = (who & bit(Loader::TorchLegacy)) != 0 && pickle_ < 5;
  effect.reach = who == 0 ? Reach::AfterFault : pickle_ == 0 || torch ? Reach::Reached : Reach::NotReached;
  ++result_.effects;
  if (effect.kind == EffectKind::Lookup) ++result_.lookups;
  if (effect.kind == EffectKind::Call) ++result_.calls;
  if (!sink_.on_effect(effect)) stop_reading("the reader was told to stop");
}

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

// ---- the stack -------------------------------------------------------------------------------------------------------

void MachineCore::make_room() {
  if (store_.is_full(stack_.size() + memo_.size())) [[unlikely]]
    store_.give_up_half(stack_.span(), memo_.dense(), memo_.scattered());
}

bool MachineCore::has(std::size_t count) {
  if (available() >= count) [[likely]]
    return true;
  fault(marks_.empty() ? "stack-underflow" : "unexpected-mark",
        marks_.empty() ? "the opcode takes more objects than there are on the stack"
                       : "the opcode takes more objects than there are above the last MARK");
  return false;
}

TermBits MachineCore::take() {
  const TermBits term = stack_.back();
  stack_.pop_back();
  return term;
}

void MachineCore::replace_by_unknown(std::size_t size) {
  truncate(std::min(size, stack_.size()));
  push(TermStore::unknown(offset_));
}

std::size_t MachineCore::take_mark() {
  result_.deepest_stack = std::max<std::uint64_t>(result_.deepest_stack, stack_.size());
  if (marks_.empty()) {
    fault("no-mark", "there is no MARK for the opcode");
    return stack_.size();
  }
  const std::size_t first = marks_.back();
  marks_.pop_back();
  fence_ = marks_.empty() ? 0 : marks_.back();
  return first;
}

void MachineCore::mark() {
  fence_ = stack_.size();
  marks_.push_back(fence_);
}

void MachineCore::pop() {
  if (!marks_.empty() && marks_.back() == stack_.size()) {
    marks_.pop_back();
    fence_ = marks_.empty() ? 0 : marks_.back();
  } else if (has(1)) {
    stack_.pop_back();
  }
}

void MachineCore::pop_mark() { truncate(take_mark()); }

void MachineCore::duplicate() { push(has(1) ? stack_.back() : TermStore::unknown(offset_)); }

// ---- containers ------------------------------------------------------------------------------------------------------

void MachineCore::empty_container(TermKind kind) {
  make_room();
  push(store_.container(kind, offset_));
}

void MachineCore::tuple_of(std::size_t count) {
  if (!has(count)) return replace_by_unknown(fence_);
  make_room();
  const std::size_t first = stack_.size() - count;
  const TermBits made = store_.tuple(offset_, items_from(first));
  truncate(first);
  push(made);
}

void MachineCore::tuple_to_mark() {
  const std::size_t first = take_mark();
  make_room();
  const TermBits made = store_.tuple(offset_, items_from(first));
  truncate(first);
  push(made);
}

TermBits MachineCore::list_of(std::span<const TermBits> items) {
  const TermBits list = store_.container(TermKind::List, offset_);
  store_.extend(list, items);
  return list;
}

TermBits MachineCore::dict_of(std::span<const TermBits> items) {
  const TermBits dict = store_.container(TermKind::Dict, offset_);
  store_.extend(dict, items);
  return dict;
}

void MachineCore::list_to_mark() {
  const std::size_t first = take_mark();
  make_room();
  const TermBits made = list_of(items_from(first));
  truncate(first);
  push(made);
}

void MachineCore::hash(TermBits container, TermBits key) {
  if (tb::hash_calls(key)) emit(EffectKind::Hash, container, key);
  if (tb::unhashable(key)) [[unlikely]]
    fault("unhashable-key", "the key or member has no hash: loading raises TypeError");
}

void MachineCore::dict_to_mark() {
  const std::size_t first = take_mark();
  make_room();
  const std::size_t count = stack_.size() - first;
  const bool odd = count % 2 != 0;
  if (odd) fault(kCMachines, "odd-items", "DICT is given a key without a value");
  const std::span<const TermBits> items = items_from(first).first(count - count % 2);
  const TermBits made = store_.container(TermKind::Dict, offset_);
  for (std::size_t i = 0; i < items.size(); i += 2) hash(made, items[i]);
  if (odd) fault("odd-items", "DICT is given a key without a value");
  hold_in(made, items);
  truncate(first);
  push(made);
}

void MachineCore::frozen_set_to_mark() {
  const std::size_t first = take_mark();
  make_room();
  const std::span<const TermBits> items = items_from(first);
  const TermBits made = store_.frozen_set(offset_, items);
  for (const TermBits item : items) hash(made, item);
  truncate(first);
  push(made);
}

void MachineCore::hold_in(TermBits container, std::span<const TermBits> items) { store_.extend(container, items); }

void MachineCore::append() {
  if (!has(2)) return replace_by_unknown(fence_);
  make_room();
  append_from(stack_.size() - 1);
}

void MachineCore::appends() {
  const std::size_t first = take_mark();
  if (first <= fence_) {
    has(std::numeric_limits<std::size_t>::max());
    return replace_by_unknown(first);
  }
  make_room();
  append_from(first);
}

void MachineCore::append_from(std::size_t first) {
  const TermBits target = stack_[first - 1];
  const TermKind kind = tb::kind(target);
  const bool none = first == stack_.size();  // the C machine does not look at the object then
  if (kind == TermKind::List) [[likely]] {
    store_.extend(target, items_from(first));
  } else if (kind == TermKind::ByteArray) {
    append_to_bytearray(target, first);
  } else if (tb::is_builtin(kind)) {
    fault(none ? kPythonLoaders : kAllLoaders, "no-append", "items are appended to something that takes none");
  } else {
    emit(EffectKind::Hook, target, list_of(items_from(first)), none ? kPythonLoaders : kAllLoaders);
  }
  truncate(first);
}

void MachineCore::append_to_bytearray(TermBits target, std::size_t first) {
  store_.change_bytearrays();
  for (std::size_t i = first; i < stack_.size(); ++i) {
    const TermBits item = stack_[i];
    const TermKind kind = tb::kind(item);
    if (kind == TermKind::Int || kind == TermKind::Bool) {
      bool fits = false;
      const std::int64_t value = store_.integer(item, &fits);
      if (fits && value >= 0 && value <= 255) continue;
      if (fits) return fault("bad-item", "a bytearray takes numbers from 0 to 255");
      doubt();
    } else if (tb::is_builtin(kind)) {
      return fault("bad-item", "a bytearray takes numbers from 0 to 255");
    } else {
      emit(EffectKind::Hook, target, list_of(items_from(i).first(1)));  // __index__
      doubt();
    }
  }
}

void MachineCore::set_item() {
  if (!has(3)) return replace_by_unknown(fence_);
  make_room();
  set_from(stack_.size() - 2);
}

void MachineCore::set_items() {
  const std::size_t first = take_mark();
  if (first <= fence_) {
    has(std::numeric_limits<std::size_t>::max());
    return replace_by_unknown(first);
  }
  make_room();
  set_from(first);
}

void MachineCore::set_from(std::size_t first) {
  const TermBits target = stack_[first - 1];
  const TermKind kind = tb::kind(target);
  const std::size_t count = stack_.size() - first;
  const bool odd = count % 2 != 0;
  if (odd) fault(kCMachines, "odd-items", "SETITEMS is given a key without a value");
  const std::span<const TermBits> items = items_from(first).first(count - count % 2);
  if (kind == TermKind::Dict) {
    for (std::size_t i = 0; i < items.size(); i += 2) {
      if ((items[i].bits & (tb::kHashCalls | tb::kUnhashable)) != 0) hash(target, items[i]);
    }
    hold_in(target, items);
  } else if (kind == TermKind::List || kind == TermKind::ByteArray) {
    for (std::size_t i = 0; i < items.size() && active_ != 0; i += 2) {
      if (kind == TermKind::List) {
        set_in_list(target, items[i], items[i + 1]);
      } else {
        set_in_bytearray(target, items[i], items[i + 1]);
      }
    }
  } else if (tb::is_builtin(kind)) {
    if (!items.empty()) fault("no-setitem", "items are set in something that takes none");
  } else if (!items.empty()) {
    emit(EffectKind::Hook, target, dict_of(items));
  }
  if (odd) fault("odd-items", "SETITEMS is given a key without a value");
  truncate(first);
}

void MachineCore::set_in_list(TermBits list, TermBits key, TermBits value) {
  const TermKind kind = tb::kind(key);
  if (kind == TermKind::Int || kind == TermKind::Bool) {
    bool fits = false;
    const std::int64_t index = store_.integer(key, &fits);
    if (!fits || !store_.size_is_known(list)) {
      doubt();
    } else {
      const auto size = static_cast<std::int64_t>(store_.size(list));
      if (index >= size || index < -size) return fault("bad-index", "the list has no such index");
    }
  } else if (tb::is_builtin(kind)) {
    return fault("bad-index", "a list takes numbers as indices");
  } else {
    const std::array<TermBits, 2> pair{key, value};
    emit(EffectKind::Hook, list, dict_of(pair));  // __index__, or a slice that iterates over the value
    store_.forget_size(list);
    doubt();
  }
  store_.overwrite(list, value);
}

void MachineCore::set_in_bytearray(TermBits target, TermBits key, TermBits value) {
  store_.change_bytearrays();
  const auto is_number = [](TermBits t) { return tb::kind(t) == TermKind::Int || tb::kind(t) == TermKind::Bool; };
  if (is_number(key) && is_number(value)) {
    bool fits = false;
    const std::int64_t byte = store_.integer(value, &fits);
    if (fits && (byte < 0 || byte > 255)) return fault("bad-item", "a bytearray takes numbers from 0 to 255");
    return doubt();  // how long it is by now is not counted
  }
  if (tb::is_builtin(tb::kind(key)) && !is_number(key))
    return fault("bad-index", "a bytearray takes numbers as indices");
  if (!tb::is_builtin(tb::kind(key)) || !tb::is_builtin(tb::kind(value))) {
    const std::array<TermBits, 2> pair{key, value};
    emit(EffectKind::Hook, target, dict_of(pair));  // __index__
    return doubt();
  }
  fault("bad-item", "a bytearray takes numbers from 0 to 255");
}

void MachineCore::add_items() {
  const std::size_t first = take_mark();
  if (first <= fence_) {
    has(std::numeric_limits<std::size_t>::max());
    return replace_by_unknown(first);
  }
  make_room();
  const TermBits target = stack_[first - 1];
  const TermKind kind = tb::kind(target);
  const std::span<const TermBits> items = items_from(first);
  const Loaders who = items.empty() ? kPythonLoaders : kAllLoaders;
  if (kind == TermKind::Set) {
    for (const TermBits item : items) hash(target, item);
    hold_in(target, items);
  } else if (tb::is_builtin(kind)) {
    fault(who, "no-add", "items are added to something that is no set");
  } else {
    emit(EffectKind::Hook, target, list_of(items), who);
  }
  truncate(first);
}

// ---- the memo --------------------------------------------------------------------------------------------------------

void MachineCore::memo_put(std::uint64_t number) {
  if (!has(1)) return;
  if (number >= kLargeIndex && number > 4 * memo_.size()) [[unlikely]] {
    note_difference("loaders-differ-memo-index", kCMachines & active_ & static_cast<Loaders>(~bit(Loader::CNew)),
                    "memo index " + std::to_string(number) + ": CPython before 3.14 takes memory for all below it");
  }
  memo_.put(number, stack_.back());
  result_.highest_memo = std::max(result_.highest_memo, number);
}

void MachineCore::memo_get(std::uint64_t number) {
  TermBits found = memo_.get(number);
  if (memo_lost_) {
    found = TermStore::unknown(offset_);
  } else if (found.bits == 0) [[unlikely]] {
    fault("memo-hole", "nothing is in the memo under " + std::to_string(number));
    found = TermStore::unknown(offset_);
  }
  push(found);
}

void MachineCore::memo_get_text(Bytes line) {
  const IndexVerdict verdict = judge_index(line);
  fault(static_cast<Loaders>(~verdict.accept), "bad-number", "the memo index is no number");
  fault(verdict.huge, "memo-hole", "nothing can be in the memo under so large a number");
  if (verdict.accept == 0 || verdict.negative || verdict.huge != 0) {
    fault("memo-hole", "nothing is in the memo under this number");
    return push(TermStore::unknown(offset_));
  }
  memo_get(verdict.index);
}

void MachineCore::memo_put_text(Bytes line) {
  const IndexVerdict verdict = judge_index(line);
  fault(static_cast<Loaders>(~verdict.accept), "bad-number", "the memo index is no number");
  fault(verdict.huge & kCMachines, "bad-number", "the memo index is too large");
  if (verdict.negative) fault("bad-number", "the memo index is below zero");
  if (verdict.accept == 0 || verdict.negative) return;
  if (verdict.huge != 0) {  // the Python machine has it under any number; numbers above 64 bits are not kept apart here
    if (has(1)) memo_lost_ = true;
    return;
  }
  memo_put(verdict.index);
}

// ---- look-ups and calls ----------------------------------------------------------------------------------------------

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

void MachineCore::build() {
  if (!has(2)) return replace_by_unknown(fence_);
  make_room();
  const TermBits state = take();
  const TermBits target = stack_.back();
  if (tb::is_builtin(tb::kind(target))) return build_builtin(state);
  store_.set_state(target, state);
  emit(EffectKind::Build, target, state);
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

// ---- what comes from outside -----------------------------------------------------------------------------------------

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

void MachineCore::stop() {
  check_limits();
  if (pickle_ == 0 && plan_.first) {
    result_.left_on_stack = available() == 0 ? 0 : stack_.size() - 1;
    result_.open_marks = marks_.size();
  }
  has(1);
}

void MachineCore::complete(std::uint64_t end) {
  for (const Loader loader : kEveryLoader) {
    LoaderOutcome& outcome = result_.outcomes[static_cast<std::size_t>(loader)];
    if ((active_ & bit(loader)) == 0 || pickle_ != 0 || outcome.end != 0) continue;
    outcome.end = end;
    outcome.effects = effects_of(loader);
  }
  if (plan_.first && active_ != 0) {
    ++result_.pickles;
    result_.end = end;
  }
}

bool MachineCore::another() {
  active_ &= static_cast<Loaders>(~bit(Loader::CLoads));                         // loads() reads one
  if (pickle_ == 4) active_ &= static_cast<Loaders>(~bit(Loader::TorchLegacy));  // then come the raw arrays
  ++pickle_;
  if (pickle_ >= limits_.max_pickles) {
    stop_reading("more than " + std::to_string(limits_.max_pickles) + " pickles in a row");
    return false;
  }
  return active_ != 0 || (plan_.first && result_.fault);
}

}  // namespace dill::inspect
