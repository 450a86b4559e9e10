#include "view/chat/block_layout.h"

#include "view/chat/highlighter.h"
#include "view/components/code_header.h"
#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QPainter>
#include <QTextOption>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace hearth::ui {
namespace {

constexpr int kListIndent = 24;
constexpr int kQuoteIndent = 16;
constexpr int kQuoteBar = 3;
constexpr int kCellPadding = 10;
constexpr int kCellPaddingY = 7;
constexpr int kSmallestColumn = 48;
constexpr int kRuleHeight = 25;
constexpr int kThoughtHeight = 28;
constexpr qreal kCodeScale = 0.9; ///< Inline code against the text around it.
constexpr qreal kUnbounded = 1e6;

TextStyle styleOf(const Block& block) {
    switch (block.kind) {
    case Block::Kind::Heading:
        return block.level <= 2 ? TextStyle::Title : TextStyle::ChatStrong;
    case Block::Kind::Code:
        return TextStyle::Code;
    case Block::Kind::Table:
        return TextStyle::Ui;
    default:
        return block.thinking ? TextStyle::Ui : TextStyle::Chat;
    }
}

QColor tokenColor(TokenKind kind) {
    const Tokens& t = Theme::current().tokens();
    switch (kind) {
    case TokenKind::Keyword:
        return t.series3;
    case TokenKind::Type:
    case TokenKind::Name:
        return t.series2;
    case TokenKind::String:
    case TokenKind::Added:
        return t.ok;
    case TokenKind::Number:
        return t.warn;
    case TokenKind::Comment:
        return t.muted;
    case TokenKind::Removed:
        return t.error;
    case TokenKind::Heading:
        return t.accent;
    case TokenKind::Plain:
        return t.text;
    }
    return t.text;
}

bool hasStrongRightToLeft(const QString& text) {
    return std::any_of(text.cbegin(), text.cend(), [](QChar c) {
        return c.direction() == QChar::DirR || c.direction() == QChar::DirAL;
    });
}

} // namespace

BlockLayout::BlockLayout(Block block, const Look& look)
    : m_block(std::move(block))
    , m_look(look) {
    switch (m_block.kind) {
    case Block::Kind::Code:
        layoutCode();
        break;
    case Block::Kind::Table:
        layoutTable();
        break;
    case Block::Kind::Rule:
        m_height = kRuleHeight;
        m_naturalWidth = look.width;
        break;
    case Block::Kind::Thought:
        m_height = qMax(kThoughtHeight, Theme::current().lineHeight(TextStyle::Ui) + space::kSm);
        m_naturalWidth = look.width;
        break;
    case Block::Kind::Paragraph:
    case Block::Kind::Heading:
        layoutText();
        break;
    }
}

qreal BlockLayout::indentOf(const Block& block) {
    return block.listDepth * kListIndent + block.quoteDepth * kQuoteIndent;
}

qreal BlockLayout::gap(const Block& before, const Block& block) {
    if (block.kind == Block::Kind::Code && block.continues)
        return 0.0;
    if (block.kind == Block::Kind::Heading)
        return block.level <= 2 ? space::kXl : space::kLg + space::kXs;
    if (before.kind == Block::Kind::Heading)
        return space::kSm;
    if (before.kind == Block::Kind::Thought)
        return space::kSm;
    const bool bothInList = before.listDepth > 0 && block.listDepth > 0;
    if (bothInList && block.kind == Block::Kind::Paragraph && before.kind == Block::Kind::Paragraph)
        return block.tight || !block.marker.isEmpty() ? space::kXs : space::kSm;
    return space::kMd;
}

qreal BlockLayout::estimatedHeight(const Block& block, qreal width) {
    const Theme& theme = Theme::current();
    const TextStyle style = styleOf(block);
    const int line = theme.lineHeight(style);
    switch (block.kind) {
    case Block::Kind::Rule:
        return kRuleHeight;
    case Block::Kind::Thought:
        return kThoughtHeight;
    case Block::Kind::Code: {
        qreal height = (block.text.count(u'\n') + 1.0) * line;
        height += block.continues ? 0 : CodeHeader::height();
        return height + (block.continued ? 0 : space::kMd);
    }
    case Block::Kind::Table:
        return (block.text.count(u'\n') + 1.0) * (line + 2 * kCellPaddingY);
    default: {
        const qreal perLine = qMax(8.0, (width - indentOf(block)) / (line * 0.34));
        return std::ceil(block.text.size() / perLine + block.text.count(u'\n') * 0.5) * line;
    }
    }
}

QVector<QTextLayout::FormatRange> BlockLayout::formats(int start, int length, bool strong) const {
    const Theme& theme = Theme::current();
    const Tokens& t = theme.tokens();
    QVector<QTextLayout::FormatRange> ranges;
    if (strong) {
        QTextCharFormat format;
        format.setFontWeight(QFont::DemiBold);
        ranges.append({0, length, format});
    }
    for (const Span& span : m_block.spans) {
        const int from = std::max(span.start, start);
        const int to = std::min(span.start + span.length, start + length);
        if (to <= from)
            continue;
        QTextCharFormat format;
        if (span.styles & Span::Code) {
            QFont mono = theme.font(TextStyle::Code);
            mono.setPixelSize(qRound(theme.font(styleOf(m_block)).pixelSize() * kCodeScale));
            format.setFontFamilies(mono.families());
            format.setProperty(QTextFormat::FontPixelSize, mono.pixelSize());
        }
        if ((span.styles & Span::Bold) || strong)
            format.setFontWeight(QFont::DemiBold);
        if (span.styles & Span::Italic)
            format.setFontItalic(true);
        if (span.styles & Span::Strike)
            format.setFontStrikeOut(true);
        if (span.styles & Span::Link) {
            format.setForeground(t.accent);
            format.setFontUnderline(true);
        }
        ranges.append({from - start, to - from, format});
    }
    return ranges;
}

QVector<QTextLayout::FormatRange> BlockLayout::codeFormats() const {
    const Language* language = findLanguage(m_block.language);
    QVector<QTextLayout::FormatRange> ranges;
    std::vector<Token> tokens;
    int state = m_block.codeState;
    qsizetype from = 0;
    const QStringView text(m_block.text);
    while (language && from <= text.size()) {
        qsizetype end = text.indexOf(u'\n', from);
        end = end < 0 ? text.size() : end;
        tokens.clear();
        state = highlightLine(language, text.mid(from, end - from), state, &tokens);
        for (const Token& token : tokens) {
            QTextCharFormat format;
            format.setForeground(tokenColor(token.kind));
            if (token.kind == TokenKind::Comment)
                format.setFontItalic(true);
            ranges.append({static_cast<int>(from) + token.start, token.length, format});
        }
        from = end + 1;
    }
    return ranges;
}

BlockLayout::Piece BlockLayout::makePiece(int start, int length, Qt::Alignment alignment,
                                          bool strong) const {
    const Theme& theme = Theme::current();
    Piece piece;
    piece.start = start;
    QString text = m_block.text.mid(start, length);
    text.replace(u'\n', QChar::LineSeparator);
    piece.layout = std::make_unique<QTextLayout>(text, theme.font(styleOf(m_block)));
    QTextOption option(alignment);
    const bool isCode = m_block.kind == Block::Kind::Code;
    option.setTextDirection(!isCode && hasStrongRightToLeft(text) ? Qt::LayoutDirectionAuto
                                                                  : Qt::LeftToRight);
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    if (isCode)
        option.setTabStopDistance(
            4 * QFontMetricsF(theme.font(TextStyle::Code)).horizontalAdvance(u' '));
    piece.layout->setTextOption(option);
    piece.layout->setCacheEnabled(true);
    piece.layout->setFormats(isCode ? codeFormats() : formats(start, length, strong));
    return piece;
}

qreal BlockLayout::arrange(Piece& piece, qreal width, qreal lineHeight) {
    piece.layout->beginLayout();
    qreal y = 0;
    for (;;) {
        QTextLine line = piece.layout->createLine();
        if (!line.isValid())
            break;
        line.setLineWidth(width);
        const qreal height = qMax(lineHeight, std::ceil(line.height()));
        line.setPosition(QPointF(0, y + (height - line.height()) / 2));
        y += height;
    }
    piece.layout->endLayout();
    return y;
}

void BlockLayout::layoutText() {
    const Theme& theme = Theme::current();
    const qreal indent = indentOf(m_block);
    const qreal width = qMax<qreal>(kSmallestColumn, m_look.width - indent);
    Piece piece = makePiece(0, static_cast<int>(m_block.text.size()),
                            m_look.centered ? Qt::AlignHCenter : Qt::AlignLeft, false);
    piece.origin = QPointF(indent, 0);
    m_height = arrange(piece, width, theme.lineHeight(styleOf(m_block)));
    for (int i = 0; i < piece.layout->lineCount(); ++i)
        m_naturalWidth = qMax(m_naturalWidth, piece.layout->lineAt(i).naturalTextWidth() + indent);
    m_pieces.push_back(std::move(piece));
}

void BlockLayout::layoutCode() {
    const Theme& theme = Theme::current();
    const qreal indent = indentOf(m_block);
    const qreal width = qMax<qreal>(kSmallestColumn, m_look.width - indent - 2 * space::kMd);
    Piece piece = makePiece(0, static_cast<int>(m_block.text.size()), Qt::AlignLeft, false);
    const qreal top = m_block.continues ? 0 : CodeHeader::height();
    piece.origin = QPointF(indent + space::kMd, top);
    m_height = top + arrange(piece, width, theme.lineHeight(TextStyle::Code)) +
               (m_block.continued ? 0 : space::kMd);
    m_naturalWidth = m_look.width;
    m_pieces.push_back(std::move(piece));
}

void BlockLayout::layoutTable() {
    const Theme& theme = Theme::current();
    const auto columns = static_cast<std::size_t>(qMax(1, m_block.columns));
    const qreal indent = indentOf(m_block);
    const qreal available = m_look.width - indent;
    std::vector<qreal> wanted(columns, kSmallestColumn);
    for (std::size_t i = 0; i < m_block.cells.size(); ++i) {
        const int start = m_block.cells[i];
        const int end = i + 1 < m_block.cells.size() ? m_block.cells[i + 1] - 1
                                                     : static_cast<int>(m_block.text.size());
        const auto column = i % columns;
        const CellAlignment side =
            column < m_block.alignments.size() ? m_block.alignments[column] : CellAlignment::Left;
        const Qt::Alignment alignment = side == CellAlignment::Right    ? Qt::AlignRight
                                        : side == CellAlignment::Center ? Qt::AlignHCenter
                                                                        : Qt::AlignLeft;
        Piece piece = makePiece(start, end - start, alignment, i < columns);
        piece.layout->beginLayout();
        QTextLine line = piece.layout->createLine();
        if (line.isValid()) {
            line.setLineWidth(kUnbounded);
            wanted[column] = qMax(wanted[column], std::ceil(line.naturalTextWidth()) + 1);
        }
        piece.layout->endLayout();
        m_pieces.push_back(std::move(piece));
    }
    // Columns that ask for less than an even share get it; the others share what is left.
    const qreal padding = 2.0 * kCellPadding * static_cast<qreal>(columns);
    const qreal room = qMax(available - padding, kSmallestColumn * static_cast<qreal>(columns));
    if (std::accumulate(wanted.begin(), wanted.end(), 0.0) > room) {
        std::vector<std::size_t> order(columns);
        std::iota(order.begin(), order.end(), 0U);
        std::sort(order.begin(), order.end(),
                  [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
        qreal left = room;
        for (std::size_t i = 0; i < columns; ++i) {
            const qreal share = left / static_cast<qreal>(columns - i);
            wanted[order[i]] = std::min(wanted[order[i]], std::floor(share));
            left -= wanted[order[i]];
        }
    }
    m_columnEdges.assign(1, indent);
    for (const qreal width : wanted)
        m_columnEdges.push_back(m_columnEdges.back() + width + 2 * kCellPadding);
    m_rowEdges.assign(1, 0.0);
    const qreal lineHeight = theme.lineHeight(TextStyle::Ui);
    for (std::size_t row = 0; row * columns < m_pieces.size(); ++row) {
        qreal tallest = lineHeight;
        for (std::size_t column = 0; column < columns; ++column) {
            const std::size_t index = row * columns + column;
            if (index >= m_pieces.size())
                break;
            Piece& piece = m_pieces[index];
            piece.origin =
                QPointF(m_columnEdges[column] + kCellPadding, m_rowEdges.back() + kCellPaddingY);
            tallest = qMax(tallest, arrange(piece, wanted[column], lineHeight));
        }
        m_rowEdges.push_back(m_rowEdges.back() + tallest + 2 * kCellPaddingY);
    }
    m_height = m_rowEdges.back();
    m_naturalWidth = m_columnEdges.back();
}

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

void BlockLayout::paintSelection(QPainter& painter, const QPointF& origin, const QRectF& clip,
                                 const TextRange& selection) const {
    const QColor color = Theme::current().tokens().selection();
    for (const Piece& piece : m_pieces) {
        for (int i = 0; i < piece.layout->lineCount(); ++i) {
            const QTextLine line = piece.layout->lineAt(i);
            const int start = piece.start + line.textStart();
            const int a = std::max(selection.start, start);
            const int b = std::min(selection.end, start + line.textLength());
            const qreal nextTop = i + 1 < piece.layout->lineCount()
                                      ? piece.layout->lineAt(i + 1).y()
                                      : line.y() + line.height();
            const qreal pitch = qMax(line.height(), nextTop - line.y());
            const qreal top =
                origin.y() + piece.origin.y() + line.y() - (pitch - line.height()) / 2;
            if (b <= a || top > clip.bottom() || top + pitch < clip.top())
                continue;
            const qreal x1 = line.cursorToX(a - piece.start);
            const qreal x2 = line.cursorToX(b - piece.start);
            painter.fillRect(QRectF(origin.x() + piece.origin.x() + qMin(x1, x2), top,
                                    qMax<qreal>(std::abs(x2 - x1), 2), pitch),
                             color);
        }
    }
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
                        const TextRange& selection) const {
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
    if (!selection.isEmpty())
        paintSelection(painter, origin, clip, selection);
    const bool quiet = m_look.muted || m_block.thinking || m_block.quoteDepth > 0;
    painter.setPen(quiet ? t.muted : t.text);
    for (const Piece& piece : m_pieces)
        piece.layout->draw(&painter, origin + piece.origin, {}, clip);
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
