// A window with settings and files of its own, for one test.
#pragma once

#include <QFile>
#include <QObject>
#include <QSettings>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include <memory>

#include "app/main_window.h"

namespace dill::gui {

class WindowFixture : public QObject {
 protected:
  static void nameApplication() {
    QCoreApplication::setOrganizationName("dill-test");
    QCoreApplication::setApplicationName("dill-test");
  }

  void openWindow(QSize size) {
    directory_ = std::make_unique<QTemporaryDir>();
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, directory_->path());
    showWindow(size);
  }
  // Another one with the same settings, in place of the one before.
  void showWindow(QSize size) {
    window_.reset();
    window_ = std::make_unique<MainWindow>();
    window_->resize(size);
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
  }
  void closeWindow() {
    window_.reset();
    directory_.reset();
  }

  QString write(const QString& name, const QByteArray& bytes) {
    QFile file(directory_->filePath(name));
    if (!file.open(QIODevice::WriteOnly)) qFatal("cannot write");
    file.write(bytes);
    return file.fileName();
  }

  // Until the whole of the file is on show (true), or the reason why it cannot be (false).
  bool open(const QString& path) {
    QSignalSpy shown(window_->document(), &Document::snapshotChanged);
    QSignalSpy failed(window_->document(), &Document::openFailed);
    window_->document()->openFile(path);
    return waitUntilIdle() && !shown.isEmpty() && failed.isEmpty();
  }
  bool waitUntilIdle() {
    return QTest::qWaitFor([this] { return !window_->document()->isBusy(); }, 60'000);
  }
  bool waitForNewSnapshot(const SnapshotPtr& before) {
    return QTest::qWaitFor([&] { return snapshot() != before; }, 10'000);
  }

  SnapshotPtr snapshot() { return window_->document()->snapshot(); }

  // A widget or an action by its name, which has to be there.
  template <typename T>
  T* child(const char* name) {
    T* found = window_->findChild<T*>(QString::fromLatin1(name));
    if (!found) qFatal("no %s", name);
    return found;
  }

  std::unique_ptr<QTemporaryDir> directory_;
  std::unique_ptr<MainWindow> window_;
};

}  // namespace dill::gui
