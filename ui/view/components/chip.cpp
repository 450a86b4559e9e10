#include "view/components/chip.h"

#include "view/components/accessible.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QKeyEvent>
#include <QPainter>

#include <cmath>

namespace hearth::ui {
namespace {

constexpr int kHeight = 24;
constexpr int kPadding = 10;
constexpr int kDot = 7;
constexpr int kGlyph = 14;
constexpr int kGap = 6;
constexpr int kCross = 12;
constexpr int kCrossSide = 18;
constexpr int kWidest = 280;

int chipHeight() {
    return qMax(kHeight, Theme::current().lineHeight(TextStyle::Caption) + space::kSm);
}

} // namespace

class Chip::Cross : public QAbstractButton {
public:
    explicit Cross(Chip* chip)
        : QAbstractButton(chip) {
        // Delete removes while the chip has the focus; a second stop for Tab would only be in the
        // way.
        setFocusPolicy(Qt::NoFocus);
        setCursor(Qt::ArrowCursor);
        resize(kCrossSide, kCrossSide);
    }

    void setSubject(const QString& subject) {
        const QString name = Chip::tr("Remove %1").arg(withoutControls(subject));
        setAccessibleName(name);
        setToolTip(plainToolTip(name));
    }

    QSize sizeHint() const override { return {kCrossSide, kCrossSide}; }

protected:
    void paintEvent(QPaintEvent*) override {
        const Tokens& t = Theme::current().tokens();
        QPainter painter(this);
        if (!isEnabled())
            painter.setOpacity(kDisabledOpacity);
        const bool hovered = underMouse() && isEnabled();
        if (hovered || isDown())
            paintPanel(painter, rect(), kCrossSide / 2.0, t.wash(isDown() ? 3.0 : 2.0));
        const qreal inset = (kCrossSide - kCross) / 2.0;
        painter.drawPixmap(
            QPointF(inset, inset),
            iconPixmap(Icon::Close, hovered ? t.text : t.muted, kCross, devicePixelRatioF()));
    }

    void enterEvent(QEnterEvent* event) override {
        QAbstractButton::enterEvent(event);
        update();
    }

    void leaveEvent(QEvent* event) override {
        QAbstractButton::leaveEvent(event);
        update();
    }
};

Chip::Chip(const QString& text, QWidget* parent)
    : QAbstractButton(parent) {
    registerAccessibleComponents();
    setText(text);
    setFocusPolicy(Qt::NoFocus);
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
    connect(&Theme::current(), &Theme::changed, this, &Chip::changed);
}

void Chip::changed() {
    if (m_cross)
        m_cross->setSubject(text());
    updateGeometry();
    update();
}

void Chip::setDot(ColorRole role) {
    m_dot = role;
    changed();
}

void Chip::setGlyph(Icon glyph, ColorRole role) {
    m_glyph = glyph;
    m_glyphRole = role;
    changed();
}

void Chip::setDetail(const QString& detail) {
    m_detail = detail;
    setAccessibleDescription(detail);
    changed();
}

void Chip::setRemovable(bool removable) {
    if (!removable) {
        delete m_cross;
        m_cross = nullptr;
    } else if (!m_cross) {
        m_cross = new Cross(this);
        m_cross->setVisible(true);
        connect(m_cross, &QAbstractButton::clicked, this, &Chip::removeRequested);
    }
    setFocusPolicy(isActive() ? Qt::StrongFocus : Qt::NoFocus);
    changed();
}

qreal Chip::before() const {
    return kPadding + (m_glyph ? kGlyph + kGap - 1 : m_dot ? kDot + kGap : 0);
}

qreal Chip::after() const {
    const QFontMetricsF metrics(Theme::current().font(TextStyle::Caption));
    const qreal figures = m_detail.isEmpty() ? 0.0 : metrics.horizontalAdvance(m_detail) + kGap;
    return figures + (m_cross ? kCrossSide + 2 * space::kXs - 1 : kPadding);
}

QSize Chip::sizeHint() const {
    const QFontMetricsF metrics(Theme::current().font(TextStyle::Caption));
    const int wanted =
        static_cast<int>(std::ceil(before() + metrics.horizontalAdvance(text()) + 1 + after()));
    return {qMin(wanted, qMax<int>(kWidest, std::ceil(before() + after()))), chipHeight()};
}

QSize Chip::minimumSizeHint() const {
    const int least = static_cast<int>(std::ceil(before() + after())) + space::k2xl;
    return {qMin(sizeHint().width(), least), chipHeight()};
}

void Chip::resizeEvent(QResizeEvent* event) {
    QAbstractButton::resizeEvent(event);
    if (m_cross)
        m_cross->move(width() - kCrossSide - space::kXs + 1, (height() - kCrossSide) / 2);
}

void Chip::paintEvent(QPaintEvent*) {
    const Tokens& t = Theme::current().tokens();
    QPainter painter(this);
    if (!isEnabled())
        painter.setOpacity(kDisabledOpacity);
    const bool chosen = isCheckable() && isChecked();
    const bool hovered = isActive() && isEnabled() && underMouse();
    const qreal corner = height() / 2.0;
    const QColor edge = chosen ? t.accent : hovered ? t.borderStrong : t.border;
    paintPanel(painter, rect(), corner, chosen ? t.tint(t.accent) : t.surface, edge);
    if (hovered)
        paintPanel(painter, rect(), corner, t.wash(isDown() ? 2.0 : 1.0));
    const QRectF words = QRectF(rect()).adjusted(before(), 0, -after(), 0);
    if (m_glyph)
        painter.drawPixmap(QPointF(kPadding - 1, (height() - kGlyph) / 2.0),
                           iconPixmap(*m_glyph, chosen ? t.accent : t.color(m_glyphRole), kGlyph,
                                      devicePixelRatioF()));
    else if (m_dot)
        paintPanel(painter, QRectF(kPadding, (height() - kDot) / 2.0, kDot, kDot), kDot / 2.0,
                   t.color(*m_dot));
    paintText(painter, words, TextStyle::Caption, chosen ? t.accent : t.text, text());
    if (!m_detail.isEmpty())
        paintText(painter, QRectF(words.right() + kGap, 0, after(), height()), TextStyle::Caption,
                  t.muted, m_detail);
    if (showsFocusRing(*this))
        paintFocusRing(painter, rect(), corner);
}

void Chip::keyPressEvent(QKeyEvent* event) {
    if (m_cross && (event->key() == Qt::Key_Delete || event->key() == Qt::Key_Backspace))
        emit removeRequested();
    else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter)
        click();
    else
        QAbstractButton::keyPressEvent(event);
}

void Chip::enterEvent(QEnterEvent* event) {
    QAbstractButton::enterEvent(event);
    update();
}

void Chip::leaveEvent(QEvent* event) {
    QAbstractButton::leaveEvent(event);
    update();
}

bool Chip::event(QEvent* event) {
    if (event->type() == QEvent::ToolTip && toolTip().isEmpty()) {
        const QFontMetricsF metrics(Theme::current().font(TextStyle::Caption));
        const bool isCut = metrics.horizontalAdvance(text()) > width() - before() - after() + 1;
        if (isCut)
            setToolTip(plainToolTip(text()));
        const bool handled = QAbstractButton::event(event);
        setToolTip(QString());
        return handled;
    }
    return QAbstractButton::event(event);
}

} // namespace hearth::ui
