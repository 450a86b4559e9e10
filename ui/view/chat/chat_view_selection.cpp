#include "view/chat/chat_view_private.h"

#include "view/chat/message_text.h"
#include "view/theme/theme.h"

#include <QKeyEvent>
#include <QScrollBar>
#include <QTextBoundaryFinder>

#include <algorithm>

namespace hearth::ui {
namespace {

constexpr int kAutoScrollMilliseconds = 30;
constexpr int kAutoScrollStep = 24;
constexpr qsizetype kLoadSlice = 1 << 20;

int boundary(const QString& text, int from, int step, QTextBoundaryFinder::BoundaryType type) {
    QTextBoundaryFinder finder(type, text);
    finder.setPosition(from);
    int at = from;
    do {
        at = static_cast<int>(step > 0 ? finder.toNextBoundary() : finder.toPreviousBoundary());
        // A word ends where it ends, not after the spaces that follow.
    } while (type == QTextBoundaryFinder::Word && at > 0 && at < text.size() &&
             !text.at(step > 0 ? at - 1 : at).isLetterOrNumber());
    return at < 0 ? (step > 0 ? static_cast<int>(text.size()) : 0) : at;
}

} // namespace

void ChatViewPrivate::select(const TextPosition& anchor, const TextPosition& caret) {
    m_selectionAnchor = anchor;
    m_selectionCaret = caret;
    m_allSelected = false;
    m_caretX = -1;
    m_view.viewport()->update();
}

std::pair<TextPosition, TextPosition> ChatViewPrivate::unitAt(const TextPosition& position,
                                                              Unit unit) const {
    TextPosition from = position;
    TextPosition to = position;
    if (unit == Unit::Character || position.message < 0 ||
        position.block >= item(position.message).blockCount())
        return {from, to};
    const QString& text = item(position.message).block(position.block).text;
    if (unit == Unit::Block) {
        from.offset = 0;
        to.offset = static_cast<int>(text.size());
        return {from, to};
    }
    const auto isWord = [&](int at) {
        return at >= 0 && at < text.size() &&
               (text.at(at).isLetterOrNumber() || text.at(at) == u'_');
    };
    while (isWord(from.offset - 1))
        --from.offset;
    while (isWord(to.offset))
        ++to.offset;
    if (from == to && to.offset < text.size())
        ++to.offset;
    return {from, to};
}

void ChatViewPrivate::startSelection(const TextPosition& position, Unit unit, bool extend) {
    m_selecting = true;
    m_selectionUnit = unit;
    if (extend && m_selectionAnchor.message >= 0) {
        m_selectionOrigin = {m_selectionAnchor, m_selectionAnchor};
        return selectTo(position);
    }
    m_selectionOrigin = unitAt(position, unit);
    select(m_selectionOrigin.first, m_selectionOrigin.second);
}

void ChatViewPrivate::selectTo(const TextPosition& position) {
    const auto [from, to] = unitAt(position, m_selectionUnit);
    if (from < m_selectionOrigin.first)
        select(m_selectionOrigin.second, from);
    else
        select(m_selectionOrigin.first, std::max(to, m_selectionOrigin.second));
}

TextRange ChatViewPrivate::selectionIn(int message, int block) const {
    const int length = static_cast<int>(item(message).block(block).text.size());
    if (m_allSelected)
        return {0, length};
    if (m_selectionAnchor.message < 0 || m_selectionCaret.message < 0)
        return {};
    const auto [first, last] = std::minmax(m_selectionAnchor, m_selectionCaret);
    const TextPosition begin{message, block, 0};
    const TextPosition end{message, block, length};
    if (last < begin || end < first)
        return {};
    TextRange range{0, length};
    if (first.message == message && first.block == block)
        range.start = first.offset;
    if (last.message == message && last.block == block)
        range.end = qMin(length, last.offset);
    return range;
}

QString ChatViewPrivate::selectedText() const {
    QString text;
    const auto [from, to] = std::minmax(m_selectionAnchor.message, m_selectionCaret.message);
    const int first = m_allSelected ? 0 : from;
    const int last = m_allSelected ? count() - 1 : qMin(to, count() - 1);
    for (int message = qMax(0, first); first >= 0 && message <= last; ++message) {
        MessageItem& shown = item(message);
        if (!shown.isLoaded()) {
            // Never in sight: its blocks are read without being laid out.
            shown.load(m_source ? m_source->message(message).text : QString());
            shown.setWidth(columnWidth());
        }
        while (shown.isPending())
            shown.advance(kLoadSlice);
        int before = -1;
        for (int block = 0; block < shown.blockCount(); ++block) {
            const TextRange range =
                shown.isHidden(block) ? TextRange{} : selectionIn(message, block);
            if (range.isEmpty())
                continue;
            const QString lead = readableLead(shown, before, block);
            const auto marker = lead.size() - (lead.lastIndexOf(u'\n') + 1);
            if (before < 0 && !text.isEmpty())
                text += QStringLiteral("\n\n");
            text += range.start == 0 ? lead : lead.chopped(marker);
            text += readableText(shown.block(block), range.start, range.end);
            before = block;
        }
    }
    return text;
}

QString ChatViewPrivate::codeText(int message, int block) const {
    const MessageItem& shown = item(message);
    QString code;
    for (int i = block; i < shown.blockCount(); ++i) {
        const Block& segment = shown.block(i);
        if (i > block && !segment.continues)
            break;
        if (i > block)
            code += u'\n';
        code += segment.text;
        if (!segment.continued)
            break;
    }
    return code + u'\n';
}

/// While a selection is dragged beyond the edge, the view follows.
void ChatViewPrivate::autoScroll() {
    const int height = m_view.viewport()->height();
    int step = 0;
    if (m_pointer.y() < 0)
        step = -kAutoScrollStep;
    else if (m_pointer.y() > height)
        step = kAutoScrollStep;
    if (!m_selecting || step == 0)
        return m_scrollTimer.stop();
    if (!m_scrollTimer.isActive())
        m_scrollTimer.start(kAutoScrollMilliseconds, &m_view);
    QScrollBar* bar = m_view.verticalScrollBar();
    bar->setValue(bar->value() + step);
    selectTo(positionAt(QPointF(m_pointer.x(), qBound(0.0, m_pointer.y(), height - 1.0))));
}

/// The end of the block before or the start of the one after; caret where there is none.
TextPosition ChatViewPrivate::stepBlock(TextPosition caret, int step) const {
    int message = caret.message;
    int block = caret.block + step;
    for (; message >= 0 && message < count(); message += step) {
        const MessageItem& shown = item(message);
        if (message != caret.message)
            block = step > 0 ? 0 : shown.blockCount() - 1;
        for (; block >= 0 && block < shown.blockCount(); block += step) {
            const Block& leaf = shown.block(block);
            if (!shown.isHidden(block) && leaf.kind != Block::Kind::Rule &&
                leaf.kind != Block::Kind::Thought)
                return {message, block, step > 0 ? 0 : static_cast<int>(leaf.text.size())};
        }
        if (message + step >= 0 && message + step < count() && !item(message + step).isLoaded())
            break;
    }
    return caret;
}

TextPosition ChatViewPrivate::movedByLine(const TextPosition& caret, int step) {
    MessageItem& shown = item(caret.message);
    shown.ensureLayout(caret.block);
    const BlockLayout* laid = shown.layout(caret.block);
    const QRectF here = laid->caretAt(caret.offset);
    const qreal left = shown.bodyLeft();
    const qreal x = m_caretX >= 0 ? m_caretX : here.left() + left;
    const qreal lineHeight = Theme::current().lineHeight(TextStyle::Chat);
    TextPosition moved = caret;
    const qreal y = step > 0 ? here.bottom() + lineHeight / 2 : here.top() - lineHeight / 2;
    if (y >= 0 && y < laid->height()) {
        moved.offset = laid->offsetAt({x - left, y});
        if (moved.offset != caret.offset)
            return m_caretX = x, moved;
    }
    moved = stepBlock(caret, step);
    if (moved == caret) {
        moved.offset = step > 0 ? static_cast<int>(shown.block(caret.block).text.size()) : 0;
    } else {
        MessageItem& next = item(moved.message);
        next.ensureLayout(moved.block);
        const BlockLayout* there = next.layout(moved.block);
        moved.offset = there->offsetAt(
            {x - next.bodyLeft(), step > 0 ? lineHeight / 2 : there->height() - lineHeight / 2});
    }
    m_caretX = x;
    return moved;
}

TextPosition ChatViewPrivate::movedCaret(TextPosition caret, QKeyEvent& event) {
    const bool byWord = event.modifiers() & Qt::ControlModifier;
    const QString& text = item(caret.message).block(caret.block).text;
    const auto type = byWord ? QTextBoundaryFinder::Word : QTextBoundaryFinder::Grapheme;
    switch (event.key()) {
    case Qt::Key_Left:
        if (caret.offset == 0)
            return stepBlock(caret, -1);
        caret.offset = boundary(text, caret.offset, -1, type);
        return caret;
    case Qt::Key_Right:
        if (caret.offset >= text.size())
            return stepBlock(caret, 1);
        caret.offset = boundary(text, caret.offset, 1, type);
        return caret;
    case Qt::Key_Up:
        return movedByLine(caret, -1);
    case Qt::Key_Down:
        return movedByLine(caret, 1);
    case Qt::Key_Home:
        caret.offset = 0;
        return caret;
    default:
        caret.offset = static_cast<int>(text.size());
        return caret;
    }
}

/// Shift with a key that moves, where a press has set the caret.
bool ChatViewPrivate::extendSelection(QKeyEvent& event) {
    const bool moves = (event.key() >= Qt::Key_Left && event.key() <= Qt::Key_Down) ||
                       event.key() == Qt::Key_Home || event.key() == Qt::Key_End;
    const TextPosition caret = m_selectionCaret;
    if (!moves || !(event.modifiers() & Qt::ShiftModifier) || m_allSelected || caret.message < 0 ||
        caret.message >= count() || caret.block >= item(caret.message).blockCount())
        return false;
    const bool vertical = event.key() == Qt::Key_Up || event.key() == Qt::Key_Down;
    const TextPosition moved = movedCaret(caret, event);
    const qreal x = m_caretX;
    select(m_selectionAnchor, moved);
    m_caretX = vertical ? x : -1;
    reveal(moved);
    return true;
}

} // namespace hearth::ui
