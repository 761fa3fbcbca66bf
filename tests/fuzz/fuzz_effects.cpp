// read_effects: effects come in order and within the data, their terms can be read, the counts agree.
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "inspect/effects/effects.h"
#include "pickle/escapes.h"
#include "require.h"

using namespace dill;
using fuzz::require;
using inspect::Term;
using inspect::TermKind;

namespace {

// A str may hold lone surrogates, and loading asks find_class for it as it is.
bool is_text(std::string_view text) {
  const std::span bytes(reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return pickle::is_utf8(bytes, pickle::Surrogates::Pass);
}

class Check final : public inspect::EffectSink {
 public:
  explicit Check(std::uint64_t size) : size_(size) {}

  bool on_effect(const inspect::Effect& effect) override {
    ++effects_;
    lookups_ += effect.kind == inspect::EffectKind::Lookup;
    require(effect.offset < size_, "an effect is that of an opcode");
    require((effect.loaders == inspect::kNoLoader) == (effect.reach == inspect::Reach::AfterFault),
            "some loader has it, or it lies behind a fault");
    if (effect.kind == inspect::EffectKind::Lookup) {
      require(effect.attributes > 0, "a look-up gets an attribute");
      require(is_text(effect.module.text) && is_text(effect.name.text), "names are UTF-8");
    }
    for (const Term& term : {effect.callee, effect.arguments, effect.keywords}) read(term, 3);
    return true;
  }

  std::uint64_t effects() const { return effects_; }
  std::uint64_t lookups() const { return lookups_; }

 private:
  void read(const Term& term, int levels) const {
    if (term.kind() == TermKind::Unknown) return;
    // The names of GLOBAL have no opcode of their own.
    require(term.offset() <= size_ || term.offset() == std::numeric_limits<std::uint64_t>::max(),
            "a term was made in the data");
    require(term.expression(120).size() < 4096, "an expression is short");
    require(term.text(50).size() <= 60, "a text is cut");
    (void)term.integer();
    (void)term.number();
    (void)term.payload_size();
    if (levels == 0) return;
    for (const Term& part :
         {term.callee(), term.arguments(), term.keywords(), term.state(), term.module(), term.name()}) {
      read(part, levels - 1);
    }
    require(term.kept() <= term.size(), "no more items are kept than there are");
    for (std::uint64_t i = 0; i < term.kept() && i < 3; ++i) {
      read(term.item(i), levels - 1);
      if (term.kind() == TermKind::Dict) read(term.key(i), levels - 1);
    }
  }

  std::uint64_t size_;
  std::uint64_t effects_ = 0;
  std::uint64_t lookups_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  Check check(size);
  const inspect::EffectsResult result = inspect::read_effects({data, size}, {}, check);
  require(result.effects == check.effects() && result.lookups == check.lookups(), "every effect is counted");
  require(result.end <= size, "the end lies within the data");
  require(result.fault || result.pickles > 0 || !result.complete, "a pickle, a fault or a limit");
  if (result.fault) {
    require(!result.fault->id.empty() && !result.fault->message.empty(), "a fault has a name and a sentence");
    require(result.fault->offset <= size, "a fault lies within the data");
  }
  for (const inspect::LoaderDifference& difference : result.differences) {
    require(difference.offset <= size && !difference.message.empty(), "a difference says what and where");
    require((difference.one & difference.other) == 0, "loaders are on one side");
  }
  return 0;
}
