#include "view/chat/block_layout.h"

#include "view/chat/highlighter.h"
#include "view/chat/math_layout.h"
#include "view/chat/math_parser.h"
#include "view/components/code_header.h"
#include "view/theme/icons.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QPainter>
#include <QTextOption>

#include <algorithm>
#include <cmath>

namespace hearth::ui {
namespace {

constexpr int kThoughtHeight = 28;
constexpr qreal kCodeScale = 0.9;  ///< Inline code against the text around it.
constexpr qreal kMathScale = 1.12; ///< Its letters are smaller than the text's at the same size.
constexpr qreal kMathRoom = 2.0;   ///< Above and below a formula in a line.
constexpr QChar kPlaceholder = u'x';

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
    layOutFormulas();
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
    case Block::Kind::Formula:
        layoutText();
        break;
    }
}

TextStyle BlockLayout::styleOf(const Block& block) {
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
    case Block::Kind::Formula:
        return 2.0 * line;
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
            format.setFontStyleStrategy(QFont::PreferNoShaping);
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
    for (std::size_t i = 0; i < m_formulas.size(); ++i) {
        const int position = m_block.formulas[i].position - start;
        if (position < 0 || position >= length)
            continue;
        QTextCharFormat format;
        format.setForeground(Qt::transparent);
        format.setFontUnderline(false);
        format.setFontStrikeOut(false);
        format.setFontLetterSpacingType(QFont::AbsoluteSpacing);
        const QFontMetricsF metrics(theme.font(styleOf(m_block)));
        format.setFontLetterSpacing(m_formulas[i].width + 2 -
                                    metrics.horizontalAdvance(kPlaceholder));
        ranges.append({position, 1, format});
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
    // A letter that is not painted, spaced as wide as the formula, wraps as a word does.
    for (const Formula& formula : m_block.formulas)
        if (formula.position >= start && formula.position < start + length)
            text[formula.position - start] = kPlaceholder;
    const bool isCode = m_block.kind == Block::Kind::Code;
    QFont font = theme.font(styleOf(m_block));
    if (isCode) // JetBrains Mono joins "!=" and "->" into one sign; code is shown as it is.
        font.setStyleStrategy(QFont::PreferNoShaping);
    piece.layout = std::make_unique<QTextLayout>(text, font);
    QTextOption option(alignment);
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

qreal BlockLayout::arrange(Piece& piece, qreal width, qreal lineHeight) const {
    piece.layout->beginLayout();
    piece.lines.clear();
    qreal y = 0;
    for (;;) {
        QTextLine line = piece.layout->createLine();
        if (!line.isValid())
            break;
        line.setLineWidth(width);
        qreal height = qMax(lineHeight, std::ceil(line.height()));
        qreal above = (height - line.height()) / 2;
        const MathExtent tall = extentIn(piece, line);
        const qreal more = std::ceil(qMax(0.0, tall.ascent - above - line.ascent()));
        above += more;
        height += more;
        height = qMax(height, std::ceil(above + line.ascent() + tall.descent));
        line.setPosition(QPointF(0, y + above));
        piece.lines.push_back({y, height});
        y += height;
    }
    piece.layout->endLayout();
    return y;
}

void BlockLayout::layOutFormulas() {
    const qreal pixels = Theme::current().font(styleOf(m_block)).pixelSize() * kMathScale;
    const qreal width = qMax<qreal>(kSmallestColumn, m_look.width - indentOf(m_block)) - 2;
    for (const Formula& formula : m_block.formulas) {
        const std::optional<MathNode> parsed = parseMath(formula.source);
        const bool display = formula.display && m_block.kind == Block::Kind::Formula;
        m_formulas.push_back(parsed ? layOutMath(*parsed, pixels, display, width) : MathPicture());
    }
}

MathExtent BlockLayout::extentIn(const Piece& piece, const QTextLine& line) const {
    MathExtent extent;
    const int start = piece.start + line.textStart();
    for (std::size_t i = 0; i < m_formulas.size(); ++i) {
        const int position = m_block.formulas[i].position;
        if (position < start || position >= start + line.textLength())
            continue;
        extent.ascent = qMax(extent.ascent, m_formulas[i].ascent + kMathRoom);
        extent.descent = qMax(extent.descent, m_formulas[i].descent + kMathRoom);
    }
    return extent;
}

void BlockLayout::layoutText() {
    const Theme& theme = Theme::current();
    const qreal indent = indentOf(m_block);
    const qreal width = qMax<qreal>(kSmallestColumn, m_look.width - indent);
    const Qt::Alignment alignment = m_look.centered || m_block.kind == Block::Kind::Formula
                                        ? Qt::AlignHCenter
                                    : m_block.text.isRightToLeft() ? Qt::AlignRight
                                                                   : Qt::AlignLeft;
    Piece piece = makePiece(0, static_cast<int>(m_block.text.size()), alignment, false);
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

} // namespace hearth::ui
