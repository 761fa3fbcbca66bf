// What the static reader says about a whole file. Made in a worker thread, then shared by all views.
#pragma once

#include <QString>

#include <memory>

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

}  // namespace dill::gui
