#include "state/chat_list_model.h"

#include <QDateTime>

#include <algorithm>
#include <utility>

namespace hearth::ui {

namespace {

ChatSection sectionOf(const ChatRecord& chat) {
    const QDate day = QDateTime::fromMSecsSinceEpoch(chat.updatedMs).date();
    const qint64 days = day.daysTo(QDate::currentDate());
    if (days <= 0)
        return ChatSection::Today;
    if (days == 1)
        return ChatSection::Yesterday;
    return days < 7 ? ChatSection::Week : ChatSection::Earlier;
}

bool isNewer(const ChatRecord& a, const ChatRecord& b) {
    return std::pair(a.updatedMs, a.id) > std::pair(b.updatedMs, b.id);
}

template<typename List>
auto findRecord(List& list, RecordId id) {
    return std::find_if(list.begin(), list.end(),
                        [id](const ChatRecord& chat) { return chat.id == id; });
}

} // namespace

ChatListModel::ChatListModel(QObject* parent) : QAbstractListModel(parent) {}

int ChatListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_shown.size());
}

QVariant ChatListModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const ChatRecord& chat = m_shown.at(index.row());
    switch (role) {
    case Qt::DisplayRole:
    case Qt::ToolTipRole:
    case Qt::EditRole:
        return chat.title.isEmpty() ? tr("New chat") : chat.title;
    case IdRole:
        return chat.id;
    case SectionRole:
        return static_cast<int>(sectionOf(chat));
    case FirstOfSectionRole:
        return index.row() == 0 || sectionOf(m_shown.at(index.row() - 1)) != sectionOf(chat);
    case BusyRole:
        return m_busy.contains(chat.id);
    case CurrentRole:
        return chat.id == m_current;
    default:
        return {};
    }
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
    m_chats = std::move(chats);
    rebuildShown();
    endResetModel();
}

void ChatListModel::setScope(const ChatScope& scope) {
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
    std::copy_if(m_chats.cbegin(), m_chats.cend(), std::back_inserter(m_shown),
                 [this](const ChatRecord& chat) { return isShown(chat); });
    std::sort(m_shown.begin(), m_shown.end(), isNewer);
}

bool ChatListModel::isShown(const ChatRecord& chat) const {
    return !m_hits || m_hits->contains(chat.id);
}

int ChatListModel::placeFor(const ChatRecord& chat) const {
    const auto place = std::lower_bound(m_shown.cbegin(), m_shown.cend(), chat, isNewer);
    return static_cast<int>(place - m_shown.cbegin());
}

void ChatListModel::put(const ChatRecord& chat) {
    if (const auto known = findRecord(m_chats, chat.id); known != m_chats.end())
        *known = chat;
    else
        m_chats.append(chat);
    if (!isShown(chat))
        return;
    const int row = rowOf(chat.id);
    if (row < 0) {
        const int place = placeFor(chat);
        beginInsertRows({}, place, place);
        m_shown.insert(place, chat);
        endInsertRows();
    } else {
        // lower_bound wants a sorted list: look for the place without the row that has changed.
        const ChatRecord before = m_shown.takeAt(row);
        const int place = placeFor(chat);
        m_shown.insert(row, before);
        if (place != row && beginMoveRows({}, row, row, {}, place > row ? place + 1 : place)) {
            m_shown.move(row, place);
            endMoveRows();
        }
        m_shown[place] = chat;
    }
    refresh();
}

void ChatListModel::remove(RecordId id) {
    if (const auto known = findRecord(m_chats, id); known != m_chats.end())
        m_chats.erase(known);
    const int row = rowOf(id);
    if (row < 0)
        return;
    beginRemoveRows({}, row, row);
    m_shown.removeAt(row);
    endRemoveRows();
    refresh();
}

void ChatListModel::setBusy(RecordId id, bool busy) {
    if (busy == m_busy.contains(id))
        return;
    if (busy)
        m_busy.insert(id);
    else
        m_busy.remove(id);
    touch(id, {BusyRole});
}

void ChatListModel::setCurrent(RecordId id) {
    const RecordId before = std::exchange(m_current, id);
    touch(before, {CurrentRole});
    touch(id, {CurrentRole});
}

void ChatListModel::refresh() {
    if (!m_shown.isEmpty())
        emit dataChanged(index(0), index(static_cast<int>(m_shown.size()) - 1));
}

void ChatListModel::touch(RecordId id, const QList<int>& roles) {
    if (const int row = rowOf(id); row >= 0)
        emit dataChanged(index(row), index(row), roles);
}

int ChatListModel::rowOf(RecordId id) const {
    const auto found = findRecord(m_shown, id);
    return found == m_shown.cend() ? -1 : static_cast<int>(found - m_shown.cbegin());
}

RecordId ChatListModel::idAt(int row) const {
    return row >= 0 && row < m_shown.size() ? m_shown.at(row).id : 0;
}

const ChatRecord* ChatListModel::find(RecordId id) const {
    const auto found = findRecord(m_chats, id);
    return found == m_chats.cend() ? nullptr : &*found;
}

} // namespace hearth::ui
