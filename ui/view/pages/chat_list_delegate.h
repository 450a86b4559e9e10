#pragma once

#include <QStyledItemDelegate>

namespace hearth::ui {

/// Draws a chat of the list: its title, a dot while a reply streams in it, the menu's dots under
/// the pointer, the text that a search found below, and the heading of its age above the first of
/// each.
class ChatListDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    /// The row without the heading above it.
    static QRect bodyRect(const QRect& item, const QModelIndex& index);
    /// Where a click opens the menu.
    static QRect menuRect(const QRect& item, const QModelIndex& index);

    /// Words that stand out in what a search found.
    void setWords(const QString& words);

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void setEditorData(QWidget* editor, const QModelIndex& index) const override;
    void updateEditorGeometry(QWidget* editor, const QStyleOptionViewItem& option,
                              const QModelIndex& index) const override;
    bool helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option,
                   const QModelIndex& index) override;

private:
    void paintTitle(QPainter& painter, QRectF line, const QStyleOptionViewItem& option,
                    const QModelIndex& index) const;
    void paintSnippet(QPainter& painter, const QRectF& rect, const QString& snippet) const;

    QStringList m_words;
};

} // namespace hearth::ui
