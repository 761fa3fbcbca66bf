#include "models/loading_model.h"

#include <algorithm>

#include "inspect/effects/effects.h"
#include "models/loading_text.h"
#include "models/node_text.h"

namespace dill::gui {

using inspect::Severity;

namespace {

constexpr int kKindShift = 32;

quintptr idOf(int kind, std::uint32_t number) { return quintptr(kind) << kKindShift | number; }

QString text(std::string_view utf8) { return visibleText(toQString(utf8)); }

QString times(std::uint64_t count) { return QStringLiteral("%1×").arg(countText(count)); }

}  // namespace

LoadingModel::Kind LoadingModel::kindOf(const QModelIndex& index) {
  return static_cast<Kind>(index.internalId() >> kKindShift);
}

std::uint32_t LoadingModel::numberOf(const QModelIndex& index) {
  return static_cast<std::uint32_t>(index.internalId());
}

void LoadingModel::setSnapshot(SnapshotPtr snapshot) {
  beginResetModel();
  snapshot_ = snapshot && snapshot->report ? std::move(snapshot) : nullptr;
  globals_.clear();
  findingAtOffset_.clear();
  if (snapshot_) {
    const inspect::Inspection& inspection = snapshot_->report->inspection;
    const inspect::MemberReport& member = inspection.members[snapshot_->member];
    for (const inspect::Finding& finding : inspection.findings) {
      if (finding.member != member.path) continue;
      Severity& worst = findingAtOffset_.try_emplace(finding.offset, finding.severity).first->second;
      worst = std::max(worst, finding.severity);
    }
    if (snapshot_->effects) {
      std::unordered_map<std::string, const inspect::GlobalName*> known;
      for (const inspect::GlobalName& name : member.globals) {
        if (name.module && name.name) known.emplace(*name.module + '.' + *name.name, &name);
      }
      globals_.resize(snapshot_->effects->callees.size());
      for (std::size_t i = 0; i < globals_.size(); ++i) {
        const auto found = known.find(snapshot_->effects->callees[i].text);
        globals_[i] = found == known.end() ? nullptr : found->second;
      }
    }
  }
  filter();
  endResetModel();
}

void LoadingModel::setFilter(const QString& filterText) {
  if (filterText == filter_) return;
  beginResetModel();
  filter_ = filterText;
  filter();
  endResetModel();
}

void LoadingModel::filter() {
  findings_.clear();
  names_.clear();
  ordered_.clear();
  rowOfName_.clear();
  if (!snapshot_) return;
  const auto matches = [this](const QString& in) { return in.contains(filter_, Qt::CaseInsensitive); };
  const auto& findings = snapshot_->report->inspection.findings;
  for (std::uint32_t i = 0; i < findings.size(); ++i) {
    if (filter_.isEmpty() || matches(text(findings[i].message)) || matches(text(findings[i].id)) ||
        matches(text(findings[i].member)) || matches(severityText(findings[i].severity))) {
      findings_.push_back(i);
    }
  }
  if (!snapshot_->effects) return;
  const EffectList& effects = *snapshot_->effects;
  std::vector<bool> shown(effects.callees.size(), true);
  if (!filter_.isEmpty()) {
    for (std::uint32_t i = 0; i < effects.callees.size(); ++i) {
      shown[i] = matches(text(effects.callees[i].text)) || (globalOf(i) && matches(text(globalOf(i)->reason)));
    }
  }
  for (std::uint32_t i = 0; i < effects.callees.size(); ++i) {
    if (shown[i]) names_.push_back(i);
  }
  std::stable_sort(names_.begin(), names_.end(), [this](std::uint32_t a, std::uint32_t b) {
    return severityOf(a).value_or(Severity::Note) > severityOf(b).value_or(Severity::Note);
  });
  rowOfName_.assign(effects.callees.size(), 0);
  for (std::uint32_t i = 0; i < names_.size(); ++i) rowOfName_[names_[i]] = i;
  ordered_.reserve(effects.rows.size());
  for (std::uint32_t i = 0; i < effects.rows.size(); ++i) {
    if (shown[effects.rows[i].callee]) ordered_.push_back(i);
  }
}

int LoadingModel::memberOf(const inspect::Finding& finding) const {
  const auto& members = snapshot_->report->inspection.members;
  if (members[snapshot_->member].path == finding.member) return static_cast<int>(snapshot_->member);
  const auto found = std::ranges::find(members, finding.member, &inspect::MemberReport::path);
  return found == members.end() ? -1 : static_cast<int>(found - members.begin());
}

const inspect::GlobalName* LoadingModel::globalOf(std::uint32_t number) const { return globals_[number]; }

std::optional<Severity> LoadingModel::severityOf(std::uint32_t number) const {
  std::optional<Severity> worst;
  if (const inspect::GlobalName* global = globalOf(number)) {
    worst = global->level == inspect::Level::Calls ? global->severity : Severity::Note;
  }
  // What is called with what counts more than the name alone. The first places tell enough: a finding is one of them.
  constexpr std::size_t kLooked = 1'000;
  const auto& rows = callee(number).rows;
  for (std::size_t i = 0; i < std::min(rows.size(), kLooked); ++i) {
    const auto found = findingAtOffset_.find(effect(rows[i]).offset);
    if (found != findingAtOffset_.end()) worst = std::max(worst.value_or(Severity::Note), found->second);
  }
  return worst;
}

QModelIndex LoadingModel::sectionIndex(Section section) const {
  return snapshot_ ? createIndex(section, 0, idOf(static_cast<int>(Kind::Section), section)) : QModelIndex();
}

QModelIndex LoadingModel::findingIndex(std::size_t finding) const {
  const auto found = std::ranges::lower_bound(findings_, finding);
  if (found == findings_.end() || *found != finding) return {};
  return createIndex(static_cast<int>(found - findings_.begin()), 0,
                     idOf(static_cast<int>(Kind::Finding), static_cast<std::uint32_t>(finding)));
}

QModelIndex LoadingModel::index(int row, int column, const QModelIndex& parent) const {
  if (row < 0 || column != 0 || row >= rowCount(parent)) return {};
  const auto at = static_cast<std::size_t>(row);
  if (!parent.isValid()) return sectionIndex(static_cast<Section>(row));
  if (kindOf(parent) == Kind::Name) {
    return createIndex(row, 0, idOf(static_cast<int>(Kind::NameRow), callee(numberOf(parent)).rows[at]));
  }
  switch (numberOf(parent)) {
    case Findings:
      return createIndex(row, 0, idOf(static_cast<int>(Kind::Finding), findings_[at]));
    case Names:
      return createIndex(row, 0, idOf(static_cast<int>(Kind::Name), names_[at]));
    default:
      return createIndex(row, 0, idOf(static_cast<int>(Kind::OrderedRow), ordered_[at]));
  }
}

QModelIndex LoadingModel::parent(const QModelIndex& child) const {
  if (!child.isValid() || !snapshot_) return {};
  switch (kindOf(child)) {
    case Kind::Section:
      return {};
    case Kind::Finding:
      return sectionIndex(Findings);
    case Kind::Name:
      return sectionIndex(Names);
    case Kind::OrderedRow:
      return sectionIndex(InOrder);
    case Kind::NameRow: {
      const std::uint32_t name = effect(numberOf(child)).callee;
      return createIndex(static_cast<int>(rowOfName_[name]), 0, idOf(static_cast<int>(Kind::Name), name));
    }
  }
  return {};
}

int LoadingModel::rowCount(const QModelIndex& parent) const {
  if (!snapshot_) return 0;
  if (!parent.isValid()) return SectionCount;
  if (kindOf(parent) == Kind::Name) return static_cast<int>(callee(numberOf(parent)).rows.size());
  if (kindOf(parent) != Kind::Section) return 0;
  switch (numberOf(parent)) {
    case Findings:
      return static_cast<int>(findings_.size());
    case Names:
      return static_cast<int>(names_.size());
    default:
      return static_cast<int>(ordered_.size());
  }
}

int LoadingModel::columnCount(const QModelIndex&) const { return 1; }

QString LoadingModel::effectTitle(const EffectRow& row, bool withName) const {
  const std::string& arguments = snapshot_->effects->arguments(row);
  const QString name = withName ? text(callee(row.callee).text) : QString();
  switch (row.kind) {
    case inspect::EffectKind::Lookup:
      if (!arguments.empty()) return tr("import %1, which means %2").arg(name, text(arguments)).simplified();
      return withName ? tr("import %1").arg(name) : tr("import");
    case inspect::EffectKind::Extension:
      return withName ? tr("look up %1").arg(name) : tr("look-up");
    case inspect::EffectKind::Call: {
      const QString shown = arguments.empty() ? QStringLiteral("(…)") : text(arguments);
      return (withName ? name : tr("call ")) + (shown.startsWith(u'(') ? shown : QStringLiteral("(*%1)").arg(shown));
    }
    case inspect::EffectKind::PersistentLoad:
      return QStringLiteral("persistent_load(%1)").arg(text(arguments));
    case inspect::EffectKind::Build:
      return (withName ? tr("state of %1: %2").arg(name, text(arguments)) : tr("state: %1").arg(text(arguments)));
    case inspect::EffectKind::Hook:
      return (withName ? tr("items into %1: %2").arg(name, text(arguments)) : tr("items: %1").arg(text(arguments)));
    case inspect::EffectKind::Hash:
      return tr("hash of %1").arg(text(arguments));
  }
  return {};
}

QString LoadingModel::effectDetail(const EffectRow& row) const {
  QStringList parts{tr("byte %1").arg(countText(row.offset))};
  const QString reach = reachText(row.reach);
  if (!reach.isEmpty()) parts << reach;
  const QString loaders = loadersText(row.loaders, snapshot_->effects->all);
  if (!loaders.isEmpty()) parts << loaders;
  return parts.join(QStringLiteral(" · "));
}

QVariant LoadingModel::sectionData(Section section, int role) const {
  const EffectList* effects = snapshot_->effects.get();
  switch (role) {
    case Qt::DisplayRole:
      switch (section) {
        case Findings:
          return tr("Findings (%1)").arg(countText(findings_.size()));
        case Names:
          return tr("Imports and calls (%1)").arg(countText(names_.size()));
        default:
          return tr("Everything in order (%1)").arg(countText(ordered_.size()));
      }
    case DetailRole:
      if (section == Findings) {
        return snapshot_->report->inspection.findings.empty() ? tr("There is nothing to say about this file.")
                                                              : tr("The worst first.");
      }
      if (effects && effects->cut) return tr("Only the first %1 are listed.").arg(countText(effects->rows.size()));
      if (!effects || effects->rows.empty()) return tr("Nothing is imported and nothing is called.");
      return section == Names ? tr("Each name once, with every place where it is used.")
                              : tr("What loading does, one step after the other.");
    case FullTextRole:
      return {};
    case SectionRole:
      return true;
    default:
      return {};
  }
}

QVariant LoadingModel::findingData(const inspect::Finding& finding, int role) const {
  QStringList where;
  if (!finding.member.empty()) where << text(finding.member);
  where << tr("byte %1").arg(countText(finding.offset));
  if (finding.count > 1) where << times(finding.count);
  switch (role) {
    case Qt::DisplayRole:
      return text(finding.message);
    case DetailRole:
      return QStringLiteral("%1 · %2").arg(severityText(finding.severity), where.join(QStringLiteral(" · ")));
    case SeverityRole:
      return static_cast<int>(finding.severity);
    case OffsetRole:
      return static_cast<quint64>(finding.offset);
    case MemberRole:
      return memberOf(finding);
    case FullTextRole:
      return QStringLiteral("%1: %2\n%3 · %4")
          .arg(severityText(finding.severity), text(finding.message), text(finding.id),
               where.join(QStringLiteral(" · ")));
    case Qt::AccessibleTextRole:
      return QStringLiteral("%1: %2").arg(severityText(finding.severity), text(finding.message));
    default:
      return {};
  }
}

QVariant LoadingModel::nameData(std::uint32_t number, int role) const {
  const Callee& name = callee(number);
  const inspect::GlobalName* global = globalOf(number);
  const std::optional<Severity> severity = severityOf(number);
  QStringList parts;
  if (name.lookups > 0) parts << (name.lookups == 1 ? tr("imported") : tr("imported %1").arg(times(name.lookups)));
  if (name.others > 0) parts << (name.others == 1 ? tr("called") : tr("called %1").arg(times(name.others)));
  switch (role) {
    case Qt::DisplayRole:
      return text(name.text);
    case DetailRole:
      if (global && !global->reason.empty()) parts << text(global->reason);
      return parts.join(QStringLiteral(" · "));
    case SeverityRole:
      return severity ? QVariant(static_cast<int>(*severity)) : QVariant();
    case OffsetRole:
      return name.rows.empty() ? QVariant() : QVariant(static_cast<quint64>(effect(name.rows.front()).offset));
    case MemberRole:
      return static_cast<int>(snapshot_->member);
    case FullTextRole:
    case Qt::AccessibleTextRole: {
      QString whole = text(name.text) + u'\n' + parts.join(QStringLiteral(", "));
      if (severity) whole.prepend(severityText(*severity) + QStringLiteral(": "));
      if (global && !global->reason.empty()) whole += u'\n' + text(global->reason);
      return whole;
    }
    default:
      return {};
  }
}

QVariant LoadingModel::effectData(std::uint32_t number, bool withName, int role) const {
  const EffectRow& row = effect(number);
  switch (role) {
    case Qt::DisplayRole:
      return effectTitle(row, withName);
    case DetailRole:
      return effectDetail(row);
    case SeverityRole: {
      const auto found = findingAtOffset_.find(row.offset);
      if (found != findingAtOffset_.end()) return static_cast<int>(found->second);
      return {};
    }
    case OffsetRole:
      return static_cast<quint64>(row.offset);
    case MemberRole:
      return static_cast<int>(snapshot_->member);
    case FullTextRole:
    case Qt::AccessibleTextRole:
      return effectTitle(row, true) + u'\n' + effectDetail(row);
    default:
      return {};
  }
}

QVariant LoadingModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || !snapshot_) return {};
  if (role == Qt::ToolTipRole) role = FullTextRole;
  const std::uint32_t number = numberOf(index);
  switch (kindOf(index)) {
    case Kind::Section:
      return sectionData(static_cast<Section>(number), role);
    case Kind::Finding:
      return findingData(snapshot_->report->inspection.findings[number], role);
    case Kind::Name:
      return nameData(number, role);
    case Kind::NameRow:
      return effectData(number, false, role);
    case Kind::OrderedRow:
      return effectData(number, true, role);
  }
  return {};
}

QString LoadingModel::asText(int maxRows) const {
  QStringList lines;
  for (int section = 0; section < rowCount(); ++section) {
    const QModelIndex parent = index(section, 0);
    lines << parent.data().toString();
    const int count = rowCount(parent);
    for (int row = 0; row < std::min(count, maxRows); ++row) {
      const QModelIndex at = index(row, 0, parent);
      lines << QStringLiteral("  %1\n    %2").arg(at.data().toString(), at.data(DetailRole).toString());
    }
    if (count > maxRows) lines << tr("  … %1 more").arg(countText(static_cast<std::uint64_t>(count - maxRows)));
    lines << QString();
  }
  return lines.join(u'\n');
}

}  // namespace dill::gui
