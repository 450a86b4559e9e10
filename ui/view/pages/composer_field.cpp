#include "view/pages/composer_field.h"

#include "view/pages/attachment_reader.h"
#include "view/theme/theme.h"

#include <QAbstractTextDocumentLayout>
#include <QDragEnterEvent>
#include <QInputMethodEvent>
#include <QKeyEvent>
#include <QMimeData>
#include <QTextDocument>

#include <algorithm>
#include <cmath>

namespace hearth::ui {

namespace {

constexpr int kMostLines = 9;

} // namespace

ComposerField::ComposerField(QWidget* parent) : QTextEdit(parent) {
    setAcceptRichText(false);
    setFrameShape(QFrame::NoFrame);
    setTabChangesFocus(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setAutoFillBackground(false);
    document()->setDocumentMargin(0);
    setFont(Theme::current().font(TextStyle::Chat));
    connect(document()->documentLayout(), &QAbstractTextDocumentLayout::documentSizeChanged, this,
            &ComposerField::fitHeight);
    connect(this, &QTextEdit::textChanged, this, [this] { m_hasJustPasted = false; });
    connect(&Theme::current(), &Theme::changed, this, [this] {
        setFont(Theme::current().font(TextStyle::Chat));
        fitHeight();
    });
    fitHeight();
}

void ComposerField::fitHeight() {
    const int line = Theme::current().lineHeight(TextStyle::Chat);
    const int wanted = static_cast<int>(std::ceil(document()->size().height()));
    setFixedHeight(std::clamp(wanted, line, kMostLines * line));
    setVerticalScrollBarPolicy(wanted > kMostLines * line ? Qt::ScrollBarAsNeeded
                                                          : Qt::ScrollBarAlwaysOff);
}

bool ComposerField::canInsertFromMimeData(const QMimeData* source) const {
    return !localFiles(*source).isEmpty() || QTextEdit::canInsertFromMimeData(source);
}

void ComposerField::insertFromMimeData(const QMimeData* source) {
    if (const QStringList files = localFiles(*source); !files.isEmpty()) {
        emit filesGiven(files);
        return;
    }
    const QString text = source->text();
    if (text.size() > kLongPasteCharacters || text.count(QLatin1Char('\n')) >= kLongPasteLines) {
        emit longTextPasted(text);
        m_hasJustPasted = true;
        return;
    }
    textCursor().insertText(text);
    ensureCursorVisible();
}

void ComposerField::dragEnterEvent(QDragEnterEvent* event) {
    // The page takes files, wherever they are dropped.
    if (localFiles(*event->mimeData()).isEmpty())
        QTextEdit::dragEnterEvent(event);
    else
        event->ignore();
}

void ComposerField::keyPressEvent(QKeyEvent* event) {
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (m_hasJustPasted && event->matches(QKeySequence::Undo)) {
        m_hasJustPasted = false;
        emit undoPasteRequested();
        return;
    }
    if (event->key() == Qt::Key_Up && event->modifiers() == Qt::NoModifier && !m_composing &&
        document()->isEmpty()) {
        emit editLastRequested();
        return;
    }
    if (!isEnter) {
        QTextEdit::keyPressEvent(event);
        return;
    }
    event->accept();
    if (m_composing)
        return;
    if (event->modifiers() & (Qt::ShiftModifier | Qt::ControlModifier | Qt::AltModifier))
        textCursor().insertBlock();
    else
        emit sendRequested();
}

void ComposerField::inputMethodEvent(QInputMethodEvent* event) {
    m_composing = !event->preeditString().isEmpty();
    QTextEdit::inputMethodEvent(event);
}

void ComposerField::focusInEvent(QFocusEvent* event) {
    QTextEdit::focusInEvent(event);
    emit focusChanged();
}

void ComposerField::focusOutEvent(QFocusEvent* event) {
    m_composing = false;
    QTextEdit::focusOutEvent(event);
    emit focusChanged();
}

void ComposerField::resizeEvent(QResizeEvent* event) {
    QTextEdit::resizeEvent(event);
    fitHeight();
}

void ComposerField::changeEvent(QEvent* event) {
    QTextEdit::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        fitHeight();
}

} // namespace hearth::ui
