#include "app/recent_files.h"

#include <QFileInfo>
#include <QSettings>

namespace dill::gui {
namespace {
const QString kKey = QStringLiteral("recentFiles");
}

QStringList recentFiles() { return QSettings().value(kKey).toStringList(); }

void addRecentFile(const QString& path) {
  const QString absolute = QFileInfo(path).absoluteFilePath();
  QStringList files = recentFiles();
  files.removeAll(absolute);
  files.prepend(absolute);
  while (files.size() > kRecentFiles) files.removeLast();
  QSettings().setValue(kKey, files);
}

void clearRecentFiles() { QSettings().remove(kKey); }

}  // namespace dill::gui
