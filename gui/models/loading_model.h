// What loading a file would do: the findings, the names that are imported and called with every place where that
// happens, and everything in order. Rows of two lines each; hundreds of thousands of them are quick, since a row is made
// when a view asks for it.
#pragma once

#include <QAbstractItemModel>

#include <optional>
#include <unordered_map>
#include <vector>

#include "models/snapshot.h"

namespace dill::gui {

class LoadingModel : public QAbstractItemModel {
  Q_OBJECT
 public:
  enum Section { Findings, Names, InOrder, SectionCount };
  enum Role {
    DetailRole = Qt::UserRole,  // QString: the second line
    SeverityRole,               // int (inspect::Severity); invalid where there is none to tell
    OffsetRole,                 // quint64, in the bytes of the member; invalid for a heading
    MemberRole,                 // int: the member of the file that the offset is in; -1 if it is not known
    FullTextRole,               // QString: everything about the row, several lines
    SectionRole                 // bool: a heading
  };

  using QAbstractItemModel::QAbstractItemModel;

  // Null, or without a report: no rows.
  void setSnapshot(SnapshotPtr snapshot);
  // Shows only what has `text` (whatever the case) in it; all rows for an empty one.
  void setFilter(const QString& text);

  // A row for a finding, by its position in Inspection::findings; invalid if it is filtered out.
  QModelIndex findingIndex(std::size_t finding) const;
  QModelIndex sectionIndex(Section section) const;
  // Positions of the findings on show in Inspection::findings.
  const std::vector<std::uint32_t>& shownFindings() const { return findings_; }

  // Everything on show as text, at most `maxRows` rows of a section.
  QString asText(int maxRows = 10'000) const;

  QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  QModelIndex parent(const QModelIndex& child) const override;
  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;

 private:
  enum class Kind { Section, Finding, Name, NameRow, OrderedRow };
  static Kind kindOf(const QModelIndex& index);
  static std::uint32_t numberOf(const QModelIndex& index);

  void filter();
  int memberOf(const inspect::Finding& finding) const;
  const EffectRow& effect(std::uint32_t row) const { return snapshot_->effects->rows[row]; }
  const Callee& callee(std::uint32_t number) const { return snapshot_->effects->callees[number]; }
  const inspect::GlobalName* globalOf(std::uint32_t callee) const;
  std::optional<inspect::Severity> severityOf(std::uint32_t callee) const;
  QString effectTitle(const EffectRow& row, bool withName) const;
  QString effectDetail(const EffectRow& row) const;
  QVariant sectionData(Section section, int role) const;
  QVariant findingData(const inspect::Finding& finding, int role) const;
  QVariant nameData(std::uint32_t callee, int role) const;
  QVariant effectData(std::uint32_t row, bool withName, int role) const;

  SnapshotPtr snapshot_;
  QString filter_;
  std::vector<std::uint32_t> findings_;  // on show
  std::vector<std::uint32_t> names_;     // callees on show, the worst first
  std::vector<std::uint32_t> ordered_;   // effects on show
  std::vector<std::uint32_t> rowOfName_;
  std::vector<const inspect::GlobalName*> globals_;                       // of each callee, or null
  std::unordered_map<std::uint64_t, inspect::Severity> findingAtOffset_;  // the worst of this member
};

}  // namespace dill::gui
