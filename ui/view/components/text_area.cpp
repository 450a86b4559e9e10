#include "view/components/text_area.h"

#include "view/theme/hearth_style.h"
#include "view/theme/theme.h"

#include <QAbstractTextDocumentLayout>
#include <QScrollBar>
#include <QTextDocument>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace hearth::ui {
namespace {

constexpr int kPadding = 6; ///< Above and below: one line is as high as a field.

} // namespace

TextArea::TextArea(const QString& name, QWidget* parent)
    : QTextEdit(parent) {
    setAccessibleName(name);
    setAcceptRichText(false);
    setTabChangesFocus(true);
    setFrameShape(QFrame::StyledPanel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setAutoFillBackground(false);
    setViewportMargins(space::kSm, kPadding, space::kXs, kPadding);
    document()->setDocumentMargin(0);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(document()->documentLayout(), &QAbstractTextDocumentLayout::documentSizeChanged, this,
            &TextArea::fitHeight);
    connect(&Theme::current(), &Theme::changed, this, &TextArea::applyTheme);
    applyTheme();
}

void TextArea::setLines(int least, int most) {
    m_leastLines = qMax(1, least);
    m_mostLines = qMax(m_leastLines, most);
    fitHeight();
}

void TextArea::setFrameless() {
    setFrameShape(QFrame::NoFrame);
    setViewportMargins(0, 0, 0, 0);
    fitHeight();
}

void TextArea::setText(const QString& text) {
    if (text != toPlainText())
        setPlainText(text);
}

void TextArea::setRefusedText(bool refused) {
    setRefused(*this, refused);
}

void TextArea::applyTheme() {
    setFont(Theme::current().font(TextStyle::Ui));
    fitHeight();
    update();
}

void TextArea::fitHeight() {
    const qreal line = QFontMetricsF(font()).lineSpacing();
    const qreal wanted =
        std::clamp(document()->size().height(), m_leastLines * line, m_mostLines * line);
    const QMargins around = viewportMargins();
    setFixedHeight(static_cast<int>(std::ceil(wanted)) + around.top() + around.bottom() +
                   2 * frameWidth());
    setVerticalScrollBarPolicy(document()->size().height() > m_mostLines * line
                                   ? Qt::ScrollBarAsNeeded
                                   : Qt::ScrollBarAlwaysOff);
}

void TextArea::focusInEvent(QFocusEvent* event) {
    QTextEdit::focusInEvent(event);
    update();
}

void TextArea::focusOutEvent(QFocusEvent* event) {
    QTextEdit::focusOutEvent(event);
    update();
}

void TextArea::resizeEvent(QResizeEvent* event) {
    QTextEdit::resizeEvent(event);
    fitHeight();
}

void TextArea::enterEvent(QEnterEvent* event) {
    QTextEdit::enterEvent(event);
    update();
}

void TextArea::leaveEvent(QEvent* event) {
    QTextEdit::leaveEvent(event);
    update();
}

void TextArea::wheelEvent(QWheelEvent* event) {
    // A page scrolls on, unless the area itself has something to scroll and is being worked in.
    if (hasFocus() && verticalScrollBar()->maximum() > 0)
        QTextEdit::wheelEvent(event);
    else
        event->ignore();
}

} // namespace hearth::ui
