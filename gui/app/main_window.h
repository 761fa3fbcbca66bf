// The Explorer's window: puts canvas, panels and document together.
#pragma once

#include <QMainWindow>

#include <functional>

#include "app/document.h"
#include "app/options.h"
#include "app/theme.h"
#include "models/selection.h"

class QAction;
class QLabel;
class QMenu;
class QProcess;
class QStackedWidget;

namespace dill::gui {

class BusyBar;
class Docks;
class FindBar;
class GraphCanvas;
class Legend;
class MessageBar;
class OutlinePanel;
class ProblemsPanel;
class WelcomePage;

class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  explicit MainWindow(QWidget* parent = nullptr);
  ~MainWindow() override;

  // Opens or runs what the command line names; nothing if it names nothing.
  void start(const Options& options);
  // Opens a file, or runs it if it is a script.
  void openInput(const QString& path);

  Document* document() { return &document_; }
  Selection* selection() { return &selection_; }
  GraphCanvas* canvas() { return canvas_; }
  Docks* docks() { return docks_; }
  ProblemsPanel* problems();
  OutlinePanel* outline();
  MessageBar* messages() { return messages_; }
  FindBar* findBar() { return findBar_; }

 public slots:
  void chooseFile();
  void chooseScript();
  void chooseReport();
  // Writes the findings about what is on show to a .txt, .json or .svg file, in a process of its own.
  void exportReport(const QString& file);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void makeActions();
  void makeToolBar();
  QAction* makeAction(const QString& text, const QString& icon, const QKeySequence& key, const QString& toolTip,
                      const QString& objectName, const std::function<void()>& run);
  void connectDocument();
  void onSnapshot(const SnapshotPtr& snapshot);
  void tellAbout(const Snapshot& snapshot);
  void onRunFailed(const RunFailure& failure);
  void updateActions();
  void updateLegend();
  void updateStatus();
  void updateRecent();
  void setTheme(Theme theme);
  void showShortcuts();
  void showAbout();
  void restoreLayout();

  Selection selection_;
  Document document_;
  SnapshotPtr shown_;  // what the views show
  QString python_;     // interpreter from the command line, for scripts that are dropped or chosen later
  QStackedWidget* pages_;
  WelcomePage* welcome_;
  GraphCanvas* canvas_;
  Legend* legend_;   // below the canvas, if wanted
  QLabel* noGraph_;  // in place of the canvas for a file that holds no pickle
  MessageBar* messages_;
  BusyBar* busy_;
  FindBar* findBar_;
  Docks* docks_ = nullptr;
  QMenu* recentMenu_ = nullptr;
  QAction* open_ = nullptr;
  QAction* run_ = nullptr;
  QAction* reload_ = nullptr;
  QAction* openFolded_ = nullptr;
  QAction* export_ = nullptr;
  QAction* back_ = nullptr;
  QAction* forward_ = nullptr;
  QAction* nextProblem_ = nullptr;
  QAction* previousProblem_ = nullptr;
  QAction* find_ = nullptr;
  QAction* fit_ = nullptr;
  QAction* showLegend_ = nullptr;
  QAction* zoomIn_ = nullptr;
  QAction* zoomOut_ = nullptr;
  QList<QAction*> needGraph_;  // enabled only when something is on show
  QLabel* size_;
  QLabel* problemCount_;
  QLabel* zoom_;
};

}  // namespace dill::gui
