// The files that were opened last, newest first, kept in the settings.
#pragma once

#include <QStringList>

namespace dill::gui {

inline constexpr int kRecentFiles = 10;

QStringList recentFiles();
void addRecentFile(const QString& path);
void clearRecentFiles();

}  // namespace dill::gui
