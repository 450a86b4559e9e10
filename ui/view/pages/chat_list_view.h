#pragma once

#include "state/chat_records.h"

#include <QList>
#include <QListView>

namespace hearth::ui {

/// The chats as a list view: a click or Enter opens one, Ctrl, Shift and Ctrl+A choose several, and
/// each has a menu.
class ChatListView : public QListView {
    Q_OBJECT

public:
    explicit ChatListView(QWidget* parent = nullptr);

    [[nodiscard]] bool hasSeveralChosen() const;
    /// In the order of the list.
    [[nodiscard]] QList<RecordId> chosen() const;
    /// What an action on `index` is for: all that is chosen if it is among that, else itself.
    [[nodiscard]] QList<RecordId> meantBy(const QModelIndex& index) const;

signals:
    void openRequested(const QModelIndex& index);
    void menuRequested(const QModelIndex& index, const QPoint& globalPosition);
    void deleteRequested(const QModelIndex& index);
    void chosenChanged();

protected:
    void dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight,
                     const QList<int>& roles = {}) override;
    void selectionChanged(const QItemSelection& selected,
                          const QItemSelection& deselected) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    QPersistentModelIndex m_pressed; ///< Opens when it is released.
};

} // namespace hearth::ui
