#include "view/pages/token_strip.h"

#include "view/pages/token_tip.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QAccessible>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace hearth::ui {

namespace {

/// From here on a token counts as expected and has no ground.
constexpr double kExpected = 0.9;
constexpr double kStrongest = 0.42;

QColor ground(double probability) {
    const Tokens& tokens = Theme::current().tokens();
    const double surprise = std::clamp((kExpected - probability) / kExpected, 0.0, 1.0);
    return blend(tokens.surface, blend(tokens.warn, tokens.error, surprise),
                 kStrongest * surprise);
}

/// A line end is shown, and ends its line.
QString flowing(const QString& token) {
    QString text = visibleToken(token);
    text.replace(QChar(0x23CE), QString(QChar(0x23CE)) + QLatin1Char('\n'));
    return text.isEmpty() ? QString(QChar(0x2205)) : text;
}

} // namespace

TokenStrip::TokenStrip(QWidget* parent)
    : QWidget(parent)
    , m_tip(new TokenTip(this)) {
    setMouseTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Tokens of the reply"));
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    connect(&Theme::current(), &Theme::changed, this, &TokenStrip::rebuild);
}

void TokenStrip::setMarks(const QList<TokenMark>& marks) {
    m_marks = marks;
    if (m_current >= count())
        setCurrent(-1);
    rebuild();
}

void TokenStrip::rebuild() {
    QString text;
    QList<QTextLayout::FormatRange> grounds;
    m_starts.clear();
    for (const TokenMark& mark : std::as_const(m_marks)) {
        QTextLayout::FormatRange range;
        range.start = static_cast<int>(text.size());
        m_starts += range.start;
        text += flowing(mark.text);
        range.length = static_cast<int>(text.size()) - range.start;
        range.format.setBackground(ground(mark.probability));
        if (mark.probability < kExpected)
            grounds += range;
    }
    m_starts += static_cast<int>(text.size());
    m_layout.setFormats(grounds);
    m_height = breakLines(m_layout, text, TextStyle::Code, width());
    updateGeometry();
    update();
}

int TokenStrip::heightForWidth(int width) const {
    if (width == this->width() || m_marks.isEmpty())
        return m_height;
    QTextLayout layout;
    return breakLines(layout, m_layout.text(), TextStyle::Code, width);
}

QSize TokenStrip::sizeHint() const {
    return {size::kInspector / 2, m_height};
}

QRect TokenStrip::tokenRect(int token) const {
    if (token < 0 || token >= count())
        return {};
    const QTextLine line = m_layout.lineForTextPosition(m_starts.at(token));
    if (!line.isValid())
        return {};
    const int end = std::min(m_starts.at(token + 1), line.textStart() + line.textLength());
    const qreal left = line.cursorToX(m_starts.at(token));
    const qreal right = line.cursorToX(end);
    return QRectF(left, line.y(), std::max(1.0, right - left), line.height()).toAlignedRect();
}

int TokenStrip::tokenAt(const QPointF& position) const {
    for (int number = 0; number < m_layout.lineCount(); ++number) {
        const QTextLine line = m_layout.lineAt(number);
        const bool isInLine = position.y() >= line.y() && position.y() < line.y() + line.height();
        if (!isInLine || position.x() > line.x() + line.naturalTextWidth())
            continue;
        const int at = line.xToCursor(position.x(), QTextLine::CursorOnCharacter);
        const auto after = std::upper_bound(m_starts.cbegin(), m_starts.cend(), at);
        const int token = static_cast<int>(after - m_starts.cbegin()) - 1;
        return token < count() ? token : -1;
    }
    return -1;
}

void TokenStrip::setCurrent(int token) {
    if (token == m_current)
        return;
    m_current = token;
    if (token < 0) {
        m_tip->hide();
    } else {
        const QRect place = tokenRect(token);
        m_tip->showFor(m_marks.at(token), QRect(mapToGlobal(place.topLeft()), place.size()));
        QStringList said;
        for (const TokenMark::Choice& choice : m_marks.at(token).choices)
            said += tr("“%1” %2").arg(visibleToken(choice.text), shareText(choice.probability));
        setAccessibleDescription(tr("“%1”, %2; likeliest: %3")
                                     .arg(visibleToken(m_marks.at(token).text),
                                          shareText(m_marks.at(token).probability),
                                          said.join(QLatin1String(", "))));
        QAccessibleEvent event(this, QAccessible::DescriptionChanged);
        QAccessible::updateAccessibility(&event);
    }
    update();
    emit currentChanged(token);
}

void TokenStrip::paintEvent(QPaintEvent* event) {
    QPainter painter(this);
    const Tokens& tokens = Theme::current().tokens();
    painter.setPen(tokens.text);
    m_layout.draw(&painter, {0, 0}, {}, event->rect());
    if (m_current >= 0)
        paintPanel(painter, QRectF(tokenRect(m_current)), radius::kControl / 2.0, QColor(),
                   tokens.accent);
    if (showsFocusRing(*this))
        paintFocusRing(painter, rect(), radius::kControl);
}

void TokenStrip::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    if (event->size().width() != event->oldSize().width())
        rebuild();
}

void TokenStrip::mouseMoveEvent(QMouseEvent* event) {
    setCurrent(tokenAt(event->position()));
}

void TokenStrip::leaveEvent(QEvent* event) {
    QWidget::leaveEvent(event);
    setCurrent(-1);
}

void TokenStrip::keyPressEvent(QKeyEvent* event) {
    const bool isBack = event->key() == Qt::Key_Left;
    if (event->key() == Qt::Key_Escape && m_current >= 0)
        setCurrent(-1);
    else if ((isBack || event->key() == Qt::Key_Right) && count() > 0)
        setCurrent(std::clamp(m_current + (isBack ? -1 : 1), 0, count() - 1));
    else if (event->key() == Qt::Key_Home && count() > 0)
        setCurrent(0);
    else if (event->key() == Qt::Key_End && count() > 0)
        setCurrent(count() - 1);
    else
        QWidget::keyPressEvent(event);
}

void TokenStrip::focusOutEvent(QFocusEvent* event) {
    QWidget::focusOutEvent(event);
    setCurrent(-1);
}

void TokenStrip::hideEvent(QHideEvent* event) {
    QWidget::hideEvent(event);
    setCurrent(-1);
}

} // namespace hearth::ui
