// Opcodes that make containers and put something into them.
#include <array>
#include <limits>

#include "inspect/effects/machine_core.h"

namespace dill::inspect {

namespace tb = term_bits;

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

// ---- items of lists and bytearrays ----------------------------------------------------------------------------------

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

// ---- items of dicts, and at an index --------------------------------------------------------------------------------

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

// ---- members of sets ------------------------------------------------------------------------------------------------

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

}  // namespace dill::inspect
