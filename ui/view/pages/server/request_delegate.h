#pragma once

#include <QStyledItemDelegate>

#include <functional>

namespace hearth::ui {

class RequestFilter;

/// Paints a line of the request log: when, what, how it ended, tokens and speed or the error, who,
/// and at the right of the line under the pointer what can be done with it.
class RequestDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    enum class Button { None, View, Curl };

    RequestDelegate(const RequestFilter& requests, QObject* parent);

    /// Of the window's model; 0: none is loaded.
    void setContext(int tokens) { m_context = tokens; }
    /// What a press at the position meets.
    [[nodiscard]] static Button buttonAt(const QRect& item, const QPoint& position);

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    bool helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option,
                   const QModelIndex& index) override;

private:
    [[nodiscard]] QString hint(const QModelIndex& index) const;

    const RequestFilter& m_requests;
    int m_context = 0;
};

} // namespace hearth::ui
