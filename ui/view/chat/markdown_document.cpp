#include "view/chat/markdown_document.h"

#include "view/chat/highlighter.h"
#include "view/chat/markdown_parser.h"
#include "view/chat/math_scan.h"
#include "view/theme/paint.h"

#include <algorithm>
#include <utility>

namespace hearth::ui {
namespace {

constexpr qsizetype kTableLimit = 64 * 1024;
constexpr int kTab = 4;
constexpr int kFenceMinimum = 3;
constexpr int kFenceIndent = 3;
const auto kThink = QStringLiteral("<think>");
const auto kThinkEnd = QStringLiteral("</think>");

int indentOf(QStringView line) {
    int columns = 0;
    for (const QChar c : line) {
        if (c == u' ')
            ++columns;
        else if (c == u'\t')
            columns += kTab - columns % kTab;
        else
            break;
    }
    return columns;
}

bool isHeading(QStringView line) {
    qsizetype level = 0;
    while (level < line.size() && line[level] == u'#')
        ++level;
    return level >= 1 && level <= 6 && (level == line.size() || line[level].isSpace());
}

/// 0 none, 1 a bullet or the number 1 (may end a paragraph), 2 another number.
int listMarker(QStringView text) {
    qsizetype i = 0;
    if (text.startsWith(u'-') || text.startsWith(u'*') || text.startsWith(u'+'))
        return text.size() > 1 && text[1].isSpace() ? 1 : 0;
    while (i < text.size() && i < 9 && text[i] >= u'0' && text[i] <= u'9')
        ++i;
    if (i == 0 || i + 1 >= text.size() || (text[i] != u'.' && text[i] != u')') ||
        !text[i + 1].isSpace())
        return 0;
    return i == 1 && text[0] == u'1' ? 1 : 2;
}

} // namespace

MarkdownScanner::Fence MarkdownScanner::fenceOf(QStringView line) {
    Fence fence;
    const QStringView text = line.trimmed();
    if (text.isEmpty() || (text[0] != u'`' && text[0] != u'~'))
        return fence;
    fence.character = text[0];
    while (fence.length < text.size() && text[fence.length] == fence.character)
        ++fence.length;
    const QStringView info = text.mid(fence.length).trimmed();
    if (fence.length < kFenceMinimum || (fence.character == u'`' && info.contains(u'`')))
        return fence;
    fence.active = true;
    fence.indent = indentOf(line);
    const auto end = std::find_if(info.begin(), info.end(), [](QChar c) { return c.isSpace(); });
    fence.language = withoutControls(info.left(end - info.begin()).toString());
    return fence;
}

bool MarkdownScanner::closes(const Fence& fence, QStringView line) {
    const QStringView text = line.trimmed();
    return text.size() >= fence.length &&
           std::all_of(text.begin(), text.end(), [&](QChar c) { return c == fence.character; });
}

void MarkdownScanner::line(QStringView line, BlockList& blocks) {
    if (m_mode == Mode::Markdown && thinkingTag(line, blocks))
        return;
    m_seenText = m_seenText || !line.trimmed().isEmpty();
    if (m_fence.active)
        codeLine(line, blocks);
    else if (m_mode == Mode::Plain || !mathLine(line, blocks))
        textLine(line, blocks);
}

/// Lines of a display formula stay together, whatever else they look like. One that meets a blank
/// line or grows too long was none: its lines go on as a paragraph.
bool MarkdownScanner::mathLine(QStringView line, BlockList& blocks) {
    if (m_mathClose.isEmpty()) {
        if (m_inList || indentOf(line) > kFenceIndent)
            return false;
        const DisplayFence fence = displayFenceOf(line);
        if (fence.close.isEmpty())
            return false;
        closeChunk(blocks);
        add(line);
        if (fence.ended)
            closeChunk(blocks);
        else
            m_mathClose = fence.close;
        return true;
    }
    if (line.trimmed().isEmpty() || isFull()) {
        m_mathClose.clear();
        return false;
    }
    add(line);
    if (line.contains(m_mathClose)) {
        m_mathClose.clear();
        closeChunk(blocks);
    }
    return true;
}

bool MarkdownScanner::thinkingTag(QStringView line, BlockList& blocks) {
    const QStringView text = line.trimmed();
    if (!m_seenText && !m_thinking && text.startsWith(kThink)) {
        m_seenText = true;
        m_thinking = true;
        Block fold;
        fold.kind = Block::Kind::Thought;
        blocks.push_back(fold);
        if (text.size() > kThink.size())
            this->line(text.mid(kThink.size()), blocks);
        return true;
    }
    const qsizetype end = m_thinking ? line.indexOf(kThinkEnd) : -1;
    if (end < 0)
        return false;
    if (!line.left(end).trimmed().isEmpty()) {
        if (m_fence.active)
            codeLine(line.left(end), blocks);
        else
            textLine(line.left(end), blocks);
    }
    finish(blocks);
    m_thinking = false;
    const QStringView rest = line.mid(end + kThinkEnd.size());
    if (!rest.trimmed().isEmpty())
        this->line(rest, blocks);
    return true;
}

void MarkdownScanner::codeLine(QStringView line, BlockList& blocks) {
    if (closes(m_fence, line)) {
        closeSegment(true, blocks);
        m_fence = Fence{};
        return;
    }
    int stripped = 0;
    while (stripped < m_fence.indent && stripped < line.size() && line[stripped] == u' ')
        ++stripped;
    const QString clean = withoutControls(line.mid(stripped).toString());
    if (m_segmentLines == kCodeSegmentLines ||
        (m_segmentLines > 0 && m_chunk.size() + clean.size() > kCodeSegmentCharacters))
        closeSegment(false, blocks);
    if (m_segmentLines > 0)
        m_chunk += u'\n';
    m_chunk += clean;
    ++m_segmentLines;
    m_state = highlightLine(findLanguage(m_fence.language), clean, m_state, nullptr);
}

void MarkdownScanner::closeSegment(bool last, BlockList& blocks) {
    Block segment;
    segment.kind = Block::Kind::Code;
    segment.text = m_chunk;
    segment.language = m_fence.language;
    segment.codeState = m_segmentState;
    segment.continues = m_segmentContinues;
    segment.continued = !last;
    segment.thinking = m_thinking;
    blocks.push_back(std::move(segment));
    m_chunk.clear();
    m_segmentLines = 0;
    m_segmentState = m_state;
    m_segmentContinues = !last;
}

void MarkdownScanner::textLine(QStringView line, BlockList& blocks) {
    const QStringView text = line.trimmed();
    if (text.isEmpty()) {
        if (m_inList) {
            add(line);
            m_afterBlank = !m_nested.active;
        } else {
            closeChunk(blocks);
        }
        return;
    }
    const int indent = indentOf(line);
    if (m_inList && listLine(line, indent, blocks))
        return;
    m_afterBlank = false;
    const Fence fence = indent <= kFenceIndent ? fenceOf(line) : Fence{};
    if (fence.active) {
        closeChunk(blocks);
        m_fence = fence;
        m_segmentLines = 0;
        m_segmentState = m_state = kHighlightStart;
        m_segmentContinues = false;
        return;
    }
    if (m_mode == Mode::Plain) {
        if (m_chunk.size() + line.size() > MarkdownDocument::kLineLimit)
            closeChunk(blocks);
        return add(line);
    }
    if (indent <= kFenceIndent && isHeading(text)) {
        closeChunk(blocks);
        add(line);
        return closeChunk(blocks);
    }
    const int marker = indent <= kFenceIndent ? listMarker(text) : 0;
    if (marker == 1 || (marker == 2 && m_chunk.isEmpty())) {
        closeChunk(blocks);
        m_inList = true;
    }
    add(line);
    if (isFull())
        closeChunk(blocks);
}

/// True if the line belongs to the list that is open; else the list is closed.
bool MarkdownScanner::listLine(QStringView line, int indent, BlockList& blocks) {
    const bool full = isFull();
    if (indent >= 2 && !full) {
        if (m_nested.active && closes(m_nested, line))
            m_nested = Fence{};
        else if (!m_nested.active)
            m_nested = fenceOf(line);
        add(line);
        m_afterBlank = false;
        return true;
    }
    m_nested = Fence{};
    const bool isItem = listMarker(line.trimmed()) != 0;
    const bool interrupts = fenceOf(line).active || isHeading(line.trimmed());
    if (!m_afterBlank && !full && !interrupts) {
        add(line);
        if (isItem)
            m_nested = Fence{};
        return true;
    }
    closeChunk(blocks);
    return false;
}

/// A table can only be read whole, so it may grow longer than the rest.
bool MarkdownScanner::isFull() const {
    return m_chunk.size() >=
           (m_chunk.startsWith(u'|') ? kTableLimit : MarkdownDocument::kLineLimit);
}

void MarkdownScanner::add(QStringView line) {
    m_chunk += line;
    m_chunk += u'\n';
}

void MarkdownScanner::closeChunk(BlockList& blocks) {
    m_inList = false;
    m_afterBlank = false;
    m_nested = Fence{};
    const bool isOpenFormula = !m_mathClose.isEmpty();
    m_mathClose.clear();
    if (m_chunk.isEmpty())
        return;
    if (isOpenFormula) {
        // Its end is still to come: shown as it is typed, not read as Markdown.
        Block source;
        source.text = withoutControls(m_chunk.chopped(1));
        source.spans = {{0, static_cast<int>(source.text.size()), Span::Code, -1}};
        source.thinking = m_thinking;
        blocks.push_back(std::move(source));
    } else if (m_mode == Mode::Plain) {
        Block paragraph;
        paragraph.text = withoutControls(m_chunk.chopped(1));
        blocks.push_back(std::move(paragraph));
    } else {
        parseMarkdown(m_chunk, m_thinking, blocks);
    }
    m_chunk.clear();
}

void MarkdownScanner::finish(BlockList& blocks) {
    if (m_fence.active) {
        closeSegment(true, blocks);
        m_fence = Fence{};
    } else {
        closeChunk(blocks);
    }
}

MarkdownDocument::MarkdownDocument(MarkdownScanner::Mode mode)
    : m_scanner(mode) {
}

void MarkdownDocument::append(QStringView text) {
    if (m_position == m_input.size()) {
        m_input.clear();
        m_position = 0;
    }
    m_input += text;
}

bool MarkdownDocument::advance(qsizetype maximumCharacters) {
    if (m_position == m_input.size())
        return false;
    const qsizetype count = std::min(maximumCharacters, pendingCharacters());
    m_blocks.resize(m_settled);
    m_firstChanged = std::min(m_firstChanged, m_settled);
    consume(QStringView(m_input).mid(m_position, count));
    m_position += count;
    m_settled = m_blocks.size();
    showTail();
    if (m_position == m_input.size()) {
        m_input.clear();
        m_position = 0;
    }
    return m_position < m_input.size();
}

void MarkdownDocument::advanceAll() {
    advance(pendingCharacters());
}

void MarkdownDocument::consume(QStringView text) {
    while (!text.isEmpty()) {
        const qsizetype feed = text.indexOf(u'\n');
        const qsizetype room = kLineLimit - m_line.size();
        const qsizetype take = std::min(feed < 0 ? text.size() : feed, room);
        m_line += text.left(take);
        const bool ended = feed >= 0 && take == feed;
        text = text.mid(take + (ended ? 1 : 0));
        if (ended) {
            if (m_line.endsWith(u'\r'))
                m_line.chop(1);
        } else if (m_line.size() < kLineLimit) {
            return;
        }
        // A cut in the middle of a surrogate pair takes its first half to the next line.
        QString carried;
        if (!ended && m_line.back().isHighSurrogate()) {
            carried = m_line.back();
            m_line.chop(1);
        }
        m_scanner.line(m_line, m_blocks);
        m_line = carried;
    }
}

void MarkdownDocument::showTail() {
    MarkdownScanner tail = m_scanner;
    const QStringView partial = QStringView(m_line).trimmed();
    const bool maybeTag = tail.isAtStart() && !partial.isEmpty() && kThink.startsWith(partial);
    if (!m_line.isEmpty() && !maybeTag)
        tail.line(m_line, m_blocks);
    tail.finish(m_blocks);
    if (m_blocks.empty() || m_blocks.front().kind != Block::Kind::Thought)
        return;
    if (m_blocks.front().thoughtOpen != tail.isThinking()) {
        m_blocks.front().thoughtOpen = tail.isThinking();
        m_firstChanged = 0;
    }
}

std::size_t MarkdownDocument::takeFirstChanged() {
    return std::exchange(m_firstChanged, m_blocks.size());
}

} // namespace hearth::ui
