#include "view/pages/server/code_panel.h"

#include "view/theme/metrics.h"
#include "view/theme/theme.h"

#include <QScrollBar>

#include <algorithm>

namespace hearth::ui {

CodePanel::CodePanel(const QString& name, QWidget* parent)
    : QPlainTextEdit(parent) {
    setAccessibleName(name);
    setReadOnly(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setFrameShape(QFrame::NoFrame);
    setLineWrapMode(QPlainTextEdit::NoWrap);
    setTabChangesFocus(true);
    setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    setViewportMargins(space::kMd, space::kSm, space::kMd, space::kSm);
    document()->setDocumentMargin(0);
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

void CodePanel::applyTheme() {
    setFont(Theme::current().font(TextStyle::Code));
    QPalette colours = palette();
    colours.setColor(QPalette::Text, Theme::current().tokens().text);
    colours.setColor(QPalette::Base, Theme::current().tokens().sunken);
    setPalette(colours);
    fitHeight();
}

void CodePanel::fitHeight() {
    const int lines = std::clamp(blockCount(), 1, m_mostLines);
    const int bar = horizontalScrollBar()->sizeHint().height();
    setFixedHeight(lines * fontMetrics().lineSpacing() + 2 * space::kSm + bar);
}

} // namespace hearth::ui
