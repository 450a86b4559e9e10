#include "view/chat/markdown_builder.h"

#include "view/chat/markdown_parser.h"
#include "view/chat/math_parser.h"
#include "view/theme/paint.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <utility>

namespace hearth::ui {
namespace {

constexpr int kDeepest = 8; ///< Indentation beyond this depth is drawn no deeper.
constexpr int kLongestAddress = 80;
constexpr auto kParagraphText = QChar(u'\n');

struct Entity {
    const char* name;
    char16_t character;
};
constexpr std::array kEntities{
    Entity{"&amp;", u'&'},        Entity{"&lt;", u'<'},         Entity{"&gt;", u'>'},
    Entity{"&quot;", u'"'},       Entity{"&apos;", u'\''},      Entity{"&nbsp;", u'\u00A0'},
    Entity{"&copy;", u'\u00A9'},  Entity{"&reg;", u'\u00AE'},   Entity{"&hellip;", u'\u2026'},
    Entity{"&mdash;", u'\u2014'}, Entity{"&ndash;", u'\u2013'}, Entity{"&times;", u'\u00D7'},
    Entity{"&deg;", u'\u00B0'},   Entity{"&larr;", u'\u2190'},  Entity{"&rarr;", u'\u2192'},
};

QString decoded(const QString& entity) {
    for (const Entity& known : kEntities)
        if (entity == QLatin1String(known.name))
            return QString(QChar(known.character));
    if (entity.startsWith(QLatin1String("&#"))) {
        const bool hex = entity.size() > 2 && entity.at(2).toLower() == u'x';
        bool ok = false;
        const uint code =
            QStringView(entity).mid(hex ? 3 : 2).chopped(1).toUInt(&ok, hex ? 16 : 10);
        const bool valid = ok && code != 0 && code <= 0x10FFFF && !QChar::isSurrogate(code);
        return valid ? QString::fromUcs4(reinterpret_cast<const char32_t*>(&code), 1)
                     : QString(QChar::ReplacementCharacter);
    }
    return entity;
}

/// An address as it is shown beside an image's text.
QString shortened(const QString& url) {
    const QString clean = withoutControls(url);
    return clean.size() <= kLongestAddress ? clean : clean.left(kLongestAddress) + u'\u2026';
}

QString attribute(const MD_ATTRIBUTE& value) {
    QString text;
    for (int i = 0; value.text && value.substr_offsets[i] < value.size; ++i) {
        const MD_OFFSET from = value.substr_offsets[i];
        const QString part = QString::fromUtf8(
            value.text + from, static_cast<int>(value.substr_offsets[i + 1] - from));
        text += value.substr_types[i] == MD_TEXT_ENTITY ? decoded(part) : part;
    }
    return text;
}

} // namespace

void MarkdownBuilder::open(Block::Kind kind) {
    close();
    m_block = Block{};
    m_block.kind = kind;
    m_block.quoteDepth = qMin(m_quotes, kDeepest);
    m_block.listDepth = qMin(static_cast<int>(m_lists.size()), kDeepest);
    m_block.tight = !m_lists.empty() && m_lists.back().tight;
    m_block.marker = m_marker;
    m_block.thinking = m_thinking;
    m_marker.clear();
    m_itemHasBlock = true;
    m_isOpen = true;
}

void MarkdownBuilder::close() {
    if (!m_isOpen)
        return;
    m_isOpen = false;
    if (m_block.kind == Block::Kind::Code) {
        if (m_block.text.endsWith(u'\n'))
            m_block.text.chop(1);
        const QString code = std::move(m_block.text);
        m_block.text.clear();
        appendCode(m_block, m_math.restored(code), m_blocks);
    } else if (m_block.kind == Block::Kind::Paragraph &&
               std::any_of(m_block.formulas.begin(), m_block.formulas.end(),
                           [](const Formula& formula) { return formula.display; })) {
        splitAtFormulas();
    } else {
        m_blocks.push_back(std::move(m_block));
    }
    m_block = Block{};
}

int MarkdownBuilder::enterBlock(MD_BLOCKTYPE type, void* detail) {
    switch (type) {
    case MD_BLOCK_QUOTE:
        close();
        ++m_quotes;
        break;
    case MD_BLOCK_UL:
        close();
        m_lists.push_back({false, 0, static_cast<MD_BLOCK_UL_DETAIL*>(detail)->is_tight != 0});
        break;
    case MD_BLOCK_OL: {
        close();
        const auto* list = static_cast<MD_BLOCK_OL_DETAIL*>(detail);
        m_lists.push_back({true, list->start, list->is_tight != 0});
        break;
    }
    case MD_BLOCK_LI: {
        close();
        const auto* item = static_cast<MD_BLOCK_LI_DETAIL*>(detail);
        List& list = m_lists.back();
        if (item->is_task)
            m_marker = item->task_mark == ' ' ? QStringLiteral("\u2610") : QStringLiteral("\u2611");
        else if (list.ordered)
            m_marker = QString::number(list.number) + u'.';
        else
            m_marker =
                m_lists.size() % 2 == 1 ? QStringLiteral("\u2022") : QStringLiteral("\u25E6");
        ++list.number;
        m_itemHasBlock = false;
        break;
    }
    case MD_BLOCK_HR:
        open(Block::Kind::Rule);
        close();
        break;
    case MD_BLOCK_H:
        open(Block::Kind::Heading);
        m_block.level = static_cast<int>(static_cast<MD_BLOCK_H_DETAIL*>(detail)->level);
        break;
    case MD_BLOCK_CODE:
        open(Block::Kind::Code);
        m_block.language =
            withoutControls(attribute(static_cast<MD_BLOCK_CODE_DETAIL*>(detail)->lang));
        break;
    case MD_BLOCK_P:
        open(Block::Kind::Paragraph);
        break;
    case MD_BLOCK_TABLE:
        open(Block::Kind::Table);
        m_block.columns = static_cast<int>(static_cast<MD_BLOCK_TABLE_DETAIL*>(detail)->col_count);
        m_row = 0;
        break;
    case MD_BLOCK_TR:
        if (m_row++ > 0)
            m_block.text += u'\n';
        break;
    case MD_BLOCK_TH:
    case MD_BLOCK_TD: {
        const bool firstInRow =
            m_block.cells.size() % static_cast<std::size_t>(m_block.columns) == 0;
        if (!firstInRow)
            m_block.text += u'\t';
        m_block.cells.push_back(static_cast<int>(m_block.text.size()));
        if (type == MD_BLOCK_TH) {
            const MD_ALIGN align = static_cast<MD_BLOCK_TD_DETAIL*>(detail)->align;
            m_block.alignments.push_back(align == MD_ALIGN_CENTER  ? CellAlignment::Center
                                         : align == MD_ALIGN_RIGHT ? CellAlignment::Right
                                                                   : CellAlignment::Left);
        }
        break;
    }
    default:
        break;
    }
    return 0;
}

int MarkdownBuilder::leaveBlock(MD_BLOCKTYPE type) {
    switch (type) {
    case MD_BLOCK_QUOTE:
        close();
        --m_quotes;
        break;
    case MD_BLOCK_UL:
    case MD_BLOCK_OL:
        close();
        m_lists.pop_back();
        break;
    case MD_BLOCK_LI:
        if (!m_itemHasBlock)
            open(Block::Kind::Paragraph);
        close();
        break;
    case MD_BLOCK_H:
    case MD_BLOCK_CODE:
    case MD_BLOCK_P:
    case MD_BLOCK_TABLE:
        close();
        break;
    default:
        break;
    }
    return 0;
}

/// Display formulas stand on lines of their own.
void MarkdownBuilder::splitAtFormulas() {
    const Block whole = std::move(m_block);
    bool first = true;
    const auto push = [&](Block::Kind kind, int from, int to) {
        const QString& text = whole.text;
        while (kind == Block::Kind::Paragraph && from < to && text.at(from).isSpace())
            ++from;
        while (kind == Block::Kind::Paragraph && to > from && text.at(to - 1).isSpace())
            --to;
        if (to <= from)
            return;
        Block part = whole;
        part.kind = kind;
        part.text = text.mid(from, to - from);
        part.spans.clear();
        part.formulas.clear();
        for (Span span : whole.spans) {
            const int end = std::min(span.start + span.length, to);
            span.start = std::max(span.start, from);
            span.length = end - span.start;
            span.start -= from;
            if (span.length > 0)
                part.spans.push_back(span);
        }
        for (Formula formula : whole.formulas)
            if (formula.position >= from && formula.position < to) {
                formula.position -= from;
                part.formulas.push_back(formula);
            }
        if (!std::exchange(first, false)) {
            part.marker.clear();
            part.tight = false;
        }
        m_blocks.push_back(std::move(part));
    };
    int at = 0;
    for (const Formula& formula : whole.formulas) {
        if (!formula.display)
            continue;
        push(Block::Kind::Paragraph, at, formula.position);
        push(Block::Kind::Formula, formula.position, formula.position + 1);
        at = formula.position + 1;
    }
    push(Block::Kind::Paragraph, at, static_cast<int>(whole.text.size()));
}

void MarkdownBuilder::enterLink(const QString& url) {
    if (!isSafeLink(url)) {
        m_links.push_back(-1);
        return;
    }
    if (!m_isOpen)
        open(Block::Kind::Paragraph);
    m_links.push_back(static_cast<int>(m_block.links.size()));
    m_block.links.append(url);
}

int MarkdownBuilder::enterSpan(MD_SPANTYPE type, void* detail) {
    switch (type) {
    case MD_SPAN_STRONG:
        ++m_depths[0];
        break;
    case MD_SPAN_EM:
        ++m_depths[1];
        break;
    case MD_SPAN_CODE:
        ++m_depths[2];
        break;
    case MD_SPAN_DEL:
        ++m_depths[3];
        break;
    case MD_SPAN_A:
        enterLink(m_math.restored(attribute(static_cast<MD_SPAN_A_DETAIL*>(detail)->href)));
        break;
    case MD_SPAN_IMG:
        enterLink(m_math.restored(attribute(static_cast<MD_SPAN_IMG_DETAIL*>(detail)->src)));
        append(QCoreApplication::translate("hearth::ui::ChatView", "Image:") + u' ');
        break;
    default:
        break;
    }
    return 0;
}

int MarkdownBuilder::leaveSpan(MD_SPANTYPE type) {
    switch (type) {
    case MD_SPAN_STRONG:
        --m_depths[0];
        break;
    case MD_SPAN_EM:
        --m_depths[1];
        break;
    case MD_SPAN_CODE:
        --m_depths[2];
        break;
    case MD_SPAN_DEL:
        --m_depths[3];
        break;
    case MD_SPAN_IMG:
        if (m_links.back() >= 0)
            append(QStringLiteral(" (%1)").arg(shortened(m_block.links.at(m_links.back()))));
        m_links.pop_back();
        break;
    case MD_SPAN_A:
        m_links.pop_back();
        break;
    default:
        break;
    }
    return 0;
}

void MarkdownBuilder::append(const QString& piece) {
    if (piece.isEmpty())
        return;
    if (!m_isOpen)
        open(Block::Kind::Paragraph);
    Span span;
    span.start = static_cast<int>(m_block.text.size());
    span.length = static_cast<int>(piece.size());
    m_block.text += piece;
    for (std::size_t i = 0; i < m_depths.size(); ++i)
        if (m_depths[i] > 0)
            span.styles |= static_cast<std::uint8_t>(1U << i);
    if (!m_links.empty() && m_links.back() >= 0) {
        span.styles |= Span::Link;
        span.link = m_links.back();
    }
    if (span.styles == 0 || m_block.kind == Block::Kind::Code)
        return;
    Span* last = m_block.spans.empty() ? nullptr : &m_block.spans.back();
    if (last && last->start + last->length == span.start && last->styles == span.styles &&
        last->link == span.link)
        last->length += span.length;
    else
        m_block.spans.push_back(span);
}

/// Text in which formulas are still to be found.
void MarkdownBuilder::appendText(const QString& piece) {
    if (m_math.isEmpty() || m_block.kind == Block::Kind::Code)
        return append(withoutControls(piece));
    if (m_depths[2] > 0)
        return append(withoutControls(m_math.restored(piece)));
    qsizetype plain = 0;
    for (qsizetype i = 0; i + 1 < piece.size(); ++i) {
        if (!piece.at(i).isHighSurrogate())
            continue;
        const TypedFormula* formula =
            m_math.formulaAt(QChar::surrogateToUcs4(piece.at(i), piece.at(i + 1)));
        if (!formula)
            continue;
        append(withoutControls(piece.mid(plain, i - plain)));
        appendFormula(*formula);
        plain = ++i + 1;
    }
    append(withoutControls(piece.mid(plain)));
}

void MarkdownBuilder::appendFormula(const TypedFormula& typed) {
    const QString shown = withoutControls(typed.typed);
    if (typed.source.isEmpty())
        return append(shown);
    const QString source = withoutControls(typed.source);
    if (!parseMath(source)) {
        ++m_depths[2];
        append(shown);
        --m_depths[2];
        return;
    }
    append(QString(QChar(kFormulaCharacter)));
    m_block.formulas.push_back(
        {static_cast<int>(m_block.text.size()) - 1, source, shown, typed.display});
}

int MarkdownBuilder::text(MD_TEXTTYPE type, const MD_CHAR* characters, MD_SIZE size) {
    switch (type) {
    case MD_TEXT_NULLCHAR:
        append(QString(QChar::ReplacementCharacter));
        break;
    case MD_TEXT_BR:
    case MD_TEXT_SOFTBR:
        // Models break lines where they mean it, so a soft break is kept.
        append(QString(m_block.kind == Block::Kind::Table ? QChar(u' ') : kParagraphText));
        break;
    case MD_TEXT_ENTITY:
        append(withoutControls(decoded(QString::fromUtf8(characters, static_cast<int>(size)))));
        break;
    default:
        appendText(QString::fromUtf8(characters, static_cast<int>(size)));
    }
    return 0;
}

} // namespace hearth::ui
