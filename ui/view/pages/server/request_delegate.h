#pragma once

#include <QStyledItemDelegate>

class QAbstractItemView;

namespace hearth::ui {

class RequestFilter;

/// Paints a line of the request log: when, what, how it ended, tokens and speed or what was wrong,
/// who, and at the right what can be done with it. Columns are as wide as the widest of what
/// measure() was told of, within bounds; what is wrong has the rest.
class RequestDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    enum class Button { None, View, Curl };

    RequestDelegate(const RequestFilter& requests, QObject* parent);

    /// Of the window's model; 0: none is loaded.
    void setContext(int tokens) { m_context = tokens; }
    /// Rows that are there now.
    void measure(int first, int last);
    /// Forgets what was measured, and measures all anew: the type or the language is another.
    void measureAll();
    /// What a press at the position meets.
    [[nodiscard]] Button buttonAt(const QRect& item, const QPoint& position) const;

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    bool helpEvent(QHelpEvent* event, QAbstractItemView* view, const QStyleOptionViewItem& option,
                   const QModelIndex& index) override;

private:
    [[nodiscard]] QString hint(const QModelIndex& index) const;
    [[nodiscard]] static QString buttonText(Button button);
    [[nodiscard]] QRect buttonRect(const QRect& item, Button button) const;
    void paintGround(QPainter& painter, const QStyleOptionViewItem& option) const;
    void paintButtons(QPainter& painter, const QStyleOptionViewItem& option) const;
    void paintColumns(QPainter& painter, const QRect& item, const QModelIndex& index) const;

    const RequestFilter& m_requests;
    int m_context = 0;
    qreal m_pathWidth = 0;
    qreal m_clientWidth = 0;
};

} // namespace hearth::ui
