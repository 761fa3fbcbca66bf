#include "inspect/effects/term.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string_view>

#include "inspect/effects/term_store.h"

namespace dill::inspect {

namespace tb = term_bits;

TermKind Term::kind() const { return bits_.bits == 0 ? TermKind::Unknown : tb::kind(bits_); }
std::uint8_t Term::contents() const {
  return store_ == nullptr ? static_cast<std::uint8_t>(kHoldsUnknown) : store_->contents(bits_);
}
std::uint64_t Term::offset() const { return store_ == nullptr ? kNoOffset : store_->offset(bits_); }
std::uint64_t Term::size() const { return store_ == nullptr ? 0 : store_->size(bits_); }
std::uint64_t Term::kept() const { return store_ == nullptr ? 0 : store_->kept(bits_); }
bool Term::lost_address() const { return store_ != nullptr && store_->lost_address(bits_); }
Term Term::item(std::uint64_t index) const {
  return store_ == nullptr ? Term() : Term(store_, store_->item(bits_, index).second);
}
Term Term::key(std::uint64_t index) const {
  return store_ == nullptr ? Term() : Term(store_, store_->item(bits_, index).first);
}

std::string Term::text(std::size_t limit, bool* whole) const {
  if (store_ != nullptr) return store_->text(bits_, limit, whole);
  if (whole != nullptr) *whole = false;
  return {};
}

std::int64_t Term::integer(bool* fits) const {
  if (store_ != nullptr) return store_->integer(bits_, fits);
  if (fits != nullptr) *fits = false;
  return 0;
}

double Term::number() const {
  return kind() == TermKind::Float && store_ != nullptr ? store_->instruction(bits_).number : 0;
}

std::uint64_t Term::payload_size() const { return store_ == nullptr ? 0 : store_->payload_size(bits_); }

namespace {

Term field(const TermStore* store, TermBits bits, bool asked, unsigned index) {
  if (store == nullptr || !asked) return {};
  const TermBits found = store->field(bits, index);
  return found.bits == 0 ? Term() : Term(store, found);
}

}  // namespace

Term Term::module() const { return field(store_, bits_, kind() == TermKind::Global, 0); }
Term Term::name() const { return field(store_, bits_, kind() == TermKind::Global, 1); }
std::int64_t Term::extension_code() const {
  return kind() == TermKind::Extension && store_ != nullptr ? static_cast<std::int64_t>(store_->field(bits_, 0).bits)
                                                            : 0;
}
Term Term::callee() const { return field(store_, bits_, kind() == TermKind::Result, 0); }
Term Term::arguments() const {
  if (kind() == TermKind::Persistent) return field(store_, bits_, true, 0);
  return field(store_, bits_, kind() == TermKind::Result, 1);
}
Term Term::keywords() const { return field(store_, bits_, kind() == TermKind::Result, 2); }
Term Term::state() const { return field(store_, bits_, kind() == TermKind::Result, 3); }

// ---- expressions -------------------------------------------------------------------------------------------------------

namespace {

constexpr int kDepth = 8;  // of calls and containers that are written out

class Writer {
 public:
  explicit Writer(std::size_t limit) : limit_(limit) {}

  void write(const Term& term, int depth) {
    if (full()) return;
    switch (term.kind()) {
      case TermKind::Unknown:
        return put("?");
      case TermKind::None:
        return put("None");
      case TermKind::Bool:
        return put(term.integer() != 0 ? "True" : "False");
      case TermKind::Int:
        return write_integer(term);
      case TermKind::Float:
        return write_float(term.number());
      case TermKind::Str:
        return write_text(term, "'", true);
      case TermKind::Bytes:
        return write_text(term, "b'", false);
      case TermKind::ByteArray:
        write_text(term, "bytearray(b'", false);
        return put(")");
      case TermKind::Tuple:
        return write_items(term, depth, "(", term.size() == 1 && term.kept() == 1 ? ",)" : ")");
      case TermKind::List:
        return write_items(term, depth, "[", "]");
      case TermKind::Set:
        return term.size() == 0 ? put("set()") : write_items(term, depth, "{", "}");
      case TermKind::FrozenSet:
        return write_items(term, depth, "frozenset({", "})");
      case TermKind::Dict:
        return write_items(term, depth, "{", "}");
      case TermKind::Global:
        return write_global(term, depth);
      case TermKind::Extension:
        put("<extension ");
        put(std::to_string(term.extension_code()));
        return put(">");
      case TermKind::Buffer:
        return put("<buffer>");
      case TermKind::Persistent:
        put("persistent_load(");
        descend(term.arguments(), depth);
        return put(")");
      case TermKind::Result:
        return write_call(term, depth);
    }
  }

  std::string take() {
    if (full()) out_ += "...";
    return std::move(out_);
  }

 private:
  bool full() const { return out_.size() >= limit_; }
  void put(std::string_view text) {
    if (!full()) out_ += text;
  }
  void descend(const Term& term, int depth) {
    if (depth >= kDepth) {
      put("...");
    } else {
      write(term, depth + 1);
    }
  }

  void write_integer(const Term& term) {
    bool fits = false;
    const std::int64_t value = term.integer(&fits);
    put(fits ? std::to_string(value) : "<large int>");
  }

  void write_float(double value) {
    char text[32];
    const auto done = std::to_chars(text, text + sizeof text, value);
    put({text, static_cast<std::size_t>(done.ptr - text)});
  }

  void write_text(const Term& term, std::string_view begin, bool utf8) {
    bool whole = false;
    const std::string text = term.text(limit_ - std::min(limit_, out_.size()), &whole);
    put(begin);
    write_escaped(text, utf8);
    put(whole ? "'" : "'...");
  }

  void write_escaped(std::string_view text, bool utf8) {
    constexpr char kHex[] = "0123456789abcdef";
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (full() && (byte & 0xC0) != 0x80) return;  // not within a character
      if (c == '\'' || c == '\\') {
        put("\\");
        out_ += c;
      } else if (c == '\n') {
        put("\\n");
      } else if (byte < 0x20 || byte == 0x7F || (byte >= 0x80 && !utf8)) {
        put("\\x");
        out_ += kHex[byte >> 4];
        out_ += kHex[byte & 15];
      } else {
        out_ += c;
      }
    }
  }

  void write_items(const Term& term, int depth, std::string_view begin, std::string_view end) {
    put(begin);
    const std::uint64_t kept = term.kept();
    for (std::uint64_t i = 0; i < kept && !full(); ++i) {
      if (i != 0) put(", ");
      if (term.kind() == TermKind::Dict) {
        descend(term.key(i), depth);
        put(": ");
      }
      descend(term.item(i), depth);
    }
    if (kept < term.size()) put(kept == 0 ? "..." : ", ...");
    put(end);
  }

  void write_global(const Term& term, int depth) {
    const Term module = term.module();
    const Term name = term.name();
    if (module.kind() == TermKind::Str && name.kind() == TermKind::Str) {
      write_escaped(module.text(limit_), true);
      put(".");
      return write_escaped(name.text(limit_), true);
    }
    put("find_class(");
    descend(module, depth);
    put(", ");
    descend(name, depth);
    put(")");
  }

  void write_call(const Term& term, int depth) {
    descend(term.callee(), depth);
    const Term arguments = term.arguments();
    if (arguments.kind() == TermKind::Tuple) {
      put("(");
      const std::uint64_t kept = arguments.kept();
      for (std::uint64_t i = 0; i < kept && !full(); ++i) {
        if (i != 0) put(", ");
        descend(arguments.item(i), depth);
      }
      if (kept < arguments.size()) put(kept == 0 ? "..." : ", ...");
    } else {
      put("(*");
      descend(arguments, depth);
    }
    if (term.keywords().kind() != TermKind::Unknown) {
      put(", **");
      descend(term.keywords(), depth);
    }
    put(")");
  }

  std::string out_;
  std::size_t limit_;
};

}  // namespace

std::string Term::expression(std::size_t limit) const {
  Writer writer(limit);
  writer.write(*this, 0);
  return writer.take();
}

}  // namespace dill::inspect
