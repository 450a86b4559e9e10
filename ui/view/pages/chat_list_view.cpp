#include "view/pages/chat_list_view.h"

#include "state/chat_list_model.h"
#include "view/pages/chat_list_delegate.h"

#include <QContextMenuEvent>
#include <QKeyEvent>
#include <QMouseEvent>

#include <algorithm>

namespace hearth::ui {

ChatListView::ChatListView(QWidget* parent) : QListView(parent) {
    setFrameShape(QFrame::NoFrame);
    setMouseTracking(true);
    setEditTriggers(QAbstractItemView::EditKeyPressed);
    setSelectionMode(QAbstractItemView::ExtendedSelection);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setItemDelegate(new ChatListDelegate(this));
    viewport()->setAutoFillBackground(false);
}

bool ChatListView::hasSeveralChosen() const {
    return selectionModel() != nullptr && selectionModel()->selectedRows().size() > 1;
}

QList<RecordId> ChatListView::chosen() const {
    QModelIndexList rows = selectionModel()->selectedRows();
    std::sort(rows.begin(), rows.end());
    QList<RecordId> ids;
    for (const QModelIndex& row : rows)
        ids += row.data(ChatListModel::IdRole).toLongLong();
    return ids;
}

QList<RecordId> ChatListView::meantBy(const QModelIndex& index) const {
    if (selectionModel()->isSelected(index))
        return chosen();
    return {index.data(ChatListModel::IdRole).toLongLong()};
}

void ChatListView::dataChanged(const QModelIndex& topLeft, const QModelIndex& bottomRight,
                               const QList<int>& roles) {
    QListView::dataChanged(topLeft, bottomRight, roles);
    // Headings come and go with the order, and with them the heights of rows.
    if (roles.isEmpty() || roles.contains(ChatListModel::FirstOfSectionRole))
        scheduleDelayedItemsLayout();
}

void ChatListView::selectionChanged(const QItemSelection& selected,
                                    const QItemSelection& deselected) {
    QListView::selectionChanged(selected, deselected);
    viewport()->update();
    emit chosenChanged();
}

void ChatListView::mousePressEvent(QMouseEvent* event) {
    const QPoint position = event->position().toPoint();
    const QModelIndex index = indexAt(position);
    m_pressed = QModelIndex();
    if (index.isValid() && event->button() == Qt::LeftButton) {
        const QRect item = visualRect(index);
        if (ChatListDelegate::menuRect(item, index).contains(position)) {
            emit menuRequested(index, event->globalPosition().toPoint());
            return;
        }
        const bool isPlain = !(event->modifiers() & (Qt::ControlModifier | Qt::ShiftModifier));
        if (isPlain && ChatListDelegate::bodyRect(item, index).contains(position))
            m_pressed = index;
    }
    // The menu of a chosen row is for all that is chosen.
    if (event->button() != Qt::RightButton || !selectionModel()->isSelected(index))
        QListView::mousePressEvent(event);
}

void ChatListView::mouseReleaseEvent(QMouseEvent* event) {
    QListView::mouseReleaseEvent(event);
    const QModelIndex index = indexAt(event->position().toPoint());
    if (event->button() == Qt::LeftButton && index.isValid() && index == m_pressed)
        emit openRequested(index);
    m_pressed = QModelIndex();
}

void ChatListView::contextMenuEvent(QContextMenuEvent* event) {
    const bool byKey = event->reason() == QContextMenuEvent::Keyboard;
    const QModelIndex index = byKey ? currentIndex() : indexAt(event->pos());
    if (!index.isValid())
        return;
    emit menuRequested(index, byKey ? viewport()->mapToGlobal(visualRect(index).center())
                                    : event->globalPos());
}

void ChatListView::keyPressEvent(QKeyEvent* event) {
    const QModelIndex index = currentIndex();
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (index.isValid() && isEnter && state() != EditingState)
        emit openRequested(index);
    else if (index.isValid() && event->key() == Qt::Key_Delete)
        emit deleteRequested(index);
    else
        QListView::keyPressEvent(event);
}

} // namespace hearth::ui
