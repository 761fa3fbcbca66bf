// Everything known about the selected object.
#pragma once

#include <QHash>
#include <QScrollArea>

#include "models/node_status.h"
#include "models/selection.h"
#include "models/snapshot.h"

class QFrame;
class QGridLayout;
class QLabel;

namespace dill::gui {

class CodeBox;
class SourceSection;
class TextSection;

class InspectorPanel : public QScrollArea {
  Q_OBJECT
 public:
  static constexpr std::size_t kReferencesShown = 12;
  static constexpr std::uint64_t kMaxDetailBytes = 1U << 20;  // larger objects are not taken apart for display

  // `selection` must outlive the panel.
  explicit InspectorPanel(Selection* selection, QWidget* parent = nullptr);

  void setSnapshot(SnapshotPtr snapshot);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QLabel* addFact(const QString& name, const QString& objectName);
  void setFact(QLabel* value, const QString& text);
  void show(graph::NodeId node);
  void showProblem(graph::NodeId node);
  void showFindings(graph::NodeId node);
  void showReferences(graph::NodeId node);
  void showDetails(graph::NodeId node);
  void showBytes(graph::NodeId node);
  void applyColors(NodeStatus status);

  Selection* selection_;
  SnapshotPtr snapshot_;
  QLabel* nothing_;
  QWidget* content_;
  QLabel* type_;
  QLabel* description_;
  CodeBox* path_;
  QLabel* pathNote_;
  QFrame* errorFrame_ = nullptr;
  QLabel* error_;
  NodeStatus frameStatus_ = NodeStatus::Culprit;
  QLabel* causes_;
  QLabel* adviceTitle_;
  QWidget* adviceRow_;
  CodeBox* advice_;
  QGridLayout* facts_;                // no form layout: that of Qt 6.4 writes out of bounds when rows come and go
  QHash<QLabel*, QLabel*> factName_;  // what stands before a fact
  SourceSection* source_;
  TextSection* details_;
  TextSection* opcodes_;
  TextSection* bytes_;
  QLabel* reduction_;
  QLabel* reducer_;
  QLabel* ownBytes_;
  QLabel* subtreeBytes_;
  QLabel* retainedBytes_;
  QLabel* time_;
  QLabel* memo_;
  QLabel* place_;
  QLabel* count_;
  QLabel* outcome_;
  QLabel* referencesTo_;
  QLabel* referencesFrom_;
};

}  // namespace dill::gui
