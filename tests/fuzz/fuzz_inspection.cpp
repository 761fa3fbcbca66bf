// inspect_bytes: every member, name and finding of the report fits the file and each other.
#include <string>

#include "inspect/judgement/inspection.h"
#include "require.h"

using namespace dill;
using fuzz::require;

namespace {

void check_members(const inspect::Inspection& inspection) {
  for (const inspect::MemberReport& member : inspection.members) {
    require(member.bytes.size() <= member.size, "the bytes of a member are its own");
    require(!member.is_pickle || member.end <= member.size, "the end lies within the member");
    require(!member.fault || !member.fault->message.empty(), "a fault says what is wrong");
    unsigned char sum = 0;
    for (const unsigned char byte : member.bytes) sum ^= byte;  // they can be read
    volatile unsigned char used = sum;
    (void)used;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const inspect::Inspection inspection = inspect::inspect_bytes({data, size});
  require(inspection.size == size, "the size is that of the file");
  check_members(inspection);
  for (const inspect::Finding& finding : inspection.findings) {
    require(!finding.id.empty() && !finding.message.empty() && finding.count > 0,
            "a finding has a name and a sentence");
    if (finding.severity == inspect::Severity::Dangerous)
      require(inspection.verdict == inspect::Verdict::Dangerous, "a dangerous finding makes the file dangerous");
  }
  for (const inspect::GlobalName& global : inspection.globals) {
    require(inspection.dynamic || (global.module && global.name), "a name is known, or the file says that it is not");
    require(inspection.level != inspect::Level::DataOnly, "data only means no look-up");
  }
  require(inspection.verdict != inspect::Verdict::Clean || inspection.level != inspect::Level::Calls,
          "what calls anything is not clean");
  return 0;
}
