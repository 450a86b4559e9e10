#include "view/chat/message_text.h"

#include <algorithm>

namespace hearth::ui {
namespace {

int readableLength(const Block& block) {
    auto length = static_cast<int>(block.text.size());
    for (const Formula& formula : block.formulas)
        length += static_cast<int>(formula.typed.size()) - 1;
    return length;
}

} // namespace

QString readableText(const Block& block, int from, int to) {
    QString text;
    int at = from;
    for (const Formula& formula : block.formulas) {
        if (formula.position < at || formula.position >= to)
            continue;
        text += QStringView(block.text).mid(at, formula.position - at);
        text += formula.typed;
        at = formula.position + 1;
    }
    text += QStringView(block.text).mid(at, qMax(0, to - at));
    return text;
}

QString readableLead(const MessageItem& item, int before, int block) {
    const Block& leaf = item.block(block);
    QString lead;
    if (before >= 0) {
        const bool inList = leaf.tight && item.block(before).listDepth > 0;
        lead = leaf.continues || inList ? QStringLiteral("\n") : QStringLiteral("\n\n");
    }
    if (!leaf.marker.isEmpty())
        lead += QString(2 * qMax(0, leaf.listDepth - 1), u' ') + leaf.marker + u' ';
    return lead;
}

MessageText::MessageText(const MessageItem& item)
    : m_item(&item) {
    int before = -1;
    for (int block = 0; block < item.blockCount(); ++block) {
        if (item.isHidden(block) || item.block(block).kind == Block::Kind::Thought ||
            item.block(block).kind == Block::Kind::Rule)
            continue;
        Segment segment;
        segment.block = block;
        segment.start = m_length;
        segment.leadEnd = m_length + static_cast<int>(readableLead(item, before, block).size());
        m_length = segment.leadEnd + readableLength(item.block(block));
        m_segments.push_back(segment);
        before = block;
    }
}

const MessageText::Segment* MessageText::segmentAt(int offset) const {
    const auto after =
        std::upper_bound(m_segments.begin(), m_segments.end(), offset,
                         [](int at, const Segment& segment) { return at < segment.start; });
    return after == m_segments.begin() ? nullptr : &*(after - 1);
}

QString MessageText::text(int start, int end) const {
    start = qBound(0, start, m_length);
    end = qBound(start, end < 0 ? m_length : end, m_length);
    QString text;
    const Segment* first = segmentAt(start);
    if (!first)
        return text;
    const auto from = static_cast<std::size_t>(first - m_segments.data());
    for (std::size_t i = from; i < m_segments.size() && m_segments[i].start < end; ++i) {
        const Block& block = m_item->block(m_segments[i].block);
        text += readableLead(*m_item, i == 0 ? -1 : m_segments[i - 1].block, m_segments[i].block);
        text += readableText(block, 0, static_cast<int>(block.text.size()));
    }
    return text.mid(start - first->start, end - start);
}

MessageText::Place MessageText::placeAt(int offset) const {
    const Segment* segment = segmentAt(offset);
    if (!segment)
        return {};
    const Block& block = m_item->block(segment->block);
    int rest = qMax(0, offset - segment->leadEnd);
    for (const Formula& formula : block.formulas) {
        if (rest <= formula.position)
            break;
        rest -= qMin(static_cast<int>(formula.typed.size()) - 1, rest - formula.position);
    }
    return {segment->block, qMin(rest, static_cast<int>(block.text.size()))};
}

int MessageText::offsetOf(int block, int offset) const {
    const auto found =
        std::lower_bound(m_segments.begin(), m_segments.end(), block,
                         [](const Segment& segment, int wanted) { return segment.block < wanted; });
    if (found == m_segments.end())
        return m_length;
    if (found->block != block)
        return found->start;
    int result = found->leadEnd + offset;
    for (const Formula& formula : m_item->block(block).formulas)
        if (formula.position < offset)
            result += static_cast<int>(formula.typed.size()) - 1;
    return result;
}

} // namespace hearth::ui
