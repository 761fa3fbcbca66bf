// What the static reader says about a whole file. Made in a worker thread, then shared by all views.
#pragma once

#include <QString>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "inspect/judgement/inspection.h"

namespace dill::gui {

struct FileReport {
  QString path;
  inspect::Inspection inspection;
  std::shared_ptr<const void> storage;  // keeps the bytes of members alive
};

using FileReportPtr = std::shared_ptr<const FileReport>;

// The member to show first: the most suspicious pickle, the first one of these. nullopt if there is no pickle.
std::optional<std::size_t> firstMember(const inspect::Inspection& inspection);

// A member as it can be found again in a newer version of the file: its path, and which one of that path and format.
struct MemberKey {
  std::string path;
  std::string format;
  std::size_t before = 0;  // members with the same path and format in front of it
};

MemberKey memberKey(const inspect::Inspection& inspection, std::size_t member);
// nullopt if there is no such pickle any more.
std::optional<std::size_t> findMember(const inspect::Inspection& inspection, const MemberKey& key);

}  // namespace dill::gui
