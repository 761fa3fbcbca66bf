#include "inspect/judgement/health.h"

#include <string>

#include "graph/text.h"

namespace dill::inspect {

namespace {

// What a reader says of a fault, and how far it came.
std::string fault_message(const EffectFault& fault) {
  std::string text = fault.message;
  if (fault.pickle > 0) text += ", in pickle " + std::to_string(fault.pickle + 1);
  text += "; loading does " + graph::counted(fault.after, "thing") + " before it gives up";
  return text;
}

void need(const Need& need, FindingCollector& findings) {
  switch (need.what) {
    case kNeedsPersistentLoad:
      return;  // its use is a finding of its own
    case kNeedsBuffers:
      findings.add("needs-buffers", Severity::Note, 0, need.offset, [] {
        return std::string("can be loaded only together with buffers that stand outside the pickle");
      });
      return;
    case kNeedsEncoding:
      findings.add("needs-encoding", Severity::Note, 0, need.offset, [] {
        return std::string("holds texts of Python 2 that are not ASCII: loading needs an encoding=");
      });
      return;
    case kNeedsRegistry:
      return;  // extension-code
  }
}

}  // namespace

void add_health(const EffectsResult& effects, std::uint64_t size, bool other_view, FindingCollector& findings) {
  if (effects.fault && !other_view) {
    findings.add(effects.fault->id, Severity::Error, effects.fault->offset, effects.fault->offset,
                 [&] { return fault_message(*effects.fault); });
  }
  for (const LoaderDifference& difference : effects.differences) {
    // Bytes behind the last pickle that look like one until they end: whatever they do is told by itself.
    const bool behind = effects.pickles > 0 && !effects.fault && difference.offset >= effects.end;
    findings.add(difference.id, behind ? Severity::Note : Severity::Suspicious, 0, difference.offset, [&] {
      std::string text = difference.message + ":";
      for (std::size_t i = 0; i < kLoaderCount; ++i) {
        const auto loader = static_cast<Loader>(i);
        if ((difference.one & bit(loader)) != 0) text += " " + std::string(loader_name(loader));
      }
      text += "; others read on";
      return text;
    });
  }
  for (const Need& needed : effects.needs) need(needed, findings);
  if (!effects.complete) {
    findings.add("effects-incomplete", Severity::Suspicious, 0, effects.end, [&] {
      return "the pickle was not followed to its end" + (effects.stopped.empty() ? "" : ": " + effects.stopped);
    });
  }
  if (other_view) return;
  if (effects.endless) {
    findings.add("endless-value", Severity::Suspicious, 0, *effects.endless, [] {
      return std::string("written out, compared or copied, the value would be a trillion objects and more");
    });
  }
  if (effects.too_deep) {
    findings.add("nested-deeply", Severity::Suspicious, 0, *effects.too_deep, [] {
      return std::string("containers are nested more than 100,000 deep: hashing or comparing them can crash Python");
    });
  }
  if (effects.address_name && effects.calls > 0) {
    findings.add("unchecked-memory", Severity::Suspicious, 0, *effects.address_name, [] {
      return std::string("holds the name of an attribute from which numpy takes addresses, and makes objects");
    });
  }
  if (effects.pickles > 1) {
    findings.add("several-pickles", Severity::Note, 0, effects.end, [&] {
      return std::to_string(effects.pickles) + " pickles, one behind the other; one load() reads the first";
    });
  }
  if (!effects.fault && effects.end < size) {
    findings.add("trailing-bytes", Severity::Note, 0, effects.end,
                 [&] { return graph::counted(size - effects.end, "byte") + " behind the last pickle are no pickle"; });
  }
  if (effects.left_on_stack > 0) {
    findings.add("left-on-stack", Severity::Note, 0, effects.end, [&] {
      return graph::counted(effects.left_on_stack, "object") + " are made and thrown away at the end";
    });
  }
  if (effects.open_marks > 0) {
    findings.add("open-marks", Severity::Note, 0, effects.end,
                 [&] { return graph::counted(effects.open_marks, "MARK") + " without an end at the STOP"; });
  }
  constexpr std::uint64_t kSmall = 4096;
  if (effects.highest_memo > effects.opcodes + kSmall) {  // counting up does not lead there
    findings.add("memo-holes", Severity::Note, 0, 0, [&] {
      return "memo number " + graph::grouped_digits(effects.highest_memo) + " in " +
             graph::counted(effects.opcodes, "opcode") + ": Python before 3.14 makes room for all below it";
    });
  }
}

}  // namespace dill::inspect
