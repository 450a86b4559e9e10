#include "view/components/row.h"

#include "view/components/accessible.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>

#include <algorithm>

namespace hearth::ui {
namespace {

constexpr qreal kChosenWash = 1.8;
/// The detail may have this share of the room.
constexpr qreal kDetailShare = 0.5;

int rowHeight() {
    return qMax(static_cast<int>(size::kRow),
                Theme::current().lineHeight(TextStyle::Ui) + 2 * space::kSm);
}

} // namespace

Row::Row(const QString& text, QWidget* parent)
    : QAbstractButton(parent)
    , m_layout(new QHBoxLayout(this)) {
    registerAccessibleComponents();
    setText(text);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    m_layout->setContentsMargins(0, 0, space::kSm, 0);
    m_layout->addStretch(1);
    connect(&Theme::current(), &Theme::changed, this, &QWidget::updateGeometry);
}

void Row::setGlyph(Icon glyph, ColorRole role) {
    m_glyph = glyph;
    m_glyphRole = role;
    update();
}

void Row::setDetail(const QString& detail) {
    m_detail = detail;
    setAccessibleDescription(detail);
    updateGeometry();
    update();
}

void Row::setTrailing(QWidget* trailing) {
    delete m_trailing;
    m_trailing = trailing;
    if (trailing)
        m_layout->addWidget(trailing, 0, Qt::AlignVCenter);
    updateGeometry();
    update();
}

int Row::trailingWidth() const {
    return m_trailing && !m_trailing->isHidden() ? m_trailing->sizeHint().width() + space::kSm : 0;
}

QSize Row::sizeHint() const {
    const QFontMetrics words(Theme::current().font(TextStyle::Ui));
    const QFontMetrics small(Theme::current().font(TextStyle::Caption));
    int width = 2 * space::kMd + words.horizontalAdvance(text()) + trailingWidth();
    if (m_glyph)
        width += size::kIcon + space::kMd;
    if (!m_detail.isEmpty())
        width += space::kMd + small.horizontalAdvance(m_detail);
    return {width, rowHeight()};
}

QSize Row::minimumSizeHint() const {
    return {2 * space::k3xl + trailingWidth(), rowHeight()};
}

void Row::paintEvent(QPaintEvent*) {
    const Tokens& t = Theme::current().tokens();
    QPainter painter(this);
    if (!isEnabled())
        painter.setOpacity(kDisabledOpacity);
    const bool chosen = isChecked();
    const bool hovered = underMouse() && isEnabled();
    const qreal strength = qMax(chosen ? kChosenWash : 0.0, isDown() ? 2.0 : hovered ? 1.0 : 0.0);
    if (strength > 0)
        paintPanel(painter, rect(), radius::kControl, t.wash(strength));
    QRectF room = QRectF(rect()).adjusted(space::kMd, 0, -space::kMd - trailingWidth(), 0);
    if (m_glyph) {
        const QColor color = chosen ? t.accent : t.color(m_glyphRole);
        painter.drawPixmap(QPointF(room.left(), (height() - size::kIcon) / 2.0),
                           iconPixmap(*m_glyph, color, size::kIcon, devicePixelRatioF()));
        room.setLeft(room.left() + size::kIcon + space::kMd);
    }
    const TextStyle style = chosen ? TextStyle::UiStrong : TextStyle::Ui;
    if (!m_detail.isEmpty()) {
        const QFontMetricsF small(Theme::current().font(TextStyle::Caption));
        const QFontMetricsF words(Theme::current().font(style));
        const qreal free = room.width() - words.horizontalAdvance(text()) - space::kMd;
        const qreal width =
            qMin(small.horizontalAdvance(m_detail) + 1, qMax(free, room.width() * kDetailShare));
        QRectF right = room;
        right.setLeft(room.right() - width);
        paintText(painter, right, TextStyle::Caption, t.muted, m_detail,
                  Qt::AlignRight | Qt::AlignVCenter);
        room.setRight(right.left() - space::kMd);
    }
    paintText(painter, room, style, t.text, text());
    if (showsFocusRing(*this))
        paintFocusRing(painter, rect(), radius::kControl);
}

bool Row::focusBeside(int step) {
    if (!parentWidget())
        return false;
    QList<Row*> rows;
    for (QObject* child : parentWidget()->children())
        if (auto* row = qobject_cast<Row*>(child); row && row->isVisible() && row->isEnabled())
            rows.append(row);
    std::sort(rows.begin(), rows.end(), [](Row* a, Row* b) { return a->y() < b->y(); });
    Row* const other = rows.value(rows.indexOf(this) + step, nullptr);
    if (other)
        other->setFocus(step > 0 ? Qt::TabFocusReason : Qt::BacktabFocusReason);
    return other != nullptr;
}

void Row::keyPressEvent(QKeyEvent* event) {
    switch (event->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
        click();
        return;
    case Qt::Key_Up:
    case Qt::Key_Down:
        if (focusBeside(event->key() == Qt::Key_Down ? 1 : -1))
            return;
        event->ignore();
        return;
    default:
        QAbstractButton::keyPressEvent(event);
    }
}

void Row::enterEvent(QEnterEvent* event) {
    QAbstractButton::enterEvent(event);
    update();
}

void Row::leaveEvent(QEvent* event) {
    QAbstractButton::leaveEvent(event);
    update();
}

bool Row::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip && toolTip().isEmpty()) {
        // The whole, where it does not fit.
        if (width() < sizeHint().width())
            setToolTip(plainToolTip(text()));
        const bool handled = QAbstractButton::event(event);
        setToolTip(QString());
        return handled;
    }
    return QAbstractButton::event(event);
}

} // namespace hearth::ui
