#include "view/pages/server/code_panel.h"

#include "view/theme/metrics.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QPainter>
#include <QScrollBar>
#include <QStyle>
#include <QtMath>

#include <algorithm>

namespace hearth::ui {

CodePanel::CodePanel(const QString& name, QWidget* parent)
    : QPlainTextEdit(parent) {
    setAccessibleName(name);
    setReadOnly(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    setLineWrapMode(QPlainTextEdit::NoWrap);
    setTabChangesFocus(true);
    document()->setDocumentMargin(space::kMd);
    setCornerWidget(new QWidget(this)); // else the style draws one
    viewport()->setAutoFillBackground(false);
    connect(&Theme::current(), &Theme::changed, this, &CodePanel::applyTheme);
    applyTheme();
}

void CodePanel::setCode(const QString& code) {
    setPlainText(code);
    fitHeight();
}

void CodePanel::setMostLines(int lines) {
    m_mostLines = lines;
    fitHeight();
}

void CodePanel::setBroken(int lines) {
    m_brokenLines = lines;
    setLineWrapMode(QPlainTextEdit::WidgetWidth);
    setWordWrapMode(QTextOption::WrapAnywhere);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    fitHeight();
}

void CodePanel::applyTheme() {
    setFont(Theme::current().font(TextStyle::Code));
    fitHeight();
}

void CodePanel::fitHeight() {
    const int lines =
        m_brokenLines > 0 ? m_brokenLines : std::clamp(blockCount(), 1, m_mostLines);
    const int bar = m_brokenLines > 0 ? 0
                                      : horizontalScrollBar()->sizeHint().height() +
                                            style()->pixelMetric(QStyle::PM_ScrollView_ScrollBarSpacing);
    if (m_brokenLines == 0)
        setVerticalScrollBarPolicy(blockCount() > m_mostLines ? Qt::ScrollBarAsNeeded
                                                              : Qt::ScrollBarAlwaysOff);
    const int line = qCeil(QFontMetricsF(font()).lineSpacing());
    setFixedHeight(lines * line + 2 * space::kMd + bar);
}

void CodePanel::paintEvent(QPaintEvent* event) {
    {
        const Tokens& tokens = Theme::current().tokens();
        QPainter painter(viewport());
        painter.setRenderHint(QPainter::Antialiasing);
        const QRectF ground = viewport()->rect();
        paintPanel(painter, ground, radius::kControl, tokens.sunken, tokens.border);
        if (showsFocusRing(*this))
            paintFocusRing(painter, ground, radius::kControl);
    }
    QPlainTextEdit::paintEvent(event);
}

} // namespace hearth::ui
