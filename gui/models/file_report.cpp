#include "models/file_report.h"

namespace dill::gui {

namespace {
// An error alone says nothing bad about a member: one that cannot be read is the last to be looked at.
int weight(const inspect::MemberReport& member) {
  switch (member.verdict) {
    case inspect::Verdict::Dangerous:
      return 3;
    case inspect::Verdict::Suspicious:
      return 2;
    case inspect::Verdict::Clean:
      return 1;
    case inspect::Verdict::Error:
      return 0;
  }
  return 0;
}
}  // namespace

std::optional<std::size_t> firstMember(const inspect::Inspection& inspection) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < inspection.members.size(); ++i) {
    const inspect::MemberReport& member = inspection.members[i];
    if (!member.is_pickle || member.bytes.empty()) continue;
    if (!best || weight(member) > weight(inspection.members[*best])) best = i;
  }
  return best;
}

MemberKey memberKey(const inspect::Inspection& inspection, std::size_t member) {
  const inspect::MemberReport& chosen = inspection.members[member];
  MemberKey key{chosen.path, chosen.format, 0};
  for (std::size_t i = 0; i < member; ++i) {
    const inspect::MemberReport& other = inspection.members[i];
    if (other.path == key.path && other.format == key.format) ++key.before;
  }
  return key;
}

std::optional<std::size_t> findMember(const inspect::Inspection& inspection, const MemberKey& key) {
  std::size_t before = 0;
  for (std::size_t i = 0; i < inspection.members.size(); ++i) {
    const inspect::MemberReport& member = inspection.members[i];
    if (member.path != key.path || member.format != key.format || before++ != key.before) continue;
    return member.is_pickle && !member.bytes.empty() ? std::optional(i) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace dill::gui
