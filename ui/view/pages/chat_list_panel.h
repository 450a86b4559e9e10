#pragma once

#include "state/chat_controller.h"
#include "view/pages/chat_list_view.h"

#include <QTimer>
#include <QWidget>

#include <functional>

class QLineEdit;
class QModelIndex;

namespace hearth::ui {

class Button;
class ChatListDelegate;
class IconButton;
class Label;
class ScopeButton;
class Skeleton;

/// The list column: new chat, search, which chats are shown, the chats by age, and what can be done
/// with one or several of them.
class ChatListPanel : public QWidget {
    Q_OBJECT

public:
    explicit ChatListPanel(ChatController& chats, QWidget* parent = nullptr);

    void focusSearch();
    /// What Esc does here: lets go of several chosen chats, then empties the search. False if there
    /// was neither.
    bool stepBack();
    /// Both tell how to undo it.
    void removeChats(const QList<RecordId>& ids);
    void archiveChats(const QList<RecordId>& ids, bool archived);
    /// Ask where to, or from where.
    void exportChats(const QList<RecordId>& ids, TransferFormat format);
    void importChats();

signals:
    /// A chat was opened or begun by the person: the prompt may take the focus.
    void chatChosen();
    /// A chat was opened for a message that the search found `words` in.
    void hitChosen(qint64 message, const QString& words);
    void told(const QString& text);
    /// Something was done that `undo` takes back; `expired` runs once it no longer can.
    void undoOffered(const QString& text, const std::function<void()>& undo,
                     const std::function<void()>& expired);

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;
    /// From the search field, arrows lead into the list and Enter opens its first chat.
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void arrange();
    void connectList();
    void openRow(const QModelIndex& index);
    void openMenu(const QModelIndex& index, const QPoint& globalPosition);
    void openScopeMenu();
    void openMoreMenu();
    void setScope(const ChatScope& scope);
    void nameFolder(const QList<RecordId>& ids);
    void renameScope();
    void runSearch();
    void showCurrent();
    void refreshEmpty();
    void refreshScope();
    void refreshChosen();
    void retranslate();

    ChatController& m_chats;
    Button* m_new;
    QLineEdit* m_search;
    ScopeButton* m_scope;
    IconButton* m_more;
    ChatListView* m_list;
    ChatListDelegate* m_delegate;
    Label* m_none;
    Skeleton* m_loading;
    QWidget* m_bulk;
    Label* m_bulkCount;
    IconButton* m_bulkArchive;
    IconButton* m_bulkExport;
    IconButton* m_bulkDelete;
    IconButton* m_bulkClear;
    QTimer m_searchSoon;
    QTimer m_midnight;
};

} // namespace hearth::ui
