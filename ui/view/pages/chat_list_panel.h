#pragma once

#include <QListView>
#include <QTimer>
#include <QWidget>

class QLineEdit;

namespace hearth::ui {

class Button;
class ChatController;
class Label;

/// The chats as a list view with a menu a row.
class ChatListView : public QListView {
    Q_OBJECT

public:
    explicit ChatListView(QWidget* parent = nullptr);

signals:
    void openRequested(const QModelIndex& index);
    void menuRequested(const QModelIndex& index, const QPoint& globalPosition);
    void deleteRequested(const QModelIndex& index);

protected:
    void dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight,
                     const QList<int>& roles = {}) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
};

/// The list column: new chat, search, the chats by age, rename and delete.
class ChatListPanel : public QWidget {
    Q_OBJECT

public:
    explicit ChatListPanel(ChatController& chats, QWidget* parent = nullptr);

    void focusSearch();
    /// What Esc does here: empties the search. False if it was empty.
    bool stepBack();

signals:
    /// A chat was opened or begun by the person: the prompt may take the focus.
    void chatChosen();
    void deleteRequested(qint64 chat);

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    void openMenu(const QModelIndex& index, const QPoint& globalPosition);
    void showCurrent();
    void refreshEmpty();
    void retranslate();

    ChatController& m_chats;
    Button* m_new;
    QLineEdit* m_search;
    ChatListView* m_list;
    Label* m_none;
    QTimer m_searchSoon;
    QTimer m_midnight;
};

} // namespace hearth::ui
