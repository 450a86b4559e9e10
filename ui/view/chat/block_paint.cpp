#include "view/chat/block_layout.h"

#include "view/chat/math_paint.h"
#include "view/components/code_header.h"
#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace hearth::ui {
namespace {

constexpr int kQuoteBar = 3;
constexpr int kMarkCorner = 3;

} // namespace

QRectF BlockLayout::codeHeaderRect() const {
    if (m_block.kind != Block::Kind::Code || m_block.continues)
        return {};
    const qreal indent = indentOf(m_block);
    return {indent, 0, m_look.width - indent, static_cast<qreal>(CodeHeader::height())};
}

void BlockLayout::paintCodeGround(QPainter& painter, const QPointF& origin) const {
    const Tokens& t = Theme::current().tokens();
    const qreal indent = indentOf(m_block);
    const QRectF body(origin.x() + indent, origin.y(), m_look.width - indent, m_height);
    // Segments of one block join: each is clipped from a taller panel.
    const QRectF panel = body.adjusted(0, m_block.continues ? -2 * radius::kCard : 0, 0,
                                       m_block.continued ? 2 * radius::kCard : 0);
    painter.save();
    painter.setClipRect(body, Qt::IntersectClip);
    paintPanel(painter, panel, radius::kCard, t.sunken, t.border);
    painter.restore();
}

void BlockLayout::paintTableGround(QPainter& painter, const QPointF& origin) const {
    const Tokens& t = Theme::current().tokens();
    const QRectF frame(origin.x() + m_columnEdges.front(), origin.y(),
                       m_columnEdges.back() - m_columnEdges.front(), m_height);
    paintPanel(painter, frame, radius::kControl, QColor(), t.border);
    if (m_rowEdges.size() > 1) {
        painter.save();
        painter.setClipRect(QRectF(frame.left(), frame.top(), frame.width(), m_rowEdges[1]),
                            Qt::IntersectClip);
        paintPanel(painter, frame, radius::kControl, t.sunken, t.border);
        painter.restore();
    }
    for (std::size_t i = 1; i + 1 < m_rowEdges.size(); ++i)
        painter.fillRect(
            QRectF(frame.left(), std::floor(origin.y() + m_rowEdges[i]), frame.width(), 1),
            t.border);
}

void BlockLayout::paintInlineCode(QPainter& painter, const QPointF& origin) const {
    const Tokens& t = Theme::current().tokens();
    const QColor fill = blend(t.canvas, t.borderStrong, t.dark ? 0.24 : 0.14);
    for (const Piece& piece : m_pieces) {
        const int length = static_cast<int>(piece.layout->text().size());
        for (const Span& span : m_block.spans) {
            if (!(span.styles & Span::Code))
                continue;
            const int from = std::max(span.start - piece.start, 0);
            const int to = std::min(span.start + span.length - piece.start, length);
            for (int i = 0; to > from && i < piece.layout->lineCount(); ++i) {
                const QTextLine line = piece.layout->lineAt(i);
                const int a = std::max(from, line.textStart());
                const int b = std::min(to, line.textStart() + line.textLength());
                if (b <= a)
                    continue;
                const qreal x1 = line.cursorToX(a);
                const qreal x2 = line.cursorToX(b);
                const qreal middle = line.y() + line.ascent() - line.ascent() * 0.36;
                const qreal half = line.ascent() * 0.66;
                const QRectF ground(origin + piece.origin +
                                        QPointF(qMin(x1, x2) - 2, std::round(middle - half)),
                                    QSizeF(std::abs(x2 - x1) + 4, std::round(2 * half)));
                paintPanel(painter, ground, space::kXs, fill);
            }
        }
    }
}

QColor foundGround(const Tokens& tokens) {
    return blend(tokens.surface, tokens.warn, tokens.dark ? 0.16 : 0.12);
}

template<class Visit>
void BlockLayout::forLines(const TextRange& range, Visit visit) const {
    for (const Piece& piece : m_pieces) {
        for (int i = 0; i < piece.layout->lineCount(); ++i) {
            const QTextLine line = piece.layout->lineAt(i);
            const int start = piece.start + line.textStart();
            const int a = std::max(range.start, start);
            const int b = std::min(range.end, start + line.textLength());
            if (b <= a)
                continue;
            const qreal x1 = line.cursorToX(a - piece.start);
            const qreal x2 = line.cursorToX(b - piece.start);
            const LineBox& box = piece.lines[static_cast<std::size_t>(i)];
            visit(QRectF(piece.origin.x() + qMin(x1, x2), piece.origin.y() + box.top,
                         qMax<qreal>(std::abs(x2 - x1), 2), box.height));
        }
    }
}

QRectF BlockLayout::rectOf(const Span& span) const {
    QRectF whole;
    forLines({span.start, span.start + span.length},
             [&](const QRectF& line) { whole = whole.united(line); });
    return whole.adjusted(-2, 0, 2, 0);
}

void BlockLayout::paintMarks(QPainter& painter, const QPointF& origin, const QRectF& clip,
                             const Marks& marks) const {
    const Tokens& t = Theme::current().tokens();
    const auto each = [&](const TextRange& range, auto paintLine) {
        forLines(range, [&](const QRectF& line) {
            if (line.translated(origin).intersects(clip))
                paintLine(line.translated(origin));
        });
    };
    const QColor ground = foundGround(t);
    const QColor edge = blend(ground, t.warn, 0.5);
    for (const TextRange& found : marks.found) {
        const bool isCurrent = !marks.current.isEmpty() && found.start == marks.current.start;
        each(found, [&](const QRectF& line) {
            paintPanel(painter, line.adjusted(-1, 2, 1, -2), kMarkCorner,
                       isCurrent ? t.accent : ground, isCurrent ? t.accent : edge);
        });
    }
    if (!marks.selection.isEmpty())
        each(marks.selection, [&](const QRectF& line) { painter.fillRect(line, t.selection()); });
}

void BlockLayout::paintMarker(QPainter& painter, const QPointF& origin) const {
    if (m_pieces.empty())
        return;
    const Theme& theme = Theme::current();
    const Tokens& t = theme.tokens();
    const qreal right = origin.x() + indentOf(m_block) - space::kSm;
    const int lineHeight = theme.lineHeight(styleOf(m_block));
    const qreal top = origin.y() + (m_block.kind == Block::Kind::Code ? space::kXs : 0);
    const QRectF place(right - 2 * kListIndent, top, 2 * kListIndent, lineHeight);
    const bool box =
        m_block.marker == QStringLiteral("\u2610") || m_block.marker == QStringLiteral("\u2611");
    if (!box)
        return paintText(painter, place, styleOf(m_block), t.muted, m_block.marker,
                         Qt::AlignRight | Qt::AlignVCenter);
    const QRectF square(right - 14, top + (lineHeight - 14) / 2.0, 14, 14);
    const bool done = m_block.marker == QStringLiteral("\u2611");
    paintPanel(painter, square, space::kXs, done ? t.accent : t.surface,
               done ? t.accent : t.borderStrong);
    if (done)
        painter.drawPixmap(
            square.topLeft() + QPointF(1, 1),
            iconPixmap(Icon::Check, t.onAccent, 12, painter.device()->devicePixelRatioF()));
}

void BlockLayout::paint(QPainter& painter, const QPointF& origin, const QRectF& clip,
                        const Marks& marks) const {
    const Tokens& t = Theme::current().tokens();
    for (int i = 0; i < m_block.quoteDepth; ++i)
        paintPanel(painter, QRectF(origin.x() + i * kQuoteIndent, origin.y(), kQuoteBar, m_height),
                   kQuoteBar / 2.0, blend(t.border, t.borderStrong, 0.35));
    if (!m_block.marker.isEmpty())
        paintMarker(painter, origin);
    if (m_block.kind == Block::Kind::Rule)
        painter.fillRect(
            QRectF(origin.x(), std::floor(origin.y() + kRuleHeight / 2.0), m_look.width, 1),
            t.border);
    else if (m_block.kind == Block::Kind::Code)
        paintCodeGround(painter, origin);
    else if (m_block.kind == Block::Kind::Table)
        paintTableGround(painter, origin);
    if (m_block.kind != Block::Kind::Code)
        paintInlineCode(painter, origin);
    paintMarks(painter, origin, clip, marks);
    const bool quiet = m_look.muted || m_block.thinking || m_block.quoteDepth > 0;
    painter.setPen(quiet ? t.muted : t.text);
    const QColor ink = quiet ? t.muted : t.text;
    for (const Piece& piece : m_pieces) {
        QVector<QTextLayout::FormatRange> strong;
        if (!marks.current.isEmpty() && marks.current.start >= piece.start) {
            QTextCharFormat format;
            format.setForeground(t.onAccent);
            strong.append({marks.current.start - piece.start,
                           marks.current.end - marks.current.start, format});
        }
        piece.layout->draw(&painter, origin + piece.origin, strong, clip);
        paintFormulas(painter, piece, origin, ink);
    }
}

void BlockLayout::paintFormulas(QPainter& painter, const Piece& piece, const QPointF& origin,
                                const QColor& color) const {
    const auto length = static_cast<int>(piece.layout->text().size());
    for (std::size_t i = 0; i < m_formulas.size(); ++i) {
        const int position = m_block.formulas[i].position - piece.start;
        if (position < 0 || position >= length)
            continue;
        const QTextLine line = piece.layout->lineForTextPosition(position);
        if (!line.isValid())
            continue;
        const qreal left = qMin(line.cursorToX(position), line.cursorToX(position + 1));
        paintMath(painter, m_formulas[i],
                  origin + piece.origin + QPointF(left + 1, line.y() + line.ascent()), color);
    }
}

const BlockLayout::Piece* BlockLayout::pieceAt(const QPointF& point) const {
    const Piece* nearest = nullptr;
    qreal best = 0;
    for (const Piece& piece : m_pieces) {
        const QRectF rect = piece.layout->boundingRect().translated(piece.origin);
        const qreal dy = qMax(0.0, qMax(rect.top() - point.y(), point.y() - rect.bottom()));
        const qreal dx = qMax(0.0, qMax(rect.left() - point.x(), point.x() - rect.right()));
        const qreal distance = dy * 4 + dx;
        if (!nearest || distance < best) {
            nearest = &piece;
            best = distance;
        }
    }
    return nearest;
}

int BlockLayout::offsetAt(const QPointF& point) const {
    const Piece* piece = pieceAt(point);
    if (!piece || piece->layout->lineCount() == 0)
        return 0;
    const QPointF local = point - piece->origin;
    int index = 0;
    while (index + 1 < piece->layout->lineCount() &&
           piece->layout->lineAt(index + 1).y() <= local.y())
        ++index;
    return piece->start + piece->layout->lineAt(index).xToCursor(local.x());
}

QRectF BlockLayout::caretAt(int offset) const {
    const Piece* found = nullptr;
    for (const Piece& piece : m_pieces)
        if (piece.start <= offset)
            found = &piece;
    if (!found)
        return {0, 0, 1, m_height};
    const QTextLine line = found->layout->lineForTextPosition(
        qMin(offset - found->start, static_cast<int>(found->layout->text().size())));
    if (!line.isValid())
        return {found->origin, QSizeF(1, m_height)};
    return {found->origin.x() + line.cursorToX(offset - found->start), found->origin.y() + line.y(),
            1, line.height()};
}

QString BlockLayout::linkAt(const QPointF& point) const {
    if (m_block.links.isEmpty())
        return {};
    for (const Piece& piece : m_pieces) {
        const QPointF local = point - piece.origin;
        for (int i = 0; i < piece.layout->lineCount(); ++i) {
            const QTextLine line = piece.layout->lineAt(i);
            if (!line.naturalTextRect().contains(local))
                continue;
            const int offset =
                piece.start + line.xToCursor(local.x(), QTextLine::CursorOnCharacter);
            for (const Span& span : m_block.spans)
                if (span.link >= 0 && offset >= span.start && offset < span.start + span.length)
                    return m_block.links.value(span.link);
        }
    }
    return {};
}

} // namespace hearth::ui
