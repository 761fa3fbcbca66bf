#include "inspect/judgement/finding_collector.h"

#include <algorithm>
#include <functional>

namespace dill::inspect {

namespace {

// Worst first. An error says less about what loading does than a suspicion.
int rank(Severity severity) {
  switch (severity) {
    case Severity::Dangerous:
      return 0;
    case Severity::Suspicious:
      return 1;
    case Severity::Error:
      return 2;
    case Severity::Note:
      return 3;
  }
  return 4;
}

}  // namespace

std::uint64_t FindingCollector::place(std::string_view id, std::uint64_t key, std::string_view member) {
  const std::hash<std::string_view> hash;
  std::uint64_t mixed = hash(id) ^ (hash(member) * 0x9E37'79B9'7F4A'7C15U);
  mixed ^= key + 0x9E37'79B9'7F4A'7C15U + (mixed << 6U) + (mixed >> 2U);
  return mixed;
}

bool FindingCollector::has_room(Severity severity) {
  std::uint32_t& kept = kept_[static_cast<std::size_t>(severity)];
  if (kept >= most_) {
    ++left_out_;
    return false;
  }
  ++kept;
  return true;
}

Finding* FindingCollector::find(std::string_view id, std::uint64_t key) {
  const auto found = known_.find(place(id, key, member_));
  return found == known_.end() ? nullptr : &findings_[found->second];
}

void FindingCollector::remember(std::string_view id, std::uint64_t key, Finding finding) {
  known_.try_emplace(place(id, key, member_), findings_.size());
  findings_.push_back(std::move(finding));
}

void FindingCollector::add(Finding finding) {
  worst(finding.severity);
  if (has_room(finding.severity)) findings_.push_back(std::move(finding));
}

std::vector<Finding> FindingCollector::take() {
  std::stable_sort(findings_.begin(), findings_.end(),
                   [](const Finding& a, const Finding& b) { return rank(a.severity) < rank(b.severity); });
  known_.clear();
  return std::move(findings_);
}

}  // namespace dill::inspect
