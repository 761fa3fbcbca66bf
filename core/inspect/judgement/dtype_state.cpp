#include "inspect/judgement/dtype_state.h"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dill::inspect {

namespace {

constexpr std::int64_t kHoldsObjects = 3;                                  // NPY_ITEM_REFCOUNT | NPY_LIST_PICKLE
constexpr std::uint64_t kSubtype = 2, kFields = 4, kSize = 5, kFlags = 7;  // places in the state
constexpr std::int64_t kComputedFlags = 2;  // the last version of which numpy computes the flags by itself

// A type by itself, without its state: "f8", "O8", "V16".
struct Base {
  char kind = 0;
  std::int64_t size = 0;
  bool of_fields() const { return kind == 'V'; }
  bool sized_by_state() const { return kind == 'V' || kind == 'S' || kind == 'U'; }
};

struct Element {
  std::int64_t size = 0;
  bool objects = false;
};

bool is_named(const Term& term, std::string_view module, std::string_view name) {
  return term.kind() == TermKind::Global && term.module().text(32) == module && term.name().text(32) == name;
}

std::optional<std::int64_t> integer_at(const Term& tuple, std::uint64_t index) {
  if (index >= tuple.kept() || tuple.item(index).kind() != TermKind::Int) return {};
  bool fits = false;
  const std::int64_t value = tuple.item(index).integer(&fits);
  if (!fits) return {};
  return value;
}

// Nothing for what numpy does not write.
std::optional<Base> base_of(const Term& object) {
  if (object.kind() != TermKind::Result || !is_named(object.callee(), "numpy", "dtype")) return {};
  const Term arguments = object.arguments();
  if (arguments.kept() == 0) return {};
  const Term what = arguments.item(0);
  if (is_named(what, "numpy", "record") || is_named(what, "numpy", "void")) return Base{'V', 0};
  if (what.kind() != TermKind::Str && what.kind() != TermKind::Bytes) return {};
  const std::string text = what.text(32);
  std::string_view rest = text;
  if (!rest.empty() && std::string_view("<>|=").find(rest[0]) != std::string_view::npos) rest.remove_prefix(1);
  if (rest.empty() || std::string_view("biufcSUVMmO").find(rest[0]) == std::string_view::npos) return {};
  Base base{rest[0], 0};
  rest.remove_prefix(1);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), base.size);
  if (error != std::errc() || end != rest.data() + rest.size() || base.size < 0) return {};
  if (base.kind == 'U') base.size *= 4;
  return base;
}

std::optional<Element> element_of(const Term& object) {
  const auto base = base_of(object);
  if (!base) return {};
  const Term state = object.state();
  // A structure that is not whole yet can become anything.
  if (state.kind() != TermKind::Tuple)
    return base->of_fields() ? std::nullopt : std::optional(Element{base->size, base->kind == 'O'});
  Element element{base->size, base->kind == 'O'};
  if (base->sized_by_state()) {
    const auto size = integer_at(state, kSize);
    if (!size || *size < 0) return {};
    element.size = *size;
  }
  element.objects = element.objects || (integer_at(state, kFlags).value_or(kHoldsObjects) & kHoldsObjects) != 0;
  return element;
}

// How many elements a subarray has; nothing for what is no shape.
std::optional<std::int64_t> count_of(const Term& shape) {
  bool fits = true;
  if (shape.kind() == TermKind::Int) {
    const std::int64_t count = shape.integer(&fits);
    return fits && count >= 0 ? std::optional(count) : std::nullopt;
  }
  if (shape.kind() != TermKind::Tuple || shape.kept() < shape.size()) return {};
  std::int64_t count = 1;
  for (std::uint64_t i = 0; i < shape.kept(); ++i) {
    const auto length = integer_at(shape, i);
    if (!length || *length < 0 || __builtin_mul_overflow(count, *length, &count)) return {};
  }
  return count;
}

bool fits_in(std::int64_t offset, std::int64_t size, std::int64_t whole) {
  std::int64_t end = 0;
  return offset >= 0 && size >= 0 && !__builtin_add_overflow(offset, size, &end) && end <= whole;
}

}  // namespace

bool is_honest_dtype_state(const Term& object, const Term& state) {
  const auto base = base_of(object);
  if (!base || state.kind() != TermKind::Tuple || state.kept() < state.size()) return false;
  if (object.state().kind() != TermKind::Unknown) return false;  // a second one, behind the back of who uses it
  if (state.size() < kFlags) return state.inert() && base->kind != 'O';
  std::int64_t whole = base->size;
  if (base->sized_by_state()) {
    const auto size = integer_at(state, kSize);
    if (!size || *size < 0) return false;
    whole = *size;
  }
  bool objects = base->kind == 'O';
  if (const Term subtype = state.item(kSubtype); subtype.kind() != TermKind::None) {
    if (!base->of_fields() || subtype.kind() != TermKind::Tuple || subtype.kept() != 2) return false;
    const auto element = element_of(subtype.item(0));
    const auto count = count_of(subtype.item(1));
    std::int64_t size = 0;
    if (!element || !count || __builtin_mul_overflow(element->size, *count, &size) || size > whole) return false;
    objects = objects || element->objects;
  }
  const Term fields = state.item(kFields);
  if (fields.kind() == TermKind::Dict) {
    for (std::uint64_t i = 0; i < fields.kept(); ++i) {
      const Term field = fields.item(i);
      if (field.kind() != TermKind::Tuple || field.kept() < 2) return false;
      const auto element = element_of(field.item(0));
      const auto offset = integer_at(field, 1);
      if (!element || !offset || !fits_in(*offset, element->size, whole)) return false;
      if (element->objects && !base->of_fields()) return false;
      objects = objects || element->objects;
    }
  } else if (fields.kind() != TermKind::None) {
    return false;
  }
  if (!objects) return true;
  const auto version = integer_at(state, 0);
  if (state.size() == kFlags) return version && *version <= kComputedFlags;
  const auto flags = integer_at(state, kFlags);
  return flags && (*flags & kHoldsObjects) == kHoldsObjects;
}

}  // namespace dill::inspect
