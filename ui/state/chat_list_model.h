#pragma once

#include "state/chat_records.h"

#include <QAbstractListModel>
#include <QDate>
#include <QHash>
#include <QList>
#include <QSet>

#include <optional>
#include <unordered_map>

namespace hearth::ui {

/// Under which heading a chat stands: pinned, or when it was last used, in days of the local
/// calendar.
enum class ChatSection : int { Pinned, Today, Yesterday, Week, Earlier };

/// Which chats the list shows.
struct ChatScope {
    enum class Kind { All, Folder, Archived };
    Kind kind = Kind::All;
    QString folder;

    bool operator==(const ChatScope&) const = default;
};

/// The chats, those pinned first, then newest first, as the list column shows them. Window's
/// thread. Made for tens of thousands: a chat is found by its id or by its place in the order, and
/// a change tells of the rows that it touches only.
class ChatListModel : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role {
        IdRole = Qt::UserRole + 1,
        SectionRole,        ///< ChatSection as int.
        FirstOfSectionRole, ///< A heading stands above this row.
        PinnedRole,
        ArchivedRole,
        FolderRole,
        SnippetRole, ///< While searched: QString around the words.
        HitRole,     ///< While searched: the message with the words, RecordId.
        BusyRole,    ///< A reply streams in it.
        CurrentRole,
    };

    explicit ChatListModel(QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    /// Only asks: whoever keeps the chat answers renameRequested() with put().
    bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;

    void setChats(QList<ChatRecord> chats);
    /// Adds or changes a chat and moves it to its place.
    void put(const ChatRecord& chat);
    void remove(RecordId id);
    void setBusy(RecordId id, bool busy);
    void setCurrent(RecordId id);
    void setScope(const ChatScope& scope);
    [[nodiscard]] const ChatScope& scope() const { return m_scope; }
    /// Shows only the chats of these hits, whatever the scope; empty optional: those of the scope.
    void setHits(std::optional<QList<SearchHit>> hits);
    /// After midnight, or when the language has changed: what rows say may differ.
    void refresh();

    [[nodiscard]] int rowOf(RecordId id) const; ///< -1: not shown.
    [[nodiscard]] RecordId idAt(int row) const;
    [[nodiscard]] const ChatRecord* find(RecordId id) const;
    [[nodiscard]] bool isEmpty() const { return m_chats.empty(); }
    /// All there are, in no order.
    [[nodiscard]] const std::unordered_map<RecordId, ChatRecord>& all() const { return m_chats; }

signals:
    void renameRequested(qint64 chat, const QString& title);

private:
    /// What decides on a chat's place.
    struct Place {
        bool pinned = false;
        qint64 updatedMs = 0;
        RecordId id = 0;

        [[nodiscard]] bool isBefore(const Place& other) const;
        [[nodiscard]] ChatSection section(const QDate& today) const;
    };

    [[nodiscard]] static Place placeOf(const ChatRecord& chat);
    [[nodiscard]] bool isShown(const ChatRecord& chat) const;
    /// The row of a place, or the one that it belongs at.
    [[nodiscard]] int lowerBound(const Place& place) const;
    [[nodiscard]] int rowOf(const Place& place) const; ///< -1: not shown.
    [[nodiscard]] bool startsSection(int row) const;
    void insertRow(const Place& place);
    void removeRow(int row);
    void moveRow(int row, const Place& to);
    void rebuildShown();
    void touch(int row, const QList<int>& roles = {});
    /// Whether a heading stands above `row` depends on the row before.
    void touchHead(int row) { touch(row, {FirstOfSectionRole}); }

    std::unordered_map<RecordId, ChatRecord> m_chats;
    QList<Place> m_shown; ///< In order.
    ChatScope m_scope;
    std::optional<QHash<RecordId, SearchHit>> m_hits;
    QSet<RecordId> m_busy;
    RecordId m_current = 0;
};

} // namespace hearth::ui
