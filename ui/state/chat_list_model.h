#pragma once

#include "state/chat_records.h"

#include <QAbstractListModel>
#include <QHash>
#include <QList>
#include <QSet>

#include <optional>

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

/// Where a search found its words in a chat.
struct SearchHit {
    RecordId chat = 0;
    RecordId message = 0; ///< 0: in the title.
    QString snippet;      ///< Text around the words, on one line.
};

/// The chats, newest first, as the list column shows them. Window's thread.
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
        SnippetRole,   ///< While searched: QString around the words.
        HitRole,       ///< While searched: the message with the words, RecordId.
        BusyRole,         ///< A reply streams in it.
        CurrentRole,
    };

    explicit ChatListModel(QObject* parent = nullptr);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    /// Only asks: whoever keeps the chat answers renameRequested() with put().
    bool setData(const QModelIndex& index, const QVariant& value,
                 int role = Qt::EditRole) override;

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
    [[nodiscard]] bool isEmpty() const { return m_chats.isEmpty(); }

signals:
    void renameRequested(qint64 chat, const QString& title);

private:
    [[nodiscard]] bool isShown(const ChatRecord& chat) const;
    [[nodiscard]] int placeFor(const ChatRecord& chat) const;
    void rebuildShown();
    void touch(RecordId id, const QList<int>& roles);

    QList<ChatRecord> m_chats; ///< All, in no order.
    QList<ChatRecord> m_shown; ///< Newest first.
    ChatScope m_scope;
    std::optional<QHash<RecordId, SearchHit>> m_hits;
    QSet<RecordId> m_busy;
    RecordId m_current = 0;
};

} // namespace hearth::ui
