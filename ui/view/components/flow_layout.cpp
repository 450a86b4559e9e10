#include "view/components/flow_layout.h"

#include "view/theme/metrics.h"

#include <QStyle>
#include <QWidget>

namespace hearth::ui {

FlowLayout::FlowLayout(QWidget* parent)
    : QLayout(parent) {
    setContentsMargins(0, 0, 0, 0);
    setSpacing(space::kSm);
}

FlowLayout::~FlowLayout() {
    qDeleteAll(m_items);
}

QLayoutItem* FlowLayout::takeAt(int index) {
    return index >= 0 && index < m_items.size() ? m_items.takeAt(index) : nullptr;
}

int FlowLayout::heightForWidth(int width) const {
    return arrange(QRect(0, 0, width, 0), Pass::Measure);
}

QSize FlowLayout::sizeHint() const {
    int width = 0;
    int shown = 0;
    for (const QLayoutItem* item : m_items) {
        if (item->isEmpty())
            continue;
        width += item->sizeHint().width() + (shown++ > 0 ? spacing() : 0);
    }
    const QMargins margins = contentsMargins();
    width += margins.left() + margins.right();
    return {width, heightForWidth(width)};
}

QSize FlowLayout::minimumSize() const {
    QSize least;
    for (const QLayoutItem* item : m_items)
        if (!item->isEmpty())
            least = least.expandedTo(item->minimumSize());
    return least.grownBy(contentsMargins());
}

void FlowLayout::setGeometry(const QRect& rect) {
    QLayout::setGeometry(rect);
    arrange(rect, Pass::Place);
}

int FlowLayout::arrange(const QRect& rect, Pass pass) const {
    const QMargins margins = contentsMargins();
    const QRect area = rect.marginsRemoved(margins);
    const Qt::LayoutDirection direction =
        parentWidget() ? parentWidget()->layoutDirection() : Qt::LeftToRight;
    int x = area.left();
    int y = area.top();
    int rowHeight = 0;
    for (QLayoutItem* item : m_items) {
        if (item->isEmpty())
            continue;
        const QSize wanted(qMin(item->sizeHint().width(), area.width()), item->sizeHint().height());
        if (x > area.left() && x + wanted.width() > area.left() + area.width()) {
            x = area.left();
            y += rowHeight + spacing();
            rowHeight = 0;
        }
        if (pass == Pass::Place)
            item->setGeometry(QStyle::visualRect(direction, area, QRect(QPoint(x, y), wanted)));
        x += wanted.width() + spacing();
        rowHeight = qMax(rowHeight, wanted.height());
    }
    return y + rowHeight - rect.top() + margins.bottom();
}

} // namespace hearth::ui
