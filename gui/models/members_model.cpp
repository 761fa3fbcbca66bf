#include "models/members_model.h"

#include <QFileInfo>

#include <algorithm>
#include <unordered_map>

#include "inspect/containers/members.h"
#include "models/loading_text.h"
#include "models/node_text.h"

namespace dill::gui {

namespace {

bool isContainer(std::string_view format) {
  for (int i = 0; i <= static_cast<int>(inspect::Format::Data); ++i) {
    const auto known = static_cast<inspect::Format>(i);
    if (inspect::is_container(known) && inspect::to_string(known) == format) return true;
  }
  return false;
}

}  // namespace

void MembersModel::setReport(FileReportPtr report) {
  beginResetModel();
  report_ = std::move(report);
  const std::size_t count = report_ ? report_->inspection.members.size() : 0;
  parent_.assign(count, -1);
  row_.assign(count, 0);
  children_.assign(count, {});
  top_.clear();
  // A member lies in the last container before it whose path is the beginning of its own.
  std::unordered_map<std::string_view, int> containers;
  for (std::size_t i = 0; i < count; ++i) {
    const inspect::MemberReport& member = report_->inspection.members[i];
    std::string_view above = member.path;
    for (;;) {
      if (const auto found = containers.find(above); found != containers.end()) {
        parent_[i] = found->second;
        break;
      }
      if (above.empty()) break;
      const std::size_t cut = above.rfind('!');
      above = cut == std::string_view::npos ? std::string_view() : above.substr(0, cut);
    }
    auto& siblings = parent_[i] < 0 ? top_ : children_[static_cast<std::size_t>(parent_[i])];
    row_[i] = static_cast<int>(siblings.size());
    siblings.push_back(static_cast<int>(i));
    if (isContainer(member.format)) containers[member.path] = static_cast<int>(i);
  }
  endResetModel();
}

const std::vector<int>& MembersModel::childrenOf(const QModelIndex& parent) const {
  static const std::vector<int> none;
  if (!parent.isValid()) return top_;
  return parent.column() == Name ? children_[parent.internalId()] : none;
}

QModelIndex MembersModel::indexOf(std::size_t member, int column) const {
  if (member >= row_.size()) return {};
  return createIndex(row_[member], column, quintptr{member});
}

QModelIndex MembersModel::index(int row, int column, const QModelIndex& parent) const {
  if (row < 0 || row >= rowCount(parent) || column < 0 || column >= ColumnCount) return {};
  return createIndex(row, column, static_cast<quintptr>(childrenOf(parent)[static_cast<std::size_t>(row)]));
}

QModelIndex MembersModel::parent(const QModelIndex& child) const {
  if (!child.isValid()) return {};
  const int above = parent_[child.internalId()];
  return above < 0 ? QModelIndex() : indexOf(static_cast<std::size_t>(above));
}

int MembersModel::rowCount(const QModelIndex& parent) const { return static_cast<int>(childrenOf(parent).size()); }

int MembersModel::columnCount(const QModelIndex&) const { return ColumnCount; }

Qt::ItemFlags MembersModel::flags(const QModelIndex& index) const {
  return index.isValid() ? Qt::ItemIsEnabled | Qt::ItemIsSelectable : Qt::NoItemFlags;
}

QString MembersModel::nameOf(std::size_t member) const {
  const std::string_view path = report_->inspection.members[member].path;
  const int above = parent_[member];
  if (above < 0) return path.empty() ? QFileInfo(report_->path).fileName() : toQString(path);
  const std::string_view outer = report_->inspection.members[static_cast<std::size_t>(above)].path;
  if (path == outer) return tr("(content)");  // what a gzip or an array expands to has no name of its own
  const std::size_t skip = outer.empty() ? 0 : outer.size() + 1;
  return visibleText(toQString(path.substr(std::min(skip, path.size()))));
}

QVariant MembersModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || !report_) return {};
  const auto number = static_cast<std::size_t>(index.internalId());
  const inspect::MemberReport& member = report_->inspection.members[number];
  switch (role) {
    case Qt::DisplayRole:
      switch (index.column()) {
        case Name:
          return nameOf(number);
        case Format:
          return toQString(member.format);
        case Size:
          return byteText(member.size);
        case Loading:
          if (!member.is_pickle) return {};
          return member.verdict == inspect::Verdict::Clean ? shortLevelText(member.level) : verdictText(member.verdict);
        default:
          return {};
      }
    case Qt::ToolTipRole: {
      QString text = visibleText(toQString(member.path.empty() ? std::string_view("—") : member.path));
      if (member.path.empty()) text = QFileInfo(report_->path).fileName();
      text += QStringLiteral("\n%1, %2").arg(toQString(member.format), byteText(member.size));
      if (member.file_offset) text += tr(", at byte %1 of the file").arg(countText(*member.file_offset));
      if (member.is_pickle) {
        text += QStringLiteral("\n%1: %2").arg(levelText(member.level), verdictText(member.verdict));
      }
      return text;
    }
    case Qt::TextAlignmentRole:
      return index.column() == Size ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant();
    case MemberRole:
      return static_cast<int>(number);
    case PickleRole:
      return member.is_pickle && !member.bytes.empty();
    case VerdictRole:
      return member.is_pickle ? QVariant(static_cast<int>(member.verdict)) : QVariant();
    default:
      return {};
  }
}

QVariant MembersModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case Name:
      return tr("Member");
    case Format:
      return tr("Format");
    case Size:
      return tr("Size");
    case Loading:
      return tr("Loading it");
    default:
      return {};
  }
}

}  // namespace dill::gui
