#include "state/chat_list_model.h"

#include <QDateTime>

#include <algorithm>
#include <tuple>
#include <utility>

namespace hearth::ui {

bool ChatListModel::Place::isBefore(const Place& other) const {
    return std::tuple(pinned, updatedMs, id) > std::tuple(other.pinned, other.updatedMs, other.id);
}

ChatSection ChatListModel::Place::section(const QDate& today) const {
    if (pinned)
        return ChatSection::Pinned;
    const qint64 days = QDateTime::fromMSecsSinceEpoch(updatedMs).date().daysTo(today);
    if (days <= 0)
        return ChatSection::Today;
    if (days == 1)
        return ChatSection::Yesterday;
    return days < 7 ? ChatSection::Week : ChatSection::Earlier;
}

ChatListModel::ChatListModel(QObject* parent)
    : QAbstractListModel(parent) {
}

int ChatListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_shown.size());
}

QVariant ChatListModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Place& place = m_shown.at(index.row());
    const ChatRecord& chat = m_chats.at(place.id);
    switch (role) {
    case Qt::DisplayRole:
    case Qt::ToolTipRole:
    case Qt::EditRole:
        return chat.title.isEmpty() ? tr("New chat") : chat.title;
    case IdRole:
        return chat.id;
    case SectionRole:
        return static_cast<int>(place.section(QDate::currentDate()));
    case FirstOfSectionRole:
        return startsSection(index.row());
    case PinnedRole:
        return chat.pinned;
    case ArchivedRole:
        return chat.archived;
    case FolderRole:
        return chat.folder;
    case SnippetRole:
        return m_hits ? m_hits->value(chat.id).snippet : QString();
    case HitRole:
        return m_hits ? m_hits->value(chat.id).message : RecordId(0);
    case BusyRole:
        return m_busy.contains(chat.id);
    case CurrentRole:
        return chat.id == m_current;
    default:
        return {};
    }
}

bool ChatListModel::startsSection(int row) const {
    const QDate today = QDate::currentDate();
    return row == 0 || m_shown.at(row - 1).section(today) != m_shown.at(row).section(today);
}

Qt::ItemFlags ChatListModel::flags(const QModelIndex& index) const {
    const Qt::ItemFlags flags = QAbstractListModel::flags(index);
    return index.isValid() ? flags | Qt::ItemIsEditable : flags;
}

bool ChatListModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (role != Qt::EditRole || !checkIndex(index, CheckIndexOption::IndexIsValid))
        return false;
    emit renameRequested(idAt(index.row()), value.toString());
    return true;
}

void ChatListModel::setChats(QList<ChatRecord> chats) {
    beginResetModel();
    m_chats.clear();
    m_chats.reserve(static_cast<std::size_t>(chats.size()));
    for (ChatRecord& chat : chats)
        m_chats.insert_or_assign(chat.id, std::move(chat));
    rebuildShown();
    endResetModel();
}

void ChatListModel::setScope(const ChatScope& scope) {
    if (scope == m_scope)
        return;
    beginResetModel();
    m_scope = scope;
    rebuildShown();
    endResetModel();
}

void ChatListModel::setHits(std::optional<QList<SearchHit>> hits) {
    if (!hits && !m_hits)
        return;
    beginResetModel();
    m_hits.reset();
    if (hits) {
        m_hits.emplace();
        for (const SearchHit& hit : *hits)
            m_hits->insert(hit.chat, hit);
    }
    rebuildShown();
    endResetModel();
}

void ChatListModel::rebuildShown() {
    m_shown.clear();
    for (const auto& [id, chat] : m_chats)
        if (isShown(chat))
            m_shown.append(placeOf(chat));
    std::sort(m_shown.begin(), m_shown.end(),
              [](const Place& a, const Place& b) { return a.isBefore(b); });
}

ChatListModel::Place ChatListModel::placeOf(const ChatRecord& chat) {
    return {chat.pinned, chat.updatedMs, chat.id};
}

bool ChatListModel::isShown(const ChatRecord& chat) const {
    if (m_hits)
        return m_hits->contains(chat.id);
    switch (m_scope.kind) {
    case ChatScope::Kind::Archived:
        return chat.archived;
    case ChatScope::Kind::Folder:
        return !chat.archived && chat.folder == m_scope.folder;
    case ChatScope::Kind::All:
        break;
    }
    return !chat.archived;
}

int ChatListModel::lowerBound(const Place& place) const {
    const auto found =
        std::lower_bound(m_shown.cbegin(), m_shown.cend(), place,
                         [](const Place& a, const Place& b) { return a.isBefore(b); });
    return static_cast<int>(found - m_shown.cbegin());
}

int ChatListModel::rowOf(const Place& place) const {
    const int row = lowerBound(place);
    return row < m_shown.size() && m_shown.at(row).id == place.id ? row : -1;
}

int ChatListModel::rowOf(RecordId id) const {
    const ChatRecord* const chat = find(id);
    return chat == nullptr ? -1 : rowOf(placeOf(*chat));
}

void ChatListModel::put(const ChatRecord& chat) {
    const auto known = m_chats.find(chat.id);
    const int row = known == m_chats.end() ? -1 : rowOf(placeOf(known->second));
    const bool shows = isShown(chat);
    if (row >= 0 && !shows)
        removeRow(row);
    m_chats.insert_or_assign(chat.id, chat);
    if (!shows)
        return;
    if (row < 0)
        insertRow(placeOf(chat));
    else
        moveRow(row, placeOf(chat));
}

void ChatListModel::insertRow(const Place& place) {
    const int row = lowerBound(place);
    beginInsertRows({}, row, row);
    m_shown.insert(row, place);
    endInsertRows();
    touchHead(row + 1);
}

void ChatListModel::removeRow(int row) {
    beginRemoveRows({}, row, row);
    m_shown.removeAt(row);
    endRemoveRows();
    touchHead(row);
}

void ChatListModel::moveRow(int row, const Place& to) {
    // Only a list without the row that changes is in order.
    const Place before = m_shown.takeAt(row);
    const int place = lowerBound(to);
    m_shown.insert(row, before);
    if (place != row && beginMoveRows({}, row, row, {}, place > row ? place + 1 : place)) {
        m_shown.move(row, place);
        m_shown[place] = to;
        endMoveRows();
        touchHead(place > row ? row : row + 1);
    } else {
        m_shown[place] = to;
    }
    touch(place);
    touchHead(place + 1);
}

void ChatListModel::remove(RecordId id) {
    const auto known = m_chats.find(id);
    if (known == m_chats.end())
        return;
    if (const int row = rowOf(placeOf(known->second)); row >= 0)
        removeRow(row);
    m_chats.erase(known);
}

void ChatListModel::setBusy(RecordId id, bool busy) {
    if (busy == m_busy.contains(id))
        return;
    if (busy)
        m_busy.insert(id);
    else
        m_busy.remove(id);
    touch(rowOf(id), {BusyRole});
}

void ChatListModel::setCurrent(RecordId id) {
    const RecordId before = std::exchange(m_current, id);
    if (before == id)
        return;
    touch(rowOf(before), {CurrentRole});
    touch(rowOf(id), {CurrentRole});
}

void ChatListModel::refresh() {
    if (!m_shown.isEmpty())
        emit dataChanged(index(0), index(static_cast<int>(m_shown.size()) - 1));
}

void ChatListModel::touch(int row, const QList<int>& roles) {
    if (row >= 0 && row < m_shown.size())
        emit dataChanged(index(row), index(row), roles);
}

RecordId ChatListModel::idAt(int row) const {
    return row >= 0 && row < m_shown.size() ? m_shown.at(row).id : 0;
}

const ChatRecord* ChatListModel::find(RecordId id) const {
    const auto found = m_chats.find(id);
    return found == m_chats.end() ? nullptr : &found->second;
}

} // namespace hearth::ui
