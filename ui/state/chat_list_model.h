#pragma once

#include "state/chat_records.h"

#include <QAbstractListModel>
#include <QList>
#include <QSet>

#include <optional>

namespace hearth::ui {

/// When a chat was last used, in days of the local calendar.
enum class ChatAge : int { Today, Yesterday, Week, Earlier };

/// The chats, newest first, as the list column shows them. Window's thread.
class ChatListModel : public QAbstractListModel {
    Q_OBJECT

public:
    enum Role {
        IdRole = Qt::UserRole + 1,
        AgeRole,          ///< ChatAge as int.
        FirstOfAgeRole,   ///< True for the first row of its age: a heading stands above it.
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
    /// Shows only these chats; empty optional: all.
    void setFilter(std::optional<QSet<RecordId>> filter);
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
    std::optional<QSet<RecordId>> m_filter;
    QSet<RecordId> m_busy;
    RecordId m_current = 0;
};

} // namespace hearth::ui
